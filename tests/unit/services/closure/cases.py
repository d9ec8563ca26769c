"""Where a ticket stands in closure, told through the stage's own decisions."""

from __future__ import annotations

from datetime import datetime

from services.closure.app import STAGE
from services.closure.state import ClosureState
from shared.events.closure import ReadReply
from tests.unit.services.builders import (
    MONDAY,
    bounced,
    confirmed,
    customer_silent,
    delivered,
    denied,
    no_bounce,
    replied,
    resolved,
)
from tests.unit.services.harness import DAY, HOUR, MINUTE, Story, paris, story

Ticket = Story[ClosureState, None]

CLOSURE: Ticket = story(STAGE, None)
REMIND_AT = paris(2026, 11, 25, 10, 0)
"""Wednesday: two working days after Monday 10:00, when the customer was asked."""
DELIVERED_AT = REMIND_AT + 5 * MINUTE
UNTIL = DELIVERED_AT + 5 * DAY
TWO_MINUTES = 2 * MINUTE
CLICKED_AT = MONDAY + HOUR
CLOSED_AT = UNTIL + 10 * MINUTE


def asked(at: datetime = MONDAY, resolution: int = 1, calendar: str = "france") -> Ticket:
    """The customer was asked whether it is solved."""
    return CLOSURE.once(resolved(at, resolution, calendar), at=at)


def reminded() -> Ticket:
    """The closing reminder was asked for."""
    return asked().once_due("remind")


def five_days(delivered_at: datetime = DELIVERED_AT) -> Ticket:
    """The reminder was delivered."""
    return reminded().once(delivered(delivered_at), at=delivered_at)


def silence_asked() -> Ticket:
    """The five days are over; intake and notify are asked for their proofs."""
    return five_days().once_due("five-days")


def both_proved() -> Ticket:
    """Both proofs are here; the closing itself is still to come."""
    ticket = silence_asked().once(customer_silent(UNTIL), at=UNTIL + MINUTE)
    return ticket.once(no_bounce(UNTIL), at=CLOSED_AT)


def closed_by_silence() -> Ticket:
    return both_proved().once_due("close-silent")


def unreachable() -> Ticket:
    """The reminder came back after its delivery."""
    return five_days().once(bounced(DELIVERED_AT + DAY), at=DELIVERED_AT + DAY)


def answered(answer: str = "confirmed") -> Ticket:
    """The customer clicked, and may still take it back."""
    click = confirmed(CLICKED_AT) if answer == "confirmed" else denied(CLICKED_AT)
    return asked().once(click, at=CLICKED_AT)


def closed_by_answer() -> Ticket:
    return answered().once_due("answer-final")


def reading() -> Ticket:
    """The customer wrote something that a person must read."""
    return asked().once(replied(CLICKED_AT), at=CLICKED_AT)


def reopened_once() -> Ticket:
    """Denied, and back in handling."""
    return answered("denied").once_due("answer-final")


def read(meaning: str, resolution: int = 1) -> ReadReply:
    return ReadReply.model_validate({"by": "D-01", "resolution": resolution, "meaning": meaning})


OPEN_CASES: dict[str, Ticket] = {
    "asked": asked(),
    "reminded": reminded(),
    "five days": five_days(),
    "silence asked": silence_asked(),
    "both proofs": both_proved(),
    "unreachable": unreachable(),
    "answered": answered(),
    "denied": answered("denied"),
    "reading": reading(),
}
"""Every place where a resolution waits for its customer."""
CLOSED_CASES: dict[str, Ticket] = {"by answer": closed_by_answer(), "by silence": closed_by_silence()}
ALL_CASES: dict[str, Ticket] = {
    "nothing": CLOSURE,
    **OPEN_CASES,
    **{f"closed {name}": ticket for name, ticket in CLOSED_CASES.items()},
    "handling": reopened_once(),
}
