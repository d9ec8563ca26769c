"""What closure says: confirmation, reminder, the five days, closing and reopening (R12, R13)."""

from __future__ import annotations

from typing import Literal

from shared.events import base
from shared.events.base import Command, Event, Instant, TicketFacts

Cause = Literal["confirmed", "silence"]


class ConfirmationAsked(Event):
    """The customer is asked whether resolution `resolution` solved the problem (R12)."""

    type_name = "sav.closure.confirmation-asked.v1"
    resolution: int
    remind_at: Instant
    ticket: TicketFacts


class AnswerNoted(Event):
    """A click or a person's reading says solved or not solved; final at `final_at` unless it is taken back."""

    type_name = "sav.closure.answer-noted.v1"
    resolution: int
    answer: Literal["confirmed", "denied"]
    received_at: Instant
    final_at: Instant


class WaitingResumed(Event):
    """The answer was taken back, or what was read is none: the ticket waits anew, with a reminder of its own (R13)."""

    type_name = "sav.closure.waiting-resumed.v1"
    resolution: int
    because: Literal["taken-back", "no-answer"]
    remind_at: Instant
    received_at: Instant | None = None
    """When a channel accepted the taking back."""


class ReadingSettled(Event):
    """A person read what came after the closing, and it changes nothing."""

    type_name = "sav.closure.reading-settled.v1"
    resolution: int
    by: str


class ReminderAsked(Event):
    """No answer after two working days: the closing reminder goes out (R13)."""

    type_name = "sav.closure.reminder-asked.v1"
    resolution: int
    reminder: int
    """1, 2… over the ticket's life; a delivery of an earlier one starts nothing."""
    asked_at: Instant
    report_by: Instant
    """No channel has reported by then: a person is called."""


class FiveDaysStarted(Event):
    """The reminder was delivered: five full days from then (R13)."""

    type_name = "sav.closure.five-days-started.v1"
    resolution: int
    delivered_at: Instant
    until: Instant


class FiveDaysUndone(Event):
    """The reminder came back after all, or nobody knows: the five days never ran (R13)."""

    type_name = "sav.closure.five-days-undone.v1"
    resolution: int
    because: Literal["bounced", "failed"]


class SilenceAsked(Event):
    """The five days are over: intake and notify are asked to prove silence until `until` (R13)."""

    type_name = "sav.closure.silence-asked.v1"
    resolution: int
    until: Instant


class SilenceProved(Event):
    """One of the two proofs is here: no word of the customer (intake), no bounce (notify) until `until` (R13)."""

    type_name = "sav.closure.silence-proved.v1"
    resolution: int
    until: Instant
    by: Literal["intake", "notify"]
    proved_at: Instant


class ReadingNeeded(Event):
    """The customer said something that a person must read: the silence clock is stopped (R13)."""

    type_name = "sav.closure.reading-needed.v1"
    resolution: int
    request: str
    received_at: Instant | None = None
    """When a channel accepted what is to be read."""


class TicketClosed(Event):
    """The ticket is closed: confirmed by the customer (R12) or after proven silence (R13)."""

    type_name = "sav.closure.ticket-closed.v1"
    resolution: int
    cause: Cause
    closed_at: Instant
    ticket: TicketFacts


class TicketReopened(Event):
    """Back to handling, with its history (R12). `undoes_closing`: its survey, too, is off."""

    type_name = "sav.closure.ticket-reopened.v1"
    resolution: int
    because: Literal["denied", "not-solved", "reply-before-closing", "reply-after-closing", "bounced-after-closing"]
    undoes_closing: bool


class CommandRefused(base.CommandRefused):
    """Closure refuses a command, with the reason for the person who gave it."""

    type_name = "sav.closure.command-refused.v1"


class NeedsAttention(base.NeedsAttention):
    """Closure calls a person."""

    type_name = "sav.closure.needs-attention.v1"


class ReadReply(Command):
    """A person read what the customer wrote and says what it means (R13)."""

    type_name = "sav.closure.read-reply.v1"
    resolution: int
    meaning: Literal["solved", "not-solved", "no-answer"]
    request: str = ""
    """The last reply that was read: refused where a later one waits. Empty: a call, or whatever lies there now."""


EVENTS = (
    ConfirmationAsked,
    AnswerNoted,
    WaitingResumed,
    ReminderAsked,
    FiveDaysStarted,
    FiveDaysUndone,
    SilenceAsked,
    SilenceProved,
    ReadingNeeded,
    ReadingSettled,
    TicketClosed,
    TicketReopened,
    CommandRefused,
    NeedsAttention,
)
COMMANDS = (ReadReply,)
