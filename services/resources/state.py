"""What a stock or an agenda remembers: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from shared.events.base import Event
from shared.events.resources import ReservationGivenBack, ReservationGranted, ReservationRefused, StockReceived


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is promised to one ask."""

    quantity: int
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class ResourceState:
    """A stock (`received`) or an agenda (slots of its reservations)."""

    received: int = 0
    deliveries: frozenset[str] = frozenset()
    reservations: Mapping[str, Reservation] = field(default_factory=lambda: MappingProxyType({}))
    refused: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    """Asks that were released before they were answered."""


def evolve(state: ResourceState, event: Event) -> ResourceState:
    """Fold one of an aggregate's own events."""
    match event:
        case StockReceived(delivery=delivery, quantity=quantity):
            return replace(state, received=state.received + quantity, deliveries=state.deliveries | {delivery})
        case ReservationGranted(ask=ask):
            granted = Reservation(event.quantity, event.start, event.end)
            return replace(state, reservations=MappingProxyType({**state.reservations, ask: granted}))
        case ReservationRefused(ask=ask):
            return replace(state, refused=state.refused | {ask})
        case ReservationGivenBack(ask=ask):
            kept = {name: one for name, one in state.reservations.items() if name != ask}
            return replace(state, reservations=MappingProxyType(kept), barred=state.barred | {ask})
        case _:
            return state
