"""Real processes of intake and triage, killed, frozen and cut off under load: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from shared.engines.choose import Engines
from shared.engines.kafka_embedded import EmbeddedKafka
from shared.engines.mongo_embedded import EmbeddedMongo
from shared.engines.supervise import Child
from tests.requirements import requirement
from tests.support.stages import Customers, Stages

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
STEPS = ["1-taken", "2-loaded", "3-decided", "4-inserted", "4-armed", "5-published", "5-deleted", "6-committed"]
BETWEEN_SECONDS = 0.1
"""Between two requests of the load: a batch holds some of them, and none is the last for long."""


@pytest.fixture(scope="module")
def mortal_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    """A store that a test may kill."""
    store = EmbeddedMongo(tmp_path_factory.mktemp("mortal-mongo"))
    store.start()
    yield store
    store.stop()


@pytest.fixture(scope="module")
def mortal_broker(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker that a test may kill: the session's own where it is embedded, so that there is one JVM."""
    engines.kafka()
    ours = engines.embedded_kafka
    broker = ours or EmbeddedKafka(tmp_path_factory.mktemp("mortal-kafka"))
    broker.start()
    yield broker
    if ours is None:
        broker.stop()


@pytest.fixture(scope="module")
def environment(
    mortal_broker: EmbeddedKafka, mortal_mongo: EmbeddedMongo, tmp_path_factory: pytest.TempPathFactory
) -> Stages:
    """One environment with all topics, for every test here."""
    stages = Stages(mortal_broker.address, mortal_mongo.address, tmp_path_factory.mktemp("killed"))
    stages.create_topics()
    return stages


@pytest.fixture
def stages(environment: Stages) -> Iterator[Stages]:
    """The environment; what a test leaves running is stopped."""
    yield environment
    environment.stop_all()


