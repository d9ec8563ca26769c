"""The model store: one database per service, seen by the witness; and the desk's documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from services.desk.projection import Ticket, from_document, to_document
from shared.runtime.ports import Document, Partition
from shared.testing.faults import Faults
from shared.testing.store import MemoryStore, MemoryTimers
from simulate.witness import Witness


class SimStore(MemoryStore):
    """One service's database."""

    def __init__(self, stage: str, witness: Witness) -> None:
        super().__init__()
        self._stage, self._witness = stage, witness
        self.due: dict[str, datetime] = {}
        """When each timer that is there is due."""
        self.wakers: list[Callable[[], None]] = []
        """Called when a timer is armed or deleted: sweepers that wait for the next one."""

    def has_offset(self, at: Partition) -> bool:
        """Tell whether it is claimed that this stage's group has an offset of a partition."""
        return f"{at.topic}/{at.partition}" in self._collections["offsets"]

    def insert(self, collection: str, document: Document) -> bool:
        """Insert a document, seen by the witness; return whether its `_id` was free."""
        free = super().insert(collection, document)
        if free and collection == "journal":
            self._witness.appended(self._stage, document)
        elif free and collection == "timers":
            self.due[document["_id"]] = document["due_at"]
            self._wake()
        elif free and collection == "dead":
            self._witness.books[self._stage].dead.add(document["_id"])
        return free

    def delete(self, collection: str, name: str) -> None:
        """Delete the document of an `_id` if it is there."""
        super().delete(collection, name)
        if collection == "timers" and self.due.pop(name, None) is not None:
            self._wake()

    def _wake(self) -> None:
        for waker in self.wakers:
            waker()


class SimTimers(MemoryTimers):
    """Armed deadlines. As the real port, it asks the store nothing where there is nothing to ask."""

    async def arm(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        if documents:
            await super().arm(documents)

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete those that are there."""
        if ids:
            await super().delete(ids)


class SimTickets:
    """The desk's documents, each guarded by its version."""

    def __init__(self, documents: dict[str, Document], faults: Faults) -> None:
        self._documents, self._faults = documents, faults

    async def follow(self) -> None:
        """There is one read model alone, and it is live."""

    async def load(self, ids: Sequence[str]) -> dict[str, Ticket]:
        """Return the tickets of these ids; one that is not there yet comes back empty."""
        (await self._faults.enter("tickets.load")).leave()
        known = self._documents
        return {one: from_document(known[one]) if one in known else Ticket(one) for one in ids}

    async def write(self, tickets: Iterable[Ticket]) -> set[str]:
        """Write each as its next version; return the ids that another replica wrote meanwhile."""
        passage = await self._faults.enter("tickets.write")
        lost = {one.id for one in passage.part(list(tickets)) if not self.put(one)}
        passage.leave()
        return lost

    def put_late(self, ticket: Ticket) -> None:
        """A write that nobody waits for any more arrives."""
        self.put(ticket)

    def put(self, ticket: Ticket) -> bool:
        """Write one as its next version; return whether nobody was quicker."""
        stored = self._documents.get(ticket.id, {"version": 0})
        if stored["version"] != ticket.version:
            return False
        self._documents[ticket.id] = to_document(ticket) | {"version": ticket.version + 1}
        return True
