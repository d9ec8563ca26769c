"""Weighs what was found in a message and on its form, and gives the class with the findings that made it (R5, R6, R8).

Called by `rules`. It must never look at words: only at which rules spoke, where, and what the form answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.triage.grid import DoubtId, Kind
from services.triage.signals import Hit
from shared.events.base import Criticality

Protected = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Findings:
    """What spoke in the subject line and in the body, and the form's answer to 'is the site still protected?'."""

    subject: tuple[Hit, ...]
    body: tuple[Hit, ...]
    protected: Protected

    def of(self, *kinds: Kind) -> tuple[Hit, ...]:
        """Give the findings of these kinds, the body's first."""
        return tuple(hit for hit in self.body + self.subject if hit.rule.kind in kinds)

    def without(self, dropped: tuple[Hit, ...]) -> Findings:
        """Give the findings as they would be had `dropped` not been said."""
        gone = {hit.rule.id for hit in dropped}
        subject = tuple(hit for hit in self.subject if hit.rule.id not in gone)
        body = tuple(hit for hit in self.body if hit.rule.id not in gone)
        return Findings(subject, body, self.protected)


@dataclass(frozen=True, slots=True)
class Decision:
    """A class, the findings that it rests on, and the doubts that were read as Critique."""

    criticality: Criticality
    deciding: tuple[Hit, ...]
    doubts: tuple[DoubtId, ...] = ()


def decide(found: Findings) -> Decision:
    """Give the class of what was found.

    In this order: a mail that is no request; a loss or an emergency that nothing said lowers; a form that says 'no
    longer protected' where the text doesn't explain it; one isolated device; a question; else a doubt.
    """
    no_request = tuple(hit for hit in found.of("sans-demande") if hit.rule.prime)
    if no_request:
        return Decision("informatif", no_request)
    calming = found.of("apaisement")
    calming_ids = {hit.rule.id for hit in calming}
    grave = tuple(hit for hit in found.of("critique") if not hit.rule.yields_to & calming_ids)
    lowered = tuple(hit for hit in found.of("critique") if hit.rule.yields_to & calming_ids)
    minor = found.of("standard") + lowered
    asked = found.of("informatif", "sans-demande")
    if _only_shouted(grave, found) and calming and (minor or asked):
        grave = ()
    if grave:
        return _grave(grave, found.protected)
    sure = tuple(hit for hit in calming if not hit.rule.doubt)
    if found.protected == "no" and not sure:
        return Decision("critique", minor, ("D-NON-PROTEGE",))
    if minor:
        return Decision("standard", minor + (calming if lowered else ()))
    suspect = () if calming else found.of("soupcon")
    if asked and suspect:
        return Decision("critique", suspect, ("D-INCERTAIN",))
    if asked:
        return Decision("informatif", asked)
    mentions = found.of("mention")
    if mentions and (sure or (not suspect and any(hit.rule.prime for hit in mentions))):
        return Decision("standard", mentions + sure)
    return Decision("critique", (), ("D-RIEN",))


def _only_shouted(grave: tuple[Hit, ...], found: Findings) -> bool:
    """Tell whether the loss stands in the subject line alone: a body that says less is the more precise of the two."""
    return bool(grave) and not any(hit in found.body for hit in grave)


def _grave(grave: tuple[Hit, ...], protected: Protected) -> Decision:
    sure = tuple(hit for hit in grave if not hit.rule.doubt)
    if not sure:
        return Decision("critique", grave, ("D-INCERTAIN",))
    return Decision("critique", sure, ("D-PROTEGE",) if protected == "yes" else ())
