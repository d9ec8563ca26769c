"""What tests on a real Kafka need around it: topics of their own, records, committed offsets, waiting with a
deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PATIENCE_SECONDS = 20.0  # what takes milliseconds alone may take seconds on two cores shared by several test runs


class TestTopics:
    """Topics whose names begin with `prefix`; all that were made here are deleted at the end."""

    __test__ = False  # a helper, whatever pytest thinks of its name

    def __init__(self, servers: str, prefix: str) -> None:
        self.servers = servers
        self.prefix = prefix
        self._made: list[str] = []
        self._admin = AIOKafkaAdminClient(bootstrap_servers=servers)

    async def __aenter__(self) -> Self:
        await self._admin.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._made:
                await self._admin.delete_topics(self._made)
        finally:
            await self._admin.close()

    async def create(self, name: str, partitions: int = 3, settings: Mapping[str, str] | None = None) -> str:
        """Make a topic and wait until it can be used; returns its full name."""
        full = self.prefix + name
        made = await self._admin.create_topics([NewTopic(full, partitions, 1, topic_configs=dict(settings or {}))])
        for _, code, message in (tuple(error)[:3] for error in made.topic_errors):
            assert code == 0, message
        self._made.append(full)

        async def usable() -> bool:
            (described,) = await self._admin.describe_topics([full])
            return described["error_code"] == 0 and all(one["leader"] >= 0 for one in described["partitions"])

        await until(usable)
        return full

    async def exists(self, full_name: str) -> bool:
        """Whether the broker has a topic of this name."""
        return full_name in await self._admin.list_topics()

    def forget_later(self, full_name: str) -> None:
        """Delete at the end a topic that somebody else made under our prefix."""
        self._made.append(full_name)

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        """The offsets that `group` has committed in `topic`, by partition.

        A partition without one is left out.
        """
        offsets = await self._admin.list_consumer_group_offsets(group)
        return {at.partition: meta.offset for at, meta in offsets.items() if at.topic == topic and meta.offset >= 0}

    async def produce(
        self,
        topic: str,
        values: Iterable[bytes | None],
        *,
        partition: int | None = 0,
        headers: list[tuple[str, bytes | None]] | None = None,
    ) -> None:
        """Write `values` in order to one partition, acknowledged."""
        async with AIOKafkaProducer(bootstrap_servers=self.servers, acks="all") as producer:
            for value in values:
                await producer.send_and_wait(topic, value, key=b"k", partition=partition, headers=headers)

    async def read(self, topic: str, count: int) -> list[ConsumerRecord]:
        """The first `count` records of `topic`, of whatever partition, without any group."""
        async with AIOKafkaConsumer(
            topic, bootstrap_servers=self.servers, auto_offset_reset="earliest", enable_auto_commit=False
        ) as consumer:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return [await consumer.getone() for _ in range(count)]


def after(record: ConsumerRecord) -> dict[TopicPartition, int]:
    """The offset to commit once `record` is done."""
    return {TopicPartition(record.topic, record.partition): record.offset + 1}


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    """Poll a real engine until `condition` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.02)
