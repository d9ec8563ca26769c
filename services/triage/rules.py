"""The triage rules of R5 to R8: the class of a request, with the words, form answers and rules it rests on.

Called by triage's `decide`, by `batch` and by tests. It must never read a file, a clock or a network: the same
request under the same grid always gives the same verdict. In doubt it says Critique (R8), and an error in it is a
doubt: `classify` never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.triage.decision import Decision, Findings, Protected, decide, group_of, weighed
from services.triage.explain import Reason, Verdict, explain, failed, in_doubt
from services.triage.grid import Grid
from services.triage.language import has_latin_script, is_read
from services.triage.likeness import Group, Shown, alike, outright, shown_in
from services.triage.signals import Reading
from services.triage.site import NOTHING_KNOWN, SiteFacts, facts_found
from services.triage.text import fold, part, read

__all__ = ["Reason", "SiteFacts", "TriageInput", "Verdict", "classify"]

_REPLIES = ("re:", "re ", "rep:", "rep ", "aw:", "sv:")
_UNTITLED = frozenset({"sans objet", "aucun objet", "no subject", "kein betreff", "sin asunto"})
"""What a mail program writes where the customer wrote no subject."""
_FORWARDS = ("tr:", "tr ", "fw:", "fwd:", "wg:")


@dataclass(frozen=True, slots=True)
class TriageInput:
    """What triage knows of a request: the customer's words and form answers, never who they are.

    `form` may hold `equipment`, `site_zone` and `protected` (yes, no, unknown: is the site still protected?).
    """

    channel: str
    subject: str
    text: str
    form: Mapping[str, str]
    contract: str


def classify(request: TriageInput, grid: Grid, site: SiteFacts = NOTHING_KNOWN) -> Verdict:
    """Give the class of a request under a grid; never raises: a failure of its own is a doubt, so Critique (R8)."""
    try:
        untitled = fold(request.subject).strip(" ()[]<>") in _UNTITLED
        asked = replace(request, subject="") if untitled else request
        return _unreadable(asked, grid) or _judge(asked, grid, site)
    except Exception as error:  # noqa: BLE001 - R8: whatever fails here must end as Critique, not as a lost ticket
        return failed(error, grid)


def _unreadable(request: TriageInput, grid: Grid) -> Verdict | None:
    """Give the doubt about a text that can't be read at all (R8), or None."""
    subject, text = request.subject, request.text
    chars = len(subject) + len(text)
    # Characters first: a megabyte isn't even encoded to be counted.
    if chars > grid.max_bytes or len((subject + text).encode(errors="replace")) > grid.max_bytes:
        return in_doubt("D-LONG", (f"{chars} caractères",), grid)
    if not any(c.isalpha() for c in subject + text):
        return in_doubt("D-VIDE", (), grid)
    if not has_latin_script(subject + text):
        return in_doubt("D-LANGUE", (), grid)
    return None


def _judge(request: TriageInput, grid: Grid, site: SiteFacts) -> Verdict:
    layers = part(request.text)
    subject = fold(request.subject.strip())
    forwarded = layers.forwarded or subject.startswith(_FORWARDS)
    whole = f"{layers.own}\n{layers.quoted}"
    if not any(c.isalpha() for c in request.subject + whole):
        return in_doubt("D-VIDE", (), grid)
    looked = _look(request, whole if forwarded else layers.own, grid)
    if looked is None:
        return in_doubt("D-LANGUE", (), grid)
    if layers.quoted and not forwarded and "D-RIEN" in decide(looked.found).doubts:
        looked = _look(request, whole, grid) or looked
    zone = request.form.get("site_zone", "")
    spoken = f"{request.subject}\n{layers.own}"
    alone = _weigh(decide(looked.found), looked, grid)
    found = facts_found(looked.found, alone, zone, spoken, site, grid)
    decision = _weigh(decide(found), looked, grid) if found.facts else alone
    return explain(decision, found, grid)


@dataclass(frozen=True, slots=True)
class _Looked:
    found: Findings
    shown: Shown
    explained: bool
    """Whether the rules looked at all that is said: a score guesses at what they know nothing of."""


def _weigh(decision: Decision, looked: _Looked, grid: Grid) -> Decision:
    """Ask the scores where no rule is certain of Critique: a doubt where its words are like critical ones (R8).

    A request of which too little is understood keeps what the rules made of it.
    """
    likeness, group = grid.likeness, group_of(decision)
    certain = looked.explained and any(hit.rule.certain for hit in decision.deciding)  # of Critique `group_of` knows
    if likeness is None or group is None or certain:
        return decision
    if not likeness.understands(looked.shown, grid.small_words):
        return decision
    if group == "grave" and any(outright(sentence, likeness) for sentence in _sentences(decision)):
        return decision  # said in so many words: whatever else the message is about takes nothing from it
    critical, trouble = alike(looked.shown, group, likeness, grid.small_words)
    return weighed(decision, critical, trouble)


def _sentences(decision: Decision) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for hit in decision.deciding for sentence in hit.sentences))


def shown_by(request: TriageInput, grid: Grid) -> tuple[Shown, Group | None]:
    """Give what a request shows to the scores and what the rules make of it, for the training of the weights."""
    own = part(request.text).own
    looked = _look(request, own, grid)
    return (looked.shown, group_of(decide(looked.found))) if looked else (_shown(request, own), None)


def _look(request: TriageInput, text: str, grid: Grid) -> _Looked | None:
    """Hold the parts of a message against the grid; None where it is in a language that the grid doesn't read."""
    form_words = read(f"{request.form.get('equipment', '')}\n{request.form.get('site_zone', '')}", grid.abbreviations)
    subject_words = read(request.subject, grid.abbreviations)
    body_words = read(text, grid.abbreviations)
    if not is_read(subject_words.words + body_words.words, grid):
        return None
    subject = Reading(subject_words, grid, Reading(form_words, grid).topic())
    body = Reading(body_words, grid, subject.topic())
    in_body, in_subject = body.hits(), subject.hits()
    is_reply = fold(request.subject.strip()).startswith(_REPLIES)
    if is_reply and any(hit.rule.kind != "mention" and not hit.rule.doubt for hit in in_body):
        in_subject = ()  # the subject of an old thread says what was, the body what is
    explained = body.explains_all() and subject.explains_all()
    return _Looked(Findings(in_subject, in_body, _protected(request.form)), _shown(request, text), explained)


def _shown(request: TriageInput, text: str) -> Shown:
    """Give what a request shows to the scores: its subject, its text and its form's answers, side by side."""
    form = request.form
    answers = [form.get("equipment", ""), form.get("site_zone", "")]
    if form.get("protected"):
        answers.append(f"protected_{form['protected']}")
    return shown_in(" . ".join((request.subject, text, *answers)))


def _protected(form: Mapping[str, str]) -> Protected:
    answer = fold(form.get("protected", "").strip())
    if answer in {"no", "non"}:
        return "no"
    return "yes" if answer in {"yes", "oui"} else "unknown"
