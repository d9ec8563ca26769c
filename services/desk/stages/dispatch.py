"""Dispatch as the desk keeps and tells it: promises, who handles the ticket, and what came of it (R9 to R11). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.desk.french import CRITICALITIES, joined, moment
from services.desk.stages import visits
from services.desk.telling import Line, Room, called, refused
from shared.events.base import Criticality, Event, Instant, Model
from shared.events.dispatch import (
    CommandRefused,
    HandlingQueued,
    NeedsAttention,
    PartMissing,
    PartReserved,
    PromiseAtRisk,
    PromiseMissed,
    PromiseName,
    PromiseRecomputed,
    RemoteActionRecorded,
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
How = Literal["remote", "on-site", "advice"]

_PROMISES: dict[PromiseName, str] = {"take-charge": "prise en charge", "on-site": "arrivée sur site"}
_ACTIONS = {
    "vpn": "connexion par VPN",
    "logs": "lecture des journaux",
    "restart": "redémarrage d'équipement",
    "configuration": "changement de configuration",
}
_OUTCOMES = {"worked": "réussi", "failed": "sans succès", "impossible": "impossible"}
_HOW: dict[How, str] = {"remote": "à distance", "on-site": "sur site", "advice": "par un conseil"}


class DispatchView(Model):
    """What the desk keeps of dispatch."""

    phase: Phase = "unknown"
    resolution: int = 0
    """The resolution that is worked towards, or reached in phase `resolved`."""
    criticality: Criticality | None = None
    take_charge_by: Instant | None = None
    on_site_by: Instant | None = None
    taken_at: Instant | None = None
    arrived_at: Instant | None = None
    technician: str = ""
    visit_start: Instant | None = None
    visit_end: Instant | None = None
    missing: dict[str, str] = Field(default_factory=dict)
    """What is awaited of a stock or an agenda, by its ask."""
    missed: tuple[str, ...] = ()
    """Promises that were missed, in the order in which they were."""
    late_by_reevaluation: bool = False
    how: str = ""
    resolved_at: Instant | None = None


def evolve(view: DispatchView, event: Event) -> DispatchView:
    """Fold one of dispatch's events."""
    match event:
        case TicketNoted():
            return view.model_copy(update={"phase": "noted"})
        case HandlingQueued(resolution=resolution):
            queued = {"phase": "queued", "resolution": resolution, "technician": "", "missing": {}, "how": ""}
            ended = {"visit_start": None, "visit_end": None, "resolved_at": None}
            return _promised(view.model_copy(update=queued | ended), event)
        case PromiseRecomputed():
            late = view.late_by_reevaluation or event.late_by_reevaluation
            return _promised(view.model_copy(update={"late_by_reevaluation": late}), event)
        case TakenCharge(technician=technician, at=at):
            taken = {"phase": "taken", "technician": technician, "taken_at": view.taken_at or at}
            return view.model_copy(update=taken)
        case PromiseMissed(promise=name) if name not in view.missed:
            return view.model_copy(update={"missed": (*view.missed, name)})
        case TicketResolved(resolution=resolution, how=how, ticket=ticket):
            resolved = {"phase": "resolved", "resolution": resolution, "how": how, "resolved_at": ticket.resolved_at}
            return view.model_copy(update=resolved | {"missing": {}})
        case _:
            return _visited(view, event)


def _promised(view: DispatchView, event: HandlingQueued | PromiseRecomputed) -> DispatchView:
    promised = {
        "criticality": event.criticality,
        "take_charge_by": event.take_charge_by,
        "on_site_by": event.on_site_by,
    }
    return view.model_copy(update=promised)


def _visited(view: DispatchView, event: Event) -> DispatchView:
    match event:
        case VisitNeeded():
            return view.model_copy(update={"phase": "reserving", "visit_start": None, "visit_end": None})
        case PartMissing(ask=ask, part=part):
            return view.model_copy(update={"missing": {**view.missing, ask: part}})
        case TimeMissing(ask=ask, technician=technician):
            return view.model_copy(update={"missing": {**view.missing, ask: f"un créneau de {technician}"}})
        case PartReserved(ask=ask) | ReservationReleased(ask=ask):
            return view.model_copy(update={"missing": {one: part for one, part in view.missing.items() if one != ask}})
        case VisitPlanned(start=start, end=end):
            planned = {"phase": "planned", "visit_start": start, "visit_end": end, "missing": {}}
            return view.model_copy(update=planned)
        case TechnicianMobilised():
            return view.model_copy(update={"phase": "mobilised"})
        case VisitReported(arrived_at=arrived_at):
            ended = {"visit_start": None, "visit_end": None, "arrived_at": view.arrived_at or arrived_at}
            return view.model_copy(update=ended | {"phase": "taken", "missing": {}})
        case _:
            return view


def tell(_view: DispatchView, event: Event) -> Line:
    """Tell one of dispatch's events."""
    match event:
        case TicketNoted():
            return Line("Dossier connu du traitement.", detail=True)
        case HandlingQueued():
            return _queued(event)
        case PromiseRecomputed(criticality=criticality):
            late = "Le délai d'origine était déjà passé lors de la réévaluation." if event.late_by_reevaluation else ""
            head = f"Délais revus ({CRITICALITIES[criticality]}) :"
            return Line(joined(f"{head} {_by(event.take_charge_by, event.on_site_by)}", late))
        case TakenCharge(technician=technician):
            return Line(f"Pris en charge par {technician}.")
        case RemoteActionRecorded(technician=technician, action=action, outcome=outcome, note=note):
            done = f"Action à distance de {technician} : {_ACTIONS[action]}, {_OUTCOMES[outcome]}."
            return Line(joined(done, note and f"Note : {note}"))
        case TicketResolved(resolution=k, how=how, by=by, summary=summary):
            head = f"Résolu {_HOW[how]} par {by} (résolution n° {k})"
            return Line(f"{head} : {summary}" if summary else head)
        case PromiseAtRisk(promise=promise, due_at=due_at):
            return Line(f"Promesse menacée : {_PROMISES[promise]} au plus tard le {moment(due_at)}.")
        case PromiseMissed(promise=promise, due_at=due_at):
            return Line(f"Promesse manquée : {_PROMISES[promise]} au plus tard le {moment(due_at)}.")
        case CommandRefused(command=command, by=by, reason=reason):
            return refused(command, by, reason)
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return visits.tell(event)


def _by(take_charge_by: datetime, on_site_by: datetime) -> str:
    return (
        f"prise en charge au plus tard le {moment(take_charge_by)} ; "
        f"sur site, si un déplacement est nécessaire, le {moment(on_site_by)}."
    )


def _queued(event: HandlingQueued) -> Line:
    if event.because == "reopened":
        return Line(f"Remis à traiter, avec son historique et ses délais (résolution n° {event.resolution} à venir).")
    head = f"À traiter en {CRITICALITIES[event.criticality]} :"
    return Line(f"{head} {_by(event.take_charge_by, event.on_site_by)}")


def settles(event: Event, about: str) -> bool:
    """Tell whether an event answers what a person was called for: a stock or an agenda that did not answer."""
    what, _, ask = about.partition(":")
    if what != "unanswered":
        return False
    answers = PartReserved | PartMissing | TimeMissing | VisitPlanned | ReservationReleased
    return isinstance(event, TicketResolved | VisitReported) or (isinstance(event, answers) and event.ask == ask)


DISPATCH = Room("dispatch", DispatchView, evolve, tell, settles)
