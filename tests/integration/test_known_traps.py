"""What FastStream 0.7 and aiokafka 0.14 do behind one's back, measured on a real broker.

Each test shows a trap, or that the way round it which our runtime takes holds. When a new release makes one fail, the
runtime's design is to be read again before the version is raised.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber
from aiokafka.partitioner import DefaultPartitioner
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaPublishMessage
from faststream.kafka.subscriber.usecase import LogicSubscriber

from shared.engines.kafka_embedded import EmbeddedKafka
from shared.runtime.kafka import FATAL
from tests.support.kafka import PATIENCE_SECONDS, TestTopics, after, until

Puller = LogicSubscriber[Any]


def broker_of(servers: str) -> KafkaBroker:
    """A broker as our runtime makes it: it creates no topic, and its producer is idempotent."""
    return KafkaBroker(servers, allow_auto_create_topics=False, enable_idempotence=True, acks="all", logger=None)


def puller(broker: KafkaBroker, *topics: str, group: str, listener: ConsumerRebalanceListener | None = None) -> Puller:
    """A subscriber without a handler: FastStream owns subscription and lifespan, we pull raw records."""
    return broker.subscriber(
        *topics,
        group_id=group,
        batch=True,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        partition_assignment_strategy=(RangePartitionAssignor,),
        listener=listener,
    )


def consumer_of(subscriber: Puller) -> AIOKafkaConsumer:
    assert subscriber.consumer is not None
    return subscriber.consumer


@asynccontextmanager
async def pulling(servers: str, *topics: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    broker = broker_of(servers)
    subscriber = puller(broker, *topics, group=group)
    await broker.start()
    try:
        yield consumer_of(subscriber)
    finally:
        await broker.stop()


async def pull(consumer: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    """Exactly `count` records, however many fetches they take."""
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(records) < count:
            fetched = await consumer.getmany(timeout_ms=200, max_records=count - len(records))
            records += [record for partition in fetched.values() for record in partition]
    return records


async def test_the_default_policy_commits_a_record_whose_handler_failed(topics: TestTopics) -> None:
    # given a record, and a handler under FastStream's default policy that fails
    topic = await topics.create("default", partitions=1)
    await topics.produce(topic, [b"lost"])
    broker = broker_of(topics.servers)
    tried = asyncio.Event()

    @broker.subscriber(topic, group_id=topic, auto_offset_reset="earliest")
    async def handler(_body: bytes) -> None:
        tried.set()
        raise RuntimeError("the database is away")

    # when it has failed
    await broker.start()
    await asyncio.wait_for(tried.wait(), PATIENCE_SECONDS)
    await broker.stop()
    # then the record is committed all the same: at most once
    assert await topics.committed(topic, topic) == {0: 1}


async def test_an_ack_commits_the_position_of_every_partition_not_only_its_own(topics: TestTopics) -> None:
    # given one record in each of three partitions, and a handler that acks all but the first it sees
    topic = await topics.create("ack")
    for partition in range(3):
        await topics.produce(topic, [b"%d" % partition], partition=partition)
    broker = broker_of(topics.servers)
    seen: list[int] = []
    done = asyncio.Event()

    @broker.subscriber(topic, group_id=topic, auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL)
    async def handler(_body: Any, message: KafkaMessage) -> None:
        raw = message.raw_message
        assert isinstance(raw, ConsumerRecord)
        seen.append(raw.partition)
        if len(seen) > 1:
            await message.ack()
        if len(seen) == 3:
            done.set()

    # when all three were seen
    await broker.start()
    await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
    await broker.stop()
    # then the partition of the one that was never acked is committed too
    assert await topics.committed(topic, topic) == {0: 1, 1: 1, 2: 1}


async def test_explicit_offsets_commit_what_they_name_and_nothing_else(topics: TestTopics) -> None:
    # given a batch out of three partitions
    topic = await topics.create("explicit")
    for partition in range(3):
        await topics.produce(topic, [b"a", b"b"], partition=partition)
    async with pulling(topics.servers, topic, group=topic) as consumer:
        records = await pull(consumer, 6)
        # when one record of one partition is committed
        (first,) = (record for record in records if record.partition == 1 and record.value == b"a")
        await consumer.commit(after(first))
    # then nothing else is, neither by the commit nor by leaving the group
    assert await topics.committed(topic, topic) == {1: 1}


async def test_a_failure_in_the_middle_and_a_seek_back_of_every_partition_lose_nothing(
    topics: TestTopics,
) -> None:
    # given three partitions of five records, and a step that fails once, in the middle partition
    topic = await topics.create("seek")
    for partition in range(3):
        await topics.produce(topic, [b"%d/%d" % (partition, n) for n in range(5)], partition=partition)
    handled: dict[int, list[bytes]] = defaultdict(list)
    failures = [b"1/2"]

    def handle(batch: dict[TopicPartition, list[ConsumerRecord]]) -> None:
        if any(record.value in failures for records in batch.values() for record in records):
            failures.clear()
            raise ConnectionError("the store is away")
        for at, records in batch.items():
            handled[at.partition] += [record.value for record in records]

    async with pulling(topics.servers, topic, group=topic) as consumer, asyncio.timeout(PATIENCE_SECONDS):
        while sum(map(len, handled.values())) < 15:
            # when a batch fails, every partition of it goes back to its first record of the batch
            batch = await consumer.getmany(timeout_ms=200, max_records=15)
            try:
                handle(batch)
            except ConnectionError:
                for at, records in batch.items():
                    consumer.seek(at, records[0].offset)
                continue
            if batch:
                await consumer.commit({at: records[-1].offset + 1 for at, records in batch.items()})
    # then each was handled once and in order, and all is committed
    assert not failures
    assert handled == {p: [b"%d/%d" % (p, n) for n in range(5)] for p in range(3)}
    assert await topics.committed(topic, topic) == {0: 5, 1: 5, 2: 5}


async def test_a_batch_that_was_not_committed_comes_again_to_the_next_replica(topics: TestTopics) -> None:
    topic = await topics.create("again", partitions=1)
    await topics.produce(topic, [b"1", b"2", b"3"])
    async with pulling(topics.servers, topic, group=topic) as consumer:
        (first, *_) = await pull(consumer, 3)
        await consumer.commit(after(first))

    async with pulling(topics.servers, topic, group=topic) as consumer:
        assert [record.value for record in await pull(consumer, 2)] == [b"2", b"3"]


async def test_records_with_impossible_headers_are_pulled_like_any_other(topics: TestTopics) -> None:
    # given a null header, one that is not UTF-8, and a tombstone, between healthy records
    topic = await topics.create("headers", partitions=1)
    await topics.produce(topic, [b"before"])
    await topics.produce(topic, [b"null"], headers=[("h", None)])
    await topics.produce(topic, [b"latin"], headers=[("h", b"\xe9t\xe9")])
    await topics.produce(topic, [None, b"after"])
    # when they are pulled from a subscriber without a handler
    async with pulling(topics.servers, topic, group=topic) as consumer:
        records = await pull(consumer, 5)
    # then all arrive as they were written
    assert [record.value for record in records] == [b"before", b"null", b"latin", None, b"after"]
    assert [dict(record.headers) for record in records[1:3]] == [{"h": None}, {"h": b"\xe9t\xe9"}]


async def test_one_impossible_header_loses_its_whole_batch_before_any_handler_sees_it(
    topics: TestTopics,
) -> None:
    # given the strictest policy, and a batch with one header that is not UTF-8
    topic = await topics.create("batch", partitions=1)
    await topics.produce(topic, [b"healthy"])
    await topics.produce(topic, [b"latin"], headers=[("h", b"\xe9t\xe9")])
    broker = broker_of(topics.servers)
    seen: list[ConsumerRecord] = []

    @broker.subscriber(
        topic, group_id=topic, batch=True, auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
    )
    async def handler(_bodies: list[Any], message: KafkaMessage) -> None:
        assert isinstance(message.raw_message, tuple)
        seen.extend(message.raw_message)

    await broker.start()
    consumer = broker.subscribers[0].consumer  # type: ignore[attr-defined]

    async def passed() -> bool:
        assigned = consumer.assignment()
        return bool(assigned) and await consumer.position(*assigned) == 2

    await until(passed)
    # when a next batch succeeds
    await topics.produce(topic, [b"next"])

    async def arrived() -> bool:
        return bool(seen)

    await until(arrived)
    await broker.stop()
    # then the healthy neighbour was never seen, and is committed past
    assert [record.value for record in seen] == [b"next"]
    assert await topics.committed(topic, topic) == {0: 3}


class Held(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets a rebalance happen between batches only, as our runtime does."""

    def __init__(self) -> None:
        self.batch = asyncio.Lock()
        self.revoked: list[set[TopicPartition]] = []
        self.assigned: set[TopicPartition] = set()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        async with self.batch:
            self.revoked.append(set(revoked))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.assigned = set(assigned)


