"""What closure remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.events.base import Event, TicketFacts
from shared.events.closure import (
    AnswerNoted,
    Cause,
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


@dataclass(frozen=True, slots=True)
class ClosureState:
    """A ticket as closure knows it."""

    phase: Phase = "handling"
    resolution: int = 0
    """The last resolution that the customer was asked about."""
    ticket: TicketFacts | None = None
    remind_at: datetime | None = None
    never_before: datetime | None = None
    """Two working days after the question: no resumption brings the reminder forward, whatever week-end it falls on."""
    reminders: int = 0
    reminded_at: datetime | None = None
    report_by: datetime | None = None
    answer: Literal["confirmed", "denied"] | None = None
    heard_at: datetime | None = None
    """When a channel accepted the latest of the customer's words that were heard about this resolution."""
    final_at: datetime | None = None
    until: datetime | None = None
    """End of the five days."""
    proofs: frozenset[str] = frozenset()
    proved_at: datetime | None = None
    cause: Cause | None = None
    closed_at: datetime | None = None
    closed_reminder: int = 0
    """The reminder whose silence closed the ticket."""
    reading: bool = False
    """After the closing: something waits for a reader."""
    to_read: str = ""
    """The last request that waits for one."""
    person_called: bool = False


def evolve(state: ClosureState, event: Event) -> ClosureState:
    """Fold one of closure's own events."""
    match event:
        case ConfirmationAsked(resolution=resolution, ticket=ticket, remind_at=remind_at):
            return ClosureState("asked", resolution, ticket, remind_at, remind_at, state.reminders)
        case WaitingResumed(remind_at=remind_at, received_at=received_at):
            return replace(_heard(_stopped(state), received_at), phase="asked", remind_at=remind_at)
        case AnswerNoted(answer=answer, received_at=received_at, final_at=final_at):
            heard = _heard(_stopped(state), received_at)
            return replace(heard, phase="answered", answer=answer, final_at=final_at)
        case ReminderAsked(reminder=reminder, asked_at=asked_at, report_by=report_by):
            asked = replace(state, reminded_at=asked_at, report_by=report_by, person_called=False)
            return replace(asked, phase="reminded", reminders=reminder)
        case FiveDaysStarted(until=until):
            return replace(state, phase="five-days", until=until)
        case FiveDaysUndone():
            return replace(_stopped(state), phase="unreachable")
        case SilenceAsked():
            return replace(state, phase="silence-asked", proofs=frozenset(), proved_at=None)
        case SilenceProved(by=by, proved_at=proved_at):
            return replace(state, proofs=state.proofs | {by}, proved_at=proved_at)
        case _:
            return _end(state, event)


def _end(state: ClosureState, event: Event) -> ClosureState:
    match event:
        case ReadingNeeded(received_at=received_at, request=request):
            heard = replace(_heard(state, received_at), to_read=request)
            return (
                replace(heard, reading=True) if state.phase == "closed" else replace(_stopped(heard), phase="reading")
            )
        case ReadingSettled():
            return replace(state, reading=False)
        case TicketClosed(cause=cause, closed_at=closed_at):
            return replace(
                _stopped(state),
                phase="closed",
                cause=cause,
                closed_at=closed_at,
                closed_reminder=state.reminders,
                reading=False,
            )
        case TicketReopened():
            return replace(_stopped(state), phase="handling", cause=None, closed_at=None, reading=False)
        case NeedsAttention(about="reminder-unreported"):
            return replace(state, report_by=None)
        case NeedsAttention(about="unreachable"):
            return replace(state, person_called=True, phase="unreachable" if state.phase == "reminded" else state.phase)
        case _:
            return state


def _heard(state: ClosureState, received_at: datetime | None) -> ClosureState:
    """The channels are read side by side: what is heard last was not always said last."""
    known = [at for at in (state.heard_at, received_at) if at is not None]
    return replace(state, heard_at=max(known, default=None))


def _stopped(state: ClosureState) -> ClosureState:
    """No clock of silence runs, and no answer waits to become final."""
    return replace(state, answer=None, final_at=None, until=None, proofs=frozenset(), proved_at=None, remind_at=None)
