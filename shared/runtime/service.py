"""One process of one stage: engines connected, topics checked, the loop and the sweeper until it is told to stop.

Called by `sav run <stage>`. A stage's `app.py` says what the stage is (`Part`); everything else is the same for all.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from faststream.kafka import KafkaBroker

from shared.decider import Stage
from shared.errors import GoRound, StopService
from shared.personal import ClearSeal, Seal
from shared.policy.book import Policies
from shared.registry import Registry, RegistryBook
from shared.runtime import measures
from shared.runtime.clock import clock_named
from shared.runtime.failpoints import Failpoints
from shared.runtime.kafka import KafkaConsumer, KafkaPublisher, broker_of
from shared.runtime.loop import Loop, Ports, Shell
from shared.runtime.mongo import MongoAttempts, MongoClaims, MongoGraves, MongoJournal, MongoTimers, Store
from shared.runtime.policies import PolicyFiles
from shared.runtime.ports import Claims, Clock, Consumer, Graves
from shared.runtime.reading import Incoming
from shared.runtime.registry_wait import RegistryWait
from shared.runtime.settings import Settings
from shared.runtime.sweeper import Sweeper
from shared.runtime.telemetry import Telemetry
from shared.runtime.topics_admin import check_topics
from shared.runtime.whole_topic import WholeTopic
from shared.topics import BY_NAME, read_by

log = structlog.get_logger()

PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after a round that failed, one after another: an engine that restarts is back within the last."""
STOP_SECONDS = 25
"""A graceful stop waits this long for the batch in hand: a pod's grace period (30 s) is a little longer."""

COLLECT_AFTER = (50_000, 5, 5)
"""Net new objects before the garbage collector looks at the young, and how many such looks before it looks at older
ones and at all. A full batch of 2,000 records holds as many, 25 a record, and leaves no cycles: it should be gone
before a look. Python's 700 looked at every batch many times, and every few seconds at the whole cache: a third of a
stage's time. A library's cycles still go after 1.25 million objects, some 150 MB."""


@dataclass
class World:
    """What a stage's shell is built from."""

    settings: Settings
    policies: Policies
    claims: Claims
    consumer: Consumer
    clock: Clock
    graves: Graves
    registry: Callable[[], Registry]
    registry_at: Callable[[str], Awaitable[RegistryBook]] = RegistryWait(RegistryBook()).reach
    """Waits for the version that a ticket names; without a registry nothing but its absence is known."""


class NoFacts:
    """The shell of a stage that needs nothing beyond the ticket."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def route(self, incoming: Incoming) -> Incoming:
        """Such a stage reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> None:
        """Return nothing."""


@dataclass(frozen=True)
class Part:
    """What makes one service different from the others."""

    stage: Stage[Any, Any]
    shell: Callable[[World], Shell[Any]]


