"""The desk as a process: engines connected, topics checked, the loop until it is told to stop. No rule.

Started by `sav run desk`, as every stage is; it needs neither timers nor the registry, so it is less than a stage.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import structlog

from services.desk.gaps import GapWatch
from services.desk.loop import DeskLoop, DeskPorts
from services.desk.store import DeskStore
from shared.errors import GoRound, StopService
from shared.personal import ClearSeal, Seal
from shared.runtime.clock import clock_named
from shared.runtime.failpoints import Failpoints
from shared.runtime.kafka import KafkaConsumer, KafkaPublisher
from shared.runtime.mongo import MongoClaims, MongoGraves
from shared.runtime.service import PAUSES, STOP_SECONDS, connect
from shared.runtime.settings import Settings
from shared.topics import read_by

log = structlog.get_logger()

NAME = "desk"
"""Its database, its consumer group and its dead topic are named so."""


class DeskService:
    """One replica of the desk, from start to a graceful stop."""

    def __init__(self, settings: Settings, seal: Seal | None = None) -> None:
        self._settings = settings
        self._seal = seal or ClearSeal()
        self._stopping = asyncio.Event()
        self.loop: DeskLoop | None = None

    def stop(self) -> None:
        """Finish the batch in hand, then stop."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`. Raises `StopService` where going on would lose or invent something."""
        settings = self._settings
        broker, store = await connect(settings, NAME)
        tickets = DeskStore(store)
        await tickets.prepare()
        busy = asyncio.Lock()
        topics = [topic.name for topic in read_by(NAME)]
        consumer = KafkaConsumer(broker, settings, NAME, topics, busy, MongoClaims(store))
        publisher = KafkaPublisher(broker, settings.prefix)
        ports = DeskPorts(consumer, publisher, tickets, MongoGraves(store), clock_named(settings.clock))
        gaps = GapWatch(time.monotonic)
        loop = DeskLoop(settings.environment, ports, gaps, self._seal, Failpoints(settings.failpoint))
        loop.busy = busy
        self.loop = loop
        await broker.start()
        try:
            await self._go(loop, consumer)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):  # a producer's stop hangs while its broker is away
                    await broker.stop()
            store.close()

    async def _go(self, loop: DeskLoop, consumer: KafkaConsumer) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        ready = asyncio.create_task(consumer.assigned.wait())
        await asyncio.wait({stopping, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        log.info("ready", stage=NAME, replica=self._settings.replica)
        working = asyncio.create_task(self._repeat(loop))
        try:
            await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            async with asyncio.timeout(STOP_SECONDS):
                await working
            log.info("stopped", stage=NAME, replica=self._settings.replica)
        finally:
            for task in (stopping, working):
                task.cancel()
            await asyncio.gather(stopping, working, return_exceptions=True)

    async def _repeat(self, loop: DeskLoop) -> None:
        failed = 0
        while not self._stopping.is_set():
            try:
                await loop.run_batch()
                failed = 0
            except GoRound as error:
                if isinstance(error.__cause__, StopService):
                    raise error.__cause__ from error
                wait = PAUSES[min(failed, len(PAUSES) - 1)]
                failed += 1
                log.warning("go_round", stage=NAME, error=str(error), wait=wait)
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._stopping.wait()


def desk_service(settings: Settings) -> DeskService:
    """Return one replica of the desk, to be run until a signal."""
    return DeskService(settings)
