"""The one door of the adapters, on a real broker that dies and comes back: accepted means kept, and kept once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from adapters import accept, line
from adapters.accept import BEHIND, Acceptor, NotAccepted
from adapters.door import FRAME_BYTES, TooLarge
from adapters.speaker import say_gone
from shared.engines.kafka_embedded import EmbeddedKafka
from shared.engines.supervise import free_ports
from shared.events.notify import ChannelWatermark, Delivery
from shared.events.requests import Request
from shared.runtime.settings import Settings
from shared.topics import DOOR_LIMIT_BYTES
from tests.requirements import requirement
from tests.support.door import request
from tests.support.kafka import PATIENCE_SECONDS, TestTopics, until

pytestmark = pytest.mark.kafka
REQUESTS = "sav.requests.email"


class HandClock:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return that."""
        return self.at


@pytest.fixture
async def place(topics: TestTopics) -> TestTopics:
    """An environment with the topics that a door of the mail writes to; one partition, so that order can be seen."""
    for name in (REQUESTS, "sav.deliveries", "sav.channels"):
        await topics.create(name, 1, {"max.message.bytes": str(DOOR_LIMIT_BYTES)})
    return topics


@pytest.fixture
async def clock() -> HandClock:
    """A clock of this test's own."""
    return HandClock()


@pytest.fixture
async def door(place: TestTopics, tmp_path: Path, clock: HandClock) -> AsyncIterator[Acceptor]:
    """An open door."""
    async with Acceptor(settings_of(place), "email", tmp_path / "spool", clock=clock) as opened:
        yield opened


def settings_of(place: TestTopics, kafka: str = "") -> Settings:
    return Settings(kafka=kafka or place.servers, environment=place.prefix.removesuffix("."), replica="here")


