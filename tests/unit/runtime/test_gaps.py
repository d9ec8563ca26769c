"""A gap: a message came whose predecessor is missing. It is kept once, asked for, and never passed over."""

from __future__ import annotations

from datetime import timedelta

from shared.runtime.entity import ASK_AGAIN_AFTER, CALL_PERSON_AFTER_GAP
from tests.unit.runtime.bench import Bench, swept

MILLISECOND = timedelta(milliseconds=1)


async def test_a_message_whose_predecessor_is_missing_is_kept_and_drained_in_the_append_that_brings_it() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    bench.say(3, "c")
    bench.say(4, "d")
    await replica.run()
    assert bench.words() == ["a"]

    bench.say(2, "b")
    await replica.run()

    assert bench.words() == ["a", "b", "c", "d"]
    assert bench.outcomes() == [["decided", "gap", "gap"], ["decided", "decided", "decided"]]


async def test_a_copy_of_what_waits_behind_a_gap_is_kept_once() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(2, "b")
    bench.say(2, "b")
    await replica.run()
    bench.say(2, "b")
    await replica.run()

    bench.say(1, "a")
    await replica.run()

    assert bench.words() == ["a", "b"]
    assert bench.outcomes() == [["gap"], ["decided", "decided"]]


async def test_what_waited_behind_a_gap_and_is_early_waits_on_as_early() -> None:
    # given a message that waits for its predecessor, and for something else besides
    bench = Bench()
    replica = bench.replica()
    bench.say(2, "b after z")
    await replica.run()
    # when its predecessor comes
    bench.say(1, "a")
    bench.say(3, "c")
    await replica.run()
    # then it counts in the mark, and goes when it can
    assert bench.words() == ["a", "c"]
    bench.say(4, "z")
    await replica.run()
    assert bench.words() == ["a", "c", "z", "b after z"]


async def test_a_gap_in_one_source_keeps_back_nothing_of_another() -> None:
    bench = Bench()
    bench.say(2, "b")
    bench.say(1, "x", source="triage")

    await bench.replica().run()

    assert bench.words() == ["x"]


async def test_a_gap_asks_its_owner_and_then_calls_a_person() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    bench.say(3, "c")
    await replica.run()
    # just before the minute is over, nobody is asked
    bench.clock.advance(ASK_AGAIN_AFTER - MILLISECOND)
    await swept(replica)
    assert bench.asked_again() == []
    # exactly then, its owner is
    bench.clock.advance(MILLISECOND)
    await swept(replica)
    assert bench.asked_again() == [("intake", 2)]
    # just before ten minutes, no person is called; exactly then, one is
    bench.clock.advance(CALL_PERSON_AFTER_GAP - ASK_AGAIN_AFTER - MILLISECOND)
    await swept(replica)
    assert [about for _, about, _ in bench.heard()] == ["counted"]
    bench.clock.advance(MILLISECOND)
    await swept(replica)
    assert [about for _, about, _ in bench.heard()] == ["counted", "waiting"]
    # and each of the two was said once
    bench.clock.advance(timedelta(days=1))
    await swept(replica)
    assert bench.asked_again() == [("intake", 2)]
    assert len(bench.heard()) == 2


async def test_a_gap_that_closes_in_time_asks_nobody() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(2, "b")
    await replica.run()
    bench.say(1, "a")
    await replica.run()

    bench.clock.advance(timedelta(days=1))
    await swept(replica)

    assert bench.asked_again() == []
    assert bench.words() == ["a", "b"]
    assert bench.timers() == []
