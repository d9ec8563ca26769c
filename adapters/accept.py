"""The one door of every adapter: what it has let in is durable, in Kafka or in the spool (R2).

Called by the adapters of mail, telephone and portal before they tell anybody that something was accepted; who starts
one has asked `check_topics` first, because what no topic takes is spooled for ever. It also says on `sav.channels` how
far everything accepted is in Kafka (R13), and never says so past anything that is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self
from uuid import uuid4

import structlog

from adapters.door import TooLarge, size_on_topic, to_record
from adapters.line import Away, Line, Refused
from adapters.speaker import Speaker
from adapters.spool import Spool, Spooled
from shared.events.base import Channel
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.runtime.clock import clock_named
from shared.runtime.ports import Clock, Outgoing
from shared.runtime.settings import Settings

log = structlog.get_logger()

AGAIN_SECONDS = 1.0
"""Between two looks for a broker that is away; the spool drains within this of its return."""
BEHIND = timedelta(seconds=30)
"""How far behind the clock the word stays: above the moment between reading the clock and coming to this door."""


class NotAccepted(Exception):
    """Neither Kafka nor the disk took it: the sender must try again (451, 503)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is durable: the request's key, and where it lies now."""

    key: str
    where: Literal["kafka", "spool"]


class Door(Protocol):
    """What an adapter needs of the door."""

    async def accept(self, request: Request) -> Accepted:
        """Return once the request is durable. Raises `TooLarge`, `NotAccepted`."""
        ...

    async def report(self, delivery: Delivery) -> Accepted:
        """Return once the report is durable. Raises `NotAccepted`."""
        ...

    def receiving(self, at: datetime | None = None) -> AbstractContextManager[datetime]:
        """Yield the instant at which something comes in."""
        ...

    def heard(self, until: datetime) -> None:
        """All that came before `until` has been accepted."""
        ...


class Acceptor:
    """The door of one process and one channel, as an asynchronous context."""

    def __init__(
        self,
        settings: Settings,
        channel: Channel,
        spool: Path,
        *,
        clock: Clock | None = None,
        polls: bool = False,
        speaks: bool = True,
        published: Callable[[Spooled], None] | None = None,
    ) -> None:
        """Prepare; `spool` belongs to this process alone. A door that `polls` has heard only what `heard` says.

        One that does not speak says nothing on `sav.channels`: through it no customer's word comes in. `published` is
        told of each record once Kafka has it; it must not raise.
        """
        self._channel = channel
        self._instance = f"{channel}/{settings.replica}/{spool.name}"
        self._clock = clock or clock_named(settings.clock)
        self._line = Line(settings, f"{settings.environment}-{self._instance}".replace("/", "-"))
        self._spool = Spool(spool)
        self._coming: dict[object, datetime] = {}
        self._polls = polls
        self._heard: datetime | None = None
        self._published = published
        self._speaker = Speaker(self._line, channel, self._instance, self._until) if speaks else None
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Open, even while Kafka is away. Raises `StopService` where another process has the spool."""
        await asyncio.to_thread(self._spool.open)
        await self._line.connect()
        self._tasks = [asyncio.create_task(self._drain())]
        if self._speaker is not None:
            self._tasks.append(asyncio.create_task(self._speaker.run()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._line.close()
        self._spool.close()

    @property
    def waiting(self) -> int:
        """How many records the spool holds."""
        return len(self._spool.entries)

    @property
    def put_aside(self) -> int:
        """How many records Kafka will never take, or the disk has damaged: a person looks."""
        return self._spool.put_aside

    @contextmanager
    def receiving(self, at: datetime | None = None) -> Iterator[datetime]:
        """Yield the instant at which something comes in (now, UTC); silence is not claimed past it until the end.

        For an adapter that takes a while between the instant that it puts into `received_at` and `accept`.
        """
        token, instant = object(), at or self._clock.now()
        self._coming[token] = instant
        try:
            yield instant
        finally:
            del self._coming[token]

    def heard(self, until: datetime) -> None:
        """For a door that polls: all that came before `until` has been accepted."""
        self._heard = until

    async def accept(self, request: Request) -> Accepted:
        """Return once the request is durable (R2). Raises `TooLarge`, `NotAccepted`.

        A request without a key is given one, because what is sent twice must be recognised.
        """
        if not request.key:
            request = request.model_copy(update={"key": f"door:{uuid4().hex}"})
        key, value = to_record(request)
        record = Spooled(f"sav.requests.{request.channel}", key, value, request.received_at)
        return Accepted(request.key, await self._keep(record))

    async def report(self, delivery: Delivery) -> Accepted:
        """Return once the report of what became of a message is durable (R3, R13). Raises `NotAccepted`."""
        value = delivery.model_dump_json(exclude_defaults=True).encode()
        record = Spooled("sav.deliveries", delivery.ticket.encode(), value, self._clock.now())
        return Accepted(delivery.message, await self._keep(record))

    async def _keep(self, record: Spooled) -> Literal["kafka", "spool"]:
        with self.receiving(record.at):
            if self._line.is_up and not self._spool.entries:
                try:
                    await self._publish(record)
                    return "kafka"
                except Refused as error:
                    raise TooLarge(size_on_topic(record.key, record.value)) from error
                except Away as error:
                    log.warning("spooling", error=str(error), channel=self._channel)
            await self._to_spool(record)
        self._wake.set()
        return "spool"

    async def _publish(self, record: Spooled) -> None:
        await self._line.publish(Outgoing(record.topic, record.key, record.value))
        if self._published is not None:
            self._published(record)

    async def _to_spool(self, record: Spooled) -> None:
        name = self._spool.reserve(record.at)
        writing = asyncio.create_task(asyncio.to_thread(self._spool.write, name, record))
        try:
            # Who is cancelled meanwhile must not leave a name behind that is neither written nor given back.
            await asyncio.shield(writing)
        except OSError as error:
            log.error("not_accepted", error=type(error).__name__, channel=self._channel)
            raise NotAccepted("neither Kafka nor the disk takes it; try again") from error

    async def drained(self) -> None:
        """Wait until Kafka has all that the spool held; for whoever stops, and for tests."""
        while self._spool.entries:
            self._drained.clear()
            await self._drained.wait()

    async def _drain(self) -> None:
        """Publish what the spool holds, the oldest first, whenever the broker is there."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            try:
                if await self._line.connect():
                    await self._drain_all()
            except Exception as error:  # noqa: BLE001 - whatever it is, what was accepted must still get there
                log.warning("still_spooling", waiting=self.waiting, error=f"{type(error).__name__}: {error}")

    async def _drain_all(self) -> None:
        while self._line.is_up and (name := self._spool.oldest) is not None:
            record = await asyncio.to_thread(self._spool.read, name)
            if record is None:
                log.error("damaged", spooled=name, channel=self._channel)
                continue
            try:
                await self._publish(record)
            except Refused as error:
                log.error("refused", spooled=name, channel=self._channel, error=str(error))
                await asyncio.to_thread(self._spool.aside, name)
                return
            await asyncio.to_thread(self._spool.drop, name)
        if not self._spool.entries:
            self._drained.set()

    async def say(self) -> None:
        """Say on `sav.channels` how far all that was accepted is in Kafka, if it is further than last time."""
        if self._speaker is not None:
            await self._speaker.say()

    def _until(self) -> datetime | None:
        if self._polls and self._heard is None:
            return None
        bounds = [self._clock.now() - BEHIND, self._heard, self._spool.earliest, *self._coming.values()]
        return min(one for one in bounds if one is not None)
