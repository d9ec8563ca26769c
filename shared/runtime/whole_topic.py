"""Reads a small topic whole, in every replica, before the first batch, and follows it from then on.

For the registry and for what adapters say on `sav.channels`: no group, no offsets, every replica knows everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.runtime.login import login

log = structlog.get_logger()

POLL_MS = 500
"""How long one look waits: what is said there is minutes old when it matters."""
AGAIN_SECONDS = 2
"""Pause after the broker did not answer, so that an outage does not fill the log."""


class WholeTopic:
    """Hands every value of a topic to `take`, oldest first."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, take: Callable[[bytes], None]) -> None:
        self._bootstrap = bootstrap
        self._partitions = [TopicPartition(topic, n) for n in range(partitions)]
        self._take = take
        self._consumer: Any = None
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all that is there now, then follow in the background."""
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="earliest", **login())
        await self._consumer.start()
        self._consumer.assign(self._partitions)
        ends = await self._consumer.end_offsets(self._partitions)
        while any([await self._consumer.position(tp) < ends[tp] for tp in self._partitions]):
            await self._look()
        self._following = asyncio.create_task(self._follow())

    async def _look(self) -> None:
        for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                if record.value is not None:
                    self._tell(record.value)

    def _tell(self, value: bytes) -> None:
        try:
            self._take(value)
        except Exception as error:  # noqa: BLE001 - one record must not end the following of all later ones
            # What is wrong there concerns nobody's ticket yet; what was known before goes on to hold.
            log.error("unreadable", topic=self._partitions[0].topic, error=type(error).__name__)

    async def _follow(self) -> None:
        while True:
            try:
                await self._look()
            except KafkaError as error:
                log.warning("broker_away", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    async def stop(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._consumer is not None:
            await self._consumer.stop()
