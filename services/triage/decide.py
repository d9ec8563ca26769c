"""What triage decides: the first class, a raise by new words, a technician's re-evaluation (R5 to R8). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.triage.grid import Grid
from services.triage.rules import TriageInput, Verdict, classify
from services.triage.site import NOTHING_KNOWN, Device, SiteFacts
from services.triage.state import TriageState
from shared.decider import Deadline, Early, Ignored, Message, Outcome, happened
from shared.events.base import RANK, Personal
from shared.events.intake import CustomerReplied, TicketOpened
from shared.events.triage import (
    CommandRefused,
    Evidence,
    Reason,
    Reclassify,
    SiteKnown,
    TicketClassified,
    TicketReclassified,
    ZoneDevices,
)
from shared.policy.model import Policy

SAYS_NOTHING = frozenset({"D-VIDE", "D-RIEN", "P-STANDARD", "P-INFORMATIF"})
"""Reasons of a reply that tells of no trouble that a rule or a score would know."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What triage may know beyond the ticket: the grid in force, and what is known of the ticket's site."""

    grid: Grid
    site: SiteFacts = NOTHING_KNOWN


def decide(state: TriageState, message: Message, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for triage."""
    match message.payload:
        case TicketOpened() as opened:
            if state.criticality is not None:
                return Ignored("the ticket has a class")
            return happened(_first(_read(opened, facts), facts.site))
        case CustomerReplied(automatic=True):
            return Ignored("an automatic reply says nothing of the trouble (R13)")
        case CustomerReplied() as reply:
            return _new_words(state, reply, facts)
        case Reclassify() as command:
            return _reclassify(state, command, facts)
        case _:
            return Ignored("triage has nothing to do with it")


def _read(opened: TicketOpened, facts: Facts) -> Verdict:
    return classify(request_of(opened), facts.grid, facts.site)


def request_of(opened: TicketOpened) -> TriageInput:
    """Return what triage reads of a new ticket (R6)."""
    words = opened.personal or Personal()
    return TriageInput(opened.channel, words.subject, words.text, opened.form, opened.contract.tier)


def recorded(site: SiteFacts) -> SiteKnown | None:
    """Return a site's facts as the event keeps them, so that the class can be found again; None for no fact."""
    if site == NOTHING_KNOWN:
        return None
    devices = tuple(ZoneDevices(kind=one.kind, zone=one.zone, count=one.count) for one in site.devices)
    return SiteKnown(devices=devices, isolated_today=site.isolated_today, panel_calls=site.panel_calls)


def site_of(known: SiteKnown | None) -> SiteFacts:
    """Return a site's facts as they were handed to the decision that recorded them."""
    if known is None:
        return NOTHING_KNOWN
    devices = tuple(Device(one.kind, one.zone, one.count) for one in known.devices)
    return SiteFacts(devices, known.isolated_today, known.panel_calls)


def _reasons(verdict: Verdict) -> tuple[Reason, ...]:
    return tuple(Reason(rule=one.rule, says=one.says) for one in verdict.reasons)


def _evidence(verdict: Verdict) -> Evidence:
    words = {one.rule: one.evidence for one in verdict.reasons if one.evidence}
    return Evidence(evidence=words, would_change=verdict.would_change)


def _first(verdict: Verdict, site: SiteFacts) -> TicketClassified:
    return TicketClassified(
        criticality=verdict.criticality,
        doubt=verdict.doubt,
        reasons=_reasons(verdict),
        personal=_evidence(verdict),
        grid=verdict.version,
        site=recorded(site),
    )


def _new_words(state: TriageState, reply: CustomerReplied, facts: Facts) -> Outcome:
    """R7: new words of the customer may raise the class; only a technician lowers it."""
    if state.criticality is None:
        return Early("the ticket has no class yet")
    words = reply.personal or Personal()
    verdict = classify(TriageInput(reply.channel, words.subject, words.text, {}, ""), facts.grid)
    nothing_said = {reason.rule for reason in verdict.reasons} <= SAYS_NOTHING
    if nothing_said or RANK[verdict.criticality] <= RANK[state.criticality]:
        # A "merci" is no new trouble: the first words stay classified as they are. Any other doubt counts (R8).
        return Ignored("the new words raise nothing")
    return happened(
        TicketReclassified(
            was=state.criticality,
            criticality=verdict.criticality,
            because="customer",
            by="customer",
            doubt=verdict.doubt,
            reasons=_reasons(verdict),
            personal=_evidence(verdict),
            grid=verdict.version,
        )
    )


def _reclassify(state: TriageState, command: Reclassify, facts: Facts) -> Outcome:
    """R7: a technician's word, with a reason, either way."""
    if state.criticality is None:
        return Early("the ticket has no class yet")
    if not command.reason.strip():
        return happened(_refused(command, "Une réévaluation demande un motif (R7)."))
    if command.criticality == state.criticality:
        return happened(_refused(command, "Le dossier a déjà cette criticité."))
    return happened(
        TicketReclassified(
            was=state.criticality,
            criticality=command.criticality,
            because="technician",
            by=command.by,
            doubt=False,
            reasons=(Reason(rule="R7", says=command.reason),),
            grid=facts.grid.version,
        )
    )


def _refused(command: Reclassify, reason: str) -> CommandRefused:
    return CommandRefused(command=command.type_name, by=command.by, reason=reason)


def deadlines(state: TriageState) -> Iterable[Deadline]:
    """Triage waits for nothing: it answers what it is told."""
    return ()
