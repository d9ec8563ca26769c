"""Kafka as the ports see it: logs of partitions, and groups whose members share them by range.

Deterministic: the same calls in the same order give the same offsets, assignments and generations. The fakes of
`consumer` read and write here; tests and the simulator do so directly, as adapters and other stages would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.runtime.partitions import partition_of
from shared.runtime.ports import Outgoing, Partition, Position, Record
from shared.topics import BY_NAME


class Member(Protocol):
    """A replica in a group."""

    frozen: bool

    def adopt(self, partitions: Sequence[Partition], generation: int) -> None:
        """Give up what was assigned, and take these partitions."""
        ...


class Group:
    """One consumer group: members, generation, committed offsets."""

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = tuple(topics)
        self.members: list[Member] = []
        self.generation = 0
        self.committed: dict[Partition, int] = {}

    def join(self, member: Member) -> None:
        """Let a member in; everybody is assigned anew."""
        self.members.append(member)
        self.rebalance()

    def leave(self, member: Member) -> None:
        """Let a member go, whether it said so or its session ended; the others take over."""
        if member in self.members:
            self.members.remove(member)
            self.rebalance()

    def rebalance(self) -> None:
        """Begin a new generation: a frozen member is out without knowing it, the others share all partitions."""
        self.members = [member for member in self.members if not member.frozen]
        self.generation += 1
        for place, member in enumerate(self.members):
            member.adopt(self._share(place), self.generation)

    def _share(self, place: int) -> list[Partition]:
        mine = []
        for topic in self._topics:
            count = BY_NAME[topic].partitions
            size, more = divmod(count, len(self.members))
            first = place * size + min(place, more)
            mine += [Partition(topic, n) for n in range(first, first + size + (place < more))]
        return mine


class MemoryBroker:
    """All topics of the catalogue, empty; no other topic exists."""

    def __init__(self) -> None:
        self._logs = {
            Partition(topic.name, n): list[Record]() for topic in BY_NAME.values() for n in range(topic.partitions)
        }
        self._first = dict.fromkeys(self._logs, 0)
        self._groups: dict[str, Group] = {}
        self.order: list[Record] = []
        """Every record of every topic, in the order in which they came."""

    def append(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int | None = None,
        timestamp_ms: int = 0,
    ) -> Position:
        """Write one record to the partition of its key (or the one named) and return where it lies."""
        if partition is None:
            partition = _partition(topic, key)
        at = Partition(topic, partition)
        log = self._logs[at]
        record = Record(topic, partition, self._first[at] + len(log), key, value, timestamp_ms, tuple(headers))
        log.append(record)
        self.order.append(record)
        return record.position

    def publish(self, outgoing: Outgoing) -> Position:
        """Write one record as a publisher hands it in."""
        headers = [(name, value.encode()) for name, value in outgoing.headers]
        return self.append(outgoing.topic, outgoing.value, key=outgoing.key, headers=headers)

    def records(self, topic: str) -> list[Record]:
        """Return what lies on a topic, in the order in which it came."""
        return [record for record in self.order if record.topic == topic]

    def last_of_each_key(self, topic: str) -> list[Record]:
        """Return what compaction would leave of a topic, in the order in which it came."""
        last = {record.key: record for record in self.records(topic)}
        return [record for record in self.records(topic) if last[record.key] is record]

    def read(self, at: Partition, offset: int, most: int) -> Sequence[Record]:
        """Return at most `most` records of a partition from `offset` on, or from the first that is still there."""
        start = max(offset - self._first[at], 0)
        return self._logs[at][start : start + most]

    def start(self, at: Partition) -> int:
        """Return the offset of the first record that is still there."""
        return self._first[at]

    def end(self, at: Partition) -> int:
        """Return the offset after the last record."""
        return self._first[at] + len(self._logs[at])

    def cut(self, at: Partition, offset: int) -> None:
        """Forget everything before `offset`, as retention does."""
        del self._logs[at][: offset - self._first[at]]
        self._first[at] = offset

    def group(self, name: str, topics: Sequence[str]) -> Group:
        """Return a group; its first member says what it reads."""
        return self._groups.setdefault(name, Group(topics))


def _partition(topic: str, key: bytes | None) -> int:
    # Without a key Kafka's clients choose one as they like: here always the first.
    return 0 if key is None or BY_NAME[topic].partitions == 1 else partition_of(key.decode())
