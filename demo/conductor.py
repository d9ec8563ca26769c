"""The conducted clock's conductor: time walks while anything is in flight, and jumps to what is next when nothing is.

Called by `demo.main`. It looks at the broker and the stores from outside, like an operator; the services know nothing
of it but the clock that they are handed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from demo.world import Ends, World
from shared.runtime.clock import Baton
from shared.runtime.mongo import MongoTimers, Store
from shared.runtime.ports import Clock
from shared.topics import STAGES, TOPICS, read_by

SPEED = 120.0
"""Virtual seconds in a second while something is in flight: R3's 30 minutes are 15 s, its work takes about one."""
STUCK_SECONDS = 20.0
"""A deadline that is due and stays, with nothing else in flight, waits for a person or for another: time may go on."""
SETTLED_SECONDS = 0.05
"""Since the world last said or heard something: a stage takes about that long, and a look before is in vain."""
LOOK_SECONDS = 0.05
"""Between two looks: each asks broker and stores some twenty questions, which the services pay for."""
SHORTEST_JUMP = timedelta(seconds=2)
"""What is nearer is walked to: a look takes longer."""
TOGETHER = timedelta(seconds=45)
"""Deadlines this close together are met in one halt, the first of them so much late; the acts of people never are."""
GROUPS = (*STAGES, "desk")


@dataclass(frozen=True)
class Look:
    """What one look at the engines found."""

    ends: Ends
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
        self._due_since: float | None = None
        self._looked_at = 0.0
        self.jumps = 0

    async def start(self) -> None:
        """Connect."""
        await self._admin.start()
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._admin.close()
        await self._consumer.stop()

    async def conduct(self, world: World) -> bool:
        """Look once; jump where nothing is in flight. Return whether it jumped."""
        act, now = world.next_act(), time.monotonic()
        if act is not None and act <= self._clock.now():
            return False
        if now - world.stirred_at < SETTLED_SECONDS or now - self._looked_at < LOOK_SECONDS:
            return False
        look = await self._look()
        self._looked_at = time.monotonic()
        if look is None or not world.quiet(look.ends) or self._is_due(look):
            return False
        nexts = [at for at in (look.next_due and look.next_due + TOGETHER, act) if at is not None]
        present, target = self._clock.now(), min(nexts, default=None)
        if target is None or target - present < SHORTEST_JUMP:
            return False
        self._baton.set(target)
        self.jumps += 1
        return True

    def _is_due(self, look: Look) -> bool:
        if not look.due:
            self._due_since = None
            return False
        self._due_since = self._due_since or time.monotonic()
        return time.monotonic() - self._due_since < STUCK_SECONDS

    async def _look(self) -> Look | None:
        """Return what is there, or None where anything is in flight.

        Ends, then what each group has committed, then the ends again: where they are the same and all of it is
        committed, nothing was in flight in between, for every stage publishes before it commits.
        """
        ends = await self._ends()
        committed = await asyncio.gather(*(self._committed(group) for group in GROUPS))
        for group, offsets in zip(GROUPS, committed, strict=True):
            for topic in read_by(group):
                for n in range(topic.partitions):
                    tp = TopicPartition(self._prefix + topic.name, n)
                    if offsets.get(tp, 0) < ends[tp]:
                        return None
        due, next_due = await self._deadlines()
        if await self._ends() != ends:
            return None
        return Look(tuple((tp.topic, tp.partition, end) for tp, end in ends.items()), due, next_due)

    async def _ends(self) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._partitions)
        return ends

    async def _committed(self, group: str) -> dict[TopicPartition, int]:
        offsets = await self._admin.list_consumer_group_offsets(self._prefix + group)
        return {tp: one.offset for tp, one in offsets.items()}

    async def _deadlines(self) -> tuple[int, datetime | None]:
        now = self._clock.now()
        found = await asyncio.gather(*(self._of_stage(timers, now) for timers in self._timers.values()))
        return sum(due for due, _ in found), min((at for _, at in found if at is not None), default=None)

    async def _of_stage(self, timers: MongoTimers, now: datetime) -> tuple[int, datetime | None]:
        first = await timers.next_due(now - timedelta(days=64))
        if first is None or first > now:
            return 0, first
        return 1, await timers.next_due(now)
