"""Whatever replicas do to the broker, the model says what Kafka says: random operations, step by step.

Where Kafka may choose (which of several records come first, which member gets which half) it chooses, the model must
allow it, and goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from shared.errors import GoRound
from shared.runtime.ports import Consumer, Outgoing, Partition, Record
from shared.topics import BY_NAME
from tests.contract.brokers import DUE, EVENTS, QUOTAS, REQUESTS, TOPICS, Broker, FakeBroker, taken
from tests.contract.conftest import real_broker
from tests.support.kafka import PATIENCE_SECONDS

STEPS = 24
"""Operations between two changes of the group: a rebalance takes seconds, the others some milliseconds."""
OF_THE_LIBRARY = ("content-type", "correlation_id")
"""Headers that FastStream adds to what it publishes; nobody reads them."""
KEYS = [b"t%d" % n for n in range(8)]
ALL = [Partition(topic, n) for topic in TOPICS for n in range(BY_NAME[topic].partitions)]


@dataclass
class Side:
    """One of the two brokers with the members of its group, in the order of their shares."""

    broker: Broker
    members: list[Consumer] = field(default_factory=list)

    async def positions(self) -> list[dict[Partition, int]]:
        """Return each member's."""
        return [await member.positions() for member in self.members]

    async def settled(self, ends: Mapping[Partition, int]) -> set[tuple[Partition, int]]:
        """Take until the members have all partitions between them, up to their ends; return what came meanwhile."""
        came: set[tuple[Partition, int]] = set()
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            while True:
                for member in self.members:
                    came |= {(_at(record), record.offset) for record in (await member.take(QUOTAS)).records}
                shares = await self.positions()
                if all(shares) and sorted((at, end) for one in shares for at, end in one.items()) == sorted(
                    ends.items()
                ):
                    break
                await asyncio.sleep(0)
        order = sorted(range(len(shares)), key=lambda n: min(shares[n]))
        self.members = [self.members[n] for n in order]
        return came


