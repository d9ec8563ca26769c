"""The desk as a process: engines connected, topics checked, the loop until it is told to stop. No rule.

Started by `sav run desk`, as every stage is; it needs neither timers nor the registry, so it is less than a stage.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from services.desk.gaps import GapWatch
from services.desk.loop import DeskLoop, DeskPorts
from services.desk.measures import DeskMeasures, OpenInStore
from services.desk.projection import Ticket
from services.desk.store import DeskStore
from shared.errors import GoRound, StopService
from shared.metrics.labels import SERVICES
from shared.personal import ClearSeal, Seal
from shared.runtime import measures
from shared.runtime.clock import clock_named
from shared.runtime.failpoints import Failpoints
from shared.runtime.groups import GroupWatch
from shared.runtime.kafka import KafkaConsumer, KafkaPublisher
from shared.runtime.mongo import MongoClaims, MongoGraves, Store
from shared.runtime.service import PAUSES, STOP_SECONDS, connect
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry
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
        self._telemetry = Telemetry(settings, NAME)
        self.loop: DeskLoop | None = None

    def stop(self) -> None:
        """Finish the batch in hand, then stop."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`. Raises `StopService` where going on would lose or invent something."""
        async with self._telemetry:
            await self._run()

    async def _run(self) -> None:
        settings = self._settings
        broker, store = await connect(settings, NAME)
        tickets = DeskStore(store)
        await tickets.follow()
        await tickets.prepare()
        busy = asyncio.Lock()
        topics = [topic.name for topic in read_by(NAME)]
        consumer = KafkaConsumer(broker, settings, NAME, topics, busy, MongoClaims(store))
        publisher = KafkaPublisher(broker, settings.prefix)
        ports = DeskPorts(consumer, publisher, tickets, MongoGraves(store), clock_named(settings.clock))
        gaps = GapWatch(time.monotonic)
        groups = GroupWatch(settings.kafka, settings.prefix, SERVICES)
        written = self._measured(ports, groups, store, consumer) if self._telemetry.on else None
        loop = DeskLoop(settings.environment, ports, gaps, self._seal, Failpoints(settings.failpoint), written)
        measures.tally_of_desk(self._telemetry, lambda: loop.tally)
        measures.readiness(self._telemetry, consumer.assigned, broker, store)
        loop.busy = busy
        self.loop = loop
        await broker.start()
        try:
            await self._go(loop, consumer)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):  # a producer's stop hangs while its broker is away
                    await broker.stop()
                    await groups.close()
            store.close()

    def _measured(
        self, ports: DeskPorts, groups: GroupWatch, store: Store, consumer: KafkaConsumer
    ) -> Callable[[Ticket, Ticket], None]:
        """Measure in the background, and return who is to be told of every ticket that is written."""
        of_tickets = DeskMeasures(self._telemetry.metrics, OpenInStore(store), consumer, consumer.assigned, ports.clock)
        self._telemetry.measure(of_tickets.look)
        measures.dead_letters(self._telemetry, ports.graves)
        measures.every_group(self._telemetry, groups)
        return of_tickets.written

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
        failed, act = 0, self._telemetry.beating("batch", loop.run_batch)
        while not self._stopping.is_set():
            try:
                await act()
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
