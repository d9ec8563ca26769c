"""The auditor reads real topics whole, and says so when it can't. Needs a broker, but for the first test."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from audit.main import NO_REPORT, audit, main
from audit.read import CannotRead, read_topics
from audit.report import report_of
from tests.support.kafka import TestTopics
from tests.unit.audit.lives import all_lives

NOBODY = "127.0.0.1:9"
PARTITIONS = 3


async def publish(topics: TestTopics, records: list[tuple[str, bytes, bytes]]) -> None:
    """Put (topic, key, value) on topics of three partitions, in order per key."""
    names = {name: await topics.create(name, PARTITIONS) for name in sorted({name for name, _, _ in records})}
    async with AIOKafkaProducer(bootstrap_servers=topics.servers, acks="all") as producer:
        sent = [await producer.send(names[name], value, key=key) for name, key, value in records]
        await asyncio.gather(*sent)


def lives() -> list[tuple[str, bytes, bytes]]:
    return [
        (record.topic, str(json.loads(record.value).get("subject", "-")).encode(), record.value)
        for record in all_lives().records()
        if record.value and record.value.startswith(b"{")
    ]


def test_without_a_broker_there_is_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bootstrap", NOBODY, "--prefix", "demo"]) == NO_REPORT

    told = capsys.readouterr()
    assert told.out == ""
    assert f"aucun Kafka ne répond à {NOBODY}" in told.err


async def test_an_audit_of_real_topics_is_that_of_the_same_records_in_memory(topics: TestTopics) -> None:
    await publish(topics, lives())

    report = await audit(topics.servers, topics.prefix)

    story = all_lives()
    story.told = [one for one in story.told if isinstance(one[1], dict)]
    assert report.counts == report_of(story.history()).counts
    assert report.clean


async def test_the_prefix_may_be_named_without_its_joining_sign(topics: TestTopics) -> None:
    await publish(topics, lives()[:3])

    assert len(await read_topics(topics.servers, topics.prefix.rstrip("."))) == 3


async def test_every_record_of_every_partition_is_read_once_and_the_topics_asked_for_alone(topics: TestTopics) -> None:
    many = [("sav.closure", str(number % 50).encode(), str(number).encode()) for number in range(5000)]
    await publish(topics, [*many, ("sav.survey", b"k", b"{}"), ("sav.unknown", b"k", b"{}")])

    records = await read_topics(topics.servers, topics.prefix, ["sav.closure"])

    assert sorted(int(record.value or b"") for record in records) == list(range(5000))
    assert {record.topic for record in records} == {"sav.closure"}
    assert {record.partition for record in records} == set(range(PARTITIONS))


async def test_a_topic_whose_beginning_has_expired_is_read_from_what_is_left(topics: TestTopics) -> None:
    await publish(topics, [("sav.requests.email", b"k", str(number).encode()) for number in range(10)])
    admin = AIOKafkaAdminClient(bootstrap_servers=topics.servers)
    await admin.start()
    try:
        (full,) = (await read_topics(topics.servers, topics.prefix, ["sav.requests.email"]))[:1]
        place = TopicPartition(f"{topics.prefix}sav.requests.email", full.partition)
        await admin.delete_records({place: RecordsToDelete(before_offset=4)})
    finally:
        await admin.close()

    records = await read_topics(topics.servers, topics.prefix)

    assert [record.offset for record in records] == list(range(4, 10))


async def test_topics_that_hold_nothing_give_no_records(topics: TestTopics) -> None:
    await topics.create("sav.intake", PARTITIONS)

    assert await read_topics(topics.servers, topics.prefix) == []


async def test_an_environment_without_topics_is_an_error_not_a_clean_report(kafka: str) -> None:
    with pytest.raises(CannotRead, match="aucun topic de la procédure"):
        await read_topics(kafka, "no-such-environment")


async def test_reading_leaves_no_group_behind(topics: TestTopics) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=topics.servers)
    await admin.start()
    try:
        before = await admin.list_consumer_groups()
        await publish(topics, lives()[:3])
        await read_topics(topics.servers, topics.prefix)

        assert await admin.list_consumer_groups() == before
    finally:
        await admin.close()
