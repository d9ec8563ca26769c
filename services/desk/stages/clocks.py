"""How the desk tells promises: stated, standing still, at risk, missed (R4, R7, R10). Pure, part of `dispatch`."""

from __future__ import annotations

from services.desk.french import CRITICALITIES, joined, listed, moment
from services.desk.telling import Line
from shared.events.dispatch import (
    ClockPaused,
    ClockResumed,
    HandlingQueued,
    OnCallNeeded,
    PromiseAtRisk,
    PromiseMissed,
    PromiseName,
    PromiseRecomputed,
)
from shared.french import PAUSES

PROMISES: dict[PromiseName, str] = {
    "take-charge": "prise en charge",
    "on-site": "arrivée sur site",
    "restored": "rétablissement",
}
_RESUMED = {
    "customer": "le client a répondu",
    "technician": "reprise par le technicien",
    "departure": "départ du technicien",
    "resolved": "dossier résolu",
}
OfPromises = (
    HandlingQueued | PromiseRecomputed | ClockPaused | ClockResumed | OnCallNeeded | PromiseAtRisk | PromiseMissed
)


def tell(event: OfPromises) -> Line:
    """Tell one of dispatch's events that are about a promise."""
    match event:
        case HandlingQueued():
            return _queued(event)
        case PromiseRecomputed(criticality=criticality):
            late = "Le délai d'origine était déjà passé lors de la réévaluation." if event.late_by_reevaluation else ""
            return Line(joined(f"Délais revus ({CRITICALITIES[criticality]}) : {_by(event)}", late))
        case ClockPaused():
            return _paused(event)
        case ClockResumed():
            head = f"Délais de nouveau comptés depuis le {moment(event.at)} ({_RESUMED[event.because]})"
            on_site = f"arrivée sur site au plus tard le {moment(event.on_site_by)}"
            return Line(f"{head} : {on_site}{_restored(event)}.")
        case OnCallNeeded(criticality=criticality, take_charge_by=by):
            head = f"Bureau fermé : l'astreinte est appelée pour ce dossier {CRITICALITIES[criticality]}"
            return Line(f"{head}, à prendre en charge au plus tard le {moment(by)}.")
        case PromiseAtRisk():
            return _at_risk(event)
        case PromiseMissed(promise=promise, due_at=due_at):
            return Line(f"Promesse manquée : {PROMISES[promise]} au plus tard le {moment(due_at)}.")


def _queued(event: HandlingQueued) -> Line:
    if event.because == "reopened":
        return Line(f"Remis à traiter, avec son historique et ses délais (résolution n° {event.resolution} à venir).")
    return Line(f"À traiter en {CRITICALITIES[event.criticality]} : {_by(event)}")


def _by(event: HandlingQueued | PromiseRecomputed) -> str:
    on_site = f"sur site, si un déplacement est nécessaire, le {moment(event.on_site_by)}"
    return f"prise en charge au plus tard le {moment(event.take_charge_by)} ; {on_site}{_restored(event)}."


def _restored(event: HandlingQueued | PromiseRecomputed | ClockResumed) -> str:
    return f" ; rétablissement le {moment(event.restored_by)}" if event.restored_by else ""


def _paused(event: ClockPaused) -> Line:
    which = listed(PROMISES[name] for name in event.clocks) if event.clocks else "aucun"
    head = f"Délais suspendus par {event.by} le {moment(event.at)} ({PAUSES[event.reason]}) : {which}."
    return Line(joined(head, event.note and f"Note : {event.note}"))


def _at_risk(event: PromiseAtRisk) -> Line:
    nth = "1er" if event.step == 1 else f"{event.step}e"
    to = f"à {event.person}" if event.to == "in-charge" and event.person else "aux répartiteurs"
    head = f"Promesse menacée ({nth} avertissement, {to})"
    return Line(f"{head} : {PROMISES[event.promise]} au plus tard le {moment(event.due_at)}.")
