"""What dispatch remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from shared.events.base import Criticality, Event
from shared.events.dispatch import (
    HandlingQueued,
    NeedsAttention,
    PartLine,
    PartMissing,
    PartReserved,
    PromiseAtRisk,
    PromiseMissed,
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
    take_charge_by: datetime | None = None
    on_site_by: datetime | None = None
    warn_take_charge_at: datetime | None = None
    warn_on_site_at: datetime | None = None
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
        case PromiseAtRisk(promise=name):
            return replace(state, told=state.told | {f"risk:{name}"})
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
    ahead = event.warn_on_site_at < event.on_site_by
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
        arrived_at=None if ahead else state.arrived_at,
        on_site_watched=ahead or event.because != "reopened",
        told=state.told - ({"risk:on-site", "missed:on-site"} if ahead else set()),
    )
    return _promised(fresh, event)


def _promised(state: DispatchState, event: HandlingQueued | PromiseRecomputed) -> DispatchState:
    return replace(
        state,
        take_charge_by=event.take_charge_by,
        on_site_by=event.on_site_by,
        warn_take_charge_at=event.warn_take_charge_at,
        warn_on_site_at=event.warn_on_site_at,
    )
