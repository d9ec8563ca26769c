"""Given, when, then for a stage: folds what happened, asks `decide`, looks at what time will bring.

Used by the tests of every stage. It calls the stage's three pure functions as the runtime does and nothing else: no
clock, no engine. A `Story` never changes; each step returns another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from shared.decider import Due, Happened, Message, Outcome, Stage
from shared.events.base import Command, Event
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.policy.file import read_policy
from shared.policy.model import Policy

S = TypeVar("S")
F = TypeVar("F")
E = TypeVar("E", bound=Event)

Said = Event | Command | Request | Delivery | Due
"""Everything that can be said to a stage."""

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AROUND = ((-SECOND, "just before"), (0 * SECOND, "exactly at"), (SECOND, "just after"))
"""The three looks that every limit gets."""

POLICY = read_policy()
TICKET = "T-1"


def paris(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """Return a local time of Paris as an instant in UTC."""
    return datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@dataclass(frozen=True)
class Story(Generic[S, F]):
    """One ticket (or stock, or agenda) in one stage, told step by step."""

    stage: Stage[S, F]
    facts: F
    state: S
    policy: Policy = POLICY
    ticket: str = TICKET

    def given(self, *events: Event) -> Story[S, F]:
        """Return the story after these events of the stage's own."""
        state = self.state
        for event in events:
            state = self.stage.evolve(state, event)
        return replace(self, state=state)

    def knowing(self, facts: F) -> Story[S, F]:
        """Return the story with these facts for everything that follows."""
        return replace(self, facts=facts)

    def under(self, policy: Policy) -> Story[S, F]:
        """Return the story under another policy."""
        return replace(self, policy=policy)

    def when(
        self, said: Said, *, at: datetime, facts: F | None = None, said_at: datetime | None = None, known_as: str = ""
    ) -> Outcome:
        """Return what the stage decides about one thing said, at `at` by its clock (UTC)."""
        message = Message(self.ticket, said, known_as or _name_of(said), said_at or _said_at(said, at))
        known = self.facts if facts is None else facts
        return self.stage.decide(self.state, message, known, at, self.policy)

    def once(
        self, said: Said, *, at: datetime, facts: F | None = None, said_at: datetime | None = None, known_as: str = ""
    ) -> Story[S, F]:
        """Return the story after the stage decided about it."""
        return self.given(*events_of(self.when(said, at=at, facts=facts, said_at=said_at, known_as=known_as)))

    def armed(self) -> dict[str, datetime]:
        """Return each deadline that is armed, with its instant."""
        deadlines = list(self.stage.deadlines(self.state))
        armed = {one.kind: one.at for one in deadlines}
        assert len(armed) == len(deadlines), "two deadlines of one kind"
        return armed

    def due_at(self, at: datetime) -> set[str]:
        """Return the kinds of deadline that have come by then: the owner acts at the instant itself, not before."""
        return {kind for kind, instant in self.armed().items() if instant <= at}

    def when_due(self, kind: str, *, at: datetime | None = None, facts: F | None = None) -> Outcome:
        """Return what the stage decides when this deadline comes: at its instant, or as late as `at`."""
        instant = self.armed()[kind]
        at = at or instant
        assert instant <= at, f"{kind} comes at {instant}, not yet at {at}"
        return self.when(Due(kind, 1, instant), at=at, facts=facts)

    def once_due(self, kind: str, *, at: datetime | None = None, facts: F | None = None) -> Story[S, F]:
        """Return the story after this deadline came."""
        return self.given(*events_of(self.when_due(kind, at=at, facts=facts)))

    def until(self, at: datetime) -> Story[S, F]:
        """Return the story after every deadline that comes up to `at`, each at its instant."""
        story = self
        while due := sorted((instant, kind) for kind, instant in story.armed().items() if instant <= at):
            instant, kind = due[0]
            story = story.once_due(kind)
            assert story.armed().get(kind) != instant, f"{kind} acted and is armed again for the same instant"
        return story


def story(stage: Stage[S, F], facts: F) -> Story[S, F]:
    """Return the story of which nothing has been told."""
    return Story(stage, facts, stage.initial)


def events_of(outcome: Outcome) -> tuple[Event, ...]:
    """Return what happened, nothing where it was ignored or early."""
    return outcome.events if isinstance(outcome, Happened) else ()


def kinds_of(outcome: Outcome) -> list[str]:
    """Return the names of the events that follow, or `Ignored` or `Early`."""
    if isinstance(outcome, Happened):
        return [type(event).__name__ for event in outcome.events]
    return [type(outcome).__name__]


def the(kind: type[E], outcome: Outcome | Sequence[Event]) -> E:
    """Return the one event of this kind among those that follow."""
    events = outcome if isinstance(outcome, Sequence) else events_of(outcome)
    found = [event for event in events if isinstance(event, kind)]
    assert len(found) == 1, f"{len(found)} of {kind.__name__} in {outcome}"
    return found[0]


def _said_at(said: Said, at: datetime) -> datetime:
    match said:
        case Request(received_at=received_at):
            return received_at
        case Delivery(at=reported_at):
            return reported_at
        case Due(due_at=due_at):
            return due_at
        case _:
            return at


def _name_of(said: Said) -> str:
    """Return the id that a message has: equal content is the same message here."""
    return said.key or "request" if isinstance(said, Request) else f"{type(said).__name__}:{hash(repr(said)):x}"
