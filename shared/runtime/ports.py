"""What the runtime needs of the outside, as protocols: the real engines, the fakes and the simulator all fit them.

Every method may raise `GoRound` when its engine is away; the loop then seeks back and takes the same records again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]


class Position(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


class Partition(NamedTuple):
    """A partition of a topic, by the topic's name without the environment's prefix."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it came: bytes, nothing decoded."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def position(self) -> Position:
        """Where it lies."""
        return Position(self.topic, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records taken together, under one assignment."""

    records: tuple[Record, ...]
    assignment: int

    def first_offsets(self) -> dict[Partition, int]:
        """Return, for every partition of the batch, the offset to seek back to."""
        first: dict[Partition, int] = {}
        for record in self.records:
            at = Partition(record.topic, record.partition)
            first[at] = min(first.get(at, record.offset), record.offset)
        return first

    def next_offsets(self) -> dict[Partition, int]:
        """Return, for every partition of the batch, the offset to commit: the last one plus one."""
        after: dict[Partition, int] = {}
        for record in self.records:
            at = Partition(record.topic, record.partition)
            after[at] = max(after.get(at, 0), record.offset + 1)
        return after


class Consumer(Protocol):
    """This replica's membership of the stage's consumer group."""

    @property
    def assignment(self) -> int:
        """A number that changes whenever partitions are revoked: work of an older one must not go on."""
        ...

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        """Return what is there now, at most `quotas[topic]` records of each topic, in partition order; may be empty.

        Where none of these topics has anything, it is one record of any other: with no quotas, one at a time.
        """
        ...

    async def seek_back(self, offsets: Mapping[Partition, int]) -> None:
        """Take these partitions again from these offsets, where they are still assigned."""
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit exactly these offsets. A refused commit raises `GoRound`."""
        ...

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offsets after the last record of each partition, asked of the broker now."""
        ...

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return what the whole group has committed of each partition (0 where nothing)."""
        ...

    async def positions(self) -> dict[Partition, int]:
        """Return, for every partition assigned to this replica, the offset after the last record taken."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to publish."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, str], ...] = ()


class Publisher(Protocol):
    """Publishes in order, with acks=all; returns when all are acknowledged."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Publish in this order and wait for every acknowledgement. What was cancelled may still arrive."""
        ...


class Journal(Protocol):
    """The stage's append-only truth: one document per append, its id the optimistic version."""

    async def insert(self, documents: Sequence[Document]) -> set[str]:
        """Insert all, majority and journalled; return the ids that already existed with other content."""
        ...

    async def load(self, entities: Sequence[str]) -> dict[str, list[Document]]:
        """Return every append of each entity, in order; an entity that has none maps to an empty list."""
        ...


class Timers(Protocol):
    """Small documents `{_id, entity, kind, generation, due_at}`, inserted and never updated."""

    async def arm(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete those that are there."""
        ...

    async def due(self, after: datetime, until: datetime, limit: int) -> list[Document]:
        """Return at most `limit` documents with after < due_at <= until, in any order."""
        ...


class Graves(Protocol):
    """What was sent to the dead topic, one small document each, until a person settles it."""

    async def bury(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        ...

    async def unsettled(self) -> int:
        """Return how many no person has settled."""
        ...


class Attempts(Protocol):
    """Remembers unclean exits, and how often a record was in hand at one."""

    async def begin(self, replica: str) -> bool:
        """Note that this replica runs; return whether its last run ended uncleanly."""
        ...

    async def end(self, replica: str) -> None:
        """Note that this replica stopped in good order."""
        ...

    async def count(self, position: Position) -> int:
        """Count one more attempt at a record, durably, and return how many there have been."""
        ...


class Claims(Protocol):
    """What must be unique is claimed by an insert and read back."""

    async def claim(self, kind: str, name: str, content: Document) -> Document:
        """Claim `name` with `content`; return what holds the name now, ours or the earlier one."""
        ...

    async def read(self, kind: str, name: str) -> Document | None:
        """Return what holds a name, or None."""
        ...


class Clock(Protocol):
    """Says what time it is: real, conducted or simulated."""

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        ...
