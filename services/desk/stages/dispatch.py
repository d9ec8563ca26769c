"""Dispatch as the desk keeps and tells it: promises, who handles the ticket, and what came of it (R9 to R11). Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from services.desk.french import joined
from services.desk.stages import clocks, visits
from services.desk.telling import Line, Room, called, refused
from shared.events.base import Criticality, Event, Instant, Model
from shared.events.dispatch import (
    ClockPaused,
    ClockResumed,
    CommandRefused,
    HandlingQueued,
    NeedsAttention,
    OnCallNeeded,
    PartMissing,
    PartReserved,
    PauseReason,
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
    restored_by: Instant | None = None
    paused_at: Instant | None = None
    """Since when clocks stand still; None where none does."""
    paused: PauseReason | None = None
    stopped: tuple[PromiseName, ...] = ()
    """The clocks that stand still now, of promises that are neither kept nor past."""
    stood_still: dict[PromiseName, timedelta] = Field(default_factory=dict)
    """How long each clock stood still in all, on the clock on the wall."""
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
        case ClockPaused(reason=reason, at=at):
            return view.model_copy(update={"paused": reason, "paused_at": at, "stopped": _stopped(view, event)})
        case ClockResumed():
            resumed = {"paused": None, "paused_at": None, "stopped": (), "stood_still": _stood_still(view, event)}
            return _promised(view.model_copy(update=resumed), event)
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


Promised = HandlingQueued | PromiseRecomputed | ClockResumed


def _promised(view: DispatchView, event: Promised) -> DispatchView:
    promised = {
        "criticality": view.criticality if isinstance(event, ClockResumed) else event.criticality,
        "take_charge_by": event.take_charge_by,
        "on_site_by": event.on_site_by,
        "restored_by": event.restored_by,
    }
    return view.model_copy(update=promised)


def _stopped(view: DispatchView, event: ClockPaused) -> tuple[PromiseName, ...]:
    due = {"on-site": None if view.arrived_at else view.on_site_by, "restored": view.restored_by}
    return tuple(name for name in event.clocks if (by := due.get(name)) is not None and by > event.at)


def _stood_still(view: DispatchView, event: ClockResumed) -> dict[PromiseName, timedelta]:
    waited = event.at - (view.paused_at or event.at)
    return view.stood_still | {name: view.stood_still.get(name, timedelta()) + waited for name in view.stopped}


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
        case (
            HandlingQueued()
            | PromiseRecomputed()
            | ClockPaused()
            | ClockResumed()
            | OnCallNeeded()
            | PromiseAtRisk()
            | PromiseMissed()
        ):
            return clocks.tell(event)
        case TakenCharge(technician=technician):
            return Line(f"Pris en charge par {technician}.")
        case RemoteActionRecorded(technician=technician, action=action, outcome=outcome, note=note):
            done = f"Action à distance de {technician} : {_ACTIONS[action]}, {_OUTCOMES[outcome]}."
            return Line(joined(done, note and f"Note : {note}"))
        case TicketResolved(resolution=k, how=how, by=by, summary=summary):
            head = f"Résolu {_HOW[how]} par {by} (résolution n° {k})"
            return Line(f"{head} : {summary}" if summary else head)
        case CommandRefused(command=command, by=by, reason=reason):
            return refused(command, by, reason)
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return visits.tell(event)


def settles(event: Event, about: str) -> bool:
    """Tell whether an event answers what a person was called for: a stock or an agenda, a customer who was silent."""
    what, _, ask = about.partition(":")
    if what == "paused":
        return isinstance(event, ClockResumed) and str(event.pause) == ask
    if what != "unanswered":
        return False
    answers = PartReserved | PartMissing | TimeMissing | VisitPlanned | ReservationReleased
    return isinstance(event, TicketResolved | VisitReported) or (isinstance(event, answers) and event.ask == ask)


DISPATCH = Room("dispatch", DispatchView, evolve, tell, settles)
