"""The triage rules of R5 to R8: the class of a request, with the words, form answers and rules it rests on.

Called by triage's `decide`, by `batch` and by tests. It must never read a file, a clock or a network: the same
request under the same grid always gives the same verdict. In doubt it says Critique (R8), and an error in it is a
doubt: `classify` never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.triage.decision import Findings, Protected, decide
from services.triage.explain import Reason, Verdict, explain, failed, in_doubt
from services.triage.grid import Grid
from services.triage.language import has_latin_script, is_read
from services.triage.signals import Reading
from services.triage.text import fold, part, read

__all__ = ["Reason", "TriageInput", "Verdict", "classify"]

_REPLIES = ("re:", "re ", "rep:", "rep ", "aw:", "sv:")
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


def classify(request: TriageInput, grid: Grid) -> Verdict:
    """Give the class of a request under a grid; never raises: a failure of its own is a doubt, so Critique (R8)."""
    try:
        return _unreadable(request, grid) or _judge(request, grid)
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


def _judge(request: TriageInput, grid: Grid) -> Verdict:
    layers = part(request.text)
    subject = fold(request.subject.strip())
    forwarded = layers.forwarded or subject.startswith(_FORWARDS)
    own = f"{layers.own}\n{layers.quoted}" if forwarded else layers.own
    found = _find(request, own, grid)
    if found is None:
        return in_doubt("D-LANGUE", (), grid)
    if layers.quoted and not forwarded and "D-RIEN" in decide(found).doubts:
        found = _find(request, f"{layers.own}\n{layers.quoted}", grid) or found
    return explain(decide(found), found, grid)


def _find(request: TriageInput, body: str, grid: Grid) -> Findings | None:
    """Hold the parts of a message against the grid; None where it is in a language that the grid doesn't read."""
    form_words = read(f"{request.form.get('equipment', '')}\n{request.form.get('site_zone', '')}", grid.abbreviations)
    subject_words = read(request.subject, grid.abbreviations)
    body_words = read(body, grid.abbreviations)
    if not is_read(subject_words.words + body_words.words, grid):
        return None
    subject = Reading(subject_words, grid, Reading(form_words, grid).topic())
    in_body = Reading(body_words, grid, subject.topic()).hits()
    in_subject = subject.hits()
    is_reply = fold(request.subject.strip()).startswith(_REPLIES)
    if is_reply and any(hit.rule.kind != "mention" and not hit.rule.doubt for hit in in_body):
        in_subject = ()  # the subject of an old thread says what was, the body what is
    return Findings(in_subject, in_body, _protected(request.form))


def _protected(form: Mapping[str, str]) -> Protected:
    answer = fold(form.get("protected", "").strip())
    if answer in {"no", "non"}:
        return "no"
    return "yes" if answer in {"yes", "oui"} else "unknown"
