"""A stage's ports with somebody who listens: what is set aside, and what becomes of every accepted request (R2).

Called by `measures` where the process shows metrics; the loop knows nothing of it. What is heard is what was really
done, at the ports, so that a mistake in the loop's own counting cannot hide here. It changes nothing on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from shared.runtime.append import WAITING
from shared.runtime.ledger import RequestLedger
from shared.runtime.loop import Shell
from shared.runtime.ports import Batch, Consumer, Document, Graves, Journal, Partition
from shared.runtime.reading import Incoming

F = TypeVar("F")


class SetAside:
    """Which messages wait, by kind, as far as this replica has set them aside itself."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._waiting: dict[str, str] = {}

    def appended(self, documents: Iterable[Document]) -> None:
        """Take appends that were inserted."""
        for document in documents:
            for cause in document["causes"]:
                if cause["outcome"] not in WAITING:
                    self._waiting.pop(cause["id"], None)
                elif self._waiting.get(cause["id"]) != cause["outcome"]:
                    self._waiting[cause["id"]] = cause["outcome"]
                    self._note(cause["outcome"])

    def forget(self) -> None:
        """Partitions have moved: what waits may be let go by another replica."""
        self._waiting.clear()

    def counts(self) -> dict[str, int]:
        """Return how many wait, by kind."""
        kinds = list(self._waiting.values())
        return {kind: kinds.count(kind) for kind in sorted(WAITING)}


class ObservedJournal:
    """Tells of every append that was inserted and is ours."""

    def __init__(self, journal: Journal, listeners: Sequence[Callable[[Sequence[Document]], None]]) -> None:
        self._journal, self._listeners = journal, listeners

    async def insert(self, documents: Sequence[Document]) -> set[str]:
        """Insert all; return the ids that already existed with other content."""
        taken = await self._journal.insert(documents)
        ours = [one for one in documents if one["_id"] not in taken]
        for listen in self._listeners:
            listen(ours)
        return taken

    async def load(self, entities: Sequence[str]) -> dict[str, list[Document]]:
        """Return every append of each entity."""
        return await self._journal.load(entities)


class ObservedGraves:
    """Tells of every record that was buried."""

    def __init__(self, graves: Graves, ledger: RequestLedger) -> None:
        self._graves, self._ledger = graves, ledger

    async def bury(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        await self._graves.bury(documents)
        self._ledger.buried(documents)

    async def unsettled(self) -> int:
        """Return how many no person has settled."""
        return await self._graves.unsettled()


class ObservedConsumer:
    """Tells of what was taken and committed, and of partitions that move."""

    def __init__(self, consumer: Consumer, ledger: RequestLedger | None, moved: Callable[[], None]) -> None:
        self._consumer, self._ledger, self._moved = consumer, ledger, moved
        self._assignment = consumer.assignment

    @property
    def assignment(self) -> int:
        """Changes whenever partitions are revoked."""
        return self._consumer.assignment

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        """Return what is there now."""
        batch = await self._consumer.take(quotas)
        if batch.assignment != self._assignment:
            self._assignment = batch.assignment
            self._moved()
        if self._ledger is not None:
            self._ledger.taken(batch.first_offsets())
        return batch

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit exactly these offsets."""
        await self._consumer.commit(offsets)
        if self._ledger is not None:
            self._ledger.committed(offsets)

    async def seek_back(self, offsets: Mapping[Partition, int]) -> None:
        """Take these partitions again from these offsets."""
        await self._consumer.seek_back(offsets)

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offsets after the last record."""
        return await self._consumer.end_offsets(partitions)

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return what the whole group has committed."""
        return await self._consumer.committed(partitions)

    async def positions(self) -> dict[Partition, int]:
        """Return the offset after the last record taken."""
        return await self._consumer.positions()


class ObservedShell(Generic[F]):
    """Tells where each request goes."""

    def __init__(self, shell: Shell[F], ledger: RequestLedger) -> None:
        self._shell, self._ledger = shell, ledger

    async def route(self, incoming: Incoming) -> Incoming:
        """Return a request with its id and ticket."""
        routed = await self._shell.route(incoming)
        self._ledger.routed(routed.position, routed.entity, routed.id)
        return routed

    async def facts(self, incoming: Incoming) -> F:
        """Return the facts for one message."""
        return await self._shell.facts(incoming)
