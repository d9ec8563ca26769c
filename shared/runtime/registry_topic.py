"""Reads all versions of the registry from `sav.registry`, and writes an import to it.

Called by `sav registry`; services read the topic through `whole_topic` and keep a `RegistryBook` of their own. It
publishes nothing that does not follow from the version that counts, and says so where another import was quicker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from aiokafka.errors import KafkaError

from shared.errors import GoRound, StopService
from shared.registry import RegistryBook
from shared.registry.imports import Plan, plan
from shared.registry.things import Name
from shared.runtime.kafka import KafkaPublisher, broker_of
from shared.runtime.ports import Outgoing
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import check_topics
from shared.runtime.whole_topic import WholeTopic
from shared.topics import BY_NAME

TOPIC = "sav.registry"
AT_ONCE = 500
"""Records published before the next ones are handed over: some 200 kB, far below what 30 s of a send allow."""
READ_SECONDS = 60
"""To read the topic whole: a hundred thousand records take a few seconds."""

Wanted = Mapping[Name, Mapping[str, Any]]


async def read_book(settings: Settings) -> RegistryBook:
    """Return the registry with all its versions as the topic has them now. Raises `StopService` with the reason."""
    book = RegistryBook()
    topic = WholeTopic(settings.kafka, settings.prefix + TOPIC, BY_NAME[TOPIC].partitions, book.take)
    try:
        async with asyncio.timeout(READ_SECONDS):
            await check_topics(settings.kafka, settings.prefix)
            await topic.start()
    except (KafkaError, TimeoutError) as error:
        raise StopService(f"Kafka ({settings.kafka}) ne répond pas : {type(error).__name__}") from error
    finally:
        await topic.stop()
    return book


async def plan_import(settings: Settings, wanted: Wanted, today: date) -> Plan | None:
    """Return what an import would change now, and write nothing; None where the registry says that already."""
    book = await read_book(settings)
    return plan(book.version, book.things, wanted, today)


async def import_registry(settings: Settings, wanted: Wanted, today: date) -> Plan | None:
    """Publish what changes, then the end marker, and see that it counts; None where there was nothing to change.

    A crash on the way leaves records that count nowhere; the same import again finishes them. Raises `StopService`
    where Kafka is away, or where another import from the same version was quicker: then this one changed nothing.
    """
    wished = await plan_import(settings, wanted, today)
    if wished is None:
        return None
    broker = broker_of(settings, f"{settings.environment}-registry-import")
    try:
        await broker.start()
        publisher = KafkaPublisher(broker, settings.prefix)
        records = [Outgoing(TOPIC, key, value) for key, value in wished.records()]
        for first in range(0, len(records), AT_ONCE):
            await publisher.publish(records[first : first + AT_ONCE])
        # Every record is acknowledged by now: only then may they count.
        await publisher.publish([Outgoing(TOPIC, *wished.end_marker())])
    except (GoRound, KafkaError) as error:
        raise StopService(f"l'import s'est arrêté en chemin ({error}) : le relancer tel quel") from error
    finally:
        await broker.stop()
    if not (await read_book(settings)).knows(wished.version):
        raise StopService("un autre import est passé avant celui-ci : rien n'en compte, le relancer")
    return wished