class Replica:
    """One replica of a service: batch after batch, each handled, then committed by its explicit offsets."""

    def __init__(self, servers: str, names: list[str], handled: Counter[tuple[str, int, int]]) -> None:
        self.listener = Held()
        self._broker = broker_of(servers)
        self._subscriber = puller(self._broker, *names, group=names[0], listener=self.listener)
        self._handled = handled
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._broker.start()
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._broker.stop()

    async def _run(self) -> None:
        consumer = consumer_of(self._subscriber)
        while True:
            async with self.listener.batch:
                batch = await consumer.getmany(timeout_ms=50, max_records=7)
                await asyncio.sleep(0.005)  # the batch's work, long enough for rebalances to fall into it
                for at, records in batch.items():
                    self._handled.update((at.topic, at.partition, record.offset) for record in records)
                if batch:
                    await consumer.commit({at: records[-1].offset + 1 for at, records in batch.items()})


async def test_four_replicas_on_six_partitions_handle_each_record_once_through_all_rebalances(
    topics: TestTopics,
) -> None:
    # given two topics of six partitions that are read together, and one replica at work
    names = [await topics.create(name, partitions=6) for name in ("a", "b")]
    handled: Counter[tuple[str, int, int]] = Counter()
    replicas = [Replica(topics.servers, names, handled) for _ in range(4)]
    try:
        # when the other three join while records arrive
        async with AIOKafkaProducer(bootstrap_servers=topics.servers) as producer:
            for replica in replicas:
                await replica.start()
                for number in range(240):
                    await producer.send(names[number % 2], b"x", key=b"ticket-%d" % (number % 40))
            await producer.flush()

        async def all_handled() -> bool:
            return len(handled) == 960 and all(replica.listener.assigned for replica in replicas)

        await until(all_handled)
    finally:
        await asyncio.gather(*(replica.stop() for replica in replicas))
    # then each record was handled exactly once, since no rebalance fell into a batch
    assert set(handled.values()) == {1}
    # and every replica has the same partitions of both topics, so that one owns a ticket in each
    for replica in replicas:
        numbers = [{at.partition for at in replica.listener.assigned if at.topic == name} for name in names]
        assert numbers[0] == numbers[1] != set()
    # and a rebalance took everything away from the first replica, not only what moved
    assert {TopicPartition(name, p) for name in names for p in range(6)} in replicas[0].listener.revoked


