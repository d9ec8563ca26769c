"""Walks the armed deadlines in bounded windows, oldest first, and publishes what is due to the stage's own due topic.

Any number of replicas may sweep: each publishes for the partitions that it is assigned, and firing early or twice
does nothing, because the owner decides. A timer is published again after a cool-down as long as it is there, and at
once where the owner says that what it was refused for has been read meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import orjson

from shared.runtime.partitions import partition_of
from shared.runtime.ports import Clock, Consumer, Document, Outgoing, Publisher, Timers

LIMIT = 500
"""Timers of one window: 500 cost 16 ms on the embedded store, whatever lies beside them."""
NARROWER = 64
"""By how much a window is narrowed that holds more, where those found do not say how: each look at a whole backlog
costs the store all of it (50,000: 1.4 s), an empty window next to nothing, so bold steps and then doubling."""
PER_SWEEP = 2_000
"""Timers published by one sweep, so that a backlog of weeks never keeps the batch loop from its own work."""
FIRST_WINDOW = timedelta(days=64)
"""Longer than the longest timer (30 days) and a long outage: no armed deadline lies before it."""
SHORTEST_WINDOW = timedelta(milliseconds=1)
"""The grain of an instant: a window is never narrower."""
ONE_INSTANT = 50_000
"""Timers of one such window: all of them (some 30 µs each), or 500 that have to stay would hide the others for ever."""


class Sweeper:
    """One replica's sweeper of one stage."""

    def __init__(
        self,
        stage: str,
        timers: Timers,
        consumer: Consumer,
        publisher: Publisher,
        clock: Clock,
        monotonic: Callable[[], float],
        cool_down_seconds: float,
        newly_passed: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._topic = f"sav.{stage}.due"
        self._timers, self._consumer, self._publisher = timers, consumer, publisher
        self._clock, self._monotonic, self._cool_down = clock, monotonic, cool_down_seconds
        self._newly_passed = newly_passed
        """Asked once a sweep: timers that the owner refused and would not refuse now."""
        self._published: dict[str, float] = {}
        self._backlog: tuple[datetime, timedelta] | None = None
        """Where the last sweep had to narrow its windows, and how far, so that the next need not look for it."""
        self.overdue = 0
        """How many due timers the last sweep met, for the metric."""

    async def sweep(self) -> int:
        """Publish what is due and not cooling down; return how many."""
        now, count, self.overdue = self._clock.now(), 0, 0
        mine: Collection[int] | None = None
        for name in self._newly_passed():
            self._published.pop(name, None)
        start, width = now - FIRST_WINDOW, FIRST_WINDOW
        known, self._backlog = self._backlog, None
        if known and start < known[0] < now:
            width = known[0] - start  # all that lies before the backlog, in one look
        narrowed = tried = False
        while start < now and count < PER_SWEEP:
            until = min(start + width, now)
            narrow = width <= SHORTEST_WINDOW
            rows = await self._timers.due(start, until, ONE_INSTANT if narrow else LIMIT + 1)
            if len(rows) > LIMIT and not narrow:
                # Too many to be ordered. Those found say where to end if they are the oldest; else it is still too far.
                width = (until - start) / NARROWER if tried else _up_to_the_last_that_fits(start, rows)
                width, narrowed, tried = max(width, SHORTEST_WINDOW), True, not tried
                continue
            rows.sort(key=lambda one: (one["due_at"], one["_id"]))
            self.overdue += len(rows)
            if rows:
                mine = await self._caught_up_partitions() if mine is None else mine
                count += await self._publish(rows, mine)
                if narrowed and self._backlog is None:
                    self._backlog = rows[0]["due_at"] - SHORTEST_WINDOW, _span(rows)
            start, tried = until, False
            if known and start == known[0]:
                width, narrowed = known[1], True
            elif len(rows) > LIMIT / 2:
                width = _span(rows)  # what follows is as dense
            else:
                width *= 2
        self._forget(self._monotonic())
        return count

    async def _caught_up_partitions(self) -> Collection[int]:
        """Partitions of the due topic that are ours and have no lag: a slow owner is not sent more of the same."""
        positions = {at: end for at, end in (await self._consumer.positions()).items() if at.topic == self._topic}
        ends = await self._consumer.end_offsets(positions)
        return {at.partition for at, position in positions.items() if position >= ends[at]}

    async def _publish(self, rows: list[Document], mine: Collection[int]) -> int:
        at = self._monotonic()
        ready = [
            row
            for row in rows
            if partition_of(row["entity"]) in mine and at - self._published.get(row["_id"], -1e9) >= self._cool_down
        ]
        if ready:
            await self._publisher.publish([self._record(row) for row in ready])
        for row in ready:
            self._published[row["_id"]] = at
        return len(ready)

    def _record(self, row: Document) -> Outgoing:
        due_at: datetime = row["due_at"]
        value = {
            "id": row["_id"],
            "entity": row["entity"],
            "kind": row["kind"],
            "generation": row["generation"],
            "due_at": due_at.isoformat(),
        }
        return Outgoing(self._topic, row["entity"].encode(), orjson.dumps(value))

    def _forget(self, at: float) -> None:
        self._published = {name: when for name, when in self._published.items() if at - when < self._cool_down}


def _up_to_the_last_that_fits(start: datetime, found: list[Document]) -> timedelta:
    """Return the width of a window that holds as many as one may, where those found are the oldest.

    They are where the store goes along its index, as MongoDB does; nothing but the number of looks depends on it.
    """
    last: datetime = sorted(row["due_at"] for row in found)[LIMIT - 1]
    return last - start


def _span(rows: list[Document]) -> timedelta:
    first: datetime = rows[0]["due_at"]
    last: datetime = rows[-1]["due_at"]
    return max(last - first, SHORTEST_WINDOW)
