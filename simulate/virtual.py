"""Virtual time: an event loop that never waits, and the clocks that replicas read in it.

Used by `simulate.run` alone. The loop has no files, no threads and no wall clock: what is ready runs in the order in
which it became so, and when nothing is ready the time jumps to the next call. So the order of all awaits is a
function of what was asked for, and of nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.events.base import to_instant

T = TypeVar("T")
GRAIN_SECONDS = 1e-6
"""Calls due within this of each other are due together: far above what a float of some years in seconds can tell."""


class Deadlock(RuntimeError):
    """Everybody waits for something that nobody will do."""


class _NoFiles:
    """Stands where a loop's selector stands: instead of waiting for files it lets the time pass."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[object]:
        """Jump to the next call; raises `Deadlock` where there is none."""
        self._loop.jump(timeout)
        return []

    def close(self) -> None:
        """Nothing was opened."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose seconds are virtual and begin at zero."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._selector = _NoFiles(self)
        self._clock_resolution = GRAIN_SECONDS

    def time(self) -> float:
        """Return the virtual seconds since the beginning."""
        return self._seconds

    def jump(self, timeout: float | None) -> None:
        """Let the time pass until the next call."""
        if timeout is None:
            raise Deadlock("nothing is ready and nothing is to come")
        if timeout > 0:
            first: Any = self._scheduled[0]  # type: ignore[attr-defined]
            self._seconds = max(self._seconds, first.when())

    def _process_events(self, event_list: list[object]) -> None:
        """There are no files."""

    def _write_to_self(self) -> None:
        """There are no threads to wake it."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop of its own, and leave nothing behind."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        left = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


class VirtualClock:
    """A replica's clock: the true virtual time, and how wrong it is."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._loop = asyncio.get_running_loop()
        self.wrong_by = timedelta(0)
        self._rate, self._since = 0.0, 0.0

    def true(self) -> datetime:
        """Return the true instant."""
        return to_instant(self._start + timedelta(seconds=self._loop.time()))

    def now(self) -> datetime:
        """Return the instant that this clock shows, UTC."""
        seconds = self._loop.time()
        slewed = self._rate * (seconds - self._since)
        return to_instant(self._start + timedelta(seconds=seconds + slewed) + self.wrong_by)

    def slew(self, rate: float) -> None:
        """Run fast or slow by so many seconds a second from now on; whatever was gained before is stepped back."""
        self._rate, self._since = rate, self._loop.time()
