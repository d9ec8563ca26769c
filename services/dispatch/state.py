"""What dispatch remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from services.dispatch import rules
from services.dispatch.clocks import NAMES, NONE, Clock, Clocks
from shared.events.base import Criticality, Event
from shared.events.dispatch import (
    ClockPaused,
    ClockResumed,
    HandlingQueued,
    NeedsAttention,
    OnCallNeeded,
    PartLine,
    PartMissing,
    PartReserved,
    PromiseAtRisk,
    PromiseMissed,
    PromiseName,
    PromiseRecomputed,
    RemoteActionRecorded,
    ReservationAsked,
    ReservationReleased,
    TakenCharge,
    TechnicianMobilised,
    TicketNoted,
    TicketResolved,
    TimeMissing,
    VisitNeeded,
    VisitPlanned,
    VisitReported,
)
from shared.policy.model import Policy

Phase = Literal["unknown", "noted", "queued", "taken", "reserving", "planned", "mobilised", "resolved"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A reservation that was asked for."""

    resource: str
    quantity: int
    answer_by: datetime
    status: Literal["open", "granted", "missing"] = "open"
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DispatchState:
    """A ticket as dispatch knows it."""

    phase: Phase = "unknown"
    noted: TicketNoted | None = None
    resolution: int = 0
    """The resolution that is worked towards, or reached in phase `resolved`."""
    first_criticality: Criticality | None = None
    criticality: Criticality | None = None
    clocks: Clocks = field(default_factory=lambda: NONE)
    """The promises that hold, the earliest that anyone stated."""
    paused: ClockPaused | None = None
    pauses: int = 0
    past_pauses: tuple[tuple[ClockPaused, datetime], ...] = ()
    """Each with the instant at which it ended."""
    page_at: datetime | None = None
    """Not taken by then, the people on call are needed; None: never, or they are called already."""
    taken_at: datetime | None = None
    arrived_at: datetime | None = None
    """First arrival on site under the promise that holds."""
    first_arrived_at: datetime | None = None
    on_site_watched: bool = True
    """Not after a reopening whose on-site deadline lay past: that promise was kept, or was not needed."""
    technician: str = ""
    remote: tuple[str, ...] = ()
    """Outcomes of the remote actions for this resolution (R9)."""
    visit: int = 0
    parts: tuple[PartLine, ...] = ()
    duration: timedelta | None = None
    planned_for: datetime | None = None
    asks: Mapping[str, Ask] = field(default_factory=lambda: MappingProxyType({}))
    attempts: int = 0
    told: frozenset[str] = frozenset()
    """Promises said to be at risk or missed, and asks that a person was called for."""

    def due_at(self, name: PromiseName) -> datetime | None:
        """Return when a promise falls due; None where nothing of the kind is promised."""
        clock = self.clocks.get(name)
        return clock.due_at if clock else None

    def stands_still(self, name: PromiseName) -> bool:
        """Tell whether a clock is paused; one that was past already when the pause began is not."""
        return self.paused is not None and name in self.paused.clocks and self.clocks[name].due_at > self.paused.at

    def is_on_call(self, policy: Policy) -> bool:
        """Tell whether the ticket is served at any hour."""
        return self.is_on_call_as(self.criticality, policy)

    def is_on_call_as(self, criticality: Criticality | None, policy: Policy) -> bool:
        """Tell whether it is, or would be, served at any hour under a class: `rules.is_on_call`."""
        return self.noted is not None and rules.is_on_call(self.noted.contract.tier, criticality, policy.on_call)


def evolve(state: DispatchState, event: Event) -> DispatchState:
    """Fold one of dispatch's own events."""
    match event:
        case TicketNoted():
            return replace(state, noted=event, phase="noted")
        case HandlingQueued():
            return _queued(state, event)
        case PromiseRecomputed():
            first = state.first_criticality or event.criticality
            return _promised(replace(state, criticality=event.criticality, first_criticality=first), event)
        case TakenCharge(technician=technician, at=at):
            return replace(state, phase="taken", technician=technician, taken_at=state.taken_at or at)
        case RemoteActionRecorded(outcome=outcome):
            return replace(state, remote=(*state.remote, outcome))
        case TicketResolved(resolution=resolution):
            return replace(state, phase="resolved", resolution=resolution, asks=MappingProxyType({}))
        case ClockPaused(pause=pause):
            return replace(state, paused=event, pauses=pause)
        case ClockResumed(at=at):
            past = ((state.paused, at),) if state.paused else ()
            return replace(state, paused=None, past_pauses=(*state.past_pauses, *past), clocks=_clocks(event))
        case OnCallNeeded():
            return replace(state, page_at=None)
        case PromiseAtRisk(promise=name, step=step):
            return replace(state, told=state.told | {f"risk:{name}:{step}"})
        case PromiseMissed(promise=name):
            return replace(state, told=state.told | {f"missed:{name}"})
        case NeedsAttention(about=about):
            return replace(state, told=state.told | {about})
        case _:
            return _visit(state, event)


