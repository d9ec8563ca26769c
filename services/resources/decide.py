"""What a stock or an agenda decides: granted or refused, once per ask (R11). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.resources.rules import first_free_slot, free_quantity
from services.resources.state import ResourceState
from shared.decider import Deadline, Ignored, Message, Outcome, happened
from shared.events.base import Event
from shared.events.dispatch import ReservationAsked, ReservationReleased
from shared.events.resources import (
    ReceiveStock,
    ReservationGivenBack,
    ReservationGranted,
    ReservationRefused,
    StockReceived,
)
from shared.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Facts:
    """What the registry says of a stock at first."""

    opening_stock: int = 0
    registry: str = ""
    """The registry's version, which names the opening delivery."""


def decide(state: ResourceState, message: Message, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for this stock or agenda."""
    match message.payload:
        case ReservationAsked(ask=known) if known in state.reservations or known in state.refused:
            return Ignored("this ask has its answer")
        case ReservationAsked() as ask:
            ticket = ask.ask.rpartition("/")[0]
            if ask.resource.startswith("technician:"):
                return _slot(state, ask, ticket, policy)
            return _part(state, ask, ticket, facts)
        case ReservationReleased(ask=ask_id, resource=resource):
            return _released(state, ask_id, resource)
        case ReceiveStock(delivery=delivery, resource=resource, quantity=quantity):
            if delivery in state.deliveries:
                return Ignored("this delivery was noted before")
            return happened(
                *_opening(state, resource, facts),
                StockReceived(delivery=delivery, resource=resource, quantity=quantity),
            )
        case _:
            return Ignored("no stock or agenda has anything to do with it")


def _opening(state: ResourceState, resource: str, facts: Facts) -> list[Event]:
    """The registry's stock comes in with the first movement, once in the life of the aggregate."""
    if not facts.opening_stock or any(one.startswith("registry:") for one in state.deliveries):
        return []
    return [StockReceived(delivery=f"registry:{facts.registry}", resource=resource, quantity=facts.opening_stock)]


def _part(state: ResourceState, ask: ReservationAsked, ticket: str, facts: Facts) -> Outcome:
    opening = _opening(state, ask.resource, facts)
    received = state.received + (facts.opening_stock if opening else 0)
    free = free_quantity(received, (one.quantity for one in state.reservations.values()))
    if ask.ask in state.barred or free < ask.quantity:
        return happened(*opening, ReservationRefused(ticket=ticket, ask=ask.ask, resource=ask.resource, free=free))
    return happened(
        *opening, ReservationGranted(ticket=ticket, ask=ask.ask, resource=ask.resource, quantity=ask.quantity)
    )


def _slot(state: ResourceState, ask: ReservationAsked, ticket: str, policy: Policy) -> Outcome:
    if not ask.earliest or not ask.duration or ask.duration <= timedelta(0):
        return happened(ReservationRefused(ticket=ticket, ask=ask.ask, resource=ask.resource))
    busy = [(one.start, one.end) for one in state.reservations.values() if one.start and one.end]
    calendar = policy.calendars[policy.on_call_calendar if ask.on_call else policy.dispatch.working_calendar]
    start = first_free_slot(calendar, busy, ask.earliest, ask.duration)
    if ask.ask in state.barred or start is None:
        return happened(ReservationRefused(ticket=ticket, ask=ask.ask, resource=ask.resource))
    return happened(
        ReservationGranted(ticket=ticket, ask=ask.ask, resource=ask.resource, start=start, end=start + ask.duration)
    )


def _released(state: ResourceState, ask: str, resource: str) -> Outcome:
    if ask in state.barred:
        return Ignored("it was given back before")
    held = state.reservations.get(ask)
    quantity = held.quantity if held else 0
    ticket = ask.rpartition("/")[0]
    return happened(ReservationGivenBack(ticket=ticket, ask=ask, resource=resource, quantity=quantity))


def deadlines(state: ResourceState) -> Iterable[Deadline]:
    """Stocks and agendas wait for nothing."""
    return ()
