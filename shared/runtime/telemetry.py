"""What one process shows of itself: its metrics, its health, and the small tasks that measure in the background.

Entered by `Service` and by the desk around all that they do, so that `/healthz` answers from the first second. Without
`SAV_HTTP_PORT` it does nothing and costs nothing. A measure that fails is logged and tried again; it never touches the
work that it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from shared.metrics.registry import CONTENT_TYPE, Metrics
from shared.runtime.health import Health
from shared.runtime.http import Answer, Operations
from shared.runtime.settings import Settings

T = TypeVar("T")
log = structlog.get_logger()

MEASURE_SECONDS = 5.0
"""Between two background measures: a third of the 15 s of a usual scrape, so that no scrape shows an old one."""
MEASURE_WITHIN_SECONDS = 20.0
"""For one measure: what the runtime's own ports wait for an engine before they give up."""
READY_WITHIN_SECONDS = 2.0
"""For both engines to answer a probe; an election takes as long, and the next probe comes in seconds."""
TICK_SECONDS = 0.25
"""Sleep whose lateness is the event loop's delay: four looks a second cost nothing, and see any stall of a batch."""

Measure = Callable[[], Awaitable[None]]


class Telemetry:
    """One process's metrics, health and operations port."""

    def __init__(
        self, settings: Settings, service: str, monotonic: Callable[[], float] = time.monotonic, *, on: bool = False
    ) -> None:
        """`on` measures without a port, for tests."""
        self.service = service
        self.on = on or settings.http_port != 0
        self.metrics = Metrics()
        self.health = Health(monotonic)
        self._monotonic = monotonic
        self._measures: list[Measure] = []
        self._unready: Callable[[], Awaitable[str]] = _starting
        self._measured_at = monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        pages = {"/metrics": self._show, "/healthz": self.healthy, "/readyz": self.ready}
        self._port = Operations(settings.http_host, settings.http_port, pages) if settings.http_port else None
        self.metrics.before_scrape(self._refresh)

    async def __aenter__(self) -> Self:
        """Listen, and measure from now on. Raises `StopService` where the port is taken."""
        if self._port is not None:
            await self._port.start()
            self.metrics.begin("sav_event_loop_delay_seconds", self.service)
            self._tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._measure_for_ever())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._port is not None:
            await self._port.stop()

    def beating(self, loop: str, act: Callable[[], Coroutine[Any, Any, T]]) -> Callable[[], Coroutine[Any, Any, T]]:
        """Return a loop's act that notes every end of a round, done or failed."""

        async def act_and_beat() -> T:
            try:
                return await act()
            finally:
                self.health.beat(loop)

        return act_and_beat

    def ready_unless(self, unready: Callable[[], Awaitable[str]]) -> None:
        """Say how to find out why the process is not ready (empty: it is); before this it is starting."""
        self._unready = unready

    def measure(self, act: Measure) -> None:
        """Do this every `MEASURE_SECONDS`; it may raise."""
        self._measures.append(act)

    async def healthy(self) -> Answer:
        """Answer `/healthz`: 503 where a loop makes no progress and a restart may help."""
        stalled = self.health.stalled()
        return Answer(503, f"no progress: {stalled}\n".encode()) if stalled else Answer(200, b"ok\n")

    async def ready(self) -> Answer:
        """Answer `/readyz`: 503 with the reason where it has no partitions, an engine is away, or nothing moves."""
        reason = await self._why_unready()
        return Answer(503, f"{reason}\n".encode()) if reason else Answer(200, b"ready\n")

    async def measure_once(self) -> None:
        """Do every measure once; the age of measures goes back to 0 only where all of them were done."""
        done = [await self._done(act) for act in self._measures]
        self.metrics.set("sav_ready", self.service, to=0.0 if await self._why_unready() else 1.0)
        if all(done):
            self._measured_at = self._monotonic()

    async def _done(self, act: Measure) -> bool:
        try:
            async with asyncio.timeout(MEASURE_WITHIN_SECONDS):
                await act()
        except Exception as error:  # noqa: BLE001 - it is only looked at, and will be again
            log.warning("not_measured", service=self.service, error=f"{type(error).__name__}: {error}")
            return False
        return True

    async def _why_unready(self) -> str:
        stalled = self.health.stalled()
        if stalled:
            return f"no progress: {stalled}"
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                return await self._unready()
        except TimeoutError:
            return "an engine does not answer"
        except Exception as error:  # noqa: BLE001 - whatever keeps us from knowing keeps us from being ready
            return f"not known: {type(error).__name__}"

    async def _show(self) -> Answer:
        return Answer(200, self.metrics.render(), CONTENT_TYPE)

    def _refresh(self) -> None:
        for loop, seconds in self.health.silent().items():
            self.metrics.set("sav_loop_silent_seconds", self.service, loop, to=seconds)
        self.metrics.set("sav_measured_age_seconds", self.service, to=self._monotonic() - self._measured_at)

    async def _tick(self) -> None:
        while True:
            before = self._monotonic()
            await asyncio.sleep(TICK_SECONDS)
            delay = self._monotonic() - before - TICK_SECONDS
            self.metrics.observe("sav_event_loop_delay_seconds", self.service, value=delay)

    async def _measure_for_ever(self) -> None:
        while True:
            await self.measure_once()
            await asyncio.sleep(MEASURE_SECONDS)


async def _starting() -> str:
    return "starting"
