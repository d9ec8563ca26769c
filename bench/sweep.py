"""The sweeper's cost: 500 due timers among few and among many, and with a backlog beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.engines.mongo_embedded import EmbeddedMongo
from shared.runtime.mongo import MongoTimers, Store
from shared.runtime.ports import Outgoing
from shared.runtime.sweeper import Sweeper
from shared.testing.broker import MemoryBroker
from shared.testing.clock import SetClock
from shared.testing.consumer import MemoryConsumer
from shared.testing.store import MemoryClaims, MemoryStore

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
AT_ONCE = 2_000
"""Timers inserted in one message while filling."""
SWEEPS = 5
DUE = 500


class Nowhere:
    """Publishes nothing: the sweep itself is measured."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Take them."""


async def sweep_times(folder: Path, timers: int, overdue: int, say: Callable[[str], None]) -> list[float]:
    """Return the seconds of several sweeps that each meet 500 due timers, among so many, with so many overdue.

    One sweeper, as a service has: its first sweep has to find where a backlog lies, and is the slowest of them.
    """
    server = EmbeddedMongo(folder)
    store = Store(server.start(), "bench")
    try:
        real = MongoTimers(store)
        await real.prepare()
        await _fill(real, timers, NOW + timedelta(days=1), "later", say)
        await _fill(real, overdue, NOW - timedelta(days=30), "overdue", say)
        times, clock = [], SetClock(NOW)
        sweeper = await _sweeper(real, clock)
        for n in range(SWEEPS):
            at = NOW + timedelta(minutes=n)
            await _fill(real, DUE, at - timedelta(seconds=30), f"due{n}", say)
            start = time.perf_counter()
            await sweeper.sweep()
            times.append(time.perf_counter() - start)
            say(f"  sweep {n + 1} of {SWEEPS}: {1000 * times[-1]:.0f} ms")
            await real.delete([f"due{n}-{m}|x|000001" for m in range(DUE)])
            clock.advance(timedelta(minutes=1))
        return times
    finally:
        store.close()
        server.stop()


async def _sweeper(timers: MongoTimers, clock: SetClock) -> Sweeper:
    broker = MemoryBroker()
    consumer = MemoryConsumer(broker, "closure", ["sav.closure.due"], MemoryClaims(MemoryStore()))
    await consumer.take({})
    return Sweeper("closure", timers, consumer, Nowhere(), clock, time.monotonic, 10.0)


async def _fill(timers: MongoTimers, count: int, at: datetime, name: str, say: Callable[[str], None]) -> None:
    for start in range(0, count, AT_ONCE):
        await timers.arm(
            [
                {
                    "_id": f"{name}-{n}|x|000001",
                    "entity": f"{name}-{n}",
                    "kind": "x",
                    "generation": 1,
                    "due_at": at + timedelta(milliseconds=n),
                }
                for n in range(start, min(start + AT_ONCE, count))
            ]
        )
        if start % 100_000 == 0 and start:
            say(f"  {start} timers")
