"""The broker ports on Kafka: FastStream owns connection, subscription and lifespan; the loop pulls raw records.

The subscriber has no handler on purpose: a handler's acknowledgement commits the position of every partition, and
its parser drops a whole batch for one strange header (both shown in `tests/integration/test_known_traps.py`). Here
nothing is decoded, offsets are explicit, and the revocation listener waits, bounded, for the batch in hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.errors import GoRound, StopService
from shared.runtime.login import login, security
from shared.runtime.ports import Batch, Claims, Outgoing, Partition, Record
from shared.runtime.settings import Settings
from shared.topics import TOPIC_LIMIT_BYTES

TAKE_WAIT_MS = 200
"""How long an idle round waits for a first record: it wakes at once when one comes, and feels a stop within 0.2 s."""
GATHER_SECONDS = {"desk": 0.5}
GATHER_SECONDS_OTHERWISE = 0.25
GATHER_BYTES = 128 * 1024
"""How long the broker lets a fetch wait for more than its first record, unless so much is there, some 150 records: a
fetch names some forty partitions and costs both sides as much as ten records, a batch of one costs as much as one of
ten, and what several stages say of a ticket at once becomes one append. A life's dozen of such waits is nothing beside
the tightest promise of 30 minutes. The desk decides nothing and rewrites a document each time: it may be later."""
IDLE_MS = 500
"""How long a fetch that finds nothing waits where records gather here: Kafka's own default."""
SEND_SECONDS = 30
"""An idempotent producer never gives a batch up by itself: this does, well inside the 60 s of a batch in hand."""
CALL_SECONDS = 20
"""Any other question to the broker: a leader election takes a few seconds."""
REVOKE_SECONDS = 20
"""How long a rebalance waits for the batch in hand: below the group's rebalance time-out, above a batch (1 s)."""
REBALANCE_MS = 30_000
"""What the group gives its members to come back: 1.5 times what one of them may wait for its batch."""
LOST = "an operator decides where to read on, and resets the group with Kafka's own tools; nothing is read until then"
"""What an operator is told: neither the beginning nor the end is right by itself."""
FATAL = ("OutOfOrderSequenceNumber", "ProducerFenced", "InvalidProducerEpoch")
"""The producer is of no more use after these: the process ends, and its successor starts afresh."""


def broker_of(settings: Settings, client: str) -> KafkaBroker:
    """Return the FastStream broker of a process: idempotent, acks=all, topics never created by accident."""
    return KafkaBroker(
        settings.kafka,
        client_id=client,
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        max_request_size=TOPIC_LIMIT_BYTES + 256 * 1024,
        allow_auto_create_topics=False,
        logger=None,
        request_timeout_ms=CALL_SECONDS * 1000,
        security=security(),
    )


class KafkaPublisher:
    """Publishes in order and awaits every acknowledgement, with a deadline."""

    def __init__(self, broker: KafkaBroker, prefix: str) -> None:
        self._broker = broker
        self._prefix = prefix

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Publish in this order. Raises `GoRound`; what was cancelled may still arrive, and readers drop the copy."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                sent = [await self._send(record) for record in records]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError) as error:
            if type(error).__name__ in FATAL:
                raise StopService(f"the producer cannot go on: {type(error).__name__}") from error
            raise GoRound(f"broker: {type(error).__name__}") from error

    async def _send(self, record: Outgoing) -> asyncio.Future[Any]:
        sent: Any = await self._broker.publish(
            record.value, self._prefix + record.topic, key=record.key, headers=dict(record.headers), no_confirm=True
        )
        return sent  # type: ignore[no-any-return]


