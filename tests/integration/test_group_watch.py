"""How far groups have come, on a real broker: lag by topic, and the age of what waits longest, whoever is stopped."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.errors import GoRound
from shared.runtime.groups import GroupWatch
from shared.topics import read_by
from tests.support.kafka import TestTopics, until

pytestmark = pytest.mark.kafka
SERVICES = ("survey",)
NAMES = [topic.name for topic in read_by("survey")]


@asynccontextmanager
async def watching(topics: TestTopics) -> AsyncIterator[GroupWatch]:
    """A watch on one service, whose topics are all there."""
    for topic in read_by("survey"):
        await topics.create(topic.name, topic.partitions)
    watch = GroupWatch(topics.servers, topics.prefix, SERVICES)

    async def answers() -> bool:
        try:
            await watch.look()
        except GoRound:
            return False  # a broker that has just started elects who keeps the groups' offsets
        return True

    await until(answers)
    try:
        yield watch
    finally:
        await watch.close()


async def said(topics: TestTopics, name: str, partition: int, *ages_seconds: float) -> None:
    """Records of these ages, in this order."""
    async with AIOKafkaProducer(bootstrap_servers=topics.servers) as producer:
        for age in ages_seconds:
            at = int((time.time() - age) * 1000)
            await producer.send_and_wait(topics.prefix + name, b"x" * 5000, partition=partition, timestamp_ms=at)


async def done(topics: TestTopics, name: str, partition: int, offset: int) -> None:
    """The group commits, as a replica that then stops."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=topics.servers, group_id=f"{topics.prefix}survey", enable_auto_commit=False
    )
    await consumer.start()
    tp = TopicPartition(topics.prefix + name, partition)
    consumer.assign([tp])
    await consumer.commit({tp: offset})
    await consumer.stop()


async def test_a_group_that_never_ran_waits_for_everything_and_the_oldest_record_says_since_when(
    topics: TestTopics,
) -> None:
    async with watching(topics) as watch:
        assert (await watch.look()).oldest_seconds == {"survey": 0.0}
        await said(topics, "sav.intake", 0, 300, 200)
        await said(topics, "sav.closure", 3, 700)

        look = await watch.look()

    assert look.lag == dict.fromkeys((("survey", name) for name in NAMES), 0) | {
        ("survey", "sav.intake"): 2,
        ("survey", "sav.closure"): 1,
    }
    assert look.oldest_seconds["survey"] == pytest.approx(700, abs=60)


async def test_what_was_committed_waits_no_more_and_the_next_record_gives_the_age(topics: TestTopics) -> None:
    async with watching(topics) as watch:
        await said(topics, "sav.intake", 0, 4000, 2000, 1000)
        assert (await watch.look()).oldest_seconds["survey"] == pytest.approx(4000, abs=60)

        await done(topics, "sav.intake", 0, 1)
        look = await watch.look()
        assert look.lag["survey", "sav.intake"] == 2
        assert look.oldest_seconds["survey"] == pytest.approx(2000, abs=60)

        await done(topics, "sav.intake", 0, 3)
        look = await watch.look()
        assert look.lag["survey", "sav.intake"] == 0
        assert look.oldest_seconds["survey"] == 0.0


async def test_a_record_that_is_still_waiting_is_not_read_again(
    topics: TestTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(topics) as watch:
        await said(topics, "sav.intake", 2, 500)
        await watch.look()
        read: list[object] = []
        inner = watch._read

        async def noting(offsets: Mapping[TopicPartition, int]) -> None:
            read.append(dict(offsets))
            await inner(offsets)

        monkeypatch.setattr(watch, "_read", noting)
        look = await watch.look()

        assert read == [{}]
        assert look.oldest_seconds["survey"] == pytest.approx(500, abs=60)


async def test_a_broker_that_is_away_is_said_so(unused_tcp_port: int) -> None:
    watch = GroupWatch(f"127.0.0.1:{unused_tcp_port}", "nowhere.", SERVICES)

    with pytest.raises(GoRound, match="broker"):
        await watch.look()
