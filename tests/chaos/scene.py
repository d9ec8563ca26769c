"""The scene of one row: an environment of its own, real stages, customers, a post office that answers, the auditor.

A row breaks something; `Scene.calm` then ends every fault and waits until the auditor finds nothing: that is the proof.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError

from audit.finding import Violation
from audit.main import audit
from audit.read import CannotRead
from audit.report import Report
from cli.audit import ReadOnly
from shared.engines.supervise import Child
from shared.runtime.mongo import Store
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import create_topics
from shared.topics import PARTITIONS, TOPICS
from tests.chaos.cast import Cast
from tests.chaos.engines import Kit
from tests.chaos.post_office import PostOffice
from tests.support.stages import Customers

CAST = ("intake", "triage", "notify")
"""The stages that carry a request to its acknowledgement: what most rows need."""
CALM_SECONDS = 300.0
"""From the end of the faults until everything is caught up. I41 gives ten minutes; here it takes seconds, but a stage
that was killed with a backlog takes what may have been in hand one by one, on two cores that other work may share."""
LOOK_SECONDS = 1.0


class Broken(AssertionError):
    """A row did not go as the procedure promises; the text says what stands against it."""


@dataclass
class Scene:
    """What a row plays with."""

    kit: Kit
    cast: Cast
    customers: Customers
    office: PostOffice
    stores: Mapping[str, Store]
    answering: asyncio.Task[None]
    """The post office at work."""
    now: Callable[[], datetime]
    keys: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)
    """Checks that this very fault is known to break, with the reason beside: an operator's loss, a foreign writer."""
    faults_ended: float = 0.0
    report: Report | None = None

    @property
    def prefix(self) -> str:
        """Of every topic of this scene."""
        return f"{self.cast.environment}."

    async def ask(self, count: int, pause: float = 0.0, **other: Any) -> list[str]:
        """Send requests that must each become one ticket."""
        sent = []
        for _ in range(count):
            key = uuid4().hex
            said: dict[str, Any] = {"received_at": self.now().isoformat(), **other}
            await self.customers.send(key, **said)
            sent.append(key)
            if pause:
                await asyncio.sleep(pause)
        self.keys += sent
        return sent

    @asynccontextmanager
    async def asking(self, pause: float = 0.15) -> AsyncIterator[None]:
        """Send requests all the while."""
        enough = asyncio.Event()

        async def send() -> None:
            while not enough.is_set():
                await self.ask(1)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await enough.wait()

        task = asyncio.create_task(send())
        try:
            yield
        finally:
            enough.set()
            await task

    async def done(self, keys: Sequence[str] | None = None, seconds: float = CALM_SECONDS) -> None:
        """Wait until these requests (all of them by default) have a ticket, a class, an acknowledgement asked for."""
        wanted = list(self.keys if keys is None else keys)

        def all_done() -> bool:
            self.alive()  # who has ended unasked will do nothing: no need to wait
            return self.customers.done(wanted)

        await self.customers.until(all_done, seconds)

    async def hear(self, seconds: float) -> None:
        """Listen for a while."""
        ends = time.monotonic() + seconds
        with suppress(AssertionError):
            await self.customers.until(lambda: time.monotonic() >= ends, seconds + 30)

    async def ended(self, child: Child, seconds: float = 90.0) -> int:
        """Wait until a process has ended; return its exit code."""
        ends = time.monotonic() + seconds
        while child.exit_code is None:
            if time.monotonic() > ends:
                raise Broken(f"{child.name} did not end within {seconds:.0f} s\n{child.log_tail()}")
            await asyncio.sleep(0.05)
        if child in self.cast.running:
            self.cast.running.remove(child)
        return child.exit_code

    async def frozen(self, child: Child, seconds: float = 60.0) -> None:
        """Wait until a process stands still."""
        ends = time.monotonic() + seconds
        while _state(child) != "T":
            if child.exit_code is not None or time.monotonic() > ends:
                raise Broken(f"{child.name} did not freeze\n{child.log_tail()}")
            await asyncio.sleep(0.05)

    async def says(self, child: Child, words: str, seconds: float = 60.0, count: int = 1) -> None:
        """Wait until a process has written some words into its log so many times."""
        ends = time.monotonic() + seconds
        while child.log.read_text(errors="replace").count(words) < count:
            if time.monotonic() > ends or child.exit_code is not None:
                raise Broken(f"{child.name} did not say {words!r} within {seconds:.0f} s\n{child.log_tail()}")
            await asyncio.sleep(0.1)

    async def audit(self) -> Report:
        """Let the auditor read topics and databases now."""
        return await audit(self.kit.kafka.address, self.prefix, self.now(), ReadOnly(self.stores))

    async def calm(self, seconds: float = CALM_SECONDS) -> Report:
        """End every fault, then wait until the auditor finds nothing but what this fault is known to leave."""
        await self.kit.heal()
        self.faults_ended = time.monotonic()
        ends = self.faults_ended + seconds
        while True:
            self.alive()
            try:
                report = self.report = await self.audit()
            except CannotRead:
                if time.monotonic() > ends:
                    raise
                await asyncio.sleep(LOOK_SECONDS)
                continue
            found = self._unexpected(report)
            if not found and report.counts.acknowledged >= len(self.keys):
                return report
            if time.monotonic() > ends:
                told = "\n".join(f"  {one.check} {one.ticket}: {one.sentence}" for one in found[:12])
                raise Broken(
                    f"{seconds:.0f} s after the faults {len(found)} violations stand, "
                    f"{report.counts.acknowledged} of {len(self.keys)} acknowledged\n{told}"
                )
            await self.hear(LOOK_SECONDS)

    def _unexpected(self, report: Report) -> list[Violation]:
        return [
            one
            for check, finding in report.findings
            if not check.warns_only and check.name not in self.expected
            for one in finding.violations
        ]

    def alive(self) -> None:
        """Every process that should run does, and the post office is open."""
        if self.answering.done():
            raise Broken(f"the post office closed: {self.answering.exception()!r}")
        for child in self.cast.running:
            if child.exit_code is not None:
                raise Broken(f"{child.name} ended with {child.exit_code}\n{child.log_tail()}")

    # -- an operator's hands -----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Kafka's own administration."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kit.kafka.address)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def ends(self, topic: str) -> dict[TopicPartition, int]:
        """Return the offset after the last record of each partition of a topic (its full name)."""
        places = [TopicPartition(topic, n) for n in range(PARTITIONS)]
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kit.kafka.address)
        await consumer.start()
        try:
            return dict(await consumer.end_offsets(places))
        finally:
            await consumer.stop()

    async def members(self, service: str) -> list[str]:
        """Return the member ids of a stage's group: they change where one was thrown out and came back."""
        async with self.operator() as admin:
            (answer,) = await admin.describe_consumer_groups([f"{self.prefix}{service}"])
            return sorted(member[0] for group in answer.groups for member in group[5])

    async def rewind(self, service: str, to: Mapping[TopicPartition, int] | None = None) -> int:
        """Set a group's offsets, as an operator does with Kafka's own tools: to the beginning by default."""
        topics = [self.prefix + topic.name for topic in TOPICS if service in topic.readers and topic.partitions > 1]
        places = [TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kit.kafka.address, group_id=f"{self.prefix}{service}", enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign(places)
            first = await consumer.beginning_offsets(places)
            offsets = {**first, **(to or {})}
            ends = time.monotonic() + 30
            while True:
                try:
                    await consumer.commit(offsets)
                    break
                except CommitFailedError:  # killed members are remembered until their session ends
                    if time.monotonic() > ends:
                        raise
                    await asyncio.sleep(0.5)
        finally:
            await consumer.stop()
        return len(offsets)


def _state(child: Child) -> str:
    try:
        return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def real_now() -> datetime:
    """Return the machine's own time."""
    return datetime.now(UTC)


@asynccontextmanager
async def scene(
    kit: Kit, name: str, services: Sequence[str] = CAST, now: Callable[[], datetime] = real_now
) -> AsyncIterator[Scene]:
    """Set a scene: topics created, customers and the post office at work; afterwards everything is cleared away."""
    folder = kit.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    environment = f"c{name}{uuid4().hex[:6]}".lower()
    await create_topics(kit.kafka.address, f"{environment}.")
    cast = Cast(kit.kafka.address, kit.store.address, folder, environment, kit=kit)
    settings = Settings(environment=environment, mongo=kit.store.address)
    stores = {one: Store(kit.store.address, settings.database(one)) for one in services}
    office = PostOffice(kit.kafka.address, f"{environment}.", now)
    open_for_business = asyncio.create_task(office.run())
    try:
        async with Customers(cast) as customers:
            yield Scene(kit, cast, customers, office, stores, open_for_business, now)
    finally:
        open_for_business.cancel()
        await asyncio.gather(open_for_business, return_exceptions=True)
        await kit.heal()
        await asyncio.to_thread(cast.stop_all)
        for store in stores.values():
            store.close()
        await _forget(kit, f"{environment}.")


async def _forget(kit: Kit, prefix: str) -> None:
    """Delete the topics: thirty environments of 250 partitions would be the broker's own trouble."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kit.kafka.address)
    await admin.start()
    try:
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(prefix)])
    finally:
        await admin.close()
