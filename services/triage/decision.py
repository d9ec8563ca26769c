"""Weighs what was found in a message and on its form, and gives the class with the findings that made it (R5, R6, R8).

Called by `rules`. It must never look at words: only at which rules spoke, where, and what the form answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.triage.grid import DoubtId, Kind, StatementId
from services.triage.likeness import Alike, Group
from services.triage.signals import Hit
from shared.events.base import Criticality

Protected = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Findings:
    """What spoke in the subject line and in the body, and the form's answer to 'is the site still protected?'."""

    subject: tuple[Hit, ...]
    body: tuple[Hit, ...]
    protected: Protected
    facts: tuple[Hit, ...] = ()

    def of(self, *kinds: Kind) -> tuple[Hit, ...]:
        """Give the findings of these kinds, the body's first."""
        return tuple(hit for hit in self.body + self.subject + self.facts if hit.rule.kind in kinds)

    def without(self, dropped: tuple[Hit, ...]) -> Findings:
        """Give the findings as they would be had `dropped` not been said."""
        gone = {hit.rule.id for hit in dropped}
        subject = tuple(hit for hit in self.subject if hit.rule.id not in gone)
        body = tuple(hit for hit in self.body if hit.rule.id not in gone)
        facts = tuple(hit for hit in self.facts if hit.rule.id not in gone)
        return Findings(subject, body, self.protected, facts)


@dataclass(frozen=True, slots=True)
class Decision:
    """A class, the findings that it rests on, and the doubts that were read as Critique."""

    criticality: Criticality
    deciding: tuple[Hit, ...]
    doubts: tuple[DoubtId, ...] = ()
    by_first_rule: bool = False
    """By a rule that is decided by before any trouble: no doubt is looked for behind a fraudulent mail."""
    likeness: Alike | None = None
    stated: StatementId | None = None
    """Said where the scores gave a class that no rule gave."""
    otherwise: Criticality | None = None
    """The class that it would have without the doubt of a score."""


def decide(found: Findings) -> Decision:
    """Give the class of what was found.

    In this order: a mail that is no request; a loss or an emergency that nothing said lowers; a form that says 'no
    longer protected' where the text doesn't explain it; one isolated device; a question; else a doubt.
    """
    no_request = tuple(hit for hit in found.of("sans-demande") if hit.rule.prime)
    if no_request:
        return Decision("informatif", no_request, by_first_rule=True)
    calming = found.of("apaisement")
    calming_ids = {hit.rule.id for hit in calming}
    lowered = tuple(hit for hit in found.of("critique") if _lifted(hit, calming_ids, found.protected))
    grave = tuple(hit for hit in found.of("critique") if hit not in lowered)
    minor = found.of("standard") + tuple(hit for hit in lowered if not hit.rule.doubt)
    minor = minor or lowered  # a doubt that was lifted is only told where nothing else names the device
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
    suspect = () if sure else found.of("soupcon")
    if asked and suspect:
        return Decision("critique", suspect, ("D-INCERTAIN",))
    if asked:
        return Decision("informatif", asked)
    mentions = tuple(hit for hit in found.of("mention") if hit.rule.yields_to & {one.rule.id for one in sure})
    trifles = () if suspect else tuple(hit for hit in found.of("mention") if hit.rule.prime)
    if mentions or trifles:
        return Decision("standard", (mentions or trifles) + sure)
    return Decision("critique", (), ("D-RIEN",))


def group_of(decision: Decision) -> Group | None:
    """Give what the rules made of a request that a score may doubt; None where they decide, and no score is asked.

    Where no rule speaks (`muette`), or only rules of doubt (`incertaine`), no rule has given a class. A loss of which
    no rule is certain (`grave`) is one that is said in such words often, not always.
    """
    if decision.by_first_rule or any(hit.rule.fact for hit in decision.deciding):
        return None
    if decision.criticality != "critique":
        return decision.criticality
    if any(hit.rule.certain for hit in decision.deciding):
        return None
    match decision.doubts:
        case () | ("D-PROTEGE",):
            return "grave"
        case ("D-RIEN",):
            return "muette"
        case ("D-INCERTAIN",):
            return "incertaine"
    return None


def weighed(decision: Decision, critical: Alike, trouble: Alike) -> Decision:
    """Give the class after the scores: a doubt above their threshold (R8); below what a rule is certain of, never.

    `critical` and `trouble` are weighed for the group of this decision.
    """
    group = group_of(decision)
    otherwise: Criticality = "standard" if trouble.above or group == "standard" else "informatif"
    if group == "grave":
        unconfirmed = Decision(otherwise, decision.deciding, likeness=critical, stated="P-NON-CONFIRME")
        return decision if critical.above else unconfirmed
    if critical.above:
        return Decision("critique", decision.deciding, ("D-RESSEMBLANCE",), likeness=critical, otherwise=otherwise)
    if group in ("muette", "incertaine"):
        stated: StatementId = "P-STANDARD" if otherwise == "standard" else "P-INFORMATIF"
        return Decision(otherwise, decision.deciding, likeness=critical, stated=stated)
    if group == "informatif" and otherwise == "standard":
        return Decision("standard", decision.deciding, likeness=trouble, stated="P-TROUBLE")
    return decision


def _lifted(hit: Hit, calming: set[str], protected: Protected) -> bool:
    """Tell whether what reassures, or the form where the doubt is just what it asks, lifts a finding."""
    return bool(hit.rule.yields_to & calming) or (hit.rule.asks_form and protected == "yes")


def _only_shouted(grave: tuple[Hit, ...], found: Findings) -> bool:
    """Tell whether the loss stands in the subject line alone: a body that says less is the more precise of the two."""
    return bool(grave) and not any(hit in found.body + found.facts for hit in grave)


def _grave(grave: tuple[Hit, ...], protected: Protected) -> Decision:
    sure = tuple(hit for hit in grave if not hit.rule.doubt)
    if not sure:
        return Decision("critique", grave, ("D-INCERTAIN",))
    return Decision("critique", sure, ("D-PROTEGE",) if protected == "yes" else ())