def test_the_default_assignor_is_not_range_so_it_must_be_asked_for() -> None:
    default = inspect.signature(AIOKafkaConsumer).parameters["partition_assignment_strategy"].default

    assert default == (RoundRobinPartitionAssignor,)


async def test_a_batch_publish_ignores_keys_and_fills_one_partition(topics: TestTopics) -> None:
    topic = await topics.create("publish", partitions=6)
    broker = broker_of(topics.servers)
    await broker.connect()
    try:
        messages = [KafkaPublishMessage(b"x", key=b"ticket-%d" % number) for number in range(30)]
        await broker.publish_batch(*messages, topic=topic)
    finally:
        await broker.stop()

    records = await topics.read(topic, 30)
    assert len({record.partition for record in records}) == 1


async def test_gathered_publishes_keep_every_key_in_its_partition_and_in_order(topics: TestTopics) -> None:
    # given events of ten tickets, in order
    topic = await topics.create("gather", partitions=6)
    broker = broker_of(topics.servers)
    await broker.start()
    # when they are sent without waiting for each, and then awaited together
    try:
        futures = [
            await broker.publish(b"%d" % number, topic, key=b"ticket-%d" % (number % 10), no_confirm=True)
            for number in range(200)
        ]
        await asyncio.gather(*futures)
    finally:
        await broker.stop()
    # then murmur2 of the key chose the partition, and a ticket's events are in order
    numbers: dict[bytes, list[int]] = defaultdict(list)
    choose = DefaultPartitioner()
    for record in await topics.read(topic, 200):
        assert record.partition == choose(record.key, list(range(6)), list(range(6)))
        numbers[record.key].append(int(record.value))
    assert numbers == {b"ticket-%d" % key: list(range(key, 200, 10)) for key in range(10)}


