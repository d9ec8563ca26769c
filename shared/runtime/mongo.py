"""The store ports on MongoDB, through motor: the only module that imports a driver.

Every write is acknowledged by a majority and journalled, every read is a majority read of the primary. Trouble with
the server becomes `GoRound`; nothing is retried here, because the loop goes round.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import bson
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from shared.errors import GoRound
from shared.runtime.append import append_id
from shared.runtime.ports import Document, Position
from shared.runtime.together import Together

WINDOW = 24
"""Ids guessed in one query: the embedded store's `$in` costs the square of its length (500 ids 191 ms, 25 ids 2 ms)."""
SERVER_WAIT_MS = 5_000
"""How long one operation looks for a server: far below the 60 s with a batch in hand, above an election (2 s)."""
_DUPLICATE = 11000
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)


@asynccontextmanager
async def _or_go_round() -> AsyncIterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise GoRound(f"store: {type(error).__name__}") from error


class Store:
    """One service's database."""

    def __init__(self, uri: str, database: str) -> None:
        self._client: Any = AsyncIOMotorClient(
            uri,
            serverSelectionTimeoutMS=SERVER_WAIT_MS,
            tz_aware=True,
            tzinfo=UTC,
            retryWrites=False,
            compressors=[],
            appname=database,
        )
        self._database = self._client.get_database(
            database,
            codec_options=_CODEC,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    def collection(self, name: str) -> Any:
        """Return a collection with this store's concerns."""
        return self._database[name]

    async def ping(self) -> bool:
        """Tell whether the server answers."""
        try:
            await self._database.command("ping")
        except PyMongoError:
            return False
        return True

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


async def insert_new(collection: Any, documents: Sequence[Document]) -> set[Any]:
    """Insert what is not there yet; return the ids that were."""
    if not documents:
        return set()
    async with _or_go_round():
        try:
            await collection.insert_many(list(documents), ordered=False)
        except BulkWriteError as error:
            errors = error.details.get("writeErrors", [])
            if any(one["code"] != _DUPLICATE for one in errors) or error.details.get("writeConcernErrors"):
                raise
            return {documents[one["index"]]["_id"] for one in errors}
    return set()


class MongoJournal:
    """The append-only journal: inserts and reads by id, nothing else."""

    def __init__(self, store: Store) -> None:
        self._appends = store.collection("journal")

    async def insert(self, documents: Sequence[Document]) -> set[str]:
        """Insert all; one that was there already with our own content (an answer that was lost) is ours."""
        taken = await insert_new(self._appends, documents)
        if not taken:
            return set()
        ours = {one["_id"]: one for one in documents}
        async with _or_go_round():
            found = await self._appends.find({"_id": {"$in": sorted(taken)}}).to_list(None)
        same = {one["_id"] for one in found if one == _as_read(ours[one["_id"]])}
        return taken - same

    async def load(self, entities: Sequence[str]) -> dict[str, list[Document]]:
        """Return every append of each entity, by guessed ids: first who has any, then window after window."""
        loaded: dict[str, list[Document]] = {entity: [] for entity in entities}
        for start in range(0, len(entities), WINDOW):
            firsts = {append_id(one, 1): one for one in entities[start : start + WINDOW]}
            for document in await self._find(list(firsts)):
                loaded[firsts[document["_id"]]].append(document)
        known = [entity for entity in entities if loaded[entity]]
        await asyncio.gather(*(self._load_rest(entity, loaded[entity]) for entity in known))
        return loaded

    async def _load_rest(self, entity: str, documents: list[Document]) -> None:
        while True:
            after = len(documents)
            documents += await self._find([append_id(entity, after + n) for n in range(1, WINDOW + 1)])
            if len(documents) < after + WINDOW:
                return

    async def _find(self, names: list[str]) -> list[Document]:
        async with _or_go_round():
            found: list[Document] = await self._appends.find({"_id": {"$in": names}}).to_list(None)
        return sorted(found, key=lambda one: str(one["_id"]))

    async def entities(self, after: str, limit: int) -> list[str]:
        """Return ids of entities that have a journal, in order, after one of them: for tools, never on the way."""
        async with _or_go_round():
            rows = (
                await self._appends.find({"_id": {"$gt": f"{after}#999999"}}, {"_id": 1})
                .sort("_id", 1)
                .limit(limit * WINDOW)
                .to_list(None)
            )
        return list(dict.fromkeys(str(row["_id"]).rpartition("#")[0] for row in rows))[:limit]


def _as_read(document: Document) -> Document:
    return bson.decode(bson.encode(document), codec_options=_CODEC)


class MongoTimers:
    """Armed deadlines, indexed by `due_at`."""

    def __init__(self, store: Store) -> None:
        self._timers = store.collection("timers")

    async def prepare(self) -> None:
        """Create the index that the sweeper walks."""
        async with _or_go_round():
            await self._timers.create_index([("due_at", 1)])

    async def arm(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        await insert_new(self._timers, documents)

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete those that are there."""
        async with _or_go_round():
            for start in range(0, len(ids), WINDOW):
                await self._timers.delete_many({"_id": {"$in": list(ids[start : start + WINDOW])}})

    async def due(self, after: datetime, until: datetime, limit: int) -> list[Document]:
        """Return at most `limit` documents with after < due_at <= until."""
        async with _or_go_round():
            # All in one answer: the server's own first batch is 101.
            query = self._timers.find({"due_at": {"$gt": after, "$lte": until}}, batch_size=limit + 1)
            found: list[Document] = await query.limit(limit).to_list(None)
        return found

    async def next_due(self, after: datetime) -> datetime | None:
        """Return the earliest instant armed after `after`, or None."""
        async with _or_go_round():
            query = self._timers.find({"due_at": {"$gt": after}}, {"due_at": 1})
            found = await query.sort("due_at", 1).limit(1).to_list(None)
        return found[0]["due_at"] if found else None


class MongoGraves:
    """What was sent to the dead topic and not settled by a person."""

    def __init__(self, store: Store) -> None:
        self._dead = store.collection("dead")

    async def bury(self, documents: Sequence[Document]) -> None:
        """Insert those that are not there yet."""
        await insert_new(self._dead, documents)

    async def unsettled(self) -> int:
        """Return how many no person has settled."""
        async with _or_go_round():
            return int(await self._dead.count_documents({"settled": None}))

    async def listed(self) -> list[Document]:
        """Return them all, for people."""
        async with _or_go_round():
            found: list[Document] = await self._dead.find({}).sort("_id", 1).to_list(None)
        return found

    async def settle(self, name: str, by: str, how: str, at: datetime) -> bool:
        """Note that a person has dealt with it; return whether it was there."""
        async with _or_go_round():
            done = await self._dead.update_one({"_id": name}, {"$set": {"settled": {"by": by, "how": how, "at": at}}})
        return bool(done.matched_count)


class MongoAttempts:
    """Unclean exits, and how often a record was in hand at one."""

    def __init__(self, store: Store) -> None:
        self._runs = store.collection("runs")
        self._attempts = store.collection("attempts")

    async def begin(self, replica: str) -> bool:
        """Note that this replica runs; return whether its last run ended uncleanly."""
        async with _or_go_round():
            before = await self._runs.find_one({"_id": replica})
            await self._runs.update_one({"_id": replica}, {"$set": {"clean": False}}, upsert=True)
        return before is not None and not before["clean"]

    async def end(self, replica: str) -> None:
        """Note that this replica stopped in good order."""
        async with _or_go_round():
            await self._runs.update_one({"_id": replica}, {"$set": {"clean": True}}, upsert=True)

    async def count(self, position: Position) -> int:
        """Count one more attempt at a record and return how many there have been."""
        name = f"{position.topic}/{position.partition}/{position.offset}"
        async with _or_go_round():
            await self._attempts.update_one({"_id": name}, {"$inc": {"count": 1}}, upsert=True)
            row = await self._attempts.find_one({"_id": name})
        return int(row["count"])


class MongoClaims:
    """Unique names, each claimed by an insert and read back; those of one batch in one message."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._claims: dict[str, Together[Document, Document | None]] = {}
        self._reads: dict[str, Together[str, Document | None]] = {}

    async def claim(self, kind: str, name: str, content: Document) -> Document:
        """Claim `name` with `content`; return what holds the name now."""
        if kind not in self._claims:
            self._claims[kind] = Together(partial(self._claim_all, kind))
        held = await self._claims[kind].ask({"_id": name} | content)
        if held is None:
            raise GoRound(f"{kind} {name} was claimed and is not there")
        return held

    async def read(self, kind: str, name: str) -> Document | None:
        """Return what holds a name, or None."""
        if kind not in self._reads:
            self._reads[kind] = Together(partial(self._read_all, kind))
        return await self._reads[kind].ask(name)

    async def _claim_all(self, kind: str, documents: Sequence[Document]) -> list[Document | None]:
        taken = sorted(await insert_new(self._store.collection(kind), documents))
        held = dict(zip(taken, await self._read_all(kind, taken), strict=True))
        return [held.get(one["_id"], one) for one in documents]

    async def _read_all(self, kind: str, names: Sequence[str]) -> list[Document | None]:
        found: dict[str, Document] = {}
        async with _or_go_round():
            for start in range(0, len(names), WINDOW):
                query = {"_id": {"$in": list(names[start : start + WINDOW])}}
                found |= {one["_id"]: one for one in await self._store.collection(kind).find(query).to_list(None)}
        return [found.get(name) for name in names]
