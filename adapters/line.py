"""A producer that may be lost and is then made anew: a line to Kafka with short waits. Called by `accept`.

A producer that was given up in the middle may still send what it had (readers drop the copy), and an idempotent one
whose batch was refused is of no more use (both shown in `tests/integration/test_known_traps.py`), so no line survives
its first failure. It must never wait long: somebody outside is waiting for an answer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from shared.errors import GoRound, StopService
from shared.runtime.kafka import KafkaPublisher, broker_of
from shared.runtime.ports import Outgoing
from shared.runtime.settings import Settings

log = structlog.get_logger()

SEND_SECONDS = 3.0
"""How long Kafka may take before the spool does it: a leader's election takes about two, and somebody waits outside."""
CONNECT_SECONDS = 10.0
"""A broker that is there answers in 0.1 s, a busy one in a few."""
LOOK_SECONDS = 2.0
"""For a TCP connection within one network."""
CLOSE_SECONDS = 5.0
"""A producer's stop hangs while its broker is away; nothing that matters is in it any more."""
LOST_SECONDS = 60.0
"""A lost producer gives its last batch up after 20 s; its end is waited for in the background."""
_NEVER = ("MessageSizeTooLargeError", "InvalidRecordError", "RecordListTooLargeError")
"""What the broker answers to a record that it will never take."""


class Away(Exception):
    """Kafka did not acknowledge in time: it may have the record, or not."""


class Refused(ValueError):
    """Kafka will never take this record."""


class Line:
    """One process's line to Kafka."""

    def __init__(self, settings: Settings, client: str) -> None:
        self._settings = settings
        self._client = client
        self._broker: Any = None
        self._publisher: KafkaPublisher | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def is_up(self) -> bool:
        """Whether records can be sent now."""
        return self._publisher is not None

    async def connect(self) -> bool:
        """Connect if need be; return whether it is up."""
        if self.is_up:
            return True
        if not await self._answers():
            return False
        broker = broker_of(self._settings, self._client)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await broker.start()
        except Exception as error:  # noqa: BLE001 - whatever the broker's library says of a broker that is away
            log.warning("broker_away", error=type(error).__name__)
            await _stop(broker, CLOSE_SECONDS)
            return False
        self._broker, self._publisher = broker, KafkaPublisher(broker, self._settings.prefix)
        return True

    async def _answers(self) -> bool:
        """A look at the door first: a producer that could not start leaves connections and noise behind."""
        for server in self._settings.kafka.split(","):
            host, _, port = server.strip().rpartition(":")
            with suppress(OSError, TimeoutError, ValueError):
                async with asyncio.timeout(LOOK_SECONDS):
                    _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
                writer.close()
                return True
        return False

    async def publish(self, record: Outgoing) -> None:
        """Publish and await the acknowledgement of all replicas. Raises `Away` or `Refused`; then the line is down."""
        publisher = self._publisher
        if publisher is None:
            raise Away("not connected")
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await publisher.publish([record])
        except (GoRound, StopService, TimeoutError) as error:
            self._lose(publisher)
            cause = type(error.__cause__ or error).__name__
            if cause in _NEVER:
                raise Refused(cause) from error
            raise Away(cause) from error

    def _lose(self, publisher: KafkaPublisher) -> None:
        """Several that waited together lose one line once."""
        if publisher is not self._publisher or self._broker is None:
            return
        task = asyncio.create_task(_stop(self._broker, LOST_SECONDS))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        self._broker = self._publisher = None

    async def close(self) -> None:
        """Close the line, within a bounded time."""
        broker, self._broker, self._publisher = self._broker, None, None
        if broker is not None:
            await _stop(broker, CLOSE_SECONDS)
        if self._closing:
            _, late = await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _stop(broker: Any, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await broker.stop()
