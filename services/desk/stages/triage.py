"""Triage as the desk keeps and tells it: the class, why, and every change of it (R5 to R8). Pure."""

from __future__ import annotations

from services.desk.french import CRITICALITIES, joined, sentence
from services.desk.telling import Line, Room, called, refused, unknown
from shared.events.base import Criticality, Event, Model
from shared.events.triage import CommandRefused, NeedsAttention, Reason, TicketClassified, TicketReclassified


class TriageView(Model):
    """What the desk keeps of triage."""

    criticality: Criticality | None = None
    first: Criticality | None = None
    doubt: bool = False
    reasons: tuple[str, ...] = ()
    """What the rules that spoke say; never the customer's words that they rest on."""
    changes: int = 0


def evolve(view: TriageView, event: Event) -> TriageView:
    """Fold one of triage's events."""
    if not isinstance(event, TicketClassified | TicketReclassified):
        return view
    return view.model_copy(
        update={
            "criticality": event.criticality,
            "first": view.first or event.criticality,
            "doubt": event.doubt,
            "reasons": _says(event.reasons),
            "changes": view.changes + isinstance(event, TicketReclassified),
        }
    )


def _says(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(one for one in (sentence(reason.says) for reason in reasons) if one)


def tell(_view: TriageView, event: Event) -> Line:
    """Tell one of triage's events."""
    match event:
        case TicketClassified(criticality=criticality, doubt=doubt):
            head = f"Classée {CRITICALITIES[criticality]}{' (doute)' if doubt else ''}"
            return Line(_because(head, event.reasons))
        case TicketReclassified(was=was, criticality=criticality):
            who = f"par {event.by}" if event.because == "technician" else "sur de nouveaux mots du client"
            doubtful = " (doute)" if event.doubt else ""
            head = f"Réévaluée de {CRITICALITIES[was]} à {CRITICALITIES[criticality]}{doubtful} {who}"
            return Line(_because(head, event.reasons))
        case CommandRefused(command=command, by=by, reason=reason):
            return refused(command, by, reason)
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return unknown(event)


def _because(head: str, reasons: tuple[Reason, ...]) -> str:
    says = joined(*_says(reasons))
    return f"{head} : {says}" if says else f"{head}."


TRIAGE = Room("triage", TriageView, evolve, tell)
