"""The sweeper: what is due, oldest first, to whoever owns it, and not again before it can have been dealt with."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
import pytest

from shared.errors import GoRound
from shared.runtime.append import Armed, timer_document
from shared.runtime.partitions import partition_of
from shared.runtime.ports import Document
from shared.runtime.sweeper import FIRST_WINDOW, LIMIT, PER_SWEEP
from shared.testing.store import MemoryTimers
from tests.unit.runtime.bench import NINE, Bench, Replica

MILLISECOND, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
COOL_DOWN = timedelta(seconds=10)


async def test_a_timer_is_published_again_only_after_it_has_cooled_down() -> None:
    # given a due timer that was published, and stays where it is
    bench, replica = await _bench()
    await _arm(bench, "t1", NINE)
    await _settled(replica)
    assert await replica.sweeper.sweep() == 1
    await _passed(replica)
    # just before the end of the cool-down it is not published again
    bench.clock.advance(COOL_DOWN - MILLISECOND)
    assert await replica.sweeper.sweep() == 0
    # at its end it is
    bench.clock.advance(MILLISECOND)
    assert await replica.sweeper.sweep() == 1


async def test_an_owner_that_has_not_taken_the_last_timers_is_not_sent_more() -> None:
    # given a timer in a partition of the due topic that is not read to its end
    bench, replica = await _bench()
    await _settled(replica)
    bench.due("other", 1, NINE)
    await _arm(bench, "t1", NINE)
    assert await replica.sweeper.sweep() == 0

    await replica.run()

    assert await replica.sweeper.sweep() == 1


async def test_each_replica_publishes_for_its_own_partitions() -> None:
    bench, one = await _bench()
    two = bench.replica()
    tickets = [f"t{n}" for n in range(20)]
    for ticket in tickets:
        await _arm(bench, ticket, NINE)
    for replica in (one, two):
        await _settled(replica)

    assert await one.sweeper.sweep() == sum(one.owns(ticket) for ticket in tickets)
    assert await two.sweeper.sweep() == sum(two.owns(ticket) for ticket in tickets)

    assert sorted(_published(bench)) == sorted(tickets)


async def test_the_oldest_are_published_first_however_many_are_due() -> None:
    # given far more than a window holds, armed in no order
    bench, replica = await _bench()
    await _settled(replica)
    count = 3 * LIMIT
    for n in range(count):
        await _arm(bench, f"t{n}", NINE - timedelta(minutes=(n * 7919) % count))

    assert await replica.sweeper.sweep() == count

    for partition in range(6):
        mine = [one for one in _published(bench) if partition_of(one) == partition]
        ages = [-((int(one[1:]) * 7919) % count) for one in mine]
        assert ages == sorted(ages)


async def test_a_backlog_never_keeps_the_loop_from_its_own_work_for_long() -> None:
    bench, replica = await _bench()
    await _settled(replica)
    for n in range(PER_SWEEP + 3 * LIMIT):
        await _arm(bench, f"t{n}", NINE - n * SECOND)

    assert PER_SWEEP <= await replica.sweeper.sweep() < PER_SWEEP + LIMIT


async def test_as_many_as_a_window_holds_are_found_in_one_look() -> None:
    # given exactly as many due timers as a window holds
    bench, replica = await _bench()
    await _settled(replica)
    for n in range(LIMIT):
        await _arm(bench, f"t{n}", NINE - n * MILLISECOND)
    looks = _looks(replica)
    # when they are swept, then one look was enough; with one more it is not
    assert await replica.sweeper.sweep() == LIMIT
    assert len(looks) == 1
    await _arm(bench, "one-more", NINE)
    await replica.sweeper.sweep()
    assert len(looks) > 2


async def test_a_backlog_is_looked_for_once_and_then_known() -> None:
    # given many timers of one minute a month ago, that have to stay
    bench, replica = await _bench()
    await _settled(replica)
    count = 3 * LIMIT
    for n in range(count):
        await _arm(bench, f"t{n}", NINE - timedelta(days=30) + n * 40 * MILLISECOND)
    looks = _looks(replica)
    first = await replica.sweeper.sweep()
    searching = len(looks)
    # when they are swept again, with one that was armed for longer ago still, and one for now
    looks.clear()
    await _arm(bench, "older", NINE - timedelta(days=40))
    await _arm(bench, "newer", NINE)
    bench.clock.advance(COOL_DOWN)
    await replica.consumer.take({"sav.dispatch.due": count})
    second = await replica.sweeper.sweep()
    # then all are published again, and the backlog was not met as a whole
    assert (first, second) == (count, count + 2)
    assert len(looks) < searching
    assert sum(found > LIMIT for found in looks) <= 1


async def test_a_backlog_that_is_gone_is_forgotten() -> None:
    # given a backlog that was swept and deleted
    bench, replica = await _bench()
    await _settled(replica)
    for n in range(2 * LIMIT):
        await _arm(bench, f"t{n}", NINE - timedelta(days=30) + n * MILLISECOND)
    await replica.sweeper.sweep()
    for n in range(2 * LIMIT):
        bench.store.delete("timers", timer_document(f"t{n}", Armed("tea", 1, NINE))["_id"])
    await replica.sweeper.sweep()
    # when nothing is due any more, then an idle sweep is one look
    looks = _looks(replica)
    assert await replica.sweeper.sweep() == 0
    assert looks == [0]


async def test_timers_that_have_to_stay_do_not_hide_others_of_the_same_instant() -> None:
    # given more timers of one instant than a window holds, which nobody may act on yet
    bench, replica = await _bench()
    await _settled(replica)
    for n in range(LIMIT + 1):
        await _arm(bench, f"t{n}", NINE)
    # when there is one more, wherever the store has it
    for name in ("a-first", "z-last"):
        await _arm(bench, name, NINE)
    # then it comes with them
    await replica.sweeper.sweep()
    assert len(set(_published(bench))) == LIMIT + 3


async def test_what_has_been_due_for_two_months_is_still_found() -> None:
    bench, replica = await _bench()
    await _settled(replica)
    await _arm(bench, "t1", NINE - FIRST_WINDOW + MILLISECOND)

    assert await replica.sweeper.sweep() == 1


async def test_a_timer_that_could_not_be_published_is_published_by_the_next_sweep() -> None:
    bench, replica = await _bench()
    await _settled(replica)
    await _arm(bench, "t1", NINE)
    replica.faults.fail("publisher.publish")
    with pytest.raises(GoRound):
        await replica.sweeper.sweep()

    assert await replica.sweeper.sweep() == 1


async def _bench() -> tuple[Bench, Replica]:
    bench = Bench()
    return bench, bench.replica()


async def _arm(bench: Bench, ticket: str, at: datetime) -> None:
    await MemoryTimers(bench.store).arm([timer_document(ticket, Armed("tea", 1, at))])


async def _settled(replica: Replica) -> None:
    """Let it find its partitions' offsets; there is nothing to take yet."""
    assert (await replica.consumer.take({})).records == ()


async def _passed(replica: Replica) -> None:
    """Take the due timer without deciding it, as an owner does that refuses its act."""
    assert len((await replica.consumer.take({})).records) == 1


def _looks(replica: Replica) -> list[int]:
    """Note from now on how many timers each look of its sweeper finds."""
    looks: list[int] = []
    due = replica.sweeper._timers.due

    async def noted(after: datetime, until: datetime, limit: int) -> list[Document]:
        found = await due(after, until, limit)
        looks.append(len(found))
        return found

    replica.sweeper._timers.due = noted  # type: ignore[method-assign]
    return looks


def _published(bench: Bench) -> list[str]:
    return [orjson.loads(record.value or b"")["entity"] for record in bench.broker.records("sav.dispatch.due")]
