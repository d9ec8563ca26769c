"""A fake and a real broker with the same face: topics, members of a group, and what a test does behind their backs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from faststream.kafka import KafkaBroker

from shared.runtime.kafka import KafkaConsumer, KafkaPublisher, broker_of
from shared.runtime.ports import Batch, Claims, Consumer, Partition, Publisher, Record
from shared.runtime.settings import Settings
from shared.testing.broker import MemoryBroker
from shared.testing.consumer import MemoryConsumer, MemoryPublisher
from shared.testing.store import MemoryClaims, MemoryStore
from shared.topics import BY_NAME
from tests.support.kafka import PATIENCE_SECONDS, TestTopics

REQUESTS, EVENTS, DUE = TOPICS = ("sav.requests.email", "sav.triage", "sav.intake.due")
"""Three that intake reads, with six partitions each."""
Headers = Sequence[tuple[str, bytes | None]]


class Broker(Protocol):
    """What both can do."""

    @property
    def publisher(self) -> Publisher:
        """The port under test."""
        ...

    async def member(self, group: str = "intake", claims: Claims | None = None) -> Consumer:
        """Join a group; what is assigned may come a moment later."""
        ...

    async def leave(self, member: Consumer) -> None:
        """Leave the group in good order."""
        ...

    async def write(
        self, topic: str, partition: int, value: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> None:
        """Write one record, as anybody may."""
        ...

    async def cut(self, at: Partition, offset: int) -> None:
        """Forget everything before an offset, as retention does."""
        ...


class FakeBroker:
    """In memory."""

    def __init__(self) -> None:
        self._broker = MemoryBroker()
        self._claims = MemoryClaims(MemoryStore())
        self.publisher = MemoryPublisher(self._broker)

    async def member(self, group: str = "intake", claims: Claims | None = None) -> MemoryConsumer:
        """Join a group."""
        return MemoryConsumer(self._broker, group, TOPICS, claims or self._claims)

    async def leave(self, member: Consumer) -> None:
        """Leave the group."""
        assert isinstance(member, MemoryConsumer)
        member.leave()

    async def write(
        self, topic: str, partition: int, value: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> None:
        """Write one record."""
        self._broker.append(topic, value, key=key, headers=headers, partition=partition)

    async def cut(self, at: Partition, offset: int) -> None:
        """Forget everything before an offset."""
        self._broker.cut(at, offset)


class RealBroker:
    """Kafka itself, through the ports of production."""

    def __init__(self, servers: str, environment: str, topics: TestTopics) -> None:
        self._settings = Settings(kafka=servers, environment=environment, session_timeout_ms=6_000, gather_seconds=None)
        self._topics = topics
        self._claims = MemoryClaims(MemoryStore())
        self._brokers: dict[KafkaConsumer, KafkaBroker] = {}
        self._own = broker_of(self._settings, "contract")
        self.publisher = KafkaPublisher(self._own, self._settings.prefix)

    async def create(self) -> None:
        """Create the topics and connect."""
        for topic in TOPICS:
            await self._topics.create(topic, BY_NAME[topic].partitions)
        await self._own.start()

    async def close(self) -> None:
        """Leave every group and disconnect."""
        for member in list(self._brokers):
            await self.leave(member)
        await self._own.stop()

    async def member(self, group: str = "intake", claims: Claims | None = None) -> KafkaConsumer:
        """Join a group."""
        broker = broker_of(self._settings, f"contract-{len(self._brokers)}")
        member = KafkaConsumer(broker, self._settings, group, TOPICS, asyncio.Lock(), claims or self._claims)
        self._brokers[member] = broker
        await broker.start()
        return member

    async def leave(self, member: Consumer) -> None:
        """Leave the group."""
        assert isinstance(member, KafkaConsumer)
        await self._brokers.pop(member).stop()
        await member.close()

    async def write(
        self, topic: str, partition: int, value: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> None:
        """Write one record with a client of its own."""
        async with AIOKafkaProducer(bootstrap_servers=self._settings.kafka, acks="all") as producer:
            name = self._settings.prefix + topic
            await producer.send_and_wait(name, value, key=key, partition=partition, headers=list(headers))

    async def cut(self, at: Partition, offset: int) -> None:
        """Forget everything before an offset."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._settings.kafka)
        await admin.start()
        try:
            await admin.delete_records(
                {TopicPartition(self._settings.prefix + at.topic, at.partition): RecordsToDelete(offset)}
            )
        finally:
            await admin.close()


QUOTAS: Mapping[str, int] = dict.fromkeys(TOPICS, 100)


async def taken(member: Consumer, count: int, quotas: Mapping[str, int] = QUOTAS) -> list[Record]:
    """Take until there are `count` records, in however many batches they come; fails after a while."""
    return [record for batch in await batches(member, count, quotas) for record in batch.records]


async def batches(member: Consumer, count: int, quotas: Mapping[str, int] = QUOTAS) -> list[Batch]:
    """Take until there are `count` records, and return the batches that had any."""
    found: list[Batch] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(len(batch.records) for batch in found) < count:
            batch = await member.take(quotas)
            found += [batch] if batch.records else []
            await asyncio.sleep(0)
    return found


async def shared_out(members: Sequence[Consumer]) -> None:
    """Take, finding nothing, until the members have all partitions between them, and each has some."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            for member in members:
                assert (await member.take(QUOTAS)).records == ()
            shares = [set(await member.positions()) for member in members]
            if all(shares) and sum(map(len, shares)) == len(set[Partition]().union(*shares)) == 6 * len(TOPICS):
                return
