"""What dispatch decides: remote first, then on site with the parts, and the promises (R7, R9 to R11). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.dispatch import clocks, commands, pauses, reservations
from services.dispatch.clocks import Clocks
from services.dispatch.rules import promise_after
from services.dispatch.state import DispatchState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events.base import RANK, Command, Criticality
from shared.events.closure import TicketReopened
from shared.events.dispatch import (
    HandlingQueued,
    NeedsAttention,
    OnCallNeeded,
    PromiseAtRisk,
    PromiseMissed,
    PromiseName,
    PromiseRecomputed,
    TicketNoted,
)
from shared.events.intake import AcknowledgementAsked, CustomerReplied, Promise, TicketOpened
from shared.events.resources import ReservationGranted, ReservationRefused
from shared.events.triage import TicketClassified, TicketReclassified
from shared.french import PAUSES
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What dispatch may know beyond the ticket."""

    depot: str = ""
    """Where the parts of who asks for a visit lie; empty where the registry does not know them."""


def decide(state: DispatchState, message: Message, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for dispatch."""
    payload = message.payload
    if isinstance(payload, TicketOpened):
        return Ignored("the ticket is known") if state.noted else happened(_noted(payload))
    if state.noted is None:
        # Resources also speaks of stocks and agendas, which never become tickets.
        return Early("the ticket is not opened yet") if isinstance(payload, NEEDS_A_TICKET) else Ignored("no ticket's")
    match payload:
        case TicketClassified(criticality=criticality):
            return _handled_under(state, state.noted.promises[criticality], "classified", message.at, at, policy)
        case TicketReclassified(criticality=criticality):
            return _reclassified(state, criticality, message.at, policy)
        case AcknowledgementAsked(promise=stated):
            return _handled_under(state, stated, "acknowledged", message.at, at, policy)
        case TicketReopened(resolution=resolution):
            return _reopened(state, resolution, at, policy)
        case ReservationGranted() | ReservationRefused():
            return reservations.answered(state, payload, at, policy)
        case CustomerReplied(received_at=received_at, automatic=automatic):
            return pauses.heard(state, received_at, policy, is_machine=automatic)
        case Command():
            return commands.obeyed(state, message.ticket, payload, facts.depot, at, policy)
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
    state: DispatchState,
    stated: Promise,
    because: Literal["classified", "acknowledged"],
    said_at: datetime,
    at: datetime,
    policy: Policy,
) -> Outcome:
    """The first class or acknowledgement opens the handling; a later one only ever brings a promise forward (R7)."""
    assert state.noted is not None
    candidate = pauses.counted(state, clocks.running(policy, state.noted, stated, said_at, at), said_at, policy)
    if state.phase == "noted":
        return happened(
            HandlingQueued(
                resolution=1,
                criticality=stated.criticality,
                because=because,
                page_at=clocks.page_at(policy, state.noted.contract, stated.criticality, at),
                **clocks.as_fields(candidate),
            )
        )
    criticality = stated.criticality if because == "classified" else state.criticality
    assert criticality is not None
    first = because == "classified" and state.first_criticality is None
    return _recomputed(state, criticality, candidate, at, policy, said=first)


def _recomputed(
    state: DispatchState,
    criticality: Criticality,
    candidate: Clocks,
    at: datetime,
    policy: Policy,
    *,
    late: bool = False,
    said: bool = False,
) -> Outcome:
    held = clocks.earliest(state.clocks, candidate)
    due = {name: clock.due_at for name, clock in held.items()}
    unchanged = due == {name: clock.due_at for name, clock in state.clocks.items()}
    if unchanged and criticality == state.criticality and not (late or said):
        return Ignored("no promise changes")
    return happened(_under(state, criticality, held, at, policy, late=late))


def _under(
    state: DispatchState, criticality: Criticality, held: Clocks, at: datetime, policy: Policy, *, late: bool = False
) -> PromiseRecomputed:
    return PromiseRecomputed(
        criticality=criticality,
        late_by_reevaluation=late,
        on_call=state.is_on_call_as(criticality, policy),
        page_at=_page_at(state, criticality, at, policy),
        **clocks.as_fields(held),
    )


def _page_at(state: DispatchState, criticality: Criticality, at: datetime, policy: Policy) -> datetime | None:
    """Who has a technician needs nobody else; who was called for already is not called for again."""
    assert state.noted is not None and state.criticality is not None
    if state.phase != "queued":
        return None
    if state.is_on_call(policy):
        return state.page_at if state.is_on_call_as(criticality, policy) else None
    return clocks.page_at(policy, state.noted.contract, criticality, at)


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
    candidate = clocks.running(policy, state.noted, stated, raised_at, raised_at)
    candidate = pauses.counted(state, candidate, raised_at, policy)
    return _recomputed(state, criticality, candidate, raised_at, policy, late=late)


def _lowered(state: DispatchState, criticality: Criticality, at: datetime, policy: Policy) -> Outcome:
    """R7: lowered, what was stated stays: after a raise, the first report's delay may be past, and nobody is told."""
    return happened(_under(state, criticality, clocks.not_before(state.clocks, at), at, policy))


def _reopened(state: DispatchState, resolution: int, at: datetime, policy: Policy) -> Outcome:
    """R12: back to handling, with its history and its deadlines."""
    if resolution > state.resolution or (resolution == state.resolution and state.phase != "resolved"):
        return Early("this resolution is not reached yet")
    if resolution < state.resolution:
        return Ignored("a later resolution is being worked towards")
    assert state.noted and state.criticality
    return happened(
        HandlingQueued(
            resolution=resolution + 1,
            criticality=state.criticality,
            because="reopened",
            page_at=clocks.page_at(policy, state.noted.contract, state.criticality, at),
            **clocks.as_fields(clocks.not_before(state.clocks, at)),
        )
    )


def _due(state: DispatchState, ticket: str, kind: str, at: datetime, policy: Policy) -> Outcome:
    what, _, which = kind.partition(":")
    if what in ("risk", "missed"):
        return _promise_due(state, what, which, policy)
    if what == "page" and state.page_at is not None and state.phase == "queued":
        return _on_call_needed(state)
    if what == "paused" and state.paused is not None:
        reason = f"Le dossier attend depuis longtemps ({PAUSES[state.paused.reason]}) : relancer ou reprendre."
        return happened(NeedsAttention(reason=reason, about=f"paused:{which}"))
    if what == "retry":
        return reservations.retried(state, ticket, which, at, policy)
    if what == "unanswered" and which in state.asks:
        reason = f"Aucune réponse à la réservation de {state.asks[which].resource}."
        return happened(NeedsAttention(reason=reason, about=f"unanswered:{which}"))
    return Ignored("nothing is waiting for this deadline any more")


def _promise_due(state: DispatchState, what: str, which: str, policy: Policy) -> Outcome:
    which, _, number = which.partition(":")
    name = next(one for one in clocks.NAMES if one == which)
    due_at = state.due_at(name)
    if due_at is None:
        return Ignored("nothing is promised yet")
    on_call = state.is_on_call(policy)
    if what == "missed":
        return happened(PromiseMissed(promise=name, due_at=due_at, person=state.technician, on_call=on_call))
    step = int(number)
    to = policy.dispatch.warnings[step - 1].to
    return happened(
        PromiseAtRisk(promise=name, due_at=due_at, step=step, to=to, person=state.technician, on_call=on_call)
    )


def _on_call_needed(state: DispatchState) -> Outcome:
    assert state.noted and state.criticality and state.clocks
    return happened(
        OnCallNeeded(
            number=state.noted.number,
            resolution=state.resolution,
            criticality=state.criticality,
            site=state.noted.contract.site,
            equipment=state.noted.equipment,
            take_charge_by=state.clocks["take-charge"].due_at,
        )
    )


def deadlines(state: DispatchState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    for name in clocks.NAMES:
        yield from _promise_deadlines(state, name)
    if state.phase == "queued" and state.page_at is not None:
        yield Deadline("page", state.page_at)
    if state.paused is not None and f"paused:{state.paused.pause}" not in state.told:
        yield Deadline(f"paused:{state.paused.pause}", state.paused.look_at)
    for ask_name, ask in state.asks.items():
        if ask.status == "missing" and ask.retry_at:
            yield Deadline(f"retry:{ask_name}", ask.retry_at)
        if ask.status == "open" and f"unanswered:{ask_name}" not in state.told:
            yield Deadline(f"unanswered:{ask_name}", ask.answer_by)


def _promise_deadlines(state: DispatchState, name: PromiseName) -> Iterable[Deadline]:
    """Each step before a promise falls due, and its missing, until it is kept; none while its clock stands still."""
    clock = state.clocks.get(name)
    if clock is None or not _is_watched(state, name):
        return
    for step, at in enumerate(clock.watch.warnings, start=1):
        # What is past at a reopening is missed: a warning would come too late.
        if at < clock.due_at and f"risk:{name}:{step}" not in state.told:
            yield Deadline(f"risk:{name}:{step}", at)
    # A visit that nobody asked for is at risk, never missed.
    may_be_missed = name != "on-site" or state.phase in VISIT_UNDER_WAY
    if may_be_missed and f"missed:{name}" not in state.told:
        yield Deadline(f"missed:{name}", clock.due_at)


def _is_watched(state: DispatchState, name: PromiseName) -> bool:
    if state.phase not in UNRESOLVED or state.stands_still(name):
        return False
    if name == "take-charge":
        return state.phase == "queued" and state.taken_at is None
    if name == "restored":
        return True
    in_time = state.planned_for is not None and state.planned_for <= state.clocks[name].due_at
    return state.on_site_watched and state.arrived_at is None and not in_time