async def test_faststream_makes_a_misspelt_topic_unless_it_is_forbidden(topics: TestTopics) -> None:
    # given a broker that creates nothing by itself, and two names that nobody made
    allowed, forbidden = topics.prefix + "mispelt", topics.prefix + "forbidden"
    # when FastStream subscribes to one as it comes, to the other as our runtime does
    broker = KafkaBroker(topics.servers, logger=None)
    broker.subscriber(allowed, batch=True)
    await broker.start()
    await broker.stop()
    topics.forget_later(allowed)
    ours = broker_of(topics.servers)
    ours.subscriber(forbidden, batch=True)
    with pytest.raises(TimeoutError):  # it waits 40 s for the topic by itself: a start-up check must come first
        await asyncio.wait_for(ours.start(), 1)
    await ours.stop()
    # then the first exists, with a number of partitions that nobody chose
    assert await topics.exists(allowed)
    assert not await topics.exists(forbidden)


async def test_a_refused_batch_leaves_an_idempotent_producer_useless_for_its_partition(topics: TestTopics) -> None:
    # given a topic that takes small records only
    topic = await topics.create("small", partitions=1, settings={"max.message.bytes": "2000"})
    async with AIOKafkaProducer(bootstrap_servers=topics.servers, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, b"fits")
        # when the broker refuses one, which aiokafka has counted into the producer's sequence
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"x" * 3000)
        # then the next is out of order: the runtime refuses what is too large itself, and ends the process on this
        with pytest.raises(OutOfOrderSequenceNumber):
            await producer.send_and_wait(topic, b"fits too")
    assert OutOfOrderSequenceNumber.__name__ in FATAL


async def test_a_send_never_expires_by_itself_and_arrives_after_it_was_given_up(
    mortal_kafka: EmbeddedKafka,
) -> None:
    # given an idempotent producer with a short request timeout, and a broker that freezes
    async with TestTopics(mortal_kafka.start(), "frozen.") as topics:
        topic = await topics.create("x", partitions=1)
        producer = AIOKafkaProducer(
            bootstrap_servers=topics.servers, enable_idempotence=True, acks="all", request_timeout_ms=300
        )
        async with producer:
            await producer.send_and_wait(topic, b"before")
            mortal_kafka.process.freeze()
            try:
                sent = await producer.send(topic, b"given up")
                # when five times the request timeout has passed, then it is still neither sent nor failed
                done, _ = await asyncio.wait([sent], timeout=1.5)
                assert not done
                sent.cancel()  # what a deadline around it does
            finally:
                mortal_kafka.process.thaw()
            # and when the broker wakes up, what was given up arrives all the same
            assert [record.value for record in await topics.read(topic, 2)] == [b"before", b"given up"]