class Load:
    """Requests, one after another, until it is enough."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self.keys: list[str] = []
        self._enough = asyncio.Event()

    async def run(self) -> None:
        """Send until told otherwise; every tenth one twice, as a mail server does that was interrupted."""
        while not self._enough.is_set():
            await self.send(uuid4().hex)
            if len(self.keys) % 10 == 0:
                await self._customers.send(self.keys[-1])
            with suppress(TimeoutError):
                async with asyncio.timeout(BETWEEN_SECONDS):
                    await self._enough.wait()

    async def send(self, key: str) -> None:
        """Send one that counts like any other."""
        await self._customers.send(key)
        self.keys.append(key)

    def end(self) -> None:
        """Send no more."""
        self._enough.set()


@asynccontextmanager
async def under_load(customers: Customers) -> AsyncIterator[Load]:
    """Send requests all the while; afterwards wait until each is done, and check that each was done once."""
    load = Load(customers)
    sending = asyncio.create_task(load.run())
    try:
        yield load
    finally:
        load.end()
        await sending
    await customers.until(lambda: customers.done(load.keys))
    customers.check(load.keys)


@requirement("R2")
async def test_stages_that_are_killed_at_every_step_lose_nothing_and_do_nothing_twice(stages: Stages) -> None:
    # given requests that never cease
    async with Customers(stages) as customers, under_load(customers) as load:
        # when each of two stages dies at each step in turn, and is started again each time, and once more
        await asyncio.gather(
            *(_die_at_every_step(stages, customers, load, service) for service in ("intake", "triage"))
        )
    # then every request has one ticket, one class, one acknowledgement
    assert len(load.keys) > len(STEPS)
    assert customers.dead() == []


async def _die_at_every_step(stages: Stages, customers: Customers, load: Load, service: str) -> None:
    for step in STEPS:
        fatal = f"{service}-{step}-{uuid4().hex}"
        key = fatal if service == "intake" else stages.ticket(fatal)
        sent = list(load.keys)
        child = stages.start(service, failpoint=f"{step}@{key}")
        # What was in hand at the last death goes first: a record in hand at three would be taken for their cause.
        await customers.until(lambda sent=sent: _has_passed(customers, service, sent))  # type: ignore[misc]
        await load.send(fatal)
        await customers.until(lambda child=child: child.exit_code is not None)  # type: ignore[misc]
        assert child.exit_code == -signal.SIGKILL, f"{service} at {step}: {child.log_tail()}"
    stages.start(service)  # and left alone: the other still needs what it says


def _has_passed(customers: Customers, service: str, keys: list[str]) -> bool:
    if service == "intake":
        return all(customers.tickets(key) for key in keys)
    return all(customers.types("triage", ticket) for key in keys for ticket in customers.tickets(key))


@requirement("R2")
async def test_a_replica_that_wakes_after_another_took_over_changes_nothing(stages: Stages) -> None:
    # given two replicas of intake, of which one freezes between its append and its events
    stages.start("triage")
    awake = stages.start("intake", "intake-awake")
    frozen = stages.start("intake", "intake-frozen", failpoint="4-inserted:3:stop")
    async with Customers(stages) as customers, under_load(customers) as load:
        await customers.until(lambda: _is_frozen(frozen))
        sent = list(load.keys)
        # when its session is over, and the other has done its work
        await customers.until(lambda: customers.done(sent))
        # and it wakes
        frozen.thaw()
        more = len(load.keys)
        await customers.until(lambda: len(load.keys) > more + 20 and customers.done(load.keys[: more + 20]))
    # then everything is there once, and both go on
    assert awake.exit_code is None
    assert frozen.exit_code is None
    assert "go_round" in frozen.log.read_text()


def _is_frozen(child: Child) -> bool:
    assert child.exit_code is None, child.log_tail()
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@requirement("R2")
async def test_a_broker_that_is_killed_under_load_costs_time_and_nothing_else(
    stages: Stages, mortal_broker: EmbeddedKafka
) -> None:
    with stages.started("intake", "triage") as children:
        async with Customers(stages) as customers, under_load(customers) as load:
            await customers.until(lambda: len(load.keys) > 10 and customers.done(load.keys[:10]))
            mortal_broker.kill()
            await asyncio.to_thread(mortal_broker.start)
            more = len(load.keys)
            await customers.until(lambda: len(load.keys) > more + 10)
        assert [child.exit_code for child in children] == [None, None], children[0].log_tail()
    assert customers.dead() == []


@requirement("R2")
async def test_a_store_that_is_killed_under_load_costs_time_and_nothing_else(
    stages: Stages, mortal_mongo: EmbeddedMongo
) -> None:
    with stages.started("intake", "triage") as children:
        async with Customers(stages) as customers, under_load(customers) as load:
            await customers.until(lambda: len(load.keys) > 10 and customers.done(load.keys[:10]))
            mortal_mongo.kill()
            await customers.until(lambda: all("store: " in child.log.read_text() for child in children))
            await asyncio.to_thread(mortal_mongo.start)
            more = len(load.keys)
            await customers.until(lambda: len(load.keys) > more + 10)
        assert [child.exit_code for child in children] == [None, None], children[0].log_tail()
    assert customers.dead() == []


@requirement("R2")
async def test_a_record_that_kills_the_process_three_times_is_set_aside_by_itself(stages: Stages) -> None:
    # given a request that ends the process each time that it is decided, among others
    stages.start("triage")
    deadly = f"deadly-{uuid4().hex}"
    neighbours = [uuid4().hex for _ in range(12)]
    async with Customers(stages) as customers:
        for key in neighbours[:6]:
            await customers.send(key)
        await customers.send(deadly)
        for key in neighbours[6:]:
            await customers.send(key)
        # when intake is started again each time
        for _ in range(3):
            child = stages.start("intake", failpoint=f"met@{deadly}")
            await customers.until(lambda child=child: child.exit_code is not None)  # type: ignore[misc]
            assert child.exit_code == -signal.SIGKILL, child.log_tail()
        last = stages.start("intake", failpoint=f"met@{deadly}")
        await customers.until(lambda: customers.done(neighbours) and customers.dead() != [])
        # then it lives, the request is kept with its reason, and no other is
        ((topic, _, reason),) = customers.dead()
        assert topic == "sav.requests.email"
        assert reason == "in hand at 3 unclean exits of the process"
        customers.check(neighbours)
        assert last.exit_code is None


@requirement("R2")
async def test_a_graceful_stop_finishes_the_batch_in_hand(stages: Stages) -> None:
    async with Customers(stages) as customers:
        async with under_load(customers) as load:
            # given stages at work
            children = [stages.start(service) for service in ("intake", "triage")]
            await customers.until(lambda: len(load.keys) > 10 and customers.done(load.keys[:10]))
            # when they are asked to stop, and started again
            codes = [await asyncio.to_thread(child.stop, 40.0) for child in children]
            told = [child.log.read_text() for child in children]
            for service in ("intake", "triage"):
                stages.start(service)
        # then they ended by themselves, in order, and their successors had nothing to be careful about
        assert codes == [0, 0]
        for child, before in zip(children, told, strict=True):
            assert '"event": "stopped"' in before
            assert '"event": "unclean_exit"' not in child.log.read_text()[len(before) :]
