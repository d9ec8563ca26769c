"""Each port twice: the fake in memory and the real one. A contract test asks for a port, and runs on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest

from shared.runtime.mongo import MongoAttempts, MongoClaims, MongoGraves, MongoJournal, MongoTimers, Store
from shared.testing.faults import Faults
from shared.testing.store import MemoryAttempts, MemoryClaims, MemoryGraves, MemoryJournal, MemoryStore, MemoryTimers
from tests.contract.brokers import Broker, FakeBroker, RealBroker
from tests.support.kafka import TestTopics

ENGINES = [pytest.param("fake"), pytest.param("real", marks=pytest.mark.kafka)]


@dataclass
class StorePorts:
    """The ports of one service's database."""

    journal: MemoryJournal | MongoJournal
    timers: MemoryTimers | MongoTimers
    graves: MemoryGraves | MongoGraves
    attempts: MemoryAttempts | MongoAttempts
    claims: MemoryClaims | MongoClaims


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, database_name: str) -> AsyncIterator[StorePorts]:
    """The ports of a database of this test's own."""
    if request.param == "fake":
        yield fake_store()
        return
    async with real_store(request.getfixturevalue("mongo_uri"), database_name) as ports:
        yield ports


def fake_store(faults: Faults | None = None) -> StorePorts:
    """Return the ports of a new database in memory."""
    fake = MemoryStore()
    return StorePorts(
        MemoryJournal(fake, faults),
        MemoryTimers(fake, faults),
        MemoryGraves(fake, faults),
        MemoryAttempts(fake, faults),
        MemoryClaims(fake, faults),
    )


@asynccontextmanager
async def real_store(uri: str, database: str) -> AsyncIterator[StorePorts]:
    """The ports of a database of a MongoDB server."""
    real = Store(uri, database)
    timers = MongoTimers(real)
    await timers.prepare()
    try:
        yield StorePorts(MongoJournal(real), timers, MongoGraves(real), MongoAttempts(real), MongoClaims(real))
    finally:
        real.close()


@pytest.fixture(params=ENGINES)
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    """A broker with the three topics that these tests use, under a prefix of this test's own."""
    if request.param == "fake":
        yield FakeBroker()
        return
    async with real_broker(request.getfixturevalue("kafka")) as real:
        yield real


@asynccontextmanager
async def real_broker(servers: str) -> AsyncIterator[RealBroker]:
    """Kafka, with the three topics under a prefix of their own."""
    environment = f"t{uuid4().hex[:8]}"
    async with TestTopics(servers, f"{environment}.") as topics:
        real = RealBroker(servers, environment, topics)
        await real.create()
        try:
            yield real
        finally:
            await real.close()
