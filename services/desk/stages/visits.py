"""How the desk tells a visit: why, with which parts, when, and what came of it (R10, R11). Pure, part of `dispatch`."""

from __future__ import annotations

from collections.abc import Iterable

from services.desk.french import between, joined, length, listed, moment
from services.desk.telling import Line, unknown
from shared.events.base import Event
from shared.events.dispatch import (
    PartLine,
    PartMissing,
    PartReserved,
    ReservationAsked,
    ReservationReleased,
    TechnicianMobilised,
    TimeMissing,
    VisitNeeded,
    VisitPlanned,
    VisitReason,
    VisitReported,
)

_REASONS: dict[VisitReason, str] = {
    "hardware-failure": "panne matérielle",
    "network-lost": "réseau du site perdu",
    "remote-insufficient": "dépannage à distance insuffisant",
    "safety": "sécurité des personnes ou des lieux",
}


def tell(event: Event) -> Line:
    """Tell one of dispatch's events that are about a visit or a reservation."""
    match event:
        case VisitNeeded(technician=technician, reason=reason, diagnosis=diagnosis, parts=parts):
            return Line(
                joined(
                    f"Intervention sur site demandée par {technician} : {_REASONS[reason]}.",
                    diagnosis and f"Diagnostic : {diagnosis}",
                    f"Pièces à prévoir : {told(parts)}." if parts else "Aucune pièce à prévoir.",
                    f"Durée prévue : {length(event.duration)}.",
                )
            )
        case ReservationAsked(resource=resource, quantity=quantity):
            return Line(f"Réservation demandée : {resource_name(resource, quantity)}.", detail=True)
        case ReservationReleased(resource=resource):
            return Line(f"Réservation rendue : {resource_name(resource)}.", detail=True)
        case PartReserved(part=part, quantity=quantity):
            return Line(f"Pièce réservée : {quantity} × {part}.")
        case PartMissing(part=part, quantity=quantity, retry_at=retry_at):
            return Line(
                f"Pièce manquante : {quantity} × {part}. Pas de départ sans elle ; "
                f"nouvelle demande au stock le {moment(retry_at)}."
            )
        case TimeMissing(technician=technician, retry_at=retry_at):
            return Line(f"Aucun créneau libre de {technician} ; nouvelle demande à l'agenda le {moment(retry_at)}.")
        case VisitPlanned(technician=technician, start=start, end=end, parts=parts):
            carried = f", pièces : {told(parts)}" if parts else ""
            return Line(f"Rendez-vous {between(start, end)} avec {technician}{carried}.")
        case TechnicianMobilised(technician=technician, parts=parts):
            return Line(f"Départ de {technician} avec {told(parts)}." if parts else f"Départ de {technician}.")
        case VisitReported(technician=technician, outcome=outcome, arrived_at=arrived_at, report=report):
            came = f"Intervention de {technician} (arrivée le {moment(arrived_at)})"
            done = "réparé" if outcome == "repaired" else "non réparé, le dossier reste à traiter"
            return Line(joined(f"{came} : {done}.", report and f"Compte rendu : {report}"))
        case _:
            return unknown(event)


def told(parts: Iterable[PartLine]) -> str:
    """Return parts as they are said: « 1 × BAT-12V7 et 2 × DM-PIR »."""
    return listed(f"{one.quantity} × {one.part}" for one in parts)


def resource_name(resource: str, quantity: int | None = None) -> str:
    """Return what a stock or an agenda is called: « 1 × BAT-12V7 au dépôt central », « l'agenda de T-01 »."""
    kind, _, name = resource.partition(":")
    if kind == "part":
        part, _, depot = name.partition("@")
        many = f"{quantity} × " if quantity is not None else ""
        return f"{many}{part} au dépôt {depot}" if depot else f"{many}{part}"
    return f"l'agenda de {name}" if kind == "technician" else resource
