"""A channel with several doors is heard only as far as the one that is furthest behind says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.events.notify import ChannelWatermark
from shared.runtime.channel_watch import ChannelWatch
from shared.runtime.ports import Partition
from shared.testing.broker import MemoryBroker
from shared.testing.consumer import MemoryConsumer
from shared.testing.store import MemoryClaims, MemoryStore
from tests.requirements import requirement

WORDS = Partition("sav.requests.email", 0)
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def word(instance: str, minutes: int, spool: str = "open") -> bytes:
    until = T0 + timedelta(minutes=minutes)
    said = ChannelWatermark(adapter="email", instance=instance, until=until, spool=spool)  # type: ignore[arg-type]
    return said.model_dump_json().encode()


def watch(broker: MemoryBroker | None = None) -> ChannelWatch:
    ticks = iter(range(1000))
    consumer = MemoryConsumer(broker or MemoryBroker(), "intake", ["sav.requests.email"], MemoryClaims(MemoryStore()))
    return ChannelWatch(["email"], {"email": [WORDS]}, consumer, lambda: float(next(ticks)))


@requirement("R13")
async def test_the_door_that_is_furthest_behind_counts_and_one_that_is_gone_does_not() -> None:
    looks = watch()
    assert await looks.heard_until() is None

    looks.note(word("lmtp", 1))
    looks.note(word("imap", 5))
    assert await looks.heard_until() == T0 + timedelta(minutes=1)

    looks.note(word("lmtp", 3))
    assert await looks.heard_until() == T0 + timedelta(minutes=3)

    looks.note(word("lmtp", 3, "empty"))
    assert await looks.heard_until() == T0 + timedelta(minutes=5)


@requirement("R13")
async def test_what_was_accepted_is_heard_once_the_whole_group_has_folded_it_in() -> None:
    # given words that lie before the door's own word, and a group that has not taken them yet
    broker = MemoryBroker()
    broker.append(WORDS.topic, b"{}", partition=WORDS.partition)
    looks = watch(broker)
    looks.note(word("lmtp", 1))
    assert await looks.heard_until() is None
    # when they are committed by whoever took them
    broker.group("intake", [WORDS.topic]).committed[WORDS] = 1
    # then the door's word counts
    assert await looks.heard_until() == T0 + timedelta(minutes=1)
