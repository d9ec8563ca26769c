"""What the real broker port does when aiokafka fails in the middle; a stub in its place fails when told to."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, UnknownError

from shared.errors import GoRound
from shared.runtime.kafka import KafkaConsumer, broker_of
from shared.runtime.settings import Settings
from shared.testing.store import MemoryClaims, MemoryStore

SETTINGS = Settings(kafka="nowhere:1", environment="test", gather_seconds=0.05)
TOPICS = ("sav.intake", "sav.triage")


class StubKafka:
    """Two partitions with one record each; the second topic fails once."""

    def __init__(self) -> None:
        self.at = {TopicPartition(f"test.{topic}", 0): 7 for topic in TOPICS}
        self.failures: list[Exception] = [UnknownError()]

    def assignment(self) -> set[TopicPartition]:
        return set(self.at)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[SimpleNamespace]]:
        del timeout_ms
        found: dict[TopicPartition, list[SimpleNamespace]] = {}
        for tp in sorted(partitions):
            if len(found) == max_records:
                break
            if tp.topic == "test.sav.triage" and self.failures:
                raise self.failures.pop()
            if self.at[tp] == 7:
                fields = {"topic": tp.topic, "partition": 0, "offset": 7, "key": None, "value": b"x"}
                found[tp] = [SimpleNamespace(**fields, timestamp=0, headers=())]
                self.at[tp] = 8
        return found

    async def position(self, tp: TopicPartition) -> int:
        del tp
        await asyncio.Event().wait()  # the broker is away
        raise AssertionError

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.at[tp] = offset


def _consumer(stub: StubKafka) -> KafkaConsumer:
    broker = broker_of(SETTINGS, "stub")
    consumer = KafkaConsumer(broker, SETTINGS, "dispatch", TOPICS, asyncio.Lock(), MemoryClaims(MemoryStore()))
    consumer._subscriber = SimpleNamespace(consumer=stub)
    return consumer


async def test_what_was_fetched_before_another_topic_failed_comes_again() -> None:
    # given records on two topics, of which the second fails once the first has woken us
    consumer = _consumer(StubKafka())
    consumer._new_here = False
    with pytest.raises(GoRound):
        await consumer.take(dict.fromkeys(TOPICS, 10))
    # when the batch is taken again
    batch = await consumer.take(dict.fromkeys(TOPICS, 10))
    # then nothing was passed over
    assert [(one.topic, one.offset) for one in batch.records] == [("sav.intake", 7), ("sav.triage", 7)]


@pytest.mark.parametrize(("group", "wait_ms"), [("dispatch", 250), ("desk", 500)])
def test_records_gather_at_the_broker_and_those_of_the_desk_for_longer(group: str, wait_ms: int) -> None:
    settings = Settings(kafka="nowhere:1", environment="test", gather_seconds=None)
    asked = _asked_of_the_broker(settings, group)
    assert (asked["fetch_min_bytes"], asked["fetch_max_wait_ms"]) == (128 * 1024, wait_ms)


def test_where_they_gather_here_the_broker_sends_each_record_at_once() -> None:
    assert _asked_of_the_broker(SETTINGS, "dispatch")["fetch_min_bytes"] == 1


def _asked_of_the_broker(settings: Settings, group: str) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    broker: Any = SimpleNamespace(subscriber=lambda *_, **options: asked.update(options))
    KafkaConsumer(broker, settings, group, TOPICS, asyncio.Lock(), MemoryClaims(MemoryStore()))
    return asked


async def test_the_first_record_waits_for_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a record that is there, and one that comes while the first one waits
    stub = StubKafka()
    stub.failures.clear()
    late = TopicPartition("test.sav.triage", 0)
    stub.at[late] = 6
    waits: list[float] = []

    async def meanwhile(wait: float) -> None:
        waits.append(wait)
        stub.at[late] = 7

    consumer = _consumer(stub)
    consumer._new_here = False
    monkeypatch.setattr("shared.runtime.kafka.asyncio.sleep", meanwhile)
    # when a batch is taken
    batch = await consumer.take(dict.fromkeys(TOPICS, 10))
    # then both are in it
    assert [one.topic for one in batch.records] == list(TOPICS)
    assert waits == [0.05]


async def test_behind_a_full_batch_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a topic that filled its quota
    stub = StubKafka()
    stub.failures.clear()
    consumer = _consumer(stub)
    consumer._new_here = False
    consumer._filled = {TopicPartition("test.sav.intake", 0)}

    async def never(wait: float) -> None:
        raise AssertionError(wait)

    monkeypatch.setattr("shared.runtime.kafka.asyncio.sleep", never)
    # when the next batch is taken
    batch = await consumer.take(dict.fromkeys(TOPICS, 10))
    # then it came at once
    assert len(batch.records) == 2


@pytest.mark.parametrize("error", [TimeoutError(), KafkaConnectionError()])
async def test_a_broker_that_does_not_answer_when_partitions_come_costs_a_round(error: Exception) -> None:
    consumer = _consumer(StubKafka())

    async def away() -> dict[TopicPartition, int]:
        raise error

    consumer._group_offsets = away  # type: ignore[method-assign]

    with pytest.raises(GoRound):
        await consumer.take({})


async def test_positions_that_nobody_knows_are_waited_for_once_and_not_one_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.runtime.kafka.CALL_SECONDS", 0.05)
    stub = StubKafka()
    stub.at = {TopicPartition("test.sav.intake", n): 0 for n in range(100)}

    async with asyncio.timeout(2.5):  # half of what a hundred waits would take
        assert await _consumer(stub).positions() == {}


def test_nothing_is_ever_committed_behind_our_back() -> None:
    # FastStream's default policy would have aiokafka commit, every five seconds, what was only taken
    broker = broker_of(SETTINGS, "stub")
    consumer = KafkaConsumer(broker, SETTINGS, "dispatch", TOPICS, asyncio.Lock(), MemoryClaims(MemoryStore()))

    assert consumer._subscriber._connection_args["enable_auto_commit"] is False
