"""A stage's replicas on the fakes: what tests say to them, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from shared.codec import Envelope, encode, sealed_data
from shared.decider import Stage
from shared.events.base import Command, Event
from shared.events.catalogue import ATTENTION
from shared.events.dispatch import TakeCharge
from shared.events.runtime import Release, Republish, release_type, republish_type
from shared.ids import event_id
from shared.personal import ClearSeal
from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.runtime.append import Append, from_document
from shared.runtime.entity import Entity, fold
from shared.runtime.loop import Loop, Ports
from shared.runtime.partitions import partition_of
from shared.runtime.ports import Position
from shared.runtime.reading import Incoming, Reader
from shared.runtime.sweeper import Sweeper
from shared.testing.broker import MemoryBroker
from shared.testing.clock import SetClock
from shared.testing.consumer import MemoryConsumer, MemoryPublisher
from shared.testing.faults import CrashAt, Faults
from shared.testing.store import MemoryAttempts, MemoryClaims, MemoryGraves, MemoryJournal, MemoryStore, MemoryTimers
from shared.topics import read_by
from tests.unit.runtime.counter import Counted, counter, evolve

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ENVIRONMENT = "test"
TOPICS = [topic.name for topic in read_by("dispatch")]
POLICIES = PolicyBook([read_policy()])
ELSEWHERE = next(key for key in "abcdefghij" if (partition_of(key) < 3) != (partition_of("t1") < 3))
"""A key that goes to the other one of two replicas than the ticket `t1`."""
Said = tuple[int, str, str]
"""Seq, what about, and the word."""


@dataclass
class NoShell:
    """What the counter's replicas know beyond the ticket: nothing."""

    fails_on: str = ""

    async def route(self, incoming: Incoming) -> Incoming:
        """Return it as it is: the counter reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> None:
        """Return nothing; fails where it was told to."""
        payload = incoming.message.payload if incoming.message else None
        if self.fails_on and getattr(payload, "reason", "") == self.fails_on:
            raise ZeroDivisionError("no facts")


@dataclass
class Replica:
    """One replica, with the faults of its ports."""

    loop: Loop[Counted, None]
    consumer: MemoryConsumer
    sweeper: Sweeper
    faults: Faults
    crashes: CrashAt

    async def run(self) -> int:
        """Take batches until nothing is there; return how many records that were."""
        taken = 0
        while count := await self.loop.run_batch():
            taken += count
        return taken

    def cached(self, ticket: str = "t1") -> Entity[Counted] | None:
        """Return what it keeps of a ticket in memory."""
        return self.loop._cache.get(ticket)

    def owns(self, ticket: str = "t1") -> bool:
        """Tell whether the records keyed by a ticket come to it."""
        return any(at.partition == partition_of(ticket) for at in self.consumer._mine)

    def knows(self, ticket: str = "t1") -> int:
        """Return how many appends of a ticket it has folded and kept in memory."""
        entity = self.cached(ticket)
        return entity.version if entity else 0


async def taken(replicas: Sequence[Replica]) -> None:
    """Let each replica take what is there for it."""
    for one in replicas:
        await one.run()


async def swept(replica: Replica) -> int:
    """Let a replica take what is there, sweep its timers once, and take what that brought; return how many fired."""
    await replica.run()
    fired = await replica.sweeper.sweep()
    await replica.run()
    return fired


@dataclass
class Bench:
    """One stage's world, which every replica shares: broker, store, claims, clock."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    store: MemoryStore = field(default_factory=MemoryStore)
    claims: MemoryStore = field(default_factory=MemoryStore)
    clock: SetClock = field(default_factory=lambda: SetClock(NINE))
    consumers: list[MemoryConsumer] = field(default_factory=list)

    def replica(
        self, stage: Stage[Counted, None] | None = None, crashes: CrashAt | None = None, facts_fail_on: str = ""
    ) -> Replica:
        """Start a replica; it joins the group."""
        faults, failpoints = Faults(), crashes or CrashAt()
        consumer = MemoryConsumer(self.broker, "dispatch", TOPICS, MemoryClaims(self.claims), faults)
        self.consumers.append(consumer)
        timers, publisher = MemoryTimers(self.store, faults), MemoryPublisher(self.broker, faults)
        ports = Ports(
            consumer,
            publisher,
            MemoryJournal(self.store, faults),
            timers,
            MemoryGraves(self.store, faults),
            MemoryAttempts(self.store, faults),
            self.clock,
        )
        loop = Loop(ENVIRONMENT, stage or counter(), POLICIES, ClearSeal(), NoShell(facts_fail_on), ports, failpoints)
        seconds = lambda: self.clock.now().timestamp()  # noqa: E731 - a cool-down in the same time as everything else
        sweeper = Sweeper("dispatch", timers, consumer, publisher, self.clock, seconds, 10.0, loop.newly_passed)
        return Replica(loop, consumer, sweeper, faults, failpoints)

    def everybody_leaves(self) -> None:
        """End every replica's membership, as the end of their processes does."""
        for consumer in self.consumers:
            consumer.leave()

    # -- what others say ---------------------------------------------------------------------------------------------

    def say(self, seq: int, word: str, source: str = "intake", ticket: str = "t1") -> Position:
        """Another stage says a word about a ticket."""
        return self.put(f"sav.{source}", event_bytes(source, seq, word, ticket), ticket)

    def command(self, word: str, name: str, ticket: str = "t1", key: str = "") -> Position:
        """A person of the company says a word; with another key it may come to another replica."""
        return self._command(TakeCharge.type_name, TakeCharge(by=word), name, ticket, key or ticket)

    def release(self, name: str = "release-1", ticket: str = "t1") -> Position:
        """A person lets go what is held of a ticket."""
        return self._command(release_type("dispatch"), Release(by="p1"), name, ticket, ticket)

    def republish(self, from_seq: int, name: str = "republish-1", ticket: str = "t1") -> Position:
        """A reader asks for events again."""
        return self._command(
            republish_type("dispatch"), Republish(by="runtime", from_seq=from_seq), name, ticket, ticket
        )

    def _command(self, type_name: str, payload: Command, name: str, ticket: str, key: str) -> Position:
        data = sealed_data(payload, ticket, ClearSeal())
        body = encode(Envelope(name, type_name, "sav/test/desk", ticket, self.clock.now(), data))
        return self.put("sav.commands", body, key)

    def put(self, topic: str, value: bytes | None, key: str = "t1") -> Position:
        """Write any bytes."""
        return self.broker.append(topic, value, key=key.encode())

    def due(self, kind: str, generation: int, due_at: datetime, ticket: str = "t1", **other: Any) -> Position:
        """A due timer's record, as a sweeper writes it."""
        known = {"id": f"{ticket}|{kind}|{generation:06d}", "entity": ticket, "kind": kind}
        document = known | {"generation": generation, "due_at": due_at.isoformat()} | other
        return self.put("sav.dispatch.due", orjson.dumps(document), ticket)

    # -- what came of it ---------------------------------------------------------------------------------------------

    def published(self, ticket: str = "t1") -> list[Said]:
        """Return what the stage published about a ticket, copies and all, in the order in which it came."""
        return [_said(body) for key, body in self._events() if key == ticket]

    def heard(self, ticket: str = "t1") -> list[Said]:
        """Return what a reader gathers of a ticket, which keeps the first of each seq and waits for what is missing.

        A copy that differs from the first fails the test.
        """
        found: dict[int, bytes] = {}
        for key, body in self._events():
            if key == ticket:
                seq = orjson.loads(body)["seq"]
                assert found.setdefault(seq, body) == body, f"two events have seq {seq}"
        assert sorted(found) == list(range(1, len(found) + 1)), f"holes: {sorted(found)}"
        return [_said(found[seq]) for seq in sorted(found)]

    def words(self, ticket: str = "t1") -> list[str]:
        """Return the words that were counted, in order."""
        return [word for _, about, word in self.heard(ticket) if about == "counted"]

    def _events(self) -> Iterator[tuple[str, bytes]]:
        for record in self.broker.records("sav.dispatch"):
            assert record.key is not None
            assert record.value is not None
            yield record.key.decode(), record.value

    def asked_again(self) -> list[tuple[str, int]]:
        """Return which stages were asked to publish again, and from which seq."""
        documents = [orjson.loads(record.value or b"") for record in self.broker.records("sav.commands")]
        asked = [one for one in documents if one["source"] == "sav/test/dispatch"]
        return [(one["type"].split(".")[1], one["data"]["from_seq"]) for one in asked]

    def dead(self) -> list[tuple[str, str]]:
        """Return where each dead letter came from, and the reason that it carries."""
        letters = [dict(record.headers) for record in self.broker.records("sav.dispatch.dead")]
        return [(_place(one), (one["sav-reason"] or b"").decode()) for one in letters]

    def journal(self, ticket: str = "t1") -> list[Append]:
        """Return the appends of a ticket."""
        return [from_document(one) for one in MemoryJournal(self.store).appends(ticket)]

    def outcomes(self, ticket: str = "t1") -> list[list[str]]:
        """Return how each append's causes came out."""
        return [[cause.outcome for cause in append.causes] for append in self.journal(ticket)]

    def folded(self, ticket: str = "t1", upto: int | None = None) -> Entity[Counted]:
        """Return what the journal amounts to, after `upto` appends or all of them."""
        read = Reader("dispatch", ClearSeal()).event
        return fold(ticket, Counted(), self.journal(ticket)[:upto], read, evolve)

    def timers(self) -> list[str]:
        """Return the ids of the timers that are armed in the store."""
        return [one["_id"] for one in self.store.all("timers")]


def event_bytes(source: str, seq: int, word: str, ticket: str = "t1", at: datetime = NINE) -> bytes:
    """Return a stage's event that says a word; the same arguments give the same bytes."""
    event: Event = ATTENTION[source](reason=word, about="word")
    name = event_id(ENVIRONMENT, ticket, source, seq, event.type_name)
    data = sealed_data(event, ticket, ClearSeal())
    return encode(Envelope(name, event.type_name, f"sav/test/{source}", ticket, at, data, seq))


def _said(body: bytes) -> Said:
    document = orjson.loads(body)
    return document["seq"], document["data"]["about"], document["data"]["reason"]


def _place(headers: dict[str, bytes | None]) -> str:
    return "/".join((headers[name] or b"").decode() for name in ("sav-topic", "sav-partition", "sav-offset"))
