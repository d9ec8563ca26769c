"""What truly happened outside, and what the system said: the plain facts that the oracle compares. No code of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Word:
    """Something that a customer truly said or clicked, at the virtual second at which a channel accepted it."""

    person: int
    kind: str
    key: str
    at: float
    number: str = ""
    """Of the ticket that it answers."""
    resolution: int = 0
    automatic: bool = False


@dataclass(slots=True)
class Sent:
    """A message that a channel truly took; or a reminder that a person gave by telephone."""

    message: str
    ticket: str
    kind: str
    resolution: int
    accepted: float
    delivered: float | None = None
    bounced: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stage, each once."""

    ticket: str
    stage: str
    seq: int
    name: str
    data: dict[str, Any]
    at: float
    """The true second at which its first record came to lie on its topic."""


@dataclass
class Truth:
    """All of it."""

    start: datetime
    """The instant of the virtual second 0, UTC."""
    words: list[Word] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    calls: list[Sent] = field(default_factory=list)
    """Reminders by telephone."""
    told: list[Told] = field(default_factory=list)
    commands: list[Told] = field(default_factory=list)
    clocks_wrong: bool = False
    """Whether some replica's clock was ever wrong by more than seconds: then what it dates proves nothing."""
