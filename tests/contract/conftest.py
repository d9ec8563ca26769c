"""Each port twice: the fake in memory and the real one. A contract test asks for a port, and runs on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest

from shared.runtime.mongo import MongoAttempts, MongoClaims, MongoGraves, MongoJournal, MongoTimers, Store
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
        fake = MemoryStore()
        journal, timers, graves = MemoryJournal(fake), MemoryTimers(fake), MemoryGraves(fake)
        yield StorePorts(journal, timers, graves, MemoryAttempts(fake), MemoryClaims(fake))
        return
    real = Store(request.getfixturevalue("mongo_uri"), database_name)
    ports = StorePorts(MongoJournal(real), MongoTimers(real), MongoGraves(real), MongoAttempts(real), MongoClaims(real))
    assert isinstance(ports.timers, MongoTimers)
    await ports.timers.prepare()
    yield ports
    real.close()


@pytest.fixture(params=ENGINES)
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    """A broker with the three topics that these tests use, under a prefix of this test's own."""
    if request.param == "fake":
        yield FakeBroker()
        return
    async with _real(request.getfixturevalue("kafka")) as real:
        yield real


@asynccontextmanager
async def _real(servers: str) -> AsyncIterator[RealBroker]:
    environment = f"t{uuid4().hex[:8]}"
    async with TestTopics(servers, f"{environment}.") as topics:
        real = RealBroker(servers, environment, topics)
        await real.create()
        try:
            yield real
        finally:
            await real.close()
