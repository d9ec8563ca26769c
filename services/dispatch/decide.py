"""What dispatch decides: remote first, then on site with the parts, and the promises (R7, R9 to R11). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from services.dispatch import commands, reservations
from services.dispatch.rules import earliest, promise_after, warn_at
from services.dispatch.state import DispatchState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events.base import RANK, Command, Criticality
from shared.events.closure import TicketReopened
from shared.events.dispatch import (
    HandlingQueued,
    NeedsAttention,
    PromiseAtRisk,
    PromiseMissed,
    PromiseName,
    PromiseRecomputed,
    TicketNoted,
)
from shared.events.intake import AcknowledgementAsked, Promise, TicketOpened
from shared.events.resources import ReservationGranted, ReservationRefused
from shared.events.triage import TicketClassified, TicketReclassified
from shared.policy.model import Policy
from shared.promises import promise

VISIT_UNDER_WAY = ("reserving", "planned", "mobilised")
UNRESOLVED = ("queued", "taken", *VISIT_UNDER_WAY)
"""A visit may still turn out to be needed: the promise is at risk before anybody has asked for one (R10)."""

NEEDS_A_TICKET = (
    *(TicketClassified, TicketReclassified, AcknowledgementAsked, TicketReopened),
    *(ReservationGranted, ReservationRefused, Command),
)
"""What is kept until its ticket is known; nothing else concerns dispatch before."""


def decide(state: DispatchState, message: Message, facts: None, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for dispatch."""
    payload = message.payload
    if isinstance(payload, TicketOpened):
        return Ignored("the ticket is known") if state.noted else happened(_noted(payload))
    if state.noted is None:
        # Resources also speaks of stocks and agendas, which never become tickets.
        return Early("the ticket is not opened yet") if isinstance(payload, NEEDS_A_TICKET) else Ignored("no ticket's")
    match payload:
        case TicketClassified(criticality=criticality):
            return _handled_under(state, state.noted.promises[criticality], "classified", at, policy)
        case TicketReclassified(criticality=criticality):
            return _reclassified(state, criticality, message.at, policy)
        case AcknowledgementAsked(promise=stated):
            return _handled_under(state, stated, "acknowledged", at, policy)
        case TicketReopened(resolution=resolution):
            return _reopened(state, resolution, at, policy)
        case ReservationGranted() | ReservationRefused():
            return reservations.answered(state, payload, at, policy)
        case Command():
            return commands.obeyed(state, message.ticket, payload, at, policy)
        case Due(kind=kind):
            return _due(state, message.ticket, kind, at, policy)
        case _:
            return Ignored("dispatch has nothing to do with it")


def _noted(opened: TicketOpened) -> TicketNoted:
    return TicketNoted(
        number=opened.number,
        channel=opened.channel,
        contract=opened.contract,
        equipment=opened.form.get("equipment", ""),
        received_at=opened.received_at,
        promises=opened.promises,
    )


def _handled_under(
    state: DispatchState, stated: Promise, because: Literal["classified", "acknowledged"], at: datetime, policy: Policy
) -> Outcome:
    """The first class or acknowledgement opens the handling; a later one only ever brings a promise forward (R7)."""
    if state.phase == "noted":
        before = policy.dispatch.at_risk_before
        return happened(
            HandlingQueued(
                resolution=1,
                criticality=stated.criticality,
                because=because,
                take_charge_by=stated.take_charge_by,
                on_site_by=stated.on_site_by,
                warn_take_charge_at=warn_at(stated.take_charge_by, before, at),
                warn_on_site_at=warn_at(stated.on_site_by, before, at),
            )
        )
    criticality = stated.criticality if because == "classified" else state.criticality
    assert criticality is not None
    first = because == "classified" and state.first_criticality is None
    return _recomputed(state, criticality, stated, at, policy, said=first)


def _recomputed(
    state: DispatchState,
    criticality: Criticality,
    stated: Promise,
    at: datetime,
    policy: Policy,
    *,
    late: bool = False,
    said: bool = False,
) -> Outcome:
    charge = earliest(state.take_charge_by, stated.take_charge_by)
    on_site = earliest(state.on_site_by, stated.on_site_by)
    if (charge, on_site, criticality) == (state.take_charge_by, state.on_site_by, state.criticality) and not (
        late or said
    ):
        return Ignored("no promise changes")
    before = policy.dispatch.at_risk_before
    return happened(
        PromiseRecomputed(
            criticality=criticality,
            take_charge_by=charge,
            on_site_by=on_site,
            late_by_reevaluation=late,
            warn_take_charge_at=warn_at(charge, before, at),
            warn_on_site_at=warn_at(on_site, before, at),
        )
    )


