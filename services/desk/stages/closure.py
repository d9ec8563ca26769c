"""Closure as the desk keeps and tells it: never closed behind the customer's back (R12, R13). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.desk.french import joined, length, moment
from services.desk.telling import Line, Room, attention, called, refused, unknown
from shared.events.base import Event, Instant, Model
from shared.events.closure import (
    AnswerNoted,
    Cause,
    CommandRefused,
    ConfirmationAsked,
    FiveDaysStarted,
    FiveDaysUndone,
    NeedsAttention,
    ReadingNeeded,
    ReadingSettled,
    ReminderAsked,
    SilenceAsked,
    SilenceProved,
    TicketClosed,
    TicketReopened,
    WaitingResumed,
)

Phase = Literal[
    "handling", "asked", "reminded", "five-days", "silence-asked", "unreachable", "answered", "reading", "closed"
]

_REOPENED = {
    "denied": "le client répond que le problème n'est pas résolu",
    "not-solved": "à la lecture de la réponse du client, le problème n'est pas résolu",
    "reply-before-closing": "le client avait répondu avant la clôture",
    "reply-after-closing": "le client a répondu après la clôture que le problème n'est pas résolu",
    "bounced-after-closing": "la relance est revenue après la clôture, le silence ne prouve donc rien",
}


class ClosureView(Model):
    """What the desk keeps of closure."""

    phase: Phase = "handling"
    resolution: int = 0
    """The last resolution that the customer was asked about."""
    remind_at: Instant | None = None
    reminders: int = 0
    delivered_at: Instant | None = None
    """When the reminder was delivered whose five days run or ran."""
    until: Instant | None = None
    """End of the five days."""
    answer: Literal["confirmed", "denied"] | None = None
    final_at: Instant | None = None
    cause: Cause | None = None
    closed_at: Instant | None = None
    closings: int = 0


_STOPPED = {"answer": None, "final_at": None, "until": None, "delivered_at": None, "remind_at": None}
"""No clock of silence runs, and no answer waits to become final."""


def evolve(view: ClosureView, event: Event) -> ClosureView:
    """Fold one of closure's events."""
    match event:
        case ConfirmationAsked(resolution=resolution, remind_at=remind_at):
            fresh = {"phase": "asked", "resolution": resolution, "cause": None, "closed_at": None}
            return view.model_copy(update=_STOPPED | fresh | {"remind_at": remind_at})
        case WaitingResumed(remind_at=remind_at):
            return view.model_copy(update=_STOPPED | {"phase": "asked", "remind_at": remind_at})
        case AnswerNoted(answer=answer, final_at=final_at):
            answered = {"phase": "answered", "answer": answer, "final_at": final_at}
            return view.model_copy(update=_STOPPED | answered)
        case ReminderAsked(reminder=reminder):
            return view.model_copy(update=_STOPPED | {"phase": "reminded", "reminders": reminder})
        case FiveDaysStarted(delivered_at=delivered_at, until=until):
            return view.model_copy(update={"phase": "five-days", "delivered_at": delivered_at, "until": until})
        case FiveDaysUndone():
            return view.model_copy(update=_STOPPED | {"phase": "unreachable"})
        case SilenceAsked():
            return view.model_copy(update={"phase": "silence-asked"})
        case NeedsAttention(about="unreachable") if view.phase == "reminded":
            return view.model_copy(update={"phase": "unreachable"})
        case _:
            return _ended(view, event)


def _ended(view: ClosureView, event: Event) -> ClosureView:
    match event:
        case ReadingNeeded() if view.phase != "closed":
            return view.model_copy(update=_STOPPED | {"phase": "reading"})
        case TicketClosed(cause=cause, closed_at=closed_at):
            closed = {"phase": "closed", "cause": cause, "closed_at": closed_at}
            return view.model_copy(update=_STOPPED | closed | {"closings": view.closings + 1})
        case TicketReopened(resolution=resolution):
            reopened = {"phase": "handling", "resolution": resolution, "cause": None, "closed_at": None}
            return view.model_copy(update=_STOPPED | reopened)
        case _:
            return view