async def connect(settings: Settings, service: str, *, patient: bool = True) -> tuple[KafkaBroker, Store]:
    """Return the started broker and the store of a service; wait for engines that are not there yet, for ever."""
    store = Store(settings.mongo_for(service), settings.database(service))
    pause = iter([*PAUSES])
    while True:
        broker = broker_of(settings, f"{settings.environment}-{service}-{settings.replica}")
        try:
            await check_topics(settings.kafka, settings.prefix)
            if not await store.ping():
                raise GoRound("the store does not answer")
            return broker, store
        except StopService:
            raise
        except Exception as error:
            if not patient:
                raise
            log.warning("waiting_for_engines", service=service, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(next(pause, PAUSES[-1]))


class Service:
    """One replica of one stage, from start to a graceful stop."""

    def __init__(self, part: Part, settings: Settings, seal: Seal | None = None) -> None:
        self._part = part
        self._settings = settings
        self._seal = seal or ClearSeal()
        self._stopping = asyncio.Event()
        self._registry = RegistryBook()
        self._telemetry = Telemetry(settings, part.stage.name)
        self.loop: Loop[Any, Any] | None = None

    def stop(self) -> None:
        """Finish the batch in hand, then stop."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`. Raises `StopService` where going on would lose or invent something."""
        async with self._telemetry:
            await self._run()

    async def _run(self) -> None:
        name, settings = self._part.stage.name, self._settings
        broker, store = await connect(settings, name)
        clock, timers, claims = clock_named(settings.clock), MongoTimers(store), MongoClaims(store)
        await timers.prepare()
        busy = asyncio.Lock()
        consumer = KafkaConsumer(broker, settings, name, [topic.name for topic in read_by(name)], busy, claims)
        publisher = KafkaPublisher(broker, settings.prefix)
        graves = MongoGraves(store)
        policies = PolicyFiles(settings.policy, time.monotonic)
        waits = RegistryWait(self._registry)
        world = World(settings, policies, claims, consumer, clock, graves, self._registry.current, waits.reach)
        shell = self._part.shell(world)
        ports = Ports(consumer, publisher, MongoJournal(store), timers, graves, MongoAttempts(store), clock)
        ports, watched = measures.observed(self._telemetry, ports, shell)
        loop = Loop(
            settings.environment, self._part.stage, policies, self._seal, watched, ports, Failpoints(settings.failpoint)
        )
        loop.busy = busy
        self.loop = loop
        sweeper = Sweeper(
            name, timers, consumer, publisher, clock, time.monotonic, settings.sweep_again_seconds, loop.newly_passed
        )
        measures.tally_of_stage(self._telemetry, lambda: loop.tally)
        measures.dead_letters(self._telemetry, graves)
        measures.timers_of_stage(self._telemetry, sweeper, timers, clock)
        measures.readiness(self._telemetry, consumer.assigned, broker, store)
        async with self._whole_topics(shell):
            await broker.start()
            try:
                await self._go(loop, sweeper, consumer)
            finally:
                with suppress(TimeoutError):
                    async with asyncio.timeout(STOP_SECONDS):  # a producer's stop hangs while its broker is away
                        await broker.stop()
                        await consumer.close()
                store.close()

    @asynccontextmanager
    async def _whole_topics(self, shell: object) -> AsyncIterator[None]:
        prefix, kafka = self._settings.prefix, self._settings.kafka
        readers = [WholeTopic(kafka, prefix + "sav.registry", BY_NAME["sav.registry"].partitions, self._registry.take)]
        await readers[0].start()
        note = getattr(shell, "note_channel", None)
        if note is not None:
            readers.append(WholeTopic(kafka, prefix + "sav.channels", BY_NAME["sav.channels"].partitions, note))
            await readers[1].start()
        try:
            yield
        finally:
            for reader in readers:
                await reader.stop()

    async def _go(self, loop: Loop[Any, Any], sweeper: Sweeper, consumer: KafkaConsumer) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        ready = asyncio.create_task(consumer.assigned.wait())
        await asyncio.wait({stopping, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        replica = self._settings.replica
        await self._patiently(lambda: loop.begin(replica))
        log.info("ready", stage=self._part.stage.name, replica=replica)
        sweep = self._telemetry.beating("sweeper", sweeper.sweep)
        tasks = [
            asyncio.create_task(self._repeat(self._telemetry.beating("batch", loop.run_batch), 0)),
            asyncio.create_task(self._repeat(sweep, self._settings.sweep_seconds)),
        ]
        try:
            await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*tasks)
            await loop.end(replica)
            log.info("stopped", stage=self._part.stage.name, replica=replica)
        finally:
            for task in (stopping, *tasks):
                task.cancel()
            await asyncio.gather(stopping, *tasks, return_exceptions=True)

    async def _repeat(self, act: Callable[[], Any], pause: float) -> None:
        failed = 0
        while not self._stopping.is_set():
            try:
                await act()
                failed, wait = 0, pause
            except GoRound as error:
                wait = PAUSES[min(failed, len(PAUSES) - 1)]
                failed += 1
                if isinstance(error.__cause__, StopService):
                    raise error.__cause__ from error
                log.warning("go_round", stage=self._part.stage.name, error=str(error), wait=wait)
            if wait:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._stopping.wait()

    async def _patiently(self, act: Callable[[], Any]) -> None:
        for pause in (*PAUSES, *(PAUSES[-1] for _ in range(10))):
            try:
                await act()
                return
            except GoRound as error:
                log.warning("go_round", stage=self._part.stage.name, error=str(error), wait=pause)
                await asyncio.sleep(pause)
        raise StopService("the engines have not answered for a minute after they first did")


class Runs(Protocol):
    """What can be run as a process: a stage, or the desk."""

    async def run(self) -> None:
        """Run until `stop`."""
        ...

    def stop(self) -> None:
        """Finish what is in hand, then stop."""
        ...


async def run_until_signal(service: Runs) -> None:
    """Run a service, alone in its process, until SIGTERM or SIGINT asks for a graceful stop."""
    gc.set_threshold(*COLLECT_AFTER)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    await service.run()
