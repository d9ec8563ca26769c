"""An adapter's credentials do on a real broker what the manifests allow, on every topic there is, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, TopicAuthorizationFailedError

from adapters.accept import Acceptor
from deploy.kubernetes.rights import USERS, Principal, topics_of
from shared.errors import StopService
from shared.events.notify import Delivery
from shared.runtime.kafka import KafkaConsumer, broker_of
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import check_topics
from shared.runtime.whole_topic import WholeTopic
from shared.testing.store import MemoryClaims, MemoryStore
from shared.topics import BY_NAME, TOPICS
from tests.requirements import requirement
from tests.support.door import request
from tests.support.guarded import PASSWORD, GuardedKafka, allow
from tests.support.kafka import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka
PREFIX = "prod."
TRIED = ("mail-receive", "phone", "portal-adapter")
"""One of each channel; one with the registry, one of somebody else. All have the same rules."""
NAMES = [PREFIX + one.name for one in TOPICS]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    """A broker with every topic, one record in each, and the users of the manifest."""
    broker = GuardedKafka(tmp_path_factory.mktemp("guarded") / "kafka", [one.name for one in USERS])
    broker.start()
    try:
        asyncio.run(_fill(broker))
        yield broker
    finally:
        broker.stop()


async def _fill(broker: GuardedKafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    # As many partitions as the catalogue says, where a program of ours looks.
    counts = {PREFIX + name: BY_NAME[name].partitions for name, _ in topics_of(user_named("phone"))}
    await admin.create_topics([NewTopic(name, counts.get(name, 1), 1) for name in NAMES])
    await admin.close()
    await allow(broker.address, USERS, PREFIX)
    async with AIOKafkaProducer(bootstrap_servers=broker.address, acks="all") as producer:
        for name in NAMES:
            await producer.send_and_wait(name, b"{}", key=b"k", partition=0)


def entering(broker: GuardedKafka, user: str) -> Mapping[str, Any]:
    """How a client enters under a name."""
    return {
        "bootstrap_servers": broker.users_address,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": PASSWORD,
    }


def user_named(name: str) -> Principal:
    return next(one for one in USERS if one.name == name)


@requirement("R2")
@pytest.mark.parametrize("name", TRIED)
async def test_an_adapter_writes_its_requests_reports_and_words_and_to_no_other_topic(
    guarded: GuardedKafka, name: str
) -> None:
    written = set()
    async with AIOKafkaProducer(**entering(guarded, name), acks="all", enable_idempotence=True) as producer:
        for topic in NAMES:
            try:
                await producer.send_and_wait(topic, b"{}", key=b"k")
            except TopicAuthorizationFailedError:
                continue
            written.add(topic.removeprefix(PREFIX))

    channel = user_named(name).channel
    assert written == {f"sav.requests.{channel}", "sav.deliveries", "sav.channels"}
    assert written == {topic for topic, operation in topics_of(user_named(name)) if operation == "Write"}


@pytest.mark.parametrize("name", TRIED)
async def test_an_adapter_reads_what_it_is_to_send_and_sees_no_other_topic(guarded: GuardedKafka, name: str) -> None:
    admin = AIOKafkaAdminClient(**entering(guarded, name))
    await admin.start()
    described = await admin.describe_topics(NAMES)
    await admin.close()
    seen = {one["topic"] for one in described if one["error_code"] == 0}
    read = {topic.removeprefix(PREFIX) for topic in seen if await _can_read(guarded, name, topic)}

    # Who may not even see a topic cannot read it: the broker tells such a one of no partition.
    assert {topic.removeprefix(PREFIX) for topic in seen} == {topic for topic, _ in topics_of(user_named(name))}
    assert read == {"sav.notify", "sav.registry"} - ({"sav.registry"} if name != "phone" else set())


async def _can_read(broker: GuardedKafka, name: str, topic: str) -> bool:
    consumer = AIOKafkaConsumer(**entering(broker, name))
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return bool(await consumer.getone())
    except TopicAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()


@pytest.mark.parametrize(("group", "allowed"), [("portal-adapter", True), ("intake", False), ("portal", False)])
async def test_an_adapter_reads_in_its_own_group_and_moves_no_offset_of_another(
    guarded: GuardedKafka, group: str, allowed: bool
) -> None:
    consumer = AIOKafkaConsumer(
        f"{PREFIX}sav.notify",
        **entering(guarded, "portal-adapter"),
        group_id=PREFIX + group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            if allowed:
                await consumer.start()
                await consumer.getone()
                await consumer.commit()
            else:
                with pytest.raises(GroupAuthorizationFailedError):
                    await consumer.start()
    finally:
        await consumer.stop()


async def test_an_adapter_makes_no_topic_and_a_wrong_password_is_nobody(
    guarded: GuardedKafka, caplog: pytest.LogCaptureFixture
) -> None:
    admin = AIOKafkaAdminClient(**entering(guarded, "portal-adapter"))
    await admin.start()
    answer = await admin.create_topics([NewTopic(f"{PREFIX}sav.mine", 1, 1)])
    await admin.close()
    stranger = AIOKafkaProducer(**{**entering(guarded, "portal-adapter"), "sasl_plain_password": "autre"})

    assert [one[1] for one in answer.topic_errors] == [TopicAuthorizationFailedError.errno]
    with pytest.raises(KafkaConnectionError):
        await stranger.start()
    assert "SaslAuthenticationFailed" in caplog.text
    await stranger.stop()


@requirement("R2")
async def test_our_own_door_enters_under_its_name_and_does_all_that_it_must(
    guarded: GuardedKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(kafka=guarded.users_address, environment=PREFIX.removesuffix("."), replica="phone-0")
    monkeypatch.setenv("SAV_KAFKA_USER", "phone")
    monkeypatch.setenv("SAV_KAFKA_PASSWORD", PASSWORD)
    heard: list[bytes] = []
    registry = WholeTopic(settings.kafka, PREFIX + "sav.registry", 1, heard.append)
    broker, claims = broker_of(settings, "test"), MemoryClaims(MemoryStore())
    consumer = KafkaConsumer(broker, settings, "phone", ["sav.notify"], asyncio.Lock(), claims)

    await check_topics(settings.kafka, PREFIX)  # what it may not see is none of its business
    async with asyncio.timeout(PATIENCE_SECONDS), Acceptor(settings, "phone", tmp_path / "spool") as door:
        accepted = await door.accept(request("c-1").model_copy(update={"channel": "phone"}))
        reported = await door.report(_report())
        await door.say()
        await registry.start()
        await broker.start()
        taken = 0
        while not taken:
            taken = len((await consumer.take({"sav.notify": 10})).records)
        await broker.stop()
        await consumer.close()
        await registry.stop()

    assert (accepted.where, reported.where, len(heard), taken) == ("kafka", "kafka", 1, 1)


def _report() -> Delivery:
    return Delivery(
        message="m",
        ticket="t",
        kind="acknowledgement",
        generation=1,
        resolution=0,
        channel="phone",
        status="accepted",
        at=datetime(2026, 11, 23, tzinfo=UTC),
    )


async def test_a_topic_that_it_needs_and_that_is_missing_is_still_said(
    guarded: GuardedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    await allow(guarded.address, [user_named("phone")], "autre.")
    monkeypatch.setenv("SAV_KAFKA_USER", "phone")
    monkeypatch.setenv("SAV_KAFKA_PASSWORD", PASSWORD)
    with pytest.raises(StopService, match=r"topics missing: sav\.channels, sav\.deliveries, sav\.notify"):
        await check_topics(guarded.users_address, "autre.")
