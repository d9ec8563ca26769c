"""Looks from outside at how far every service's group has come: lag by topic, and the age of what waits longest.

Used by the desk's telemetry, so that a stage that is stopped is still seen. It reads offsets, and of a record that
waits its time stamp alone; it is in no group and commits nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.errors import GoRound
from shared.runtime.login import login
from shared.topics import read_by

CALL_SECONDS = 10
"""For one whole look: some ten questions to the broker, and a fetch for what waits."""
READ_MS = 2_000
"""For the records that wait: they are there, so this is the time of a fetch."""
AGES_AT_ONCE = 48
"""Partitions whose oldest record is looked at in one look; further ones wait for the next: a whole service is 50."""


@dataclass(frozen=True)
class Look:
    """What one look found; a service that is up to date is in it with zeros."""

    lag: dict[tuple[str, str], int] = field(default_factory=dict)
    """Records by service and topic."""
    oldest_seconds: dict[str, float] = field(default_factory=dict)


class GroupWatch:
    """Asks the broker about every group. Connects when first asked, and anew after a failure."""

    def __init__(self, bootstrap: str, prefix: str, services: Sequence[str]) -> None:
        self._bootstrap, self._prefix, self._services = bootstrap, prefix, services
        self._admin: AIOKafkaAdminClient | None = None
        self._consumer: Any = None
        self._since: dict[TopicPartition, dict[int, float]] = {}
        """Time stamps that were read, by partition and offset: what still waits is not read again."""

    async def look(self) -> Look:
        """Return lag and ages now. Raises `GoRound` where the broker does not answer."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._look()
        except (KafkaError, TimeoutError) as error:
            await self.close()
            raise GoRound(f"broker: {type(error).__name__}") from error

    async def close(self) -> None:
        """Disconnect."""
        admin, consumer, self._admin, self._consumer = self._admin, self._consumer, None, None
        if admin is not None:
            await admin.close()
        if consumer is not None:
            await consumer.stop()

    async def _look(self) -> Look:
        await self._connect()
        # Committed first: an end that is taken later can only be further, so lag is never below what it was.
        committed = {one: await self._committed(one) for one in self._services}
        wanted = {tp for one in self._services for tp in self._partitions(one)}
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(sorted(wanted))
        starts: dict[TopicPartition, int] = await self._consumer.beginning_offsets(sorted(wanted))
        lag: dict[tuple[str, str], int] = {}
        waiting: dict[str, dict[TopicPartition, int]] = {}
        for service in self._services:
            for tp in self._partitions(service):
                first = max(committed[service].get(tp, 0), starts[tp])
                name = (service, tp.topic.removeprefix(self._prefix))
                lag[name] = lag.get(name, 0) + ends[tp] - first
                if ends[tp] > first:
                    waiting.setdefault(service, {})[tp] = first
        return Look(lag, await self._ages(waiting))

    async def _connect(self) -> None:
        if self._admin is None:
            admin = AIOKafkaAdminClient(
                bootstrap_servers=self._bootstrap, request_timeout_ms=CALL_SECONDS * 1000, **login()
            )
            await admin.start()
            self._admin = admin
        if self._consumer is None:
            # The smallest fetch is one batch of records, whatever its size: its time stamp is all that is wanted.
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, enable_auto_commit=False, max_partition_fetch_bytes=1, **login()
            )
            await consumer.start()
            self._consumer = consumer

    def _partitions(self, service: str) -> list[TopicPartition]:
        return [
            TopicPartition(self._prefix + topic.name, n) for topic in read_by(service) for n in range(topic.partitions)
        ]

    async def _committed(self, service: str) -> Mapping[TopicPartition, int]:
        assert self._admin is not None
        offsets = await self._admin.list_consumer_group_offsets(self._prefix + service)
        return {tp: one.offset for tp, one in offsets.items() if one.offset >= 0}

    async def _ages(self, waiting: Mapping[str, Mapping[TopicPartition, int]]) -> dict[str, float]:
        wanted = {(tp, offset) for found in waiting.values() for tp, offset in found.items()}
        self._since = {
            tp: {offset: at for offset, at in known.items() if (tp, offset) in wanted}
            for tp, known in self._since.items()
        }
        unread = sorted((tp, offset) for tp, offset in wanted if offset not in self._since.get(tp, {}))
        # Two groups may wait at two offsets of one partition: one is read now, the other at the next look.
        await self._read(dict(reversed(unread[:AGES_AT_ONCE])))
        now = datetime.now(UTC).timestamp()
        ages = dict.fromkeys(self._services, 0.0)
        for service, found in waiting.items():
            known = [at for tp, offset in found.items() if (at := self._since.get(tp, {}).get(offset)) is not None]
            ages[service] = max((now - at for at in known), default=0.0)
        return ages

    async def _read(self, offsets: Mapping[TopicPartition, int]) -> None:
        if not offsets:
            return
        self._consumer.assign(list(offsets))
        for tp, offset in offsets.items():
            self._consumer.seek(tp, offset)
        left = set(offsets)
        deadline = asyncio.get_running_loop().time() + READ_MS / 1000
        while left and asyncio.get_running_loop().time() < deadline:
            for tp, records in (await self._consumer.getmany(*left, timeout_ms=READ_MS)).items():
                if records:
                    self._since.setdefault(tp, {})[offsets[tp]] = records[0].timestamp / 1000
                    left.discard(tp)
        self._consumer.assign([])