def _reclassified(state: DispatchState, criticality: Criticality, raised_at: datetime, policy: Policy) -> Outcome:
    """R7: raised, from the first report, or from the raise where that is past; lowered, no promise is worsened."""
    assert state.noted is not None
    if state.criticality is None:
        return Early("the ticket is not queued yet")
    if criticality == state.criticality:
        return Ignored("the ticket is handled under this class already")
    if RANK[criticality] < RANK[state.criticality]:
        return _lowered(state, criticality, raised_at, policy)
    from_raise = promise(policy, state.noted.contract, criticality, raised_at)
    stated, late = promise_after(state.noted.promises, state.criticality, criticality, from_raise, raised_at)
    return _recomputed(state, criticality, stated, raised_at, policy, late=late)


def _lowered(state: DispatchState, criticality: Criticality, at: datetime, policy: Policy) -> Outcome:
    """R7: lowered, what was stated stays: after a raise, the first report's delay may be past, and nobody is told."""
    assert state.take_charge_by and state.on_site_by
    before = policy.dispatch.at_risk_before
    return happened(
        PromiseRecomputed(
            criticality=criticality,
            take_charge_by=state.take_charge_by,
            on_site_by=state.on_site_by,
            warn_take_charge_at=warn_at(state.take_charge_by, before, at),
            warn_on_site_at=warn_at(state.on_site_by, before, at),
        )
    )


def _reopened(state: DispatchState, resolution: int, at: datetime, policy: Policy) -> Outcome:
    """R12: back to handling, with its history and its deadlines."""
    if resolution > state.resolution or (resolution == state.resolution and state.phase != "resolved"):
        return Early("this resolution is not reached yet")
    if resolution < state.resolution:
        return Ignored("a later resolution is being worked towards")
    assert state.criticality and state.take_charge_by and state.on_site_by
    before = policy.dispatch.at_risk_before
    return happened(
        HandlingQueued(
            resolution=resolution + 1,
            criticality=state.criticality,
            because="reopened",
            take_charge_by=state.take_charge_by,
            on_site_by=state.on_site_by,
            warn_take_charge_at=warn_at(state.take_charge_by, before, at),
            warn_on_site_at=warn_at(state.on_site_by, before, at),
        )
    )


def _due(state: DispatchState, ticket: str, kind: str, at: datetime, policy: Policy) -> Outcome:
    what, _, which = kind.partition(":")
    if what in ("risk", "missed"):
        return _promise_due(state, what, which)
    if what == "retry":
        return reservations.retried(state, ticket, which, at, policy)
    if what == "unanswered" and which in state.asks:
        reason = f"Aucune réponse à la réservation de {state.asks[which].resource}."
        return happened(NeedsAttention(reason=reason, about=f"unanswered:{which}"))
    return Ignored("nothing is waiting for this deadline any more")


def _promise_due(state: DispatchState, what: str, which: str) -> Outcome:
    name: PromiseName = "take-charge" if which == "take-charge" else "on-site"
    due_at = state.take_charge_by if name == "take-charge" else state.on_site_by
    if due_at is None:
        return Ignored("nothing is promised yet")
    event = PromiseAtRisk if what == "risk" else PromiseMissed
    return happened(event(promise=name, due_at=due_at))


def deadlines(state: DispatchState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    told = state.told
    if state.phase == "queued" and state.taken_at is None and state.warn_take_charge_at and state.take_charge_by:
        if "risk:take-charge" not in told:
            yield Deadline("risk:take-charge", state.warn_take_charge_at)
        if "missed:take-charge" not in told:
            yield Deadline("missed:take-charge", state.take_charge_by)
    watched = state.on_site_watched and state.arrived_at is None
    if state.phase in UNRESOLVED and watched and state.on_site_by and state.warn_on_site_at:
        in_time = state.planned_for is not None and state.planned_for <= state.on_site_by
        if not in_time and "risk:on-site" not in told:
            yield Deadline("risk:on-site", state.warn_on_site_at)
        if state.phase in VISIT_UNDER_WAY and not in_time and "missed:on-site" not in told:
            yield Deadline("missed:on-site", state.on_site_by)
    for name, ask in state.asks.items():
        if ask.status == "missing" and ask.retry_at:
            yield Deadline(f"retry:{name}", ask.retry_at)
        if ask.status == "open" and f"unanswered:{name}" not in told:
            yield Deadline(f"unanswered:{name}", ask.answer_by)