def _visit(state: DispatchState, event: Event) -> DispatchState:
    match event:
        case VisitNeeded():
            return replace(
                state,
                phase="reserving",
                visit=event.visit,
                parts=event.parts,
                duration=event.duration,
                planned_for=None,
            )
        case ReservationAsked(ask=ask):
            asked = Ask(event.resource, event.quantity, event.answer_by)
            return _asks(replace(state, attempts=state.attempts + 1), ask, asked)
        case ReservationReleased(ask=ask):
            return replace(state, asks=MappingProxyType({name: one for name, one in state.asks.items() if name != ask}))
        case PartReserved(ask=ask):
            return _asks(state, ask, replace(state.asks[ask], status="granted"))
        case PartMissing(ask=ask, retry_at=retry_at) | TimeMissing(ask=ask, retry_at=retry_at):
            return _asks(state, ask, replace(state.asks[ask], status="missing", retry_at=retry_at))
        case VisitPlanned(ask=ask, start=start):
            granted = _asks(state, ask, replace(state.asks[ask], status="granted"))
            return replace(granted, phase="planned", planned_for=start)
        case TechnicianMobilised():
            return replace(state, phase="mobilised")
        case VisitReported(arrived_at=arrived_at):
            arrived, first = state.arrived_at or arrived_at, state.first_arrived_at or arrived_at
            state = replace(state, first_arrived_at=first)
            return replace(state, phase="taken", arrived_at=arrived, asks=MappingProxyType({}), planned_for=None)
        case _:
            return state


def _asks(state: DispatchState, ask: str, value: Ask) -> DispatchState:
    return replace(state, asks=MappingProxyType({**state.asks, ask: value}))


def _queued(state: DispatchState, event: HandlingQueued) -> DispatchState:
    # An acknowledgement without triage speaks as Critique (R4): the first class is still triage's to say.
    first = state.first_criticality or (event.criticality if event.because == "classified" else None)
    ahead = {name for name, clock in _clocks(event).items() if min(clock.watch.warnings) < clock.due_at}
    on_site_ahead = "on-site" in ahead
    fresh = replace(
        state,
        phase="queued",
        resolution=event.resolution,
        first_criticality=first,
        criticality=event.criticality,
        technician="",
        remote=(),
        asks=MappingProxyType({}),
        parts=(),
        planned_for=None,
        arrived_at=None if on_site_ahead else state.arrived_at,
        on_site_watched=on_site_ahead or event.because != "reopened",
        told=frozenset(one for one in state.told if not _is_of(one, ahead - {"take-charge"})),
    )
    return _promised(fresh, event)


def _is_of(told: str, promises: set[PromiseName]) -> bool:
    what, _, which = told.partition(":")
    return what in ("risk", "missed") and which.partition(":")[0] in promises


def _promised(state: DispatchState, event: HandlingQueued | PromiseRecomputed) -> DispatchState:
    clocks = _clocks(event)
    moved = {name for name, clock in clocks.items() if clock.due_at != state.due_at(name)}
    # Another deadline is warned of anew; that one was missed stays said.
    told = frozenset(one for one in state.told if one.startswith("missed:") or not _is_of(one, moved))
    return replace(state, clocks=clocks, page_at=event.page_at, told=told)


def _clocks(event: HandlingQueued | PromiseRecomputed | ClockResumed) -> Clocks:
    due = (event.take_charge_by, event.on_site_by, event.restored_by)
    return MappingProxyType(
        {name: Clock(at, event.watches[name]) for name, at in zip(NAMES, due, strict=True) if at is not None}
    )
