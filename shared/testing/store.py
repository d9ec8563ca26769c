"""The store ports in memory: every document passes through BSON, so that types, instants and sizes are real."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import bson
from bson.codec_options import CodecOptions

from shared.errors import GoRound
from shared.runtime.append import append_id
from shared.runtime.ports import Document, Position
from shared.testing.faults import Faults

DOCUMENT_LIMIT_BYTES = 16 * 1024 * 1024
"""MongoDB's own limit of one document."""
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)


class MemoryStore:
    """One service's database: collections of documents by `_id`."""

    def __init__(self) -> None:
        self._collections: dict[str, dict[str, bytes]] = defaultdict(dict)

    def insert(self, collection: str, document: Document) -> bool:
        """Insert a document; return whether its `_id` was free."""
        encoded = bson.encode(document)
        if len(encoded) > DOCUMENT_LIMIT_BYTES:
            raise GoRound("store: DocumentTooLarge")
        return self._collections[collection].setdefault(document["_id"], encoded) is encoded

    def put(self, collection: str, document: Document) -> None:
        """Insert a document, or replace the one of this `_id`."""
        self._collections[collection][document["_id"]] = bson.encode(document)

    def find(self, collection: str, name: str) -> Document | None:
        """Return the document of an `_id`, or None."""
        found = self._collections[collection].get(name)
        return None if found is None else bson.decode(found, codec_options=_CODEC)

    def all(self, collection: str) -> list[Document]:
        """Return every document, in the order of the ids."""
        rows = sorted(self._collections[collection].items())
        return [bson.decode(encoded, codec_options=_CODEC) for _, encoded in rows]

    def delete(self, collection: str, name: str) -> None:
        """Delete the document of an `_id` if it is there."""
        self._collections[collection].pop(name, None)

    def insert_new(self, collection: str, documents: Sequence[Document]) -> set[str]:
        """Insert what is not there yet; return the ids that were, with whatever content."""
        return {one["_id"] for one in documents if not self.insert(collection, one)}


class MemoryJournal:
    """The append-only journal."""

    def __init__(self, store: MemoryStore, faults: Faults | None = None) -> None:
        self._store = store
        self._faults = faults or Faults()

    async def insert(self, documents: Sequence[Document]) -> set[str]:
        """Insert all; return the ids that already existed with other content."""
        passage = await self._faults.enter("journal.insert")
        taken = self._store.insert_new("journal", passage.part(documents))
        passage.leave()
        ours = {one["_id"]: bson.decode(bson.encode(one), codec_options=_CODEC) for one in documents}
        return {name for name in taken if self._store.find("journal", name) != ours[name]}

    async def load(self, entities: Sequence[str]) -> dict[str, list[Document]]:
        """Return every append of each entity, in order."""
        (await self._faults.enter("journal.load")).leave()
        return {entity: self.appends(entity) for entity in entities}

    def appends(self, entity: str) -> list[Document]:
        """Return every append of one entity, in order; for tests as well."""
        found: list[Document] = []
        while (document := self._store.find("journal", append_id(entity, len(found) + 1))) is not None:
            found.append(document)
        return found


class MemoryTimers:
    """Armed deadlines."""

    def __init__(self, store: MemoryStore, faults: Faults | None = None) -> None:
        self._store = store
        self._faults = faults or Faults()

    async def arm(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        passage = await self._faults.enter("timers.arm")
        self._store.insert_new("timers", passage.part(documents))
        passage.leave()

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete those that are there."""
        passage = await self._faults.enter("timers.delete")
        for name in passage.part(ids):
            self._store.delete("timers", name)
        passage.leave()

    async def due(self, after: datetime, until: datetime, limit: int) -> list[Document]:
        """Return at most `limit` documents with after < due_at <= until, the smallest ids first."""
        (await self._faults.enter("timers.due")).leave()
        return [one for one in self._store.all("timers") if after < one["due_at"] <= until][:limit]


class MemoryGraves:
    """What was sent to the dead topic."""

    def __init__(self, store: MemoryStore, faults: Faults | None = None) -> None:
        self._store = store
        self._faults = faults or Faults()

    async def bury(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        passage = await self._faults.enter("graves.bury")
        self._store.insert_new("dead", passage.part(documents))
        passage.leave()

    async def unsettled(self) -> int:
        """Return how many no person has settled."""
        (await self._faults.enter("graves.unsettled")).leave()
        return sum(one.get("settled") is None for one in self._store.all("dead"))

    async def listed(self) -> list[Document]:
        """Return them all, for people."""
        return self._store.all("dead")

    async def settle(self, name: str, by: str, how: str, at: datetime) -> bool:
        """Note that a person has dealt with it; return whether it was there."""
        found = self._store.find("dead", name)
        if found is not None:
            self._store.put("dead", found | {"settled": {"by": by, "how": how, "at": at}})
        return found is not None


class MemoryAttempts:
    """Unclean exits, and how often a record was in hand at one."""

    def __init__(self, store: MemoryStore, faults: Faults | None = None) -> None:
        self._store = store
        self._faults = faults or Faults()

    async def begin(self, replica: str) -> bool:
        """Note that this replica runs; return whether its last run ended uncleanly."""
        passage = await self._faults.enter("attempts.begin")
        before = self._store.find("runs", replica)
        self._store.put("runs", {"_id": replica, "clean": False})
        passage.leave()
        return before is not None and not before["clean"]

    async def end(self, replica: str) -> None:
        """Note that this replica stopped in good order."""
        passage = await self._faults.enter("attempts.end")
        self._store.put("runs", {"_id": replica, "clean": True})
        passage.leave()

    async def count(self, position: Position) -> int:
        """Count one more attempt at a record and return how many there have been."""
        passage = await self._faults.enter("attempts.count")
        name = f"{position.topic}/{position.partition}/{position.offset}"
        row = self._store.find("attempts", name) or {"_id": name, "count": 0}
        self._store.put("attempts", row | {"count": row["count"] + 1})
        passage.leave()
        return int(row["count"]) + 1


class MemoryClaims:
    """Unique names, each claimed by an insert and read back."""

    def __init__(self, store: MemoryStore, faults: Faults | None = None) -> None:
        self._store = store
        self._faults = faults or Faults()

    async def claim(self, kind: str, name: str, content: Document) -> Document:
        """Claim `name` with `content`; return what holds the name now."""
        passage = await self._faults.enter("claims.claim")
        self._store.insert(kind, {"_id": name} | content)
        passage.leave()
        held = self._store.find(kind, name)
        assert held is not None  # inserted just now, or before
        return held

    async def read(self, kind: str, name: str) -> Document | None:
        """Return what holds a name, or None."""
        (await self._faults.enter("claims.read")).leave()
        return self._store.find(kind, name)
