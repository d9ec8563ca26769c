"""Says a decision in French: its reasons with the customer's words, and what would have made it another class (R6).

Called by `rules`. It must never change a decision; to say what would, it asks `decision` again without what decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.triage.decision import Decision, Findings, decide
from services.triage.grid import DoubtId, Grid
from services.triage.likeness import Alike
from services.triage.signals import Hit
from shared.events.base import Criticality

QUOTES = 5  # quotes kept for a rule: who reads a reason is convinced by two, and a long mail could give thousands
QUOTE_CHARS = 160  # two lines on the screen; a quote ends earlier than that in any sentence people write

_CLASS: Mapping[Criticality, str] = {"critique": "Critique", "standard": "Standard", "informatif": "Informatif"}
_ANSWER = {"yes": "site protégé : oui", "no": "site protégé : non", "unknown": "site protégé : ne sait pas"}
_ABOUT_THE_FORM = frozenset[DoubtId]({"D-NON-PROTEGE", "D-PROTEGE"})
_IF_CLEARER = (
    "Un message qui dit quel appareil est touché, et si le reste du site est surveillé, peut être classé plus bas."
)
_IF_PROTECTED = "Si le formulaire disait que le site est encore protégé, la demande serait classée plus bas."
_IF_WIDER = "Plusieurs appareils, une zone sans autre surveillance ou tout le système touchés : ce serait Critique."
_IF_TROUBLE = "Une panne en cours décrite dans le message la ferait Standard ou Critique."


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


def explain(decision: Decision, found: Findings, grid: Grid) -> Verdict:
    """Give the verdict that states a decision."""
    spoken = [Reason(hit.rule.id, _shown(hit.evidence), hit.rule.says) for hit in decision.deciding]
    doubts = [Reason(doubt, _ground(doubt, decision, found), grid.doubts[doubt]) for doubt in decision.doubts]
    reminders = [Reason(hit.rule.id, _shown(hit.evidence), hit.rule.says) for hit in found.of("rappel")]
    return Verdict(
        criticality=decision.criticality,
        doubt=bool(decision.doubts),
        reasons=(*spoken, *doubts, *_stated(decision, grid), *reminders),
        would_change=_would_change(decision, found),
        version=grid.version,
    )


def in_doubt(doubt: DoubtId, evidence: tuple[str, ...], grid: Grid) -> Verdict:
    """Give the verdict about a text that can't be read: Critique (R8)."""
    return Verdict("critique", True, (Reason(doubt, evidence, grid.doubts[doubt]),), _IF_CLEARER, grid.version)


def failed(error: Exception, grid: Grid) -> Verdict:
    """Give the verdict after a failure of triage itself: Critique (R8). It names the error, never the text."""
    says = "L'analyse du message a échoué : dans le doute, la demande est classée Critique."
    reason = Reason("D-ERREUR", (type(error).__name__,), says)
    return Verdict("critique", True, (reason,), "La relecture par une personne fixera la classe.", grid.version)


def _ground(doubt: DoubtId, decision: Decision, found: Findings) -> tuple[str, ...]:
    if doubt in _ABOUT_THE_FORM:
        return (_ANSWER[found.protected],)
    return _score(decision.likeness)


def _stated(decision: Decision, grid: Grid) -> tuple[Reason, ...]:
    if decision.stated is None:
        return ()
    return (Reason(decision.stated, _score(decision.likeness), grid.statements[decision.stated]),)


def _score(seen: Alike | None) -> tuple[str, ...]:
    return (*seen.words, f"score {seen.score}, seuil {seen.threshold}") if seen else ()


def _shown(quotes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(quote if len(quote) <= QUOTE_CHARS else quote[: QUOTE_CHARS - 1] + "…" for quote in quotes[:QUOTES])


def _would_change(decision: Decision, found: Findings) -> str:
    if "D-NON-PROTEGE" in decision.doubts:
        return _IF_PROTECTED
    if decision.otherwise is not None:
        return f"Sans ce doute, la demande serait {_CLASS[decision.otherwise]}."
    if decision.criticality == "critique":
        return _what_made_it_critique(decision, found)
    if decision.criticality == "informatif":
        return _IF_TROUBLE
    calming = [hit for hit in decision.deciding if hit.rule.kind == "apaisement"]
    without = decide(found.without(tuple(calming)))
    if calming and without.criticality == "critique":
        return f"Sans {_quoted(calming)}, la demande serait Critique."
    return _IF_WIDER


def _what_made_it_critique(decision: Decision, found: Findings) -> str:
    other = decide(found.without(decision.deciding))
    if not decision.deciding or other.criticality == "critique":
        return _IF_CLEARER
    return f"Sans {_quoted(decision.deciding)}, la demande serait {_CLASS[other.criticality]}."


def _quoted(hits: tuple[Hit, ...] | list[Hit]) -> str:
    quotes = dict.fromkeys(_shown(hit.evidence)[0] for hit in hits)  # two rules may rest on the same words
    return ", ".join(f"« {one} »" for one in [*quotes][:3])
