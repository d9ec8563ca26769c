"""Two replicas on one ticket, engines that fail, partitions taken away: the version of the journal does the fencing."""

from __future__ import annotations

import pytest

from shared.errors import GoRound
from shared.runtime.gate import EVENT_LIMIT_BYTES, SPLIT_BYTES
from shared.testing.faults import How
from tests.unit.runtime.bench import ELSEWHERE, MINUTE, TOPICS, Bench, Replica, swept
from tests.unit.runtime.counter import counter

LARGE = "x" * (EVENT_LIMIT_BYTES // 2)
"""A word of one megabyte."""


async def test_a_ticket_that_another_replica_wrote_is_loaded_and_decided_again_alone() -> None:
    # given the owner of two tickets, on its way to write both
    bench = Bench()
    owner, other = _owner_and_other(bench)
    for seq, word in ((1, "a"), (2, "b after z")):
        bench.say(seq, word)
    bench.say(1, "x", ticket="t6")  # of the same partition
    bench.command("z", "c1", key=ELSEWHERE)
    # when the other replica writes one of them first
    owner.faults.meanwhile("journal.insert", other.run)
    await owner.run()
    # then that one is decided again on what is there now, in seq behind it; the other is written once
    assert bench.words() == ["z", "a", "b after z"]
    assert bench.outcomes() == [["decided"], ["decided", "decided"]]
    assert owner.loop.tally.conflicts == 1
    assert owner.faults.calls["journal.insert"] == 2
    assert bench.words("t6") == ["x"]


async def test_what_another_replica_had_decided_already_is_published_again_and_not_decided_twice() -> None:
    # given a replica that was thrown out of the group in the middle of its batch
    bench = Bench()
    bench.say(1, "a")
    first = bench.replica()

    async def somebody_else() -> None:
        first.consumer.freeze()
        await bench.replica().run()

    first.faults.meanwhile("journal.insert", somebody_else)
    # when it goes on to write what another has written meanwhile
    with pytest.raises(GoRound, match="commit refused"):
        await first.run()
    # then there is one append, and its event was published twice, the same
    assert bench.outcomes() == [["decided"]]
    assert bench.published() == [(1, "counted", "a")] * 2
    assert bench.words() == ["a"]


async def test_a_replica_that_is_always_too_late_goes_round_and_loses_nothing() -> None:
    # given another replica that is quicker five times in a row
    bench = Bench()
    owner, other = _owner_and_other(bench)
    bench.say(1, "a")
    for nth in range(1, 6):

        async def quicker(nth: int = nth) -> None:
            bench.command(f"z{nth}", f"c{nth}", key=ELSEWHERE)
            await other.run()

        owner.faults.meanwhile("journal.insert", quicker, nth)
    # when it gives up, and then takes the same batch again
    with pytest.raises(GoRound, match="1 tickets are being written by another replica"):
        await owner.run()
    await owner.run()
    # then everything is there, once
    assert bench.words() == ["z1", "z2", "z3", "z4", "z5", "a"]


async def test_what_does_not_fit_one_document_is_parted_between_messages_into_consecutive_appends() -> None:
    # given more in one batch than a document takes, which waits besides
    bench = Bench()
    for seq in range(1, 10):
        bench.say(seq, f"{seq}{LARGE}")

    replica = bench.replica()
    await replica.run()

    assert [word[0] for word in bench.words()] == list("123456789")
    assert len(bench.journal()) > 1
    assert all(sum(len(said.body) for said in one.events) <= SPLIT_BYTES + EVENT_LIMIT_BYTES for one in bench.journal())
    assert bench.folded() == replica.cached()


async def test_a_second_append_of_a_batch_is_never_there_without_its_first() -> None:
    # given the owner of a ticket, on its way to write two appends of it
    bench = Bench()
    owner, other = _owner_and_other(bench)
    for seq in range(1, 10):
        bench.say(seq, f"{seq}{LARGE}")
    bench.command("z", "c1", key=ELSEWHERE)
    # when another replica wrote the first of their numbers
    owner.faults.meanwhile("journal.insert", other.run)
    await owner.run()
    # then nothing of the first attempt is left: each word is there once, and no number is used twice
    assert [word[0] for word in bench.words()] == list("z123456789")


async def test_a_release_of_more_than_a_document_takes_is_parted_too() -> None:
    # given a held ticket with much behind it
    bench = Bench()
    first = bench.replica(counter(broken={"bad"}))
    bench.say(1, "bad")
    for seq in range(2, 20):
        bench.say(seq, f"{chr(95 + seq)}{LARGE}")
    await first.run()
    first.consumer.leave()
    # when it is released by a replica that dies before it has published anything
    bench.release()
    before = len(bench.journal())
    second = bench.replica()
    second.faults.fail("publisher.publish", error=GoRound("away"))
    with pytest.raises(GoRound):
        await second.run()
    assert len(bench.journal()) - before > 1
    # then all of it is published by the next round
    await second.run()
    assert [word[0] for word in bench.words()] == ["b", *"abcdefghijklmnopqr"]


@pytest.mark.parametrize(
    ("moment", "appends", "events"),
    [("journal.load", 0, 0), ("journal.insert", 1, 0), ("timers.arm", 1, 0), ("publisher.publish", 1, 1)],
)
async def test_a_batch_whose_partitions_were_taken_away_is_neither_gone_on_with_nor_committed(
    moment: str, appends: int, events: int
) -> None:
    # given a replica in the middle of a batch
    bench = Bench()
    bench.say(1, "a")
    first = bench.replica()

    async def somebody_joins() -> None:
        bench.replica()

    first.faults.meanwhile(moment, somebody_joins)
    # when its partitions are given anew
    with pytest.raises(GoRound, match="were revoked"):
        await first.loop.run_batch()
    # then it went no further than the call that it was in, and committed nothing
    assert (len(bench.journal()), len(bench.published())) == (appends, events)
    assert sum(bench.broker.group("dispatch", TOPICS).committed.values()) == 0
    # and whoever owns them now ends what was begun, once
    await first.run()
    bench.everybody_leaves()
    await bench.replica().run()
    assert bench.words() == ["a"]


async def test_a_replica_that_wakes_up_later_publishes_old_events_after_newer_ones_and_readers_are_not_misled() -> None:
    # given a replica that was frozen when its append was written
    bench = Bench()
    bench.say(1, "a")
    first = bench.replica()

    async def time_goes_by() -> None:
        first.consumer.freeze()
        other = bench.replica()
        bench.say(2, "b")
        await other.run()

    first.faults.meanwhile("publisher.publish", time_goes_by)
    # when it wakes and goes on
    with pytest.raises(GoRound, match="commit refused"):
        await first.run()
    # then its old event lies behind newer ones, and whoever reads by seq has each once and in order
    assert [seq for seq, _, _ in bench.published()] == [1, 2, 1]
    assert bench.words() == ["a", "b"]
    # and as a member again it changes nothing
    first.consumer.thaw()
    await first.run()
    assert bench.words() == ["a", "b"]
    assert bench.outcomes() == [["decided"], ["decided"]]


async def test_what_was_known_under_an_older_assignment_is_forgotten() -> None:
    # given a replica that knows a ticket, and whose partitions were revoked and given back
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    await replica.run()
    bench.replica().consumer.leave()
    # when it goes on with another ticket
    bench.say(1, "x", ticket="t6")
    await replica.run()
    # then it would load the first again: somebody else may have written it
    assert replica.cached("t1") is None
    assert replica.cached("t6") is not None


@pytest.mark.parametrize("operation", ["journal.insert", "timers.arm", "publisher.publish", "consumer.commit"])
async def test_nothing_of_a_round_that_failed_is_kept_in_memory(operation: str) -> None:
    bench = Bench()
    replica = bench.replica()
    bench.say(1, "a")
    await replica.run()
    assert replica.knows() == 1

    bench.say(2, "b")
    replica.faults.fail(operation)
    with pytest.raises(GoRound):
        await replica.run()

    assert replica.cached() is None


OPERATIONS = [
    *("consumer.take", "consumer.commit", "consumer.end_offsets", "journal.load", "journal.insert"),
    *("timers.arm", "timers.delete", "timers.due", "publisher.publish", "graves.bury"),
]


@pytest.mark.parametrize("how", ["before", "half", "after"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_engine_that_fails_at_any_call_costs_a_round_and_nothing_else(operation: str, how: How) -> None:
    # given what a life brings when nothing fails
    expected, calls = await _life(operation, how, 0)
    assert calls > 0
    # when one call fails: the first, the second… up to the last
    for nth in range(1, calls + 1):
        found, _ = await _life(operation, how, nth)
        # then the same is on the topics, but for copies
        assert found == expected, f"{operation} {how}, call {nth}"


async def _life(operation: str, how: How, nth: int) -> tuple[object, int]:
    bench = Bench()
    replica = bench.replica(counter(broken={"bad"}))
    if nth:
        replica.faults.fail(operation, nth, how)
    for ticket in ("t1", "t2", "t3"):
        bench.say(1, "arm tea 5", ticket=ticket)
        bench.say(3, "c", ticket=ticket)
    bench.say(2, "bad", ticket="t3")
    await _patiently(replica, 0)
    bench.put("sav.intake", b"?")
    bench.put("sav.intake", b"!")
    bench.say(2, "b after due", ticket="t2")
    for minutes in (1, 4, 5):
        await _patiently(replica, minutes)
    bench.say(2, "b")
    await _patiently(replica, 5)
    heard = [bench.heard(ticket) for ticket in ("t1", "t2", "t3")]
    outside = heard, sorted(set(bench.asked_again())), sorted(set(bench.dead())), bench.timers()
    return outside, replica.faults.calls[operation]


async def _patiently(replica: Replica, minutes: int) -> None:
    """Let time go by, then go round until nothing fails: at most one call does."""
    clock = replica.sweeper._clock
    assert hasattr(clock, "advance")
    clock.advance(minutes * MINUTE)
    for _ in range(3):
        try:
            await swept(replica)
        except GoRound:
            continue


def _owner_and_other(bench: Bench) -> tuple[Replica, Replica]:
    """Return the replica to which the ticket `t1` comes, and the one to which `ELSEWHERE` does."""
    one, two = bench.replica(), bench.replica()
    return (one, two) if one.owns() else (two, one)
