"""The vocabulary of a stage: three pure functions, what they are given and what they answer.

    decide(state, message, facts, at, policy) -> outcome    what follows from this message now
    evolve(state, event) -> state                           folds one of the stage's own events
    deadlines(state) -> [Deadline]                          what time itself will bring

Used by every `services/*/decide.py`, and by the runtime and the simulator, which call them. Nothing here reads a
clock, a file, a network or a random number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from shared.events.base import Command, Event, NeedsAttention
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of the stage's own has come. The owner has checked that it is armed and past."""

    kind: str
    generation: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to decide about: an event of another stage, a request, a delivery, a command or a deadline."""

    ticket: str
    payload: Event | Command | Request | Delivery | Due
    id: str
    """Event id, request id, command id… the same on every copy."""
    at: datetime
    """When its source says that it happened, UTC."""


@dataclass(frozen=True, slots=True)
class Happened:
    """These events follow, in this order. Empty is not allowed: say `Ignored` with the reason."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing follows, for this reason (recorded)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Early:
    """What it speaks of is not here yet: offered again after each change of the ticket."""

    reason: str


Outcome = Happened | Ignored | Early


def happened(*events: Event) -> Happened:
    """Return the outcome that these events follow."""
    return Happened(events)


@dataclass(frozen=True, slots=True)
class Deadline:
    """What time will bring: `kind` is unique in a ticket's stage at any moment; `at` is UTC."""

    kind: str
    at: datetime


S = TypeVar("S")
F = TypeVar("F")


@dataclass(frozen=True)
class Stage(Generic[S, F]):
    """One stage of the procedure: its name, its three functions, and what the runtime must know of it."""

    name: str
    initial: S
    decide: Callable[[S, Message, F, datetime, Policy], Outcome]
    evolve: Callable[[S, Event], S]
    deadlines: Callable[[S], Iterable[Deadline]]
    attention: type[NeedsAttention]
    """The stage's own call for a person."""
    irreversible: frozenset[str] = field(default_factory=frozenset)
    """Kinds of deadline (up to a `:`) whose act cannot be undone: refused while anything waits, see the runtime."""
    keeps_policy: bool = True
    """Whether an entity is decided all its life under the version it began with; a stock outlives every version."""
