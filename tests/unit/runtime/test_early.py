"""Early: what a message speaks of is not here yet; it is offered again with every change, oldest first."""

from __future__ import annotations

from datetime import timedelta

from shared.runtime.entity import CALL_PERSON_AFTER_EARLY
from tests.unit.runtime.bench import Bench, swept

MILLISECOND = timedelta(milliseconds=1)


async def test_what_is_early_is_offered_again_with_the_change_it_waits_for_in_the_same_append() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "b after a")
    await replica.run()
    assert bench.published() == []

    bench.say(1, "a", source="triage")
    await replica.run()

    assert bench.words() == ["a", "b after a"]
    assert bench.outcomes() == [["early"], ["decided", "decided"]]


async def test_what_is_early_counts_in_the_mark_so_that_its_successor_is_next_in_line() -> None:
    bench = Bench()
    bench.say(1, "b after a")
    bench.say(2, "c")

    await bench.replica().run()

    assert bench.words() == ["c"]
    assert bench.outcomes() == [["early", "decided"]]


async def test_a_copy_of_what_is_early_is_dropped() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "b after a")
    await replica.run()
    bench.say(1, "b after a")
    bench.say(2, "a")
    await replica.run()

    assert bench.words() == ["a", "b after a"]


async def test_everything_early_is_offered_oldest_first() -> None:
    # given three that wait for the same word, from three sources
    bench = Bench()
    replica = bench.replica()
    for source, word in (("triage", "b after a"), ("closure", "c after a"), ("intake", "d after a")):
        bench.say(1, word, source=source)
        await replica.run()
    # when it comes
    bench.say(2, "a")
    await replica.run()
    # then they follow in the order in which they came
    assert bench.words() == ["a", "b after a", "c after a", "d after a"]


async def test_one_early_that_is_let_go_lets_older_ones_go_with_it() -> None:
    # given an older one that waits for what a younger one will bring
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "c after b")
    bench.say(2, "d after z")
    bench.say(1, "b after a", source="triage")
    await replica.run()

    bench.say(3, "a")
    bench.say(4, "b")
    await replica.run()

    assert bench.words() == ["a", "b after a", "b", "c after b"]
    assert [waits.reason for waits in bench.folded().waiting.values()] == ["waits for z"]


async def test_what_waits_early_for_a_day_is_shown_to_a_person_once() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "b after a")
    await replica.run()
    # just before, nobody is called
    bench.clock.advance(CALL_PERSON_AFTER_EARLY - MILLISECOND)
    assert await swept(replica) == 0
    # exactly then, a person is
    bench.clock.advance(MILLISECOND)
    assert await swept(replica) == 1
    ((_, about, reason),) = bench.heard()
    assert about == "waiting"
    assert reason.endswith("intake : waits for a")
    # and never again, for the same
    bench.clock.advance(timedelta(days=9))
    assert await swept(replica) == 0
    assert bench.timers() == []
