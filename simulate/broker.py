"""The model broker: records have a true instant, wake who reads them, come late, come twice; and its members.

On top of `shared.testing`, whose contract suite runs on it too. What it adds is trouble and virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from shared.errors import GoRound
from shared.runtime.ports import Batch, Claims, Outgoing, Partition, Position, Record
from shared.testing.broker import Group, MemoryBroker
from shared.testing.consumer import MemoryConsumer
from shared.testing.faults import Faults
from shared.topics import BY_NAME, STAGES, read_by
from simulate.chance import spread
from simulate.faults import Plan
from simulate.trace import Trace
from simulate.witness import Witness

GROUPS = (*STAGES, "desk")
GATHERS_SECONDS = 4.0
"""Longest wait of a first record for its neighbours: far below the two minutes of the shortest promise."""


class SimBroker(MemoryBroker):
    """All topics; what is written is seen by the witness and by everybody who waits for it."""

    def __init__(self, plan: Plan, trace: Trace, witness: Witness) -> None:
        super().__init__()
        self._plan, self._trace, self.witness = plan, trace, witness
        self._loop = asyncio.get_running_loop()
        self._readers = {name: [stage for stage in GROUPS if name in _topics(stage)] for name in BY_NAME}
        self.groups = {name: self.group(name, _topics(name)) for name in GROUPS}
        self._stalled: dict[tuple[str, Partition], float] = {}
        self.ends: dict[Partition, int] = {}

    def append(self, topic: str, value: bytes | None, **how: Any) -> Position:
        """Write one record, and let it be struck."""
        how.setdefault("timestamp_ms", int(self._loop.time() * 1000))
        position = super().append(topic, value, **how)
        record, at = self.order[-1], Partition(position.topic, position.partition)
        self.ends[at] = position.offset + 1
        self._trace.step("broker", topic, f"{position.partition} {position.offset}")
        self._trace.bytes(value or b"")
        self.witness.wrote(record)
        if self._plan.strikes("copies"):
            self._copy_later(record)
        for name in self._readers[topic]:
            if self._plan.strikes("stall"):
                self._stall(name, at)
            self._wake(name, at)
        return position

    def _copy_later(self, record: Record) -> None:
        when = spread(self._plan.of("copies"), 0.001, 300_000)  # from at once to three days and a half
        self._trace.seen["fault: copies"] += 1
        self._loop.call_later(when, self.write_again, record)

    def write_again(self, record: Record) -> None:
        """Write a copy of a record."""
        self.append(record.topic, record.value, key=record.key, headers=record.headers)

    def _stall(self, name: str, at: Partition) -> None:
        seconds = spread(self._plan.of("stall"), 1, 250_000)  # up to three days
        whole = self._plan.of("stall").random() < 0.3
        stalled = [Partition(at.topic, n) for n in range(BY_NAME[at.topic].partitions)] if whole else [at]
        self._trace.strike(name, "stall", f"{at.topic} {'whole' if whole else at.partition} {seconds:.0f} s")
        for one in stalled:
            self._stalled[name, one] = self._loop.time() + seconds
            self._loop.call_later(seconds + 0.001, self._wake, name, one)

    def is_stalled(self, name: str, at: Partition) -> bool:
        """Tell whether a group gets nothing of a partition now."""
        until = self._stalled.get((name, at))
        if until is not None and until <= self._loop.time():
            del self._stalled[name, at]
            until = None
        return until is not None

    def unstall(self) -> None:
        """Let everything flow again."""
        self._stalled.clear()
        for group in self.groups.values():
            for member in group.members:
                assert isinstance(member, SimConsumer)
                member.wake()

    def _wake(self, name: str, at: Partition) -> None:
        for member in self.groups[name].members:
            assert isinstance(member, SimConsumer)
            if member.has(at):
                member.wake()

    def end(self, at: Partition) -> int:
        """Return the offset after the last record."""
        return self.ends.get(at, 0)


def _topics(stage: str) -> list[str]:
    return [topic.name for topic in read_by(stage)]


class SimConsumer(MemoryConsumer):
    """One member of a group, which waits until something is there."""

    def __init__(self, broker: SimBroker, name: str, claims: Claims, faults: Faults, pace: Random) -> None:
        self._pace = pace
        self.sim, self.name = broker, name
        self._woken: asyncio.Event = asyncio.Event()
        self._held: frozenset[Partition] = frozenset()
        self.patience: Callable[[], float | None] = lambda: None
        """How many seconds an idle round lasts at most: for ever, but for the desk that misses something."""
        self.idle = False
        """Whether it has looked, and found nothing."""
        super().__init__(broker, name, _topics(name), claims, faults)

    def has(self, at: Partition) -> bool:
        """Tell whether a partition is assigned to this member."""
        return at in self._held

    def adopt(self, partitions: Sequence[Partition], generation: int) -> None:
        """Take these partitions instead of what was assigned before."""
        super().adopt(partitions, generation)
        self._held = frozenset(partitions)
        self.wake()

    def wake(self) -> None:
        """Something changed: look again."""
        self._woken.set()

    @property
    def group(self) -> Group:
        """The group that it is a member of."""
        return self._group

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        """Return what is there; wait for something where there is nothing, and then return an empty batch."""
        passage = await self._faults.enter("consumer.take")
        assignment = self._assignment
        self._woken.clear()
        if self._new_here:
            await self._find_offsets()
        if assignment != self._assignment:
            return Batch((), assignment)
        taken = self._there(quotas)
        passage.leave()
        if not taken:
            self.idle = True
            try:
                async with asyncio.timeout(self.patience()):
                    await self._woken.wait()
            except TimeoutError:
                pass
            finally:
                self.idle = False
            # What woke us seldom comes alone: a batch of three costs as much as a batch of one.
            await asyncio.sleep(GATHERS_SECONDS * self._pace.random() ** 2)
            await self._faults.enter("consumer.gather")
            return Batch((), assignment)
        for record in taken:
            self._positions[Partition(record.topic, record.partition)] = record.offset + 1
        return Batch(tuple(taken), assignment)

    def _there(self, quotas: Mapping[str, int]) -> list[Record]:
        left = dict(quotas)
        taken: list[Record] = []
        positions, sim, ends = self._positions, self.sim, self.sim.ends
        for at in self._mine:
            offset = positions.get(at)
            if offset is None or ends.get(at, 0) <= offset or sim.is_stalled(self.name, at):
                continue
            if not quotas:
                return list(sim.read(at, offset, 1))
            found = sim.read(at, offset, left.get(at.topic, 0))
            left[at.topic] = left.get(at.topic, 0) - len(found)
            taken += found
        return taken

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit exactly these offsets, seen by the witness."""
        passage = await self._faults.enter("consumer.commit")
        if self._generation != self._group.generation or not set(offsets) <= self._held:
            self.sim.witness.trace.seen["commit refused"] += 1
            raise GoRound("commit refused: these partitions belong to another member")
        done = dict(passage.part(list(offsets.items())))
        for at, offset in done.items():
            self.sim.witness.committed(
                self.name, self.sim.read(at, self._group.committed.get(at, 0), 10**9), at, offset
            )
        self._group.committed |= done
        passage.leave()


class SimPublisher:
    """Publishes in order, in part, late, or not at all."""

    def __init__(self, broker: SimBroker, faults: Faults) -> None:
        self._broker, self._faults = broker, faults

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Publish in this order."""
        passage = await self._faults.enter("publisher.publish")
        for record in passage.part(records):
            self._broker.publish(record)
        passage.leave()
