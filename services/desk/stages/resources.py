"""How the desk tells what stocks and agendas say. Sentences alone: their events are not told by ticket. Pure."""

from __future__ import annotations

from services.desk.french import between
from services.desk.stages.visits import resource_name
from services.desk.telling import Line, called, unknown
from shared.events.base import Event
from shared.events.resources import (
    NeedsAttention,
    ReservationGivenBack,
    ReservationGranted,
    ReservationRefused,
    StockReceived,
)


def tell(event: Event) -> Line:
    """Tell one event of a stock or an agenda."""
    match event:
        case ReservationGranted(resource=resource, quantity=quantity, start=start, end=end):
            when = f", {between(start, end)}" if start and end else ""
            return Line(f"Réservation accordée : {resource_name(resource, quantity)}{when}.")
        case ReservationRefused(resource=resource, free=free):
            return Line(f"Réservation refusée : {resource_name(resource)} ({free} disponible).")
        case ReservationGivenBack(resource=resource, quantity=quantity):
            return Line(f"Réservation reprise : {resource_name(resource, quantity)}.")
        case StockReceived(resource=resource, quantity=quantity, delivery=delivery):
            return Line(f"Livraison {delivery} reçue : {resource_name(resource, quantity)}.")
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return unknown(event)
