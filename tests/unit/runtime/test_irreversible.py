"""What cannot be undone is done only when nothing that is known, or that lies on a topic, could speak against it."""

from __future__ import annotations

from shared.runtime.loop import QUOTA_OTHERWISE
from tests.unit.runtime.bench import MINUTE, Bench, Replica, swept
from tests.unit.runtime.counter import counter

MORE = QUOTA_OTHERWISE + 50
"""Messages that one batch does not take."""


async def test_an_irreversible_act_is_refused_while_a_message_is_missing_and_its_timer_stays() -> None:
    bench, replica = await _armed("fire")
    bench.say(3, "c")
    bench.clock.advance(5 * MINUTE)
    await swept(replica)
    assert bench.words() == []
    assert "t1|fire|000001" in bench.timers()
    # when the missing one comes, the timer acts the next time that it fires
    bench.say(2, "b")
    bench.clock.advance(MINUTE)
    await swept(replica)
    assert bench.words() == ["b", "c", "due fire"]


async def test_an_irreversible_act_is_refused_while_a_message_is_held() -> None:
    bench = Bench()
    replica = bench.replica(counter(broken={"bad"}))
    bench.say(1, "arm fire 5")
    bench.say(2, "bad")
    await replica.run()
    bench.clock.advance(5 * MINUTE)

    await swept(replica)

    assert bench.words() == []
    assert bench.timers() == ["t1|fire|000001"]


async def test_an_irreversible_act_is_not_kept_back_by_what_is_merely_early() -> None:
    bench, replica = await _armed("fire")
    bench.say(2, "b after z")
    bench.clock.advance(5 * MINUTE)

    await swept(replica)

    assert bench.words() == ["due fire"]


async def test_an_irreversible_act_waits_for_all_that_lay_before_it_on_the_other_topics() -> None:
    # given a due timer that is met while a topic of the same partition is not read to its end
    bench, replica = await _met_behind_more("fire", last="drop fire")
    # when batches bring first the one, then the other
    await replica.run()
    # then the last word before it counted
    assert bench.words() == []
    assert bench.timers() == []


async def test_an_irreversible_act_that_has_caught_up_is_done_at_its_next_firing() -> None:
    bench, replica = await _met_behind_more("fire")
    await replica.run()
    assert bench.words() == []

    bench.clock.advance(MINUTE)
    await swept(replica)

    assert bench.words() == ["due fire"]


async def test_what_was_refused_comes_again_as_soon_as_its_barrier_is_read_and_only_once() -> None:
    # given a due timer that was refused because its partition was not read to its end
    bench, replica = await _met_behind_more("fire")
    await replica.loop.run_batch()
    # while what lay before it is not read, it stays away for the cool-down
    assert await replica.sweeper.sweep() == 0
    await replica.run()
    # when it is, the next sweep brings it, and the one after that does not
    assert [await replica.sweeper.sweep() for _ in range(2)] == [1, 0]
    await replica.run()

    assert bench.words() == ["due fire"]
    assert replica.loop.newly_passed() == []


async def test_a_refused_timer_that_was_dropped_is_forgotten() -> None:
    _, replica = await _met_behind_more("fire", last="drop fire")

    await replica.run()

    assert replica.loop.newly_passed() == []


async def test_an_irreversible_act_is_not_put_off_for_ever_by_messages_that_keep_coming() -> None:
    # given a due timer that was refused because its partition was not read to its end then
    bench, replica = await _met_behind_more("fire")
    await replica.loop.run_batch()
    # when as many more have come at its next firing, and are not read either
    for seq in range(MORE + 2, 2 * MORE + 2):
        bench.say(seq, "ignore this")
    bench.clock.advance(MINUTE)
    await replica.sweeper.sweep()
    await replica.loop.run_batch()
    # then it acts: what lay before it when it was first met has been read
    assert bench.words() == ["due fire"]


async def test_an_act_that_can_be_undone_waits_for_nobody() -> None:
    bench, replica = await _met_behind_more("tea", last="drop tea")

    await replica.run()

    assert bench.words() == ["due tea"]


async def _armed(kind: str) -> tuple[Bench, Replica]:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, f"arm {kind} 5")
    await replica.run()
    return bench, replica


async def _met_behind_more(kind: str, last: str = "ignore this") -> tuple[Bench, Replica]:
    """Return a due timer that is met beside more on another topic than one batch takes, with this last word."""
    bench, replica = await _armed(kind)
    bench.clock.advance(5 * MINUTE)
    await replica.sweeper.sweep()
    for seq in range(2, MORE + 2):
        bench.say(seq, last if seq == MORE + 1 else "ignore this")
    return bench, replica
