"""The first test of every record: does an append name it as a cause? Then the mark, then the key."""

from __future__ import annotations

import pytest

from shared.testing.faults import Crash, CrashAt
from tests.unit.runtime.bench import MINUTE, Bench


async def test_a_record_that_an_append_names_is_answered_with_that_append_again_unchanged() -> None:
    # given a replica that died after its append was written, and before anything was published
    bench = Bench()
    bench.say(1, "a times 2")
    first = bench.replica(crashes=CrashAt("4-inserted"))
    with pytest.raises(Crash):
        await first.run()
    first.consumer.leave()
    assert bench.published() == []
    # when another takes the same record, later
    bench.clock.advance(MINUTE)
    await bench.replica().run()
    # then the same append is published, with the instant of its decision, and nothing else was written
    assert bench.published() == [(1, "counted", "a0"), (2, "counted", "a1")]
    assert bench.outcomes() == [["decided"]]
    body = bench.broker.records("sav.dispatch")[0].value
    assert body == bench.journal()[0].events[0].body


async def test_a_redelivered_record_arms_the_deadlines_of_the_present_state() -> None:
    # given a replica that died between its append and the arming of its timer
    bench = Bench()
    bench.say(1, "arm tea 5")
    first = bench.replica(crashes=CrashAt("4-inserted"))
    with pytest.raises(Crash):
        await first.run()
    first.consumer.leave()
    assert bench.timers() == []
    # when the record comes again
    await bench.replica().run()
    # then the timer is there
    assert bench.timers() == ["t1|tea|000001"]


async def test_a_redelivered_record_does_not_arm_what_was_dropped_since() -> None:
    # given a replica that died between the append and the arming of its timer
    bench = Bench()
    bench.say(1, "arm tea 5")
    first = bench.replica(crashes=CrashAt("4-inserted"))
    with pytest.raises(Crash):
        await first.run()
    first.consumer.leave()
    # when the record comes again together with one that drops the timer
    bench.say(2, "drop tea")
    await bench.replica().run()
    # then both are published, and nothing is armed
    assert [about for _, about, _ in bench.heard()] == ["armed", "dropped"]
    assert bench.timers() == []


async def test_a_copy_at_another_offset_is_dropped_and_nothing_is_published_again() -> None:
    # given an event that was decided
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    await replica.run()
    # when its owner publishes it again
    bench.say(1, "a")
    await replica.run()
    # then nothing was written and nothing published: two stages would echo each other for ever
    assert bench.published() == [(1, "counted", "a")]
    assert bench.outcomes() == [["decided"]]


async def test_a_topic_read_again_from_its_start_changes_nothing() -> None:
    bench = Bench()
    replica = bench.replica()
    for seq, word in enumerate(["a", "ignore this", "b after c", "c"], start=1):
        bench.say(seq, word)
    await replica.run()
    before = bench.outcomes(), bench.heard()

    for seq, word in enumerate(["a", "ignore this", "b after c", "c"], start=1):
        bench.say(seq, word)
    await replica.run()

    assert (bench.outcomes(), bench.heard()) == before


async def test_what_is_ignored_is_recorded_with_its_reason_and_publishes_nothing() -> None:
    bench = Bench()
    bench.say(1, "ignore this")

    await bench.replica().run()

    (cause,) = bench.journal()[0].causes
    assert (cause.outcome, cause.reason) == ("ignored", "told to")
    assert bench.published() == []


async def test_a_record_at_the_place_of_another_one_is_not_taken_for_it() -> None:
    # given a cause whose place on the topic now holds another record, as after a topic was made anew
    bench = Bench()
    await _counted(bench, "a")
    other = Bench(store=bench.store)
    other.say(2, "b")
    # when it is read
    await other.replica().run()
    # then it is decided as what it is
    assert bench.folded().state.words == ("a", "b")


async def test_a_keyed_copy_is_dropped_and_its_first_answer_stays() -> None:
    # given a command that was carried out
    bench = Bench()
    bench.command("a", "c1")
    await _counted(bench)
    # when its sender repeats it, some time later
    bench.clock.advance(MINUTE)
    bench.command("a", "c1")
    await bench.replica().run()
    # then nothing follows
    assert bench.words() == ["a"]
    assert bench.outcomes() == [["decided"]]
    assert bench.dead() == []


async def test_the_same_key_with_other_content_goes_to_the_dead_with_its_neighbours_unharmed() -> None:
    # given a command that was carried out
    bench = Bench()
    bench.command("a", "c1")
    await _counted(bench)
    # when the same id comes with another word, before a healthy one
    strange = bench.command("b", "c1")
    bench.command("c", "c2")
    await bench.replica().run()
    # then the first counts, the strange one is kept with a reason, the healthy one is decided
    assert bench.words() == ["a", "c"]
    ((place, reason),) = bench.dead()
    assert place == f"sav.commands/{strange.partition}/{strange.offset}"
    assert reason == "c1 was used before with other content; the first one counts"


async def test_both_of_one_batch_with_the_same_key_count_once() -> None:
    bench = Bench()
    bench.command("a", "c1")
    bench.command("a", "c1")

    await bench.replica().run()

    assert bench.words() == ["a"]


async def test_a_reader_that_missed_events_gets_them_again_from_there_on() -> None:
    # given three events, said in two batches
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a times 2")
    await replica.run()
    bench.say(2, "b")
    await replica.run()
    before = bench.broker.records("sav.dispatch")
    # when a reader asks from the second on
    bench.republish(2)
    await replica.run()
    # then just those are published again, byte for byte, and nothing is written
    again = bench.broker.records("sav.dispatch")[len(before) :]
    assert [record.value for record in again] == [record.value for record in before[1:]]
    assert len(bench.journal()) == 2


async def test_events_asked_for_again_come_before_what_the_same_batch_brings() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    await replica.run()
    bench.republish(1)
    bench.say(2, "b")

    await replica.run()

    assert [seq for seq, _, _ in bench.published()] == [1, 1, 2]


async def test_a_stage_passes_over_the_commands_of_others() -> None:
    bench = Bench()
    bench.put(
        "sav.commands",
        b'{"specversion":"1.0","id":"x","type":"sav.triage.reclassify.v1","source":"sav/test/desk",'
        b'"subject":"t1","time":"2026-03-03T09:00:00Z","data":{}}',
    )

    await bench.replica().run()

    assert bench.journal() == []
    assert bench.dead() == []


async def _counted(bench: Bench, word: str = "") -> None:
    replica = bench.replica()
    if word:
        bench.say(1, word)
    await replica.run()
    replica.consumer.leave()