def tell(view: ClosureView, event: Event) -> Line:
    """Tell one of closure's events."""
    match event:
        case ConfirmationAsked(resolution=k, remind_at=remind_at):
            return Line(
                f"Confirmation demandée au client (résolution n° {k}) ; sans réponse, relance {_on(remind_at)}."
            )
        case AnswerNoted(answer=answer, final_at=final_at):
            said = "résolu" if answer == "confirmed" else "non résolu"
            return Line(f"Réponse du client notée : {said}. Elle devient définitive {_on(final_at)}.")
        case WaitingResumed(because="taken-back", remind_at=remind_at):
            return Line(f"Réponse retirée par le client : l'attente reprend, relance {_on(remind_at)}.")
        case WaitingResumed(remind_at=remind_at):
            return Line(f"Message lu : ce n'est pas une réponse. L'attente reprend, relance {_on(remind_at)}.")
        case ReadingNeeded():
            return Line("Message du client à lire par une personne : le délai de silence est arrêté.")
        case ReadingSettled(by=by):
            return Line(f"Message lu par {by} : la clôture n'en est pas changée.")
        case CommandRefused(command=command, by=by, reason=reason):
            return refused(command, by, reason)
        case NeedsAttention(reason=reason):
            return called(reason)
        case TicketClosed() | TicketReopened():
            return _told_end(view, event)
        case _:
            return _told_silence(event)


def _on(at: datetime) -> str:
    return f"le {moment(at)}"


def _told_silence(event: Event) -> Line:
    match event:
        case ReminderAsked(reminder=reminder):
            return Line(f"Toujours pas de réponse : relance n° {reminder} demandée.")
        case FiveDaysStarted(delivered_at=delivered_at, until=until):
            days = length(until - delivered_at)
            return Line(f"Relance remise {_on(delivered_at)} : sans réponse sous {days}, clôture {_on(until)}.")
        case FiveDaysUndone(because=because):
            how = "est revenue" if because == "bounced" else "n'a pas pu être remise"
            return Line(f"La relance {how} : le délai de silence est annulé.")
        case SilenceAsked(until=until):
            text = f"Délai de silence écoulé {_on(until)} : la réception et les envois doivent le prouver."
            return Line(text, detail=True)
        case SilenceProved(until=until, by=by):
            what = "aucun mot du client" if by == "intake" else "aucun retour de message"
            return Line(f"Silence prouvé jusqu'au {moment(until)} : {what}.", detail=True)
        case _:
            return unknown(event)


def _told_end(view: ClosureView, event: TicketClosed | TicketReopened) -> Line:
    match event:
        case TicketClosed(cause="confirmed", resolution=k):
            return Line(f"Clos : le client a confirmé la résolution n° {k}.")
        case TicketClosed():
            return Line(f"Clos après {_silence(view)} : la relance est restée sans réponse.")
        case TicketReopened(because=because, undoes_closing=undoes):
            undone = "La clôture et son enquête sont annulées." if undoes else ""
            return Line(joined(f"Rouvert : {_REOPENED[because]}.", undone))


def _silence(view: ClosureView) -> str:
    if view.until is None or view.delivered_at is None:
        return "le silence prouvé du client"
    return f"{length(view.until - view.delivered_at)} de silence"


def asks(event: Event) -> tuple[str, str] | None:
    """A message to read calls a person, like any other call (R13)."""
    return ("reading", "Un message du client est à lire.") if isinstance(event, ReadingNeeded) else attention(event)


def settles(event: Event, about: str) -> bool:
    """Tell whether an event answers what a person was called for."""
    moved_on = AnswerNoted | WaitingResumed | ConfirmationAsked | TicketReopened | TicketClosed
    match about:
        case "unreachable":
            return isinstance(event, FiveDaysStarted | moved_on)
        case "reading":
            return isinstance(event, ReadingSettled | moved_on)
        case "taken-back-late":
            return isinstance(event, TicketReopened | ReadingSettled)
        case _:
            return False


CLOSURE = Room("closure", ClosureView, evolve, tell, settles, asks)
