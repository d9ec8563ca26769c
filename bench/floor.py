"""The floor: the same records and documents, of the same sizes, moved by a loop with no logic on the same engines.

One task a service, each with its own topics and its own store, as the services have: take a batch, insert, publish,
commit, delete what was armed; and, for the desk, replace documents by their
name, with no index and no version asked for.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.shape import Amount, StageShape
from shared.runtime.mongo import WINDOW, Store, insert_new
from shared.topics import PARTITIONS

BATCH = 500
"""Records of a batch, as the runtime's quota for most topics."""


class Floor:
    """A raw loop for each service."""

    def __init__(self, kafka: str, stores: Mapping[str, Store], shapes: Sequence[StageShape], name: str) -> None:
        """`name` makes this round's topics and collections its own."""
        self._kafka, self._stores, self._shapes, self._name = kafka, stores, shapes, name
        self._rewritten = 0

    async def run(self, lives: int) -> float:
        """Move what so many lives move; return the seconds it took, without filling the topics first."""
        await self._fill(lives)
        start = time.perf_counter()
        await asyncio.gather(*(self._stage(shape, lives) for shape in self._shapes))
        return time.perf_counter() - start

    async def _fill(self, lives: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka)
        await admin.start()
        topics = [self._topic(shape, way) for shape in self._shapes for way in ("in", "out")]
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics])
        await admin.close()
        async with AIOKafkaConsumer(bootstrap_servers=self._kafka) as consumer:  # waits until every partition is led
            await consumer.end_offsets([TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)])
        async with self._producer() as producer:
            for shape in self._shapes:
                await _produce(producer, self._topic(shape, "in"), shape.reads.times(lives), shape.reads.bytes)

    def _topic(self, shape: StageShape, way: str) -> str:
        return f"floor.{self._name}.{shape.name}.{way}"

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(bootstrap_servers=self._kafka, acks="all", enable_idempotence=True, linger_ms=2)

    async def _stage(self, shape: StageShape, lives: int) -> None:
        topic, store = self._topic(shape, "in"), self._stores[shape.name]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka,
            group_id=topic,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        consumer.assign([TopicPartition(topic, n) for n in range(PARTITIONS)])
        whole, taken = shape.reads.times(lives), 0
        async with self._producer() as producer:
            while taken < whole:
                found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
                count = sum(len(records) for records in found.values())
                if not count:
                    continue
                share = count / max(shape.reads.per_life, 1e-9)
                await self._move(producer, store, shape, share, f"{taken}")
                await consumer.commit({tp: records[-1].offset + 1 for tp, records in found.items()})
                taken += count
        await consumer.stop()

    async def _move(self, producer: Any, store: Store, shape: StageShape, share: float, batch: str) -> None:
        journal, timers = store.collection(f"floor_{self._name}"), store.collection(f"floor_timers_{self._name}")
        await insert_new(journal, _documents(shape.appends, share, batch))
        armed = _documents(shape.timers, share, batch)
        await insert_new(timers, armed)
        await self._rewrite(store, shape, share)
        await _produce(producer, self._topic(shape, "out"), round(shape.writes.per_life * share), shape.writes.bytes)
        names = [one["_id"] for one in armed]
        for start in range(0, len(names), WINDOW):
            await timers.delete_many({"_id": {"$in": names[start : start + WINDOW]}})

    async def _rewrite(self, store: Store, shape: StageShape, share: float) -> None:
        """Replace the documents of a batch in one message; of a ticket as many versions come as the desk writes."""
        bodies = _documents(shape.rewrites, share, "")
        if not bodies:
            return
        name = f"floor_tickets_{self._name}"
        first = self._rewritten
        self._rewritten += len(bodies)
        tickets = [f"{int((first + n) / shape.rewrites.per_life)}" for n in range(len(bodies))]
        updates = [
            {"q": {"_id": ticket}, "u": body | {"_id": ticket}, "upsert": True}
            for ticket, body in zip(tickets, bodies, strict=True)
        ]
        await store.collection(name).database.command({"update": name, "updates": updates, "ordered": False})


def _documents(amount: Amount, share: float, batch: str) -> list[dict[str, Any]]:
    return [
        {"_id": f"{batch}-{n}", "body": os.urandom(max(amount.bytes - 40, 1))}
        for n in range(round(amount.per_life * share))
    ]


async def _produce(producer: Any, topic: str, count: int, size: int) -> None:
    value = os.urandom(max(size, 1))
    sent = [await producer.send(topic, value, key=b"%d" % (n % 1000)) for n in range(count)]
    if sent:
        await asyncio.gather(*sent)