class KafkaConsumer:
    """One replica's membership of a stage's consumer group."""

    def __init__(
        self,
        broker: KafkaBroker,
        settings: Settings,
        group: str,
        topics: Sequence[str],
        busy: asyncio.Lock,
        claims: Claims,
    ) -> None:
        self._claims = claims
        self._servers = settings.kafka
        self._group = f"{settings.prefix}{group}"
        self._admin: AIOKafkaAdminClient | None = None
        self._new_here = True
        self._gather_seconds = settings.gather_seconds
        self._prefix = settings.prefix
        self._topics = list(topics)
        self._busy = busy
        self._assignment = 0
        self._filled: set[TopicPartition] = set()
        """The partitions that filled the last batch of their topic: the others come first in the next."""
        self._claimed: set[TopicPartition] = set()
        """Partitions whose offset is known to be found: one that is lost later is an operator's case."""
        self.assigned = asyncio.Event()
        least, wait_ms = _gathering(group, settings)
        self._subscriber: Any = broker.subscriber(
            *(self._prefix + topic for topic in topics),
            batch=True,
            group_id=self._group,
            ack_policy=AckPolicy.MANUAL,  # the default commits behind our back what was only taken
            auto_offset_reset="none",
            partition_assignment_strategy=(RangePartitionAssignor,),
            listener=_Listener(self),
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.session_timeout_ms // 3,
            rebalance_timeout_ms=REBALANCE_MS,
            max_partition_fetch_bytes=TOPIC_LIMIT_BYTES + 256 * 1024,
            fetch_min_bytes=least,
            fetch_max_wait_ms=wait_ms,
        )

    @property
    def assignment(self) -> int:
        """Changes whenever partitions are revoked."""
        return self._assignment

    @property
    def _kafka(self) -> Any:
        if self._subscriber.consumer is None:
            raise GoRound("the consumer is not started")
        return self._subscriber.consumer

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        """Return what has been fetched, topic by topic within its quota; wait a moment where there is nothing."""
        assignment = self._assignment
        if self._new_here:
            await self._find_offsets()
        # One record wakes us; what comes with it is taken along, within the quotas.
        records = await self._get_many(list(self._kafka.assignment()), TAKE_WAIT_MS, 1)
        if records and quotas:
            if self._gather_seconds and not self._filled:  # behind a full batch the next one waits already
                await asyncio.sleep(self._gather_seconds)
            left = {**quotas, records[0].topic: quotas[records[0].topic] - 1}
            await self._fetch({topic: quota for topic, quota in left.items() if quota}, records)
        return Batch(tuple(records), assignment)

    async def _fetch(self, quotas: Mapping[str, int], records: list[Record]) -> None:
        """Add to `records` what has been fetched of each topic, within its quota."""
        try:
            for topic, quota in quotas.items():
                mine = [at for at in self._kafka.assignment() if at.topic == self._prefix + topic]
                await self._in_turn(mine, quota, records)
        except GoRound:
            # The position is behind what came before the failure: it would be passed over.
            await self.seek_back(Batch(tuple(records), self._assignment).first_offsets())
            raise

    async def _in_turn(self, mine: list[TopicPartition], quota: int, records: list[Record]) -> None:
        """Add what a topic has, within its quota; one ticket with a thousand records does not hold up the others.

        aiokafka empties one partition's buffer before it looks at the next.
        """
        before = len(records)
        for partitions in ([tp for tp in mine if tp not in self._filled], [tp for tp in mine if tp in self._filled]):
            left = quota - (len(records) - before)
            if partitions and left:
                records += await self._get_many(partitions, 0, left)
        self._filled.difference_update(mine)
        if len(records) - before >= quota:
            self._filled |= {self._tp(Partition(one.topic, one.partition)) for one in records[before:]}

    async def _get_many(self, partitions: list[TopicPartition], wait_ms: int, most: int) -> list[Record]:
        if not partitions:
            if wait_ms:
                await asyncio.sleep(wait_ms / 1000)  # nothing is assigned to us yet
            return []
        try:
            found = await self._kafka.getmany(*partitions, timeout_ms=wait_ms, max_records=most)
        except IllegalStateError:
            return []  # revoked between the two lines
        except NoOffsetForPartitionError:
            self._new_here = True  # the fetcher was quicker than our look at what is committed
            return []
        except OffsetOutOfRangeError as error:
            raise StopService(f"the broker no longer has what the group has not read yet: {error}; {LOST}") from error
        except KafkaError as error:
            raise GoRound(f"broker: {type(error).__name__}") from error
        return [record_of(one, self._prefix) for ones in found.values() for one in ones]

    async def _find_offsets(self) -> None:
        """A partition that nobody ever read starts at its beginning; one whose offset is lost is an operator's case."""
        try:
            known = await self._group_offsets()
            new = [tp for tp in self._kafka.assignment() if known.get(tp, -1) < 0]
            for tp in new:
                if await self._claims.read("offsets", _name(tp)) is not None:
                    if await self._is_found_elsewhere(tp):
                        return  # the next take looks again
                    raise StopService(f"the group's offset of {_name(tp)} is lost; {LOST}")
            if new:
                first = await self._kafka.beginning_offsets(new)
                for tp in new:
                    self._kafka.seek(tp, first[tp])
                await self._kafka.commit(first)
            for tp in sorted(self._kafka.assignment() - self._claimed):
                # Of a known offset too: who committed it may have ended before it was claimed.
                await self._claims.claim("offsets", _name(tp), {})
                self._claimed.add(tp)
        except (IllegalStateError, CommitFailedError):
            return  # revoked meanwhile; the next assignment looks again
        except (KafkaError, TimeoutError) as error:
            raise GoRound(f"broker: {type(error).__name__}") from error
        self._new_here = False

    async def _is_found_elsewhere(self, tp: TopicPartition) -> bool:
        """Tell whether another member began this partition since we asked: replicas start together at first."""
        return tp not in self._kafka.assignment() or (await self._group_offsets()).get(tp, -1) >= 0

    async def _group_offsets(self) -> dict[TopicPartition, int]:
        """Return every committed offset of the group, in one question."""
        if self._admin is None:
            admin = AIOKafkaAdminClient(
                bootstrap_servers=self._servers, request_timeout_ms=CALL_SECONDS * 1000, **login()
            )
            await admin.start()
            self._admin = admin
        async with asyncio.timeout(CALL_SECONDS):
            offsets = await self._admin.list_consumer_group_offsets(self._group)
        return {tp: committed.offset for tp, committed in offsets.items()}

    def _tp(self, at: Partition) -> TopicPartition:
        return TopicPartition(self._prefix + at.topic, at.partition)

    async def seek_back(self, offsets: Mapping[Partition, int]) -> None:
        """Take these partitions again from these offsets, where they are still ours."""
        for at, offset in offsets.items():
            if self._tp(at) in self._kafka.assignment():
                self._kafka.seek(self._tp(at), offset)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit exactly these offsets."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._kafka.commit({self._tp(at): offset for at, offset in offsets.items()})
        except (CommitFailedError, IllegalStateError, KafkaError, TimeoutError) as error:
            raise GoRound(f"commit refused: {type(error).__name__}") from error

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offsets after the last record, asked of the broker now."""
        wanted = list(partitions)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                ends = await self._kafka.end_offsets([self._tp(at) for at in wanted]) if wanted else {}
        except (KafkaError, TimeoutError) as error:
            raise GoRound(f"broker: {type(error).__name__}") from error
        return {at: ends[self._tp(at)] for at in wanted}

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return what the whole group has committed."""
        try:
            known = await self._group_offsets()
        except (KafkaError, TimeoutError) as error:
            raise GoRound(f"broker: {type(error).__name__}") from error
        return {at: max(known.get(self._tp(at), 0), 0) for at in partitions}

    async def positions(self) -> dict[Partition, int]:
        """Return the offset after the last record taken, of every partition that is ours."""
        found = {}
        with suppress(TimeoutError):  # one wait for all of them: each would wait as long while the broker is away
            async with asyncio.timeout(CALL_SECONDS):
                for tp in self._kafka.assignment():
                    with suppress(IllegalStateError, KafkaError):  # revoked, or not known yet: it has not been passed
                        offset = await self._kafka.position(tp)
                        found[Partition(tp.topic.removeprefix(self._prefix), tp.partition)] = offset
        return found

    async def revoked(self) -> None:
        """Wait, bounded, for the batch in hand; whatever is still in hand then belongs to nobody."""
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                async with self._busy:
                    self._assignment += 1
        except TimeoutError:
            self._assignment += 1
        self.assigned.clear()

    async def close(self) -> None:
        """Close what is not the broker's own."""
        if self._admin is not None:
            await self._admin.close()

    def come(self) -> None:
        """Partitions came: look for their offsets before the next batch."""
        self._new_here = True
        self.assigned.set()


def _gathering(group: str, settings: Settings) -> tuple[int, int]:
    """Return how many bytes a fetch waits for at the broker, and for how long at most, in milliseconds."""
    if settings.gather_seconds is not None:
        return 1, IDLE_MS
    return GATHER_BYTES, round(1000 * GATHER_SECONDS.get(group, GATHER_SECONDS_OTHERWISE))


def record_of(raw: Any, prefix: str) -> Record:
    """Return a record of the library as the runtime knows it: nothing decoded, the topic without its prefix."""
    headers = tuple((str(name), value) for name, value in raw.headers)
    return Record(raw.topic.removeprefix(prefix), raw.partition, raw.offset, raw.key, raw.value, raw.timestamp, headers)


def _name(tp: TopicPartition) -> str:
    return f"{tp.topic}/{tp.partition}"


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the consumer of every rebalance; aiokafka has only eager ones, so each revokes everything."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._consumer.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._consumer.come()
