"""A record that kills the process three times is set aside by itself; everything else is only counted, if at all."""

from __future__ import annotations

import pytest

from shared.errors import GoRound
from shared.runtime.loop import QUOTA_OTHERWISE
from shared.testing.faults import Crash
from tests.unit.runtime.bench import Bench, Replica
from tests.unit.runtime.counter import counter


async def test_a_record_that_kills_the_process_three_times_is_set_aside_by_itself() -> None:
    # given a record whose decision kills the process, among others on its own and on other topics
    bench = Bench()
    bench.say(1, "a")
    deadly = bench.say(2, "deadly")
    bench.say(3, "b")
    bench.say(1, "x", source="triage")
    bench.command("y", "c1")
    bench.say(1, "n", ticket="t6")
    # when it is started again each time
    for _ in range(3):
        with pytest.raises(Crash):
            await (await _started(bench)).run()
    await (await _started(bench)).run()
    # then that record alone lies dead, and the others were decided
    assert bench.dead() == [
        (f"sav.intake/{deadly.partition}/{deadly.offset}", "in hand at 3 unclean exits of the process")
    ]
    assert sorted(bench.words()) == ["a", "x", "y"]
    assert bench.words("t6") == ["n"]
    # and what came behind it waits for it, as behind anything that is missing
    assert [waits.kind for waits in bench.folded().waiting.values()] == ["gap"]


async def test_a_record_that_kills_twice_and_then_not_is_decided() -> None:
    bench = Bench()
    bench.say(1, "deadly")
    for _ in range(2):
        with pytest.raises(Crash):
            await (await _started(bench)).run()

    bench.everybody_leaves()
    mended = bench.replica()
    await mended.loop.begin("r1")
    await mended.run()

    assert bench.words() == ["deadly"]
    assert bench.dead() == []


async def test_an_engine_that_is_away_convicts_nobody_however_often_a_round_fails() -> None:
    # given a replica that starts after an unclean exit while the broker takes nothing
    bench = Bench()
    bench.say(1, "a")
    await bench.replica().loop.begin("r1")
    bench.everybody_leaves()
    replica = await _started(bench)
    for nth in range(1, 11):
        replica.faults.fail("publisher.publish", nth)
    for _ in range(10):
        with pytest.raises(GoRound):
            await replica.loop.run_batch()
    # when it is back
    await replica.run()
    # then nothing lies dead
    assert bench.words() == ["a"]
    assert bench.dead() == []


async def test_one_that_was_convicted_stays_so_when_the_round_that_buries_it_fails() -> None:
    bench = Bench()
    bench.say(1, "deadly")
    for _ in range(3):
        with pytest.raises(Crash):
            await (await _started(bench)).run()
    replica = await _started(bench)
    replica.faults.fail("graves.bury")
    with pytest.raises(GoRound):
        await replica.run()

    await replica.run()

    assert len(bench.dead()) == 1


async def test_after_an_unclean_exit_only_what_may_have_been_in_hand_is_taken_one_by_one() -> None:
    # given a backlog far larger than a batch, and a replica that dies in its second batch
    bench = Bench()
    for seq in range(1, 5 * QUOTA_OTHERWISE + 1):
        bench.say(seq, "ignore this")
    first = await _started(bench)
    await first.loop.run_batch()
    first.faults.fail("journal.insert", error=Crash())
    with pytest.raises(Crash):
        await first.run()
    # when the next one goes on
    second = await _started(bench)
    await second.run()
    # then it counted a batch, not the backlog, and went at full speed behind it
    assert second.faults.calls["attempts.count"] == QUOTA_OTHERWISE
    assert second.loop.tally.batches == QUOTA_OTHERWISE + 3
    # and counts nothing that comes later
    bench.say(5 * QUOTA_OTHERWISE + 1, "a")
    await second.run()
    assert second.faults.calls["attempts.count"] == QUOTA_OTHERWISE


async def test_an_unclean_exit_with_nothing_left_to_read_slows_nobody_down() -> None:
    bench = Bench()
    bench.say(1, "a")
    await (await _started(bench)).run()

    second = await _started(bench)
    for seq in range(2, 52):
        bench.say(seq, "ignore this")
    await second.run()

    assert second.loop.tally.batches == 1
    assert second.faults.calls["attempts.count"] == 0


async def test_partitions_of_another_replica_do_not_keep_this_one_slow() -> None:
    # given an unclean exit with a backlog in every partition, and another replica that shares them
    bench = Bench()
    tickets = [f"t{n}" for n in range(30)]
    for ticket in tickets:
        bench.say(1, "a", ticket=ticket)
    await bench.replica().loop.begin("r1")
    replica = await _started(bench)
    bench.replica()
    await replica.run()
    counted = replica.faults.calls["attempts.count"]
    assert 0 < counted < 30
    # when it has done its own part
    batches = replica.loop.tally.batches
    for ticket in tickets:
        bench.say(2, "b", ticket=ticket)
    await replica.run()
    # then it goes at full speed
    assert replica.loop.tally.batches == batches + 1
    assert replica.faults.calls["attempts.count"] == counted


async def test_a_stop_in_good_order_is_no_unclean_exit() -> None:
    bench = Bench()
    bench.say(1, "a")
    first = await _started(bench)
    await first.loop.end("r1")

    second = await _started(bench)
    await second.run()

    assert second.faults.calls["attempts.count"] == 0


async def _started(bench: Bench) -> Replica:
    """Start the replica anew on the same name, with a rule that a certain word kills."""
    bench.everybody_leaves()
    replica = bench.replica(counter(deadly={"deadly"}))
    await replica.loop.begin("r1")
    return replica
