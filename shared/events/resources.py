"""What the aggregates say: the stock of a part in a depot, and a technician's agenda (R11). Known by the ask's id."""

from __future__ import annotations

from pydantic import Field

from shared.events import base
from shared.events.base import Command, Event, Instant


class ReservationGranted(Event):
    """The ask was granted; the same ask again gets this same answer again."""

    type_name = "sav.resources.reservation-granted.v1"
    ticket: str
    ask: str
    resource: str
    quantity: int = 1
    start: Instant | None = None
    end: Instant | None = None


class ReservationRefused(Event):
    """The ask was refused, with what is free."""

    type_name = "sav.resources.reservation-refused.v1"
    ticket: str
    ask: str
    resource: str
    free: int = 0


class ReservationGivenBack(Event):
    """A reservation was released, or an ask that is not wanted any more is barred before it was ever answered."""

    type_name = "sav.resources.reservation-given-back.v1"
    ticket: str
    ask: str
    resource: str
    quantity: int = 1


class StockReceived(Event):
    """Parts came in."""

    type_name = "sav.resources.stock-received.v1"
    delivery: str
    resource: str
    quantity: int


class NeedsAttention(base.NeedsAttention):
    """An aggregate calls a person."""

    type_name = "sav.resources.needs-attention.v1"


class ReceiveStock(Command):
    """Parts arrived in a depot; `delivery` is the delivery note, known once."""

    type_name = "sav.resources.receive-stock.v1"
    delivery: str
    resource: str
    quantity: int = Field(ge=1)


EVENTS = (ReservationGranted, ReservationRefused, ReservationGivenBack, StockReceived, NeedsAttention)
COMMANDS = (ReceiveStock,)
