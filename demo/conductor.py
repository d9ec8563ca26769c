"""The conducted clock's conductor: walks while anything is in flight, jumps to the next deadline or act when nothing is.

Called by `demo.main`. It looks at the broker and the stores from outside, like an operator; the services know nothing
of it but the clock that they are handed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from demo.world import Ends
from shared.runtime.clock import Baton
from shared.runtime.mongo import MongoTimers, Store
from shared.runtime.ports import Clock
from shared.topics import STAGES, TOPICS, read_by

SPEED = 90.0
"""Virtual seconds in a second while something is in flight: R3's 30 minutes are 20 s, its work takes about one."""
STUCK_SECONDS = 20.0
"""A deadline that is due and stays, with nothing else in flight, waits for a person or for another: time may go on."""


@dataclass(frozen=True)
class Look:
    """What one look at the engines found."""

    ends: tuple[tuple[str, int, int], ...]
    lag: int
    due: int
    next_due: datetime | None


class Conductor:
    """Decides when time may jump."""

    def __init__(self, kafka: str, prefix: str, stores: dict[str, Store], baton: Baton, clock: Clock) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
        self._prefix = prefix
        self._timers = {name: MongoTimers(store) for name, store in stores.items() if name in STAGES}
        self._baton, self._clock = baton, clock
        # What adapters say on sav.channels goes on for ever and carries nothing of a ticket.
        self._partitions = [
            TopicPartition(prefix + topic.name, n)
            for topic in TOPICS
            if topic.kind not in ("channels", "registry", "dead")
            for n in range(topic.partitions)
        ]
        self._last: Look | None = None
        self._due_since: float | None = None
        self.jumps = 0

    async def start(self) -> None:
        """Connect."""
        await self._admin.start()
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._admin.close()
        await self._consumer.stop()

    async def conduct(self, quiet: Callable[[Ends], bool], next_act: Callable[[], datetime | None]) -> bool:
        """Look once; jump where two looks in a row found nothing in flight. Return whether it jumped."""
        before = self._last
        look = self._last = await self._look()
        still = before is not None and before.ends == look.ends and before.lag == look.lag == 0 and quiet(look.ends)
        if not still or self._is_due(look):
            return False
        nexts = [at for at in (look.next_due, next_act()) if at is not None]
        if not nexts:
            return False
        now, target = self._clock.now(), min(nexts)
        if target - now < timedelta(seconds=1):
            return False
        self._baton.set(target)
        self.jumps += 1
        self._last = None
        return True

    def _is_due(self, look: Look) -> bool:
        if not look.due:
            self._due_since = None
            return False
        self._due_since = self._due_since or time.monotonic()
        return time.monotonic() - self._due_since < STUCK_SECONDS

    async def _look(self) -> Look:
        # Committed first, ends after: what a stage published before it committed is then seen as an end.
        committed: dict[str, dict[TopicPartition, int]] = {}
        for group in STAGES:
            offsets = await self._admin.list_consumer_group_offsets(self._prefix + group)
            committed[group] = {tp: one.offset for tp, one in offsets.items()}
        ends = await self._consumer.end_offsets(self._partitions)
        lag = 0
        for group, offsets_of in committed.items():
            for topic in read_by(group):
                for n in range(topic.partitions):
                    tp = TopicPartition(self._prefix + topic.name, n)
                    lag += max(ends.get(tp, 0) - max(offsets_of.get(tp, 0), 0), 0)
        due, next_due = await self._deadlines()
        return Look(tuple(sorted((tp.topic, tp.partition, end) for tp, end in ends.items())), lag, due, next_due)

    async def _deadlines(self) -> tuple[int, datetime | None]:
        now, due, later = self._clock.now(), 0, []
        for timers in self._timers.values():
            rows = await timers.due(now - timedelta(days=64), now, 100)
            due += len(rows)
            at = await timers.next_due(now)
            if at is not None:
                later.append(at)
        return due, min(later, default=None)