async def keys(place: TestTopics, last: str) -> list[str]:
    """The keys on the topic up to this one, each where it comes first: of a copy intake keeps nothing."""
    consumer = AIOKafkaConsumer(
        place.prefix + REQUESTS, bootstrap_servers=place.servers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    found: dict[str, None] = {}
    async with consumer, asyncio.timeout(PATIENCE_SECONDS):
        while last not in found:
            found[Request.model_validate_json((await consumer.getone()).value).key] = None
    return list(found)


async def words(place: TestTopics, count: int) -> list[ChannelWatermark]:
    records = await place.read(place.prefix + "sav.channels", count)
    return [ChannelWatermark.model_validate_json(record.value) for record in records]


@requirement("R2")
async def test_a_broker_that_dies_loses_nothing_that_was_accepted_and_gets_it_once_and_in_order(
    place: TestTopics, mortal_kafka: EmbeddedKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SEND_SECONDS", 1.0)
    async with Acceptor(settings_of(place, mortal_kafka.address), "email", tmp_path / "spool") as door:
        await door.accept(request("m1"))
        await door.drained()  # a broker under load may have let the first one wait
        await asyncio.to_thread(mortal_kafka.kill)

        accepted = [await door.accept(request(f"m{number}")) for number in range(2, 7)]
        assert [one.where for one in accepted] == ["spool"] * 5

        await asyncio.to_thread(mortal_kafka.start)
        async with asyncio.timeout(30):
            await door.drained()
        await door.accept(request("m7"))
        await door.drained()

    assert await keys(place, "m7") == [f"m{number}" for number in range(1, 8)]
    assert list((tmp_path / "spool").glob("*.rec")) == []


@requirement("R2")
async def test_a_door_killed_while_it_spools_has_kept_all_that_it_accepted(place: TestTopics, tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    arguments = [f"127.0.0.1:{nobody}", place.prefix.removesuffix("."), str(tmp_path / "spool")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.door", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    told = [await process.stdout.readline() for _ in range(20)]
    process.kill()
    told += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    accepted = [line for line in told if line.startswith(b"accepted m") and line.endswith(b"\n")]

    async with Acceptor(settings_of(place), "email", tmp_path / "spool") as door:
        kept = door.waiting
        await door.drained()

    assert kept - len(accepted) in (0, 1)  # the last one may have been kept before it could say so
    assert await keys(place, f"m{kept}") == [f"m{number}" for number in range(1, kept + 1)]


@requirement("R2")
async def test_where_neither_kafka_nor_the_disk_takes_it_nothing_is_accepted(
    place: TestTopics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nobody,) = free_ports(1)
    async with Acceptor(settings_of(place, f"127.0.0.1:{nobody}"), "email", tmp_path / "spool") as door:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(NotAccepted):
                await door.accept(request("m1"))
        assert door.waiting == 0
        assert (await door.accept(request("m1"))).where == "spool"


async def test_a_request_without_a_key_is_given_one_so_that_its_copy_can_be_told(
    place: TestTopics, door: Acceptor
) -> None:
    accepted = await door.accept(request(""))

    assert accepted.key.startswith("door:")
    assert await keys(place, accepted.key) == [accepted.key]


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
async def test_the_largest_request_is_taken_by_kafka_itself_and_one_byte_more_is_refused_at_the_door(
    place: TestTopics, door: Acceptor, more: int, fits: bool
) -> None:
    empty = len(request("m1", "").model_dump_json(exclude_defaults=True)) + len(',"text":""')
    room = DOOR_LIMIT_BYTES - FRAME_BYTES - len(request("m1").personal.email)  # which is the record's key
    text = "x" * (room - empty + more)

    if fits:
        assert (await door.accept(request("m1", text))).where == "kafka"
        assert await keys(place, "m1") == ["m1"]
    else:
        with pytest.raises(TooLarge):
            await door.accept(request("m1", text))


async def test_a_report_goes_to_the_deliveries_under_its_ticket(place: TestTopics, door: Acceptor) -> None:
    report = Delivery(
        message="t1:reminder:1:1:email",
        ticket="t1",
        kind="reminder",
        generation=1,
        resolution=1,
        channel="email",
        status="bounced",
        at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    )

    await door.report(report)

    (record,) = await place.read(place.prefix + "sav.deliveries", 1)
    assert record.key == b"t1"
    assert Delivery.model_validate_json(record.value) == report


@requirement("R13")
async def test_the_door_says_that_all_is_published_only_up_to_what_is_still_coming_in(
    place: TestTopics, door: Acceptor, clock: HandClock
) -> None:
    async def first_word() -> bool:
        return door._speaker is not None and door._speaker.said is not None

    await until(first_word)
    with door.receiving() as received_at:
        clock.at += timedelta(minutes=5)
        await door.say()
    await door.say()

    said = await words(place, 3)
    assert [word.until for word in said] == [received_at - BEHIND, received_at, clock.at - BEHIND]
    assert {word.adapter for word in said} == {"email"}


@requirement("R13")
async def test_the_door_says_nothing_past_what_lies_in_its_spool(
    place: TestTopics, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled_at = clock.at + timedelta(minutes=1)
    (nobody,) = free_ports(1)
    async with Acceptor(settings_of(place, f"127.0.0.1:{nobody}"), "email", tmp_path / "spool", clock=clock) as door:
        await door.accept(request("m1").model_copy(update={"received_at": spooled_at}))
    clock.at += timedelta(hours=1)
    monkeypatch.setattr(accept, "AGAIN_SECONDS", 3600.0)

    async with Acceptor(settings_of(place), "email", tmp_path / "spool", clock=clock) as door:
        await door.say()
        door._wake.set()
        await door.drained()
        await door.say()

    assert [word.until for word in await words(place, 2)] == [spooled_at, clock.at - BEHIND]


@requirement("R13")
async def test_a_door_that_polls_has_heard_only_what_it_has_looked_at(
    place: TestTopics, tmp_path: Path, clock: HandClock
) -> None:
    async with Acceptor(settings_of(place), "email", tmp_path / "spool", clock=clock, polls=True) as door:
        await door.say()
        looked_at = clock.at - timedelta(hours=2)
        door.heard(looked_at)
        await door.say()

    assert [word.until for word in await words(place, 1)] == [looked_at]


@requirement("R13")
async def test_a_door_through_which_no_customer_speaks_says_nothing_of_silence(
    place: TestTopics, tmp_path: Path, clock: HandClock
) -> None:
    async with Acceptor(settings_of(place), "email", tmp_path / "out", clock=clock, speaks=False) as door:
        await door.say()
    async with Acceptor(settings_of(place), "email", tmp_path / "in", clock=clock) as door:
        await door.say()

    await say_gone(settings_of(place), "email", "email/here/in", "lost")

    first, last = [json.loads(one.value) for one in await place.read(place.prefix + "sav.channels", 2)]
    assert (first["instance"], first["spool"]) == ("email/here/in", "open")
    assert (last["instance"], last["spool"]) == ("email/here/in", "lost")


async def test_two_doors_of_one_channel_speak_under_names_of_their_own(
    place: TestTopics, tmp_path: Path, clock: HandClock
) -> None:
    for name in ("lmtp", "imap"):
        async with Acceptor(settings_of(place), "email", tmp_path / name, clock=clock) as door:
            await door.say()

    records = await place.read(place.prefix + "sav.channels", 2)
    assert [json.loads(record.value)["instance"] for record in records] == ["email/here/lmtp", "email/here/imap"]
