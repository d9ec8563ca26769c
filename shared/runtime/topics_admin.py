"""Creates the topics of an environment, and compares what is there with the catalogue. Nothing else creates one."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, TopicAuthorizationFailedError

from shared.errors import StopService
from shared.runtime.login import login
from shared.topics import BY_NAME, DOOR_LIMIT_BYTES, TOPIC_LIMIT_BYTES, TOPICS, Topic

LOOKS, LOOK_SECONDS = 60, 0.5
"""Half a minute for a broker that is busy with something else; on an idle one the first look finds them."""
_HEADROOM_BYTES = 256 * 1024
"""Of a dead topic over the others: the raw record, and beside it the reason and its own headers."""


def configuration(topic: Topic, replication: int) -> dict[str, str]:
    """Return the broker's settings of one topic."""
    limit = {"requests": DOOR_LIMIT_BYTES, "dead": TOPIC_LIMIT_BYTES + _HEADROOM_BYTES}.get(
        topic.kind, TOPIC_LIMIT_BYTES
    )
    settings = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(limit),
        # Unpacked by the broker: the limit counts what is really there, and readers need nobody's codec.
        "compression.type": "uncompressed",
        # An adapter whose clock says 1970 must not have its requests swept away as sixty days old.
        "message.timestamp.type": "LogAppendTime",
    }
    if replication > 1:
        settings["min.insync.replicas"] = "2"  # with acks=all: what is acknowledged survives the loss of one broker
    return settings


async def create_topics(bootstrap: str, prefix: str, replication: int = 1) -> list[str]:
    """Create what is missing; return the names created. Raises `StopService` where a topic has other partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **login())
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        wanted = [topic for topic in TOPICS if prefix + topic.name not in existing]
        if wanted:
            await admin.create_topics(
                [
                    NewTopic(
                        prefix + one.name, one.partitions, replication, topic_configs=configuration(one, replication)
                    )
                    for one in wanted
                ]
            )
        await _until_there(admin, prefix)
        await _until_led(bootstrap, prefix)
    except TopicAlreadyExistsError:
        await _until_there(admin, prefix)
        wanted = []
    finally:
        await admin.close()
    return [topic.name for topic in wanted]


async def _until_there(admin: AIOKafkaAdminClient, prefix: str) -> None:
    """A busy broker shows what it has just created a moment later."""
    for _ in range(LOOKS):
        try:
            await _check(admin, prefix)
        except StopService:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return
    await _check(admin, prefix)


async def _until_led(bootstrap: str, prefix: str) -> None:
    """A partition that is known may not be led yet: the library asks for its end until it is."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, **login())
    await consumer.start()
    try:
        await consumer.end_offsets(
            [TopicPartition(prefix + one.name, n) for one in TOPICS for n in range(one.partitions)]
        )
    finally:
        await consumer.stop()


async def check_topics(bootstrap: str, prefix: str) -> None:
    """Raise `StopService` where a topic is missing or has another number of partitions than the catalogue says."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **login())
    await admin.start()
    try:
        await _check(admin, prefix)
    finally:
        await admin.close()


async def _check(admin: AIOKafkaAdminClient, prefix: str) -> None:
    described = await admin.describe_topics([prefix + name for name in BY_NAME])
    found = {one["topic"].removeprefix(prefix): len(one["partitions"]) for one in described if one["error_code"] == 0}
    # Who may neither read nor write a topic is not told whether it is there, and has no need to know.
    unseen = {
        one["topic"].removeprefix(prefix)
        for one in described
        if one["error_code"] == TopicAuthorizationFailedError.errno
    }
    missing = sorted(set(BY_NAME) - set(found) - unseen)
    if missing:
        raise StopService(f"topics missing: {', '.join(missing)}; create them with `sav topics create`")
    wrong = [
        f"{name} has {count}, not {BY_NAME[name].partitions}"
        for name, count in sorted(found.items())
        if count != BY_NAME[name].partitions
    ]
    if wrong:
        raise StopService(f"the number of partitions is fixed for life: {'; '.join(wrong)}")
