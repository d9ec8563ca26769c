"""Reads topics from their beginning, without a group and without a commit: for tools, never for a service.

Used by `sav state verify` and `sav readmodel rebuild`. It changes nothing on the broker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.kafka import record_of
from shared.runtime.login import login
from shared.runtime.ports import Partition, Record
from shared.topics import BY_NAME

LOOK_MS = 500
"""How long one look waits: the last records before an end are there already."""
AT_ONCE = 500
"""Records of one look: a batch as large as a service's."""


class Topics(Protocol):
    """Topics that are read from their beginning: `Replay`, or a test's own."""

    async def ends(self) -> dict[Partition, int]:
        """Return the offsets after the last record of each partition, now."""
        ...

    def read_to(self, ends: Mapping[Partition, int]) -> AsyncIterator[list[Record]]:
        """Yield what lies before these ends and was not read yet; a little more may come along."""
        ...


class Replay:
    """Every record of some topics, in the order of each partition."""

    def __init__(self, kafka: str, prefix: str, topics: Sequence[str]) -> None:
        """`kafka` names the bootstrap servers, `prefix` the environment, `topics` are names without it."""
        self._consumer: Any = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", **login())
        self._prefix = prefix
        self._partitions = [
            TopicPartition(prefix + name, n) for name in topics for n in range(BY_NAME[name].partitions)
        ]

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(self._partitions)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def ends(self) -> dict[Partition, int]:
        """Return the offsets after the last record of each partition, now."""
        ends = await self._consumer.end_offsets(self._partitions)
        return {Partition(tp.topic.removeprefix(self._prefix), tp.partition): end for tp, end in ends.items()}

    async def read_to(self, ends: Mapping[Partition, int]) -> AsyncIterator[list[Record]]:
        """Yield what lies before these ends and was not read yet; a little more may come along."""
        while not await self._has_read(ends):
            found = await self._consumer.getmany(timeout_ms=LOOK_MS, max_records=AT_ONCE)
            records = [record_of(one, self._prefix) for ones in found.values() for one in ones]
            if records:
                yield records

    async def _has_read(self, ends: Mapping[Partition, int]) -> bool:
        for tp in self._partitions:
            end = ends.get(Partition(tp.topic.removeprefix(self._prefix), tp.partition), 0)
            if await self._consumer.position(tp) < end:
                return False
        return True
