"""What the services' databases hold, in memory, arranged for the checks: appends by entity, deadlines, claims, the
read model.

Built once by `audit.shelf`, read by the checks of stores, changed by none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.model import Document

DESK = "desk"
WAITING = ("early", "gap", "held")
TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Input:
    """A record that an append names as its cause."""

    source: str
    id: str
    where: str
    outcome: str
    seq: int
    """0 where it has none."""


@dataclass(frozen=True, slots=True)
class Saying:
    """An event as the journal holds it, with where it must be published."""

    type: str
    id: str
    seq: int
    """0 for a command of the machinery."""
    digest: str
    """Of its very bytes."""
    causation: str
    routes: tuple[tuple[str, str], ...]
    """Topic and key of each copy."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A message that an append put aside."""

    kind: str
    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Armed:
    """A deadline that was armed after an append."""

    kind: str
    generation: int
    due_at: datetime

    def id_of(self, entity: str) -> str:
        """Return the id of its small document."""
        return f"{entity}|{self.kind}|{self.generation:06d}"


@dataclass(frozen=True, slots=True)
class Append:
    """One document of a journal."""

    version: int
    at: datetime
    inputs: tuple[Input, ...]
    sayings: tuple[Saying, ...]
    waits: tuple[Waits, ...]
    timers: tuple[Armed, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """All appends of one entity in one stage, in their order."""

    stage: str
    entity: str
    appends: tuple[Append, ...]

    def inputs(self) -> Iterator[Input]:
        """Yield every cause, append after append."""
        return (one for append in self.appends for one in append.inputs)

    def live(self) -> list[Armed]:
        """Return the deadlines armed after the last append that no append consumed."""
        spent = {one.id for one in self.inputs() if one.source == TIMER}
        last = self.appends[-1].timers if self.appends else ()
        return [armed for armed in last if armed.id_of(self.entity) not in spent]

    def waiting(self) -> list[Waits]:
        """Return what was put aside and not settled since."""
        left: dict[str, Waits] = {}
        for append in self.appends:
            put = {(one.id, one.kind): one for one in append.waits}
            for one in append.inputs:
                waits = put.get((one.id, one.outcome))
                if one.outcome not in WAITING:
                    left.pop(one.id, None)
                elif waits is not None:
                    left[one.id] = waits
        return list(left.values())


@dataclass(frozen=True, slots=True)
class Timer:
    """A small document that the sweeper walks."""

    stage: str
    id: str
    entity: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that a stage could not read, kept until a person settles it."""

    stage: str
    name: str
    at: datetime
    settled: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that is not what its collection promises."""

    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The databases of one environment."""

    services: frozenset[str]
    """Those whose database was read."""
    books: Mapping[tuple[str, str], Book]
    """By (stage, entity)."""
    timers: Mapping[tuple[str, str], Timer]
    """By (stage, id)."""
    claims: Mapping[str, Mapping[str, str]]
    """By collection: what is claimed, and for which ticket."""
    letters: tuple[Letter, ...]
    tickets: Mapping[str, Document]
    """The read model, by ticket."""
    broken: tuple[Broken, ...]
    documents: int

    def of_stage(self, stage: str) -> Iterator[Book]:
        """Yield the books of one stage."""
        return (book for (owner, _), book in self.books.items() if owner == stage)

    def book(self, stage: str, entity: str) -> Book:
        """Return what a stage recorded of an entity; nothing where it never met it."""
        return self.books.get((stage, entity)) or Book(stage, entity, ())
