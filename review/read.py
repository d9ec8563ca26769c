"""Reads `sav.survey` whole, from its beginning to where it ends now, as any client of an analyst: no group, no commit.

The only module of the review that touches Kafka; called by `sav review`. It uses the driver itself and none of our
runtime: the topic is a public product, and the review is its first customer.
"""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

STALLED_AFTER_S = 60.0
"""With nothing new for this long the broker is away: better no review than half of one."""
_POLL_MS = 500
"""Longest wait for one fetch: a shorter one would only spin while the broker reads from its disk."""


class CannotRead(RuntimeError):
    """The topic could not be read whole; the text says why, in French."""


async def read_topic(bootstrap: str, topic: str) -> list[bytes | None]:
    """Return the value of every record of a topic, up to where each partition ended when the reading began.

    Raises `CannotRead`, also where there is no such topic: an empty review would look like a month without customers.
    """
    try:
        places = await _places(bootstrap, topic)
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        try:
            await consumer.start()
            return await _read(consumer, places)
        finally:
            await consumer.stop()
    except (OSError, KafkaError) as error:
        raise CannotRead(f"La lecture de {topic} sur {bootstrap} a échoué : {error}") from error


async def _places(bootstrap: str, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        known = topic in await admin.list_topics()
        described = await admin.describe_topics([topic]) if known else []
    finally:
        await admin.close()
    places = [TopicPartition(topic, one["partition"]) for found in described for one in found["partitions"]]
    if not places:
        raise CannotRead(f"Le sujet {topic} n’existe pas : vérifier SAV_KAFKA et SAV_ENVIRONMENT.")
    return places


async def _read(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> list[bytes | None]:
    consumer.assign(places)
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    for place, begin in begins.items():
        consumer.seek(place, begin)
    left = {place for place in places if ends[place] > begins[place]}
    found: list[bytes | None] = []
    loop = asyncio.get_running_loop()
    moved_at = loop.time()
    while left:
        batch = await consumer.getmany(*left, timeout_ms=_POLL_MS)
        for place, records in batch.items():
            found += (record.value for record in records if record.offset < ends[place])
        # By position, not by record: a marker of a transaction takes an offset that no record fills.
        done = {place for place in left if await consumer.position(place) >= ends[place]}
        left -= done
        if batch or done:
            moved_at = loop.time()
        elif loop.time() - moved_at > STALLED_AFTER_S:
            raise CannotRead(f"Plus rien ne vient de Kafka depuis {STALLED_AFTER_S:.0f} s : rien n’est écrit.")
    return found
