"""Deadlines: the owner decides what a timer means, so that firing early, twice or late does nothing wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.runtime.ports import Partition
from shared.testing.faults import Crash, CrashAt
from tests.unit.runtime.bench import ELSEWHERE, MINUTE, NINE, Bench, Replica, swept, taken
from tests.unit.runtime.counter import counter

MILLISECOND = timedelta(milliseconds=1)


async def test_a_timer_acts_exactly_when_it_is_due_and_not_before() -> None:
    bench, replica = await _armed("tea")
    # just before
    bench.clock.advance(5 * MINUTE - MILLISECOND)
    assert await swept(replica) == 0
    # exactly at
    bench.clock.advance(MILLISECOND)
    assert await swept(replica) == 1
    assert bench.words() == ["due tea"]
    assert bench.timers() == []
    # after
    bench.clock.advance(timedelta(days=1))
    assert await swept(replica) == 0


async def test_a_timer_that_comes_before_its_time_is_left_where_it_is() -> None:
    # given a timer that a replica with a fast clock published too soon
    bench, replica = await _armed("tea")
    bench.due("tea", 1, NINE + 5 * MINUTE)

    await replica.run()

    assert bench.words() == []
    assert bench.timers() == ["t1|tea|000001"]
    assert len(bench.journal()) == 1


async def test_a_timer_that_was_dropped_is_deleted_when_it_comes_all_the_same() -> None:
    bench, replica = await _armed("tea")
    bench.say(2, "drop tea")
    replica.faults.fail("timers.delete", error=Crash())
    with pytest.raises(Crash):
        await replica.run()
    replica.consumer.leave()
    other = bench.replica()
    await other.run()
    bench.clock.advance(5 * MINUTE)

    await swept(other)

    assert bench.words() == []
    assert bench.timers() == []


@pytest.mark.parametrize(
    ("said", "acts"),
    [("drop tea", False), ("arm tea 30", False), ("a", True)],
    ids=["dropped", "put off", "other words"],
)
async def test_a_timer_that_its_own_batch_has_made_pointless_does_nothing(said: str, acts: bool) -> None:
    # given a timer that is past, and words that are taken with it
    bench, replica = await _armed("tea")
    bench.clock.advance(5 * MINUTE)
    bench.say(2, said)
    bench.due("tea", 1, NINE + 5 * MINUTE)

    await replica.run()

    assert ("due tea" in bench.words()) is acts
    assert ("t1|tea|000001" in bench.timers()) is False


async def test_a_timer_of_an_earlier_arming_does_nothing_when_it_was_armed_anew() -> None:
    # given a timer that was armed anew for later
    bench, replica = await _armed("tea")
    bench.say(2, "arm tea 30")
    await replica.run()
    assert bench.timers() == ["t1|tea|000002"]
    # when the first one comes
    bench.clock.advance(5 * MINUTE)
    bench.due("tea", 1, NINE + 5 * MINUTE)
    await replica.run()
    # then nothing happens, until the second one does
    assert bench.words() == []
    bench.clock.advance(25 * MINUTE)
    await swept(replica)
    assert bench.words() == ["due tea"]


async def test_a_deadline_that_stays_as_it_was_keeps_its_timer() -> None:
    bench, replica = await _armed("tea")
    bench.say(2, "a")
    await replica.run()

    assert bench.timers() == ["t1|tea|000001"]
    bench.clock.advance(5 * MINUTE)
    await swept(replica)
    assert bench.words() == ["a", "due tea"]


async def test_a_timer_that_was_consumed_publishes_its_append_again_and_is_deleted() -> None:
    # given a replica that died after its timer acted, before anything was published
    bench, replica = await _armed("tea")
    bench.clock.advance(5 * MINUTE)
    await replica.sweeper.sweep()
    replica.faults.fail("publisher.publish", error=Crash())
    with pytest.raises(Crash):
        await replica.run()
    replica.consumer.leave()
    # and somebody who committed past it, so that only the timer is left to tell
    other = bench.replica()
    at = bench.broker.records("sav.dispatch.due")[0]
    await other.consumer.take({})
    await other.consumer.commit({Partition(at.topic, at.partition): at.offset + 1})
    other.consumer.leave()
    # when it fires again
    bench.clock.advance(MINUTE)
    third = bench.replica()
    await swept(third)
    # then its append is published as it was, once, and the timer is gone
    assert bench.words() == ["due tea"]
    assert len(bench.journal()) == 2
    assert bench.timers() == []


async def test_a_timer_that_fires_twice_acts_once() -> None:
    bench, replica = await _armed("tea")
    bench.clock.advance(5 * MINUTE)
    bench.due("tea", 1, NINE + 5 * MINUTE)
    bench.due("tea", 1, NINE + 5 * MINUTE)

    await replica.run()

    assert bench.words() == ["due tea"]


async def test_a_timer_of_an_append_that_this_replica_has_not_seen_makes_it_load_the_ticket() -> None:
    # given the owner of a ticket, and a timer that another replica armed in it, for a message that is not keyed by it
    bench = Bench()
    bench.say(1, "a")
    replicas = [bench.replica(), bench.replica()]
    await taken(replicas)
    bench.command("arm tea 5", "c1", key=ELSEWHERE)
    await taken(replicas)
    owner = next(one for one in replicas if one.knows() == 1)
    # when the owner meets the timer
    bench.clock.advance(5 * MINUTE)
    await swept(owner)
    # then it loads what it did not know, and acts
    assert bench.words() == ["a", "due tea"]
    assert bench.timers() == []


async def test_what_waits_in_an_append_of_another_replica_is_decided_with_its_facts_after_the_reload() -> None:
    # given the owner of a ticket, in which another replica armed a timer and kept an early message
    bench = Bench()
    bench.say(1, "a")
    replicas = [bench.replica(), bench.replica()]
    await taken(replicas)
    bench.command("arm tea 5", "c1", key=ELSEWHERE)
    bench.command("c after b", "c2", key=ELSEWHERE)
    await taken(replicas)
    owner = next(one for one in replicas if one.knows() == 1)
    # when the word that it waits for comes to the owner in one batch with the timer
    bench.clock.advance(5 * MINUTE)
    bench.due("tea", 2, NINE + 5 * MINUTE)
    bench.say(2, "b")
    await owner.run()
    # then nothing is held for want of facts
    assert bench.words() == ["a", "b", "c after b", "due tea"]


async def test_a_timer_whose_rule_failed_waits_with_its_ticket_and_the_others_of_that_ticket_too() -> None:
    bench = Bench()
    replica = bench.replica(counter(broken={"due tea"}))
    bench.say(1, "arm tea 5")
    bench.say(2, "arm soup 6")
    await replica.run()
    bench.clock.advance(7 * MINUTE)

    await swept(replica)

    assert bench.words() == []
    assert [about for _, about, _ in bench.heard()] == ["armed", "armed", "held"]
    assert bench.timers() == ["t1|soup|000001"]  # refused, and so still armed


@pytest.mark.parametrize("step", ["4-inserted", "4-armed", "5-published", "5-deleted"])
async def test_a_timer_survives_a_crash_at_any_step_of_its_arming_and_acts_once(step: str) -> None:
    bench = Bench()
    bench.say(1, "arm tea 5")
    first = bench.replica(crashes=CrashAt(step))
    with pytest.raises(Crash):
        await first.run()
    first.consumer.leave()
    second = bench.replica()
    await second.run()
    assert bench.timers() == ["t1|tea|000001"]
    second.consumer.leave()

    bench.clock.advance(5 * MINUTE)
    third = bench.replica(crashes=CrashAt(step))
    await third.sweeper.sweep()
    with pytest.raises(Crash):
        await swept(third)
    third.consumer.leave()
    bench.clock.advance(MINUTE)
    await swept(bench.replica())

    assert bench.words() == ["due tea"]
    assert bench.timers() == []


async def _armed(kind: str) -> tuple[Bench, Replica]:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, f"arm {kind} 5")
    await replica.run()
    return bench, replica
