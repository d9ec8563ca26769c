"""The broker ports on `MemoryBroker`: a replica's membership of a group, and its publisher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.errors import GoRound, StopService
from shared.runtime.ports import Batch, Claims, Outgoing, Partition, Record
from shared.runtime.topics_admin import configuration
from shared.testing.broker import MemoryBroker
from shared.testing.faults import Faults
from shared.topics import BY_NAME


class MemoryConsumer:
    """One member of a group: it joins at once, and takes what is there."""

    def __init__(
        self, broker: MemoryBroker, group: str, topics: Sequence[str], claims: Claims, faults: Faults | None = None
    ) -> None:
        self._broker = broker
        self._group = broker.group(group, topics)
        self._claims = claims
        self._faults = faults or Faults()
        self._assignment = 0
        self._generation = 0
        self._mine: tuple[Partition, ...] = ()
        self._positions: dict[Partition, int] = {}
        self._filled: set[Partition] = set()
        self._new_here = True
        self._claimed: set[Partition] = set()
        self.frozen = False
        """Said by a test: it takes no part in rebalances, and does not know that it was thrown out."""
        self._group.join(self)

    @property
    def assignment(self) -> int:
        """Changes whenever partitions are revoked."""
        return self._assignment

    def adopt(self, partitions: Sequence[Partition], generation: int) -> None:
        """Take these partitions instead of what was assigned before."""
        if self._mine:
            self._assignment += 1
        self._mine, self._generation = tuple(partitions), generation
        self._positions = {}
        self._new_here = True

    def leave(self) -> None:
        """Leave the group, in good order or because the process is gone."""
        self._group.leave(self)

    def freeze(self) -> None:
        """Say nothing for longer than the session lasts: the group goes on without this member."""
        self.frozen = True
        self._group.rebalance()

    def thaw(self) -> None:
        """Wake: the next heartbeat says that it is not a member any more, and it joins again."""
        self.frozen = False
        self.adopt((), 0)
        self._group.join(self)

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        """Return at most `quotas[topic]` records of each topic; one of any other where those have none."""
        passage = await self._faults.enter("consumer.take")
        assignment = self._assignment
        if self._new_here:
            await self._find_offsets()
        taken: list[Record] = []
        for topic, quota in quotas.items():
            taken += self._in_turn([at for at in self._mine if at.topic == topic], quota)
        if not taken:
            taken += self._fetch(self._mine, 1)
        passage.leave()
        for record in taken:
            self._positions[Partition(record.topic, record.partition)] = record.offset + 1
        return Batch(tuple(taken), assignment)

    def _in_turn(self, mine: list[Partition], quota: int) -> list[Record]:
        """As `shared.runtime.kafka` does: the partitions that filled the last batch come last."""
        others = [at for at in mine if at not in self._filled]
        found = self._fetch(others, quota)
        found += self._fetch([at for at in mine if at in self._filled], quota - len(found))
        self._filled.difference_update(mine)
        if len(found) >= quota:
            self._filled |= {Partition(one.topic, one.partition) for one in found}
        return found

    def _fetch(self, partitions: Iterable[Partition], most: int) -> list[Record]:
        found: list[Record] = []
        for at in partitions:
            if (offset := self._positions.get(at)) is None:
                continue
            if offset < self._broker.start(at):
                raise StopService(f"the broker no longer has what the group has not read yet of {_name(at)}")
            found += self._broker.read(at, offset, most - len(found))
        return found

    async def _find_offsets(self) -> None:
        """As `shared.runtime.kafka` does: new partitions from their beginning, lost offsets are an operator's case."""
        generation = self._generation
        for at in self._mine:
            committed = self._group.committed.get(at)
            if committed is None:
                if await self._claims.read("offsets", _name(at)) is not None:
                    if self._generation != generation or at in self._group.committed:
                        return  # another member was quicker between our two looks: the next round looks again
                    raise StopService(f"the group's offset of {_name(at)} is lost")
                committed = self._broker.start(at)
                self._group.committed[at] = committed
            if not self._is_claimed(at):
                # Of a known offset too: the one who committed it may have ended before it was claimed.
                await self._claims.claim("offsets", _name(at), {})
                self._claimed.add(at)
            if self._generation != generation:
                return  # revoked meanwhile
            self._positions[at] = committed
        self._new_here = False

    def _is_claimed(self, at: Partition) -> bool:
        return at in self._claimed

    async def seek_back(self, offsets: Mapping[Partition, int]) -> None:
        """Take these partitions again from these offsets, where they are still assigned."""
        for at, offset in offsets.items():
            if at in self._mine:
                self._positions[at] = offset

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit exactly these offsets; refused to whoever is out of the group, or for what is not assigned."""
        passage = await self._faults.enter("consumer.commit")
        if self._generation != self._group.generation or not set(offsets) <= set(self._mine):
            raise GoRound("commit refused: these partitions belong to another member")
        self._group.committed |= dict(passage.part(list(offsets.items())))
        passage.leave()

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offsets after the last record of each partition."""
        (await self._faults.enter("consumer.end_offsets")).leave()
        return {at: self._broker.end(at) for at in partitions}

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return what the whole group has committed of each partition (0 where nothing)."""
        (await self._faults.enter("consumer.committed")).leave()
        return {at: self._group.committed.get(at, 0) for at in partitions}

    async def positions(self) -> dict[Partition, int]:
        """Return, for every partition assigned to this replica, the offset after the last record taken."""
        return dict(self._positions)


class MemoryPublisher:
    """Publishes in order; what a topic would not take is refused."""

    def __init__(self, broker: MemoryBroker, faults: Faults | None = None) -> None:
        self._broker = broker
        self._faults = faults or Faults()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Publish in this order."""
        passage = await self._faults.enter("publisher.publish")
        for record in passage.part(records):
            limit = int(configuration(BY_NAME[record.topic], 1)["max.message.bytes"])
            if len(record.value or b"") > limit:
                raise GoRound("broker: MessageSizeTooLargeError")
            self._broker.publish(record)
        passage.leave()


def _name(at: Partition) -> str:
    return f"{at.topic}/{at.partition}"
