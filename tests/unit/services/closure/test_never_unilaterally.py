"""R13 as one property over random histories: closed by silence only after a delivery, five days and both proofs.

The history is watched from outside, by what was said to closure and what it said, never by its state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.decider import Outcome
from shared.events.base import Event
from shared.events.closure import ConfirmationAsked, ReminderAsked, TicketClosed
from shared.events.intake import CustomerReplied, CustomerSilent
from shared.events.notify import MessageBounced, MessageDelivered, MessageFailed, NoBounce
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    bounced,
    confirmed,
    customer_silent,
    delivered,
    denied,
    failed,
    no_bounce,
    replied,
    resolved,
    took_back,
)
from tests.unit.services.closure.cases import CLOSURE, Ticket, read
from tests.unit.services.harness import DAY, HOUR, MINUTE, Said, events_of

FIVE_DAYS = timedelta(hours=120)
ACTS = (
    *("wait", "delivered", "silent", "no bounce", "resolved", "bounced", "failed"),
    *("automatic", "reply", "confirm", "deny", "take back", "solved", "not solved", "no answer"),
)
"""What may happen at any moment."""
PASSES = (timedelta(), MINUTE, HOUR, 2 * DAY, 5 * DAY)
Act = tuple[str, timedelta]
TO_SILENCE: tuple[Act, ...] = (
    ("wait", 2 * DAY),
    ("delivered", MINUTE),
    ("wait", 5 * DAY),
    ("silent", MINUTE),
    ("no bounce", MINUTE),
    ("wait", MINUTE),
)
"""The way to a closing by silence. Histories are this way, twice over, with acts left out and others slipped in:
chance alone walks it in none of a thousand."""


@dataclass
class Witness:
    """What an outsider has seen of the resolution at hand."""

    reminder: int = 0
    delivered_at: datetime | None = None
    silent_until: datetime | None = None
    no_bounce_until: datetime | None = None
    words: bool = False

    def hears(self, said: Said) -> None:
        """Take what was said to closure."""
        match said:
            case MessageDelivered(generation=generation) if generation == self.reminder and not self.delivered_at:
                self.delivered_at = said.at
            case MessageBounced(generation=generation) | MessageFailed(generation=generation):
                if generation == self.reminder:
                    self.delivered_at = None
            case CustomerSilent(until=until):
                self.silent_until = until
            case NoBounce(until=until):
                self.no_bounce_until = until
            case CustomerReplied(automatic=automatic):
                self.words = self.words or not automatic

    def sees(self, event: Event) -> None:
        """Take what closure said, and hold a closing by silence against all of it."""
        match event:
            case ConfirmationAsked():
                self.delivered_at = None
            case ReminderAsked(reminder=reminder):
                self.reminder, self.words = reminder, False
                self.delivered_at = self.silent_until = self.no_bounce_until = None
            case TicketClosed(cause="silence", closed_at=closed_at):
                assert self.delivered_at is not None, "the reminder was not delivered, or came back"
                end = self.delivered_at + FIVE_DAYS
                assert closed_at >= end, "closed before the five days were over"
                assert self.silent_until is not None, "intake proved nothing"
                assert self.silent_until >= end, "intake's proof does not reach to the end"
                assert self.no_bounce_until is not None, "notify proved nothing"
                assert self.no_bounce_until >= end, "notify's proof does not reach to the end"
                assert not self.words, "the customer had replied"


def act(ticket: Ticket, what: str, at: datetime) -> tuple[Said | str | None, Outcome | None]:
    """One act upon the ticket: what was said to closure, or the kind of the deadline that came."""
    k, n = ticket.state.resolution, ticket.state.reminders
    until = ticket.state.until or at
    said: dict[str, Said] = {
        "delivered": delivered(at, generation=n, resolution=k),
        "bounced": bounced(at, generation=n, resolution=k),
        "failed": failed(at, generation=n, resolution=k),
        "silent": customer_silent(until, k),
        "no bounce": no_bounce(until, k),
        "resolved": resolved(at, k + 1),
        "automatic": replied(at, automatic=True),
        "reply": replied(at),
        "confirm": confirmed(at, k),
        "deny": denied(at, k),
        "take back": took_back(at, k),
        "solved": read("solved", k),
        "not solved": read("not-solved", k),
        "no answer": read("no-answer", k),
    }
    if what != "wait":
        return said[what], ticket.when(said[what], at=at)
    due = sorted((instant, kind) for kind, instant in ticket.armed().items() if instant <= at)
    return (None, ticket.when_due(due[0][1], at=at)) if due else (None, None)


@st.composite
def histories(draw: st.DrawFn) -> list[Act]:
    """The way to a closing by silence, disturbed."""
    way = [*TO_SILENCE, *TO_SILENCE]
    kept = draw(st.lists(st.booleans() | st.just(True), min_size=len(way), max_size=len(way)))
    acts = [act for act, keep in zip(way, kept, strict=True) if keep]
    slipped_in = st.tuples(st.integers(0, len(way)), st.sampled_from(ACTS), st.sampled_from(PASSES))
    for place, what, passed in draw(st.lists(slipped_in, max_size=4)):
        acts.insert(place, (what, passed))
    return acts


def watched(acts: Sequence[Act]) -> tuple[Ticket, Witness]:
    """Play these acts on a ticket that was resolved, watching each."""
    ticket, witness, at = CLOSURE, Witness(), MONDAY
    for what, passed in [("resolved", timedelta()), *acts]:
        at += passed
        said, outcome = act(ticket, what, at)
        if said is not None and not isinstance(said, str):
            witness.hears(said)
        for event in events_of(outcome) if outcome else ():
            ticket = ticket.given(event)
            witness.sees(event)
    return ticket, witness


@requirement("R13")
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(histories())
def test_no_history_closes_a_ticket_by_silence_without_delivery_five_days_and_both_proofs(acts: list[Act]) -> None:
    watched(acts)


@requirement("R13")
def test_the_witness_sees_a_closing_by_silence_when_there_is_one() -> None:
    ticket, witness = watched(TO_SILENCE)

    assert (ticket.state.phase, ticket.state.cause) == ("closed", "silence")
    assert witness.delivered_at is not None