class Both:
    """The model and Kafka, asked the same."""

    def __init__(self, model: Side, real: Side, dice: Random) -> None:
        self._model, self._real, self._dice = model, real, dice
        self._committed: dict[Partition, int] = {}
        self.told: list[str] = []

    async def publish(self) -> None:
        """Publish some records by key, in order."""
        records = [
            Outgoing(self._dice.choice((EVENTS, DUE, REQUESTS)), key, b"%d" % self._dice.randrange(10**9))
            for key in self._dice.choices(KEYS, k=self._dice.randint(1, 6))
        ]
        for side in (self._model, self._real):
            await side.broker.publisher.publish(records)

    async def write(self) -> None:
        """Write what anybody may: no value, no key, strange headers."""
        at, value = self._dice.choice(ALL), self._dice.choice((None, b"", b"\xff"))
        key = b"\xff" if value is None else self._dice.choice((None, b"\xff"))
        headers = self._dice.choice(((), (("h", None), ("h", b"\xfe"))))
        for side in (self._model, self._real):
            await side.broker.write(at.topic, at.partition, value, key, headers)

    async def drain(self) -> None:
        """Take all that is there: each partition gives the same, in the same order."""
        for model, real in self._pairs():
            expected = await _all_of(model)
            assert _by_partition(await taken(real, len(expected))) == _by_partition(expected)

    async def take(self) -> None:
        """Take one batch within quotas: Kafka chooses, and the model must have had exactly that."""
        quotas = {topic: self._dice.randint(1, 3) for topic in TOPICS}
        for model, real in self._pairs():
            before = await model.positions()
            chosen = (await real.take(quotas)).records
            for topic, quota in quotas.items():
                assert sum(record.topic == topic for record in chosen) <= quota
            had = _by_partition(await _all_of(model))
            after = dict(before)
            for at, ones in _by_partition(chosen).items():
                assert ones == had[at][: len(ones)]
                after[at] += len(ones)
            await model.seek_back(after)

    async def seek_back(self) -> None:
        """Seek some partitions back, and one that is another's, which is no error."""
        for n, (model, real) in enumerate(self._pairs()):
            positions = await model.positions()
            some = self._some(positions)
            for member in (model, real):
                await member.seek_back(some if n else {**some, **dict.fromkeys(set(ALL) - set(positions), 0)})

    async def commit(self) -> None:
        """Commit some of what was taken."""
        for model, real in self._pairs():
            some = self._some(await model.positions())
            for member in (model, real):
                await member.commit(some)
            self._committed |= some

    async def commit_of_another(self) -> None:
        """A commit for what is another member's is refused, whole."""
        if len(self._model.members) == 1:
            return
        for side in (self._model, self._real):
            first, second = side.members
            with pytest.raises(GoRound):
                await first.commit(dict.fromkeys(await second.positions(), 0))

    async def look(self) -> None:
        """All that can be asked says the same, to every member."""
        assert await self._model.positions() == await self._real.positions()
        committed = {at: self._committed.get(at, 0) for at in ALL}
        ends = await self._model.members[0].end_offsets(ALL)
        for side in (self._model, self._real):
            for member in side.members:
                assert await member.committed(ALL) == committed
                assert await member.end_offsets(ALL) == ends

    async def change_members(self, *, join: bool) -> None:
        """One comes, or the last one goes: all that was not committed comes again to whoever has it now."""
        for side in (self._model, self._real):
            if join:
                side.members.append(await side.broker.member())
            else:
                await side.broker.leave(side.members.pop())
        ends = await self._model.members[0].end_offsets(ALL)
        came, again = await self._real.settled(ends), await self._model.settled(ends)
        owed = {(at, offset) for at in ALL for offset in range(self._committed.get(at, 0), ends[at])}
        assert again == owed
        assert came >= owed
        assert all(0 <= offset < ends[at] for at, offset in came)

    async def begin(self) -> None:
        """One member each, with everything."""
        for side in (self._model, self._real):
            side.members.append(await side.broker.member())
            assert await side.settled(dict.fromkeys(ALL, 0)) == set()
        self._committed = dict.fromkeys(ALL, 0)

    def _pairs(self) -> Iterator[tuple[Consumer, Consumer]]:
        yield from zip(self._model.members, self._real.members, strict=True)

    def _some(self, positions: Mapping[Partition, int]) -> dict[Partition, int]:
        chosen = self._dice.sample(sorted(positions), self._dice.randint(1, len(positions)))
        return {at: self._dice.randint(0, positions[at]) for at in chosen}

    async def do(self, steps: int) -> None:
        """Do so many operations, and look after each."""
        acts = (self.publish, self.publish, self.write, self.drain, self.take, self.take, self.seek_back, self.commit,
                self.commit, self.commit_of_another)  # fmt: skip
        for _ in range(steps):
            act = self._dice.choice(acts)
            self.told.append(act.__name__)
            await act()
            await self.look()


def _at(record: Record) -> Partition:
    return Partition(record.topic, record.partition)


def _by_partition(records: Iterable[Record]) -> dict[Partition, list[tuple[object, ...]]]:
    found: dict[Partition, list[tuple[object, ...]]] = {}
    for one in records:
        ours = tuple(header for header in one.headers if header[0] not in OF_THE_LIBRARY)
        found.setdefault(_at(one), []).append((one.offset, one.key, one.value, ours))
    return found


async def _all_of(model: Consumer) -> Sequence[Record]:
    found: list[Record] = []
    while batch := (await model.take(QUOTAS)).records:
        found += batch
    return found


@pytest.mark.kafka
@pytest.mark.parametrize("seed", [1, 2])
async def test_the_same_operations_get_the_same_answers_of_the_model_and_of_kafka(seed: int, kafka: str) -> None:
    # given a group of one member on each
    async with real_broker(kafka) as real:
        both = Both(Side(FakeBroker()), Side(real), Random(seed))
        try:
            await both.begin()
            # when both do the same, alone, with a second member, and alone again
            await both.do(STEPS)
            await both.change_members(join=True)
            await both.do(STEPS)
            await both.change_members(join=False)
            await both.do(STEPS // 2)
        except AssertionError as error:
            error.add_note(f"after {both.told[-10:]}")
            raise
    # then every step said the same, and each kind was among them
    assert set(both.told) >= {"publish", "write", "drain", "take", "seek_back", "commit", "commit_of_another"}
