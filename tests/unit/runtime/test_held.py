"""Held: a rule failed, or only newer code can decide. That ticket waits in order, its neighbours go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.runtime.bench import Bench, event_bytes, swept
from tests.unit.runtime.counter import counter

NEWER = event_bytes("intake", 2, "b").replace(b"needs-attention.v1", b"needs-attention.v7")
OPTIONAL = event_bytes("intake", 2, "b").replace(b"needs-attention.v1", b"coffee-made.v1")


async def test_a_ticket_whose_rule_fails_is_held_alone_and_a_person_is_told() -> None:
    bench = Bench()
    bench.say(1, "bad")
    bench.say(2, "b")
    bench.say(1, "x", ticket="t2")

    await bench.replica(counter(broken={"bad"})).run()

    assert bench.heard() == [(1, "held", "Le dossier est retenu dans dispatch : RuntimeError: no rule for bad")]
    assert bench.outcomes() == [["held", "held"]]
    assert bench.words("t2") == ["x"]


async def test_what_is_released_goes_in_order_through_the_mended_rule() -> None:
    # given a held ticket
    bench = Bench()
    first = bench.replica(counter(broken={"bad"}))
    for seq, word in enumerate(["bad", "b", "c"], start=1):
        bench.say(seq, word)
    bench.say(1, "d", source="triage")
    await first.run()
    first.consumer.leave()
    # when the rule is mended and a person lets it go
    bench.release()
    mended = bench.replica()
    await mended.run()
    # then everything follows in order, and the ticket is free
    assert bench.words() == ["bad", "b", "c", "d"]
    bench.say(4, "e")
    await mended.run()
    assert bench.words()[-1] == "e"
    assert bench.folded().waiting == {}


async def test_a_release_that_fails_again_keeps_the_rest_in_order() -> None:
    # given a ticket with two that fail
    bench = Bench()
    replica = bench.replica(counter(broken={"bad", "worse"}))
    for seq, word in enumerate(["bad", "b", "worse", "d"], start=1):
        bench.say(seq, word)
    await replica.run()
    replica.consumer.leave()
    # when only the first is mended
    bench.release("r1")
    better = bench.replica(counter(broken={"worse"}))
    await better.run()
    better.consumer.leave()
    # then all before the second went, it is held, and what is behind it waits on
    assert bench.words() == ["bad", "b"]
    assert [waits.seq for waits in bench.folded().of_kind("held")] == [3, 4]
    # when it is mended too
    bench.release("r2")
    await bench.replica().run()
    assert bench.words() == ["bad", "b", "worse", "d"]


async def test_what_turns_out_early_when_it_is_released_waits_as_early_and_the_rest_goes_on() -> None:
    # given held messages of which the first is early once it is understood
    bench = Bench()
    first = bench.replica(counter(broken={"b after z"}))
    bench.say(1, "b after z")
    bench.say(2, "c")
    await first.run()
    first.consumer.leave()
    # when they are released
    bench.release()
    replica = bench.replica()
    await replica.run()
    # then the second went, and the first follows what it waits for
    assert bench.words() == ["c"]
    bench.say(3, "z")
    await replica.run()
    assert bench.words() == ["c", "z", "b after z"]


async def test_an_early_message_whose_rule_fails_keeps_back_the_early_ones_behind_it() -> None:
    # given two early messages of one source that wait for the same word
    bench = Bench()
    first = bench.replica()
    bench.say(1, "b after z")
    bench.say(2, "c after z")
    await first.run()
    first.consumer.leave()
    # when it comes, and the rule fails on the first of them
    bench.say(3, "z")
    bench.say(4, "d")
    failing = bench.replica(counter(broken={"b after z"}))
    await failing.run()
    failing.consumer.leave()
    # then nothing went past it
    assert bench.words() == ["z"]
    assert [waits.kind for waits in bench.folded().waiting.values()] == ["held", "early", "held"]
    # and the release keeps the order
    bench.release()
    await bench.replica().run()
    assert bench.words() == ["z", "b after z", "c after z", "d"]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
async def test_what_was_behind_a_gap_is_held_behind_what_was_held_before_it(together: bool) -> None:
    # given a third message that came first, a first that fails, and the second
    bench = Bench()
    first = bench.replica(counter(broken={"bad"}))
    bench.say(3, "c")
    if not together:
        await first.run()
    bench.say(1, "bad")
    bench.say(2, "b")
    await first.run()
    first.consumer.leave()
    # when all are released
    bench.release()
    await bench.replica().run()
    # then they go in the order of their source
    assert bench.words() == ["bad", "b", "c"]


async def test_an_event_in_a_newer_version_holds_its_ticket_until_code_knows_it() -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    bench.put("sav.intake", NEWER)
    bench.say(3, "c")
    await replica.run()

    assert bench.words() == ["a"]
    assert [(waits.kind, waits.seq) for waits in bench.folded().waiting.values()] == [("held", 2), ("held", 3)]
    assert bench.heard()[-1][1] == "held"
    assert "sav.intake.needs-attention.v7 is a version that this code does not know" in bench.heard()[-1][2]
    # a release without newer code changes nothing
    bench.release()
    await replica.run()
    assert bench.words() == ["a"]


async def test_a_type_that_nobody_here_needs_is_recorded_as_ignored() -> None:
    bench = Bench()
    bench.say(1, "a")
    bench.put("sav.intake", OPTIONAL)
    bench.say(3, "c")

    await bench.replica().run()

    assert bench.words() == ["a", "c"]
    assert bench.outcomes() == [["decided", "ignored", "decided"]]


async def test_a_release_of_what_is_not_held_changes_nothing() -> None:
    bench = Bench()
    bench.say(1, "a")
    bench.release()

    await bench.replica().run()

    assert bench.words() == ["a"]


async def test_a_deadline_that_was_held_is_armed_again_by_its_release_and_passes_the_same_gate() -> None:
    # given a deadline whose rule fails, and a message behind it that would have dropped it
    bench = Bench()
    first = bench.replica(counter(broken={"due fire"}))
    bench.say(1, "arm fire 5")
    await first.run()
    bench.clock.advance(timedelta(minutes=5))
    await swept(first)
    bench.say(2, "drop fire")
    await first.run()
    first.consumer.leave()
    assert [waits.kind for waits in bench.folded().waiting.values()] == ["held", "held"]
    # when they are released with the rule mended
    bench.release()
    mended = bench.replica()
    await mended.run()
    await swept(mended)
    # then what cannot be undone did not happen while something waited that spoke against it
    assert bench.words() == []
    assert bench.timers() == []


async def test_a_deadline_that_was_held_acts_after_its_release_where_nothing_speaks_against_it() -> None:
    bench = Bench()
    first = bench.replica(counter(broken={"due tea"}))
    bench.say(1, "arm tea 5")
    await first.run()
    bench.clock.advance(timedelta(minutes=5))
    await swept(first)
    first.consumer.leave()

    bench.release()
    mended = bench.replica()
    await mended.run()
    await swept(mended)

    assert bench.words() == ["due tea"]
    assert bench.timers() == []


async def test_a_replica_that_cannot_read_a_journal_leaves_its_timers_alone() -> None:
    # given an append of newer code, which this one cannot fold, and a timer that it armed
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "arm tea 5")
    await replica.run()
    replica.consumer.leave()
    document = bench.store.find("journal", "t1#000001")
    assert document is not None
    event = document["events"][0]
    newer = event | {"body": event["body"].replace(b"needs-attention.v1", b"needs-attention.v7")}
    bench.store.put("journal", document | {"events": [newer]})
    # when a message comes for it, and the timer
    old = bench.replica()
    bench.say(2, "b")
    bench.clock.advance(timedelta(minutes=5))
    await swept(old)
    old.consumer.leave()
    assert bench.timers() == ["t1|tea|000001"]
    # then newer code finds both
    bench.store.put("journal", document)
    bench.release()
    bench.clock.advance(timedelta(minutes=1))
    await swept(bench.replica())
    assert bench.words() == ["b", "due tea"]
