"""Reads topics whole, from their beginning to where they end now: no group, no commit, nothing left behind.

The only module of the auditor that touches Kafka. Called by `audit.main`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from audit.history import TOPICS
from audit.model import Record

_POLL_MS = 500
"""Longest wait for one fetch; a shorter one would only spin while the broker reads from disk."""
STALLED_AFTER_S = 60.0
"""With no record and no progress for this long the broker is gone: better no report than half of one."""


class CannotRead(RuntimeError):
    """The topics could not be read whole; the text says why. No report may be made of a part."""


async def read_topics(bootstrap: str, prefix: str, topics: Iterable[str] | None = None) -> list[Record]:
    """Return every record of these topics (without the prefix; default: all that the auditor knows), up to where each
    ended when the reading began. Topics that don't exist hold nothing. Raises `CannotRead`."""
    places = await _places(bootstrap, prefix, frozenset(TOPICS if topics is None else topics))
    if not places:
        raise CannotRead(f"aucun topic de la procédure sous le préfixe {prefix!r} à {bootstrap}")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    try:
        await consumer.start()
        return await _read(consumer, places)
    except (OSError, RuntimeError) as error:  # aiokafka's own errors are RuntimeErrors
        raise CannotRead(f"la lecture de {bootstrap} a échoué : {error}") from error
    finally:
        await consumer.stop()


async def _places(bootstrap: str, prefix: str, wanted: frozenset[str]) -> dict[TopicPartition, str]:
    """Return the partitions to read, each with its topic's name without the prefix."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        names = {name: _bare(name, prefix) for name in await admin.list_topics()}
        ours = [name for name, bare in names.items() if bare in wanted]
        return {
            TopicPartition(topic["topic"], partition["partition"]): names[topic["topic"]]
            for topic in (await admin.describe_topics(ours) if ours else [])
            for partition in topic["partitions"]
        }
    except (OSError, RuntimeError) as error:
        raise CannotRead(f"aucun Kafka ne répond à {bootstrap} : {error}") from error
    finally:
        await admin.close()


def _bare(name: str, prefix: str) -> str:
    """Return a topic's name without the environment's prefix and what joins the two; empty where it has another."""
    if not name.startswith(prefix):
        return ""
    rest = name[len(prefix) :]
    return rest.lstrip("._-") if prefix else rest


async def _read(consumer: AIOKafkaConsumer, places: dict[TopicPartition, str]) -> list[Record]:
    consumer.assign(list(places))
    begins = await consumer.beginning_offsets(list(places))
    ends = await consumer.end_offsets(list(places))
    for place, begin in begins.items():
        consumer.seek(place, begin)
    left = {place for place, end in ends.items() if end > begins[place]}
    consumer.pause(*(set(places) - left))
    found: list[Record] = []
    loop = asyncio.get_running_loop()
    moved_at = loop.time()
    while left:
        batch = await consumer.getmany(timeout_ms=_POLL_MS)
        for place, records in batch.items():
            found += (
                Record(places[place], place.partition, record.offset, record.key, record.value)
                for record in records
                if record.offset < ends[place]
            )
        # By position, not by record: markers and compacted records leave gaps that no record fills.
        done = {place for place in left if await consumer.position(place) >= ends[place]}
        consumer.pause(*done)
        left -= done
        if batch or done:
            moved_at = loop.time()
        elif loop.time() - moved_at > STALLED_AFTER_S:
            raise CannotRead(f"plus rien de {len(left)} partitions depuis {STALLED_AFTER_S:.0f} s")
    return found
