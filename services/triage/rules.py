"""The triage rules of R5 to R8: the class of a request, with the words, form answers and rules it rests on.

Called by triage's `decide`, by `batch` and by tests. It must never read a file, a clock or a network: the same
request under the same grid always gives the same verdict. In doubt it says Critique (R8), and an error in it is a
doubt: `classify` never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.triage.decision import Decision, Findings, Protected, decide
from services.triage.grid import DoubtId, Grid
from services.triage.language import has_latin_script, is_read
from services.triage.signals import Reading
from services.triage.text import fold, part, read
from shared.events.base import Criticality

_REPLIES = ("re:", "re ", "rep:", "rep ", "aw:", "sv:")
_FORWARDS = ("tr:", "tr ", "fw:", "fwd:", "wg:")
_ANSWERS: Mapping[str, str] = {"yes": "oui", "no": "non", "unknown": "ne sait pas"}
_CHANGE_UNREAD = (
    "Un message qui dit quel appareil est touché et si le reste du site est surveillé peut être classé plus bas."
)
_CHANGE_FORM = "Si le formulaire ne disait pas que le site n'est plus protégé, la demande serait classée plus bas."
_CLASS_NAMES: Mapping[Criticality, str] = {"critique": "Critique", "standard": "Standard", "informatif": "Informatif"}


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


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke: its id, the customer's words it rests on, and what it says in French (R6)."""

    rule: str
    evidence: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class of a request, why, and in French what would have made it another."""

    criticality: Criticality
    doubt: bool
    reasons: tuple[Reason, ...]
    would_change: str
    version: str


def classify(request: TriageInput, grid: Grid) -> Verdict:
    """Give the class of a request under a grid; never raises: a failure of its own is a doubt, so Critique (R8)."""
    try:
        return _unreadable(request, grid) or _judge(request, grid)
    except Exception as error:  # noqa: BLE001 - R8: whatever fails here must end as Critique, not as a lost ticket
        says = "L'analyse du message a échoué : dans le doute, la demande est classée Critique."
        failed = Reason("D-ERREUR", (type(error).__name__,), says)
        return Verdict("critique", True, (failed,), "La relecture par une personne fixera la classe.", grid.version)


def _unreadable(request: TriageInput, grid: Grid) -> Verdict | None:
    """Give the doubt about a text that can't be read at all (R8), or None."""
    subject, text = request.subject, request.text
    # Characters first: a megabyte isn't even encoded to be counted.
    chars = len(subject) + len(text)
    if (
        chars > grid.max_bytes
        or len(subject.encode(errors="replace")) + len(text.encode(errors="replace")) > grid.max_bytes
    ):
        return _doubt("D-LONG", (f"{chars} caractères",), grid)
    if not any(c.isalpha() for c in subject + text):
        return _doubt("D-VIDE", (), grid)
    if not has_latin_script(subject + text):
        return _doubt("D-LANGUE", (), grid)
    return None


def _judge(request: TriageInput, grid: Grid) -> Verdict:
    layers = part(request.text)
    subject = fold(request.subject.strip())
    forwarded = layers.forwarded or subject.startswith(_FORWARDS)
    own = f"{layers.own}\n{layers.quoted}" if forwarded else layers.own
    found = _find(request, own, grid)
    if found is None:
        return _doubt("D-LANGUE", (), grid)
    if layers.quoted and not forwarded and "D-RIEN" in decide(found).doubts:
        found = _find(request, f"{layers.own}\n{layers.quoted}", grid) or found
    decision = decide(found)
    return Verdict(
        criticality=decision.criticality,
        doubt=bool(decision.doubts),
        reasons=_reasons(decision, request, grid),
        would_change=_would_change(decision, found),
        version=grid.version,
    )


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


def _doubt(doubt: DoubtId, evidence: tuple[str, ...], grid: Grid) -> Verdict:
    reason = Reason(doubt, evidence, grid.doubts[doubt])
    return Verdict("critique", True, (reason,), _CHANGE_UNREAD, grid.version)


def _reasons(decision: Decision, request: TriageInput, grid: Grid) -> tuple[Reason, ...]:
    words = [Reason(hit.rule.id, hit.evidence, hit.rule.says) for hit in decision.deciding]
    answer = request.form.get("protected", "")
    form = (f"site protégé : {_ANSWERS.get(_protected(request.form), answer)}",)
    doubts = [
        Reason(doubt, form if doubt in {"D-NON-PROTEGE", "D-PROTEGE"} else (), grid.doubts[doubt])
        for doubt in decision.doubts
    ]
    return tuple(words + doubts)


def _would_change(decision: Decision, found: Findings) -> str:
    """Say in French what would have made it another class, by deciding again without what decided."""
    if decision.doubts and not decision.deciding:
        return _CHANGE_UNREAD if "D-RIEN" in decision.doubts else _CHANGE_FORM
    quotes = ", ".join(f"« {hit.evidence[0]} »" for hit in decision.deciding[:3])
    if decision.criticality == "critique":
        other = decide(found.without(decision.deciding))
        if other.criticality == "critique":
            return f"Sans {quotes}, rien d'autre n'est sûr : un seul appareil touché, avec le reste du site surveillé, serait Standard."
        return f"Sans {quotes}, la demande serait {_CLASS_NAMES[other.criticality]}."
    calming = [hit for hit in decision.deciding if hit.rule.kind == "apaisement"]
    if decision.criticality == "standard" and calming:
        return f"Sans « {calming[0].evidence[0]} », la demande serait Critique."
    if decision.criticality == "standard":
        return "Plusieurs appareils, une zone sans autre surveillance ou tout le système touchés : ce serait Critique."
    return "Une panne en cours décrite dans le message la ferait Standard ou Critique."
