"""The model broker: records have a true instant, wake who reads them, come late, come twice; and its members.

On top of `shared.testing`, whose contract suite runs on it too. What it adds is trouble and virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from shared.errors import GoRound, StopService
from shared.runtime.ports import Batch, Claims, Outgoing, Partition, Position, Record
from shared.testing.broker import Group, MemoryBroker
from shared.testing.consumer import MemoryConsumer
from shared.testing.faults import Faults
from shared.topics import BY_NAME, STAGES, read_by
from simulate.chance import spread
from simulate.faults import Plan
from simulate.future import Future
from simulate.trace import Trace
from simulate.witness import STAGE_TOPICS, Witness

GROUPS = (*STAGES, "desk")
GATHERS_SECONDS = 10.0
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
        self.future = Future()
        witness.of_newer_code = self.future.subjects
        self.cases: dict[tuple[str, Partition], int | None] = {}
        """Groups that must stop for a person at a partition: the offset that they had, None where it was lost."""
        self.ends: dict[Partition, int] = {}

    def append(self, topic: str, value: bytes | None, **how: Any) -> Position:
        """Write one record, and let it be struck."""
        how.setdefault("timestamp_ms", int(self._loop.time() * 1000))
        if (topic in STAGE_TOPICS or topic == "sav.commands") and self._plan.strikes("future"):
            value = self._said_by_newer_code(topic, value)
        position = super().append(topic, value, **how)
        record, at = self.order[-1], Partition(position.topic, position.partition)
        self.ends[at] = position.offset + 1
        self._trace.step("broker", topic, f"{position.partition} {position.offset}")
        self._trace.bytes(value or b"")
        self.witness.wrote(replace(record, value=self.future.said_today(value)))
        if self._plan.strikes("copies"):
            self._copy_later(record)
        for name in self._readers[topic]:
            if self._plan.strikes("stall"):
                self._stall(name, at)
            self._wake(name, at)
        return position

    def _said_by_newer_code(self, topic: str, value: bytes | None) -> bytes | None:
        aged = self.future.ages(value)
        if aged is not None:
            self._trace.strike("newer code", "future", topic)
        return aged or value

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
            self.stall(name, one, seconds)

    def stall(self, name: str, at: Partition, seconds: float) -> None:
        """Let a group get nothing of a partition for a while."""
        self._stalled[name, at] = self._loop.time() + seconds
        self._loop.call_later(seconds + 0.001, self._wake, name, at)

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

    def unstall_one(self, name: str, at: Partition) -> None:
        """Let a group go on with a partition."""
        self._stalled.pop((name, at), None)
        self._wake(name, at)

    def least_position(self, name: str, at: Partition, known: int) -> int:
        """Return the first offset that a group may still ask for: committed, or sought back to by a member."""
        taken = [member.position_of(at) for member in self.groups[name].members if isinstance(member, SimConsumer)]
        return min([known, *(one for one in taken if one is not None)])

    def readers_of(self, topic: str) -> list[str]:
        """Return the groups that read a topic."""
        return self._readers[topic]

    def partitions_of(self, topic: str) -> int:
        """Return how many partitions a topic has."""
        return BY_NAME[topic].partitions

    def name_of(self, group: Group) -> str:
        """Return the name of a group."""
        return next(name for name, one in self.groups.items() if one is group)

    def end(self, at: Partition) -> int:
        """Return the offset after the last record."""
        return self.ends.get(at, 0)


def _topics(stage: str) -> list[str]:
    return [topic.name for topic in read_by(stage)]


class SimConsumer(MemoryConsumer):
    """One member of a group, which waits until something is there."""

    def __init__(
        self,
        broker: SimBroker,
        name: str,
        claims: Claims,
        faults: Faults,
        pace: Random,
        is_claimed: Callable[[Partition], bool],
    ) -> None:
        self._pace, self._is_known = pace, is_claimed
        self.sim, self.name = broker, name
        self._woken: asyncio.Event = asyncio.Event()
        self._held: frozenset[Partition] = frozenset()
        self.patience: Callable[[], float | None] = lambda: None
        """How many seconds an idle round lasts at most: for ever, but for the desk that misses something."""
        self.idle = False
        """Whether it has looked, and found nothing."""
        self.leaving = False
        """Whether it was told to stop: an idle round ends."""
        super().__init__(broker, name, _topics(name), claims, faults)

    def _is_claimed(self, at: Partition) -> bool:
        """Without a call: every life asks for every partition, and all but the first few hear the same."""
        return self._is_known(at)

    def has(self, at: Partition) -> bool:
        """Tell whether a partition is assigned to this member."""
        return at in self._held

    def adopt(self, partitions: Sequence[Partition], generation: int) -> None:
        """Take these partitions instead of what was assigned before."""
        super().adopt(partitions, generation)
        self._held = frozenset(partitions)
        self.wake()

    def position_of(self, at: Partition) -> int | None:
        """Return the offset after the last record taken of a partition, where it is ours and known."""
        return self._positions.get(at)

    def wake(self) -> None:
        """Something changed: look again."""
        self._woken.set()

    @property
    def group(self) -> Group:
        """The group that it is a member of."""
        return self._group

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        """Return what is there; wait for something where there is nothing. Empty only where the group or time moved."""
        passage = await self._faults.enter("consumer.take")
        assignment = self._assignment
        self._woken.clear()
        if self._new_here:
            await self._find_offsets()
        if assignment != self._assignment:
            return Batch((), assignment)
        taken = self._there(quotas)
        passage.leave()
        while not taken:
            if self.leaving or not await self._something_came() or assignment != self._assignment or self._new_here:
                return Batch((), assignment)
            taken = self._there(quotas)
        for record in taken:
            self._positions[Partition(record.topic, record.partition)] = record.offset + 1
        return Batch(tuple(taken), assignment)

    async def _something_came(self) -> bool:
        """Wait until there is reason to look again; return False where patience ended first."""
        self.idle = True
        try:
            async with asyncio.timeout(self.patience()):
                await self._woken.wait()
        except TimeoutError:
            return False
        finally:
            self.idle = False
        # What woke us seldom comes alone: a batch of three costs as much as a batch of one.
        await asyncio.sleep(GATHERS_SECONDS * self._pace.random() ** 2)
        await self._faults.enter("consumer.gather")
        self._woken.clear()
        return True

    def _there(self, quotas: Mapping[str, int]) -> list[Record]:
        left = dict(quotas)
        taken: list[Record] = []
        positions, sim, ends = self._positions, self.sim, self.sim.ends
        for at in self._mine:
            offset = positions.get(at)
            if offset is None or ends.get(at, 0) <= offset or sim.is_stalled(self.name, at):
                continue
            if offset < sim.start(at):
                raise StopService(f"the broker no longer has what the group has not read yet of {at}")
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
            waits = self._waits_for_a_person(at, offset)
            self.sim.witness.expect("F16 nothing is read before a person decides", not waits, "", f"{self.name} {at}")
            there = offset <= self.sim.end(at)
            self.sim.witness.expect("I28 no offset beyond the end", there, "", f"{self.name} {at} @{offset}")
            self.sim.witness.committed(
                self.name, self.sim.read(at, self._group.committed.get(at, 0), 10**9), at, offset
            )
        self._group.committed |= done
        passage.leave()

    def _waits_for_a_person(self, at: Partition, offset: int) -> bool:
        """Tell whether this partition's offset is lost, or what lay behind it, and no person has said where to go on.

        What was in hand before records were lost may still be committed.
        """
        if (self.name, at) not in self.sim.cases:
            return False
        return self.sim.cases[self.name, at] is None or offset > self.sim.start(at)


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
