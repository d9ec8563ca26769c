"""A crash at any passage of any numbered step, and a fresh replica: the topics come to be the same but for copies."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from shared.testing.faults import Crash, CrashAt, How
from tests.unit.runtime.bench import MINUTE, Bench, Replica, swept
from tests.unit.runtime.counter import counter

STEPS = ["1-taken", "2-loaded", "3-decided", "4-inserted", "4-armed", "5-published", "5-deleted", "6-committed"]
OPERATIONS = ["journal.insert", "timers.arm", "publisher.publish", "timers.delete", "graves.bury"]
DAY = timedelta(days=1)
Fault = tuple[str, int, How]
TICKETS = ("t1", "t2", "t3", "t6")


class Mortal:
    """A replica that is followed by a fresh one each time it dies."""

    def __init__(self, bench: Bench, crashes: CrashAt) -> None:
        self.bench = bench
        self.deaths = 0
        self.broken = {"bad"}
        self.crashes = crashes
        self.replica = bench.replica(counter(self.broken), crashes)

    async def live(self) -> None:
        """Take everything that is there and sweep once, whatever it takes."""
        while True:
            try:
                await swept(self.replica)
            except Crash:
                self.deaths += 1
                await self.follow()
            else:
                return

    async def follow(self) -> None:
        """Start a fresh replica in the place of this one; it never crashes by itself."""
        self.replica.consumer.leave()
        self.replica = self.bench.replica(counter(self.broken))
        await self.replica.loop.begin("r1")


async def life(
    crashes: CrashAt, fault: tuple[str, int, How] | None = None
) -> tuple[dict[str, object], Mortal, Replica]:
    """Play a life with everything in it, and return what is on the topics then."""
    bench = Bench()
    mortal = Mortal(bench, crashes)
    first = mortal.replica
    await first.loop.begin("r1")
    if fault is not None:
        first.faults.fail(*fault, error=Crash())
    for ticket in TICKETS:
        bench.say(1, "arm tea 5", ticket=ticket)
        bench.say(2, "a times 2", ticket=ticket)
    bench.put("sav.intake", b"?")
    await mortal.live()
    # early, behind a gap, held, of no interest, a copy, unreadable, from two sides
    bench.say(3, "b after z", ticket="t1")
    bench.say(4, "c", ticket="t2")
    bench.say(3, "bad", ticket="t3")
    bench.say(4, "d", ticket="t3")
    bench.say(3, "ignore this", ticket="t6")
    bench.say(2, "a times 2", ticket="t6")
    await mortal.live()
    bench.clock.advance(1 * MINUTE)  # the gap asks
    await mortal.live()
    bench.clock.advance(4 * MINUTE)  # the timers are due
    await mortal.live()
    bench.command("z", "c1", ticket="t1")
    bench.say(3, "e", ticket="t2")
    await mortal.live()
    mortal.broken.clear()
    await mortal.follow()
    bench.release(ticket="t3")
    bench.republish(1, ticket="t6")
    await mortal.live()
    bench.clock.advance(2 * DAY)  # what was cancelled while it crashed fires, and is found cancelled
    await mortal.live()
    return outputs(bench), mortal, first


def outputs(bench: Bench) -> dict[str, object]:
    """Return what anybody can see, each thing once: copies have the same id, dead letters the same place."""
    events: dict[str, bytes | None] = {}
    for record in bench.broker.records("sav.dispatch"):
        assert events.setdefault(orjson.loads(record.value or b"")["id"], record.value) == record.value
    return {
        "events": events,
        "heard": [bench.heard(ticket) for ticket in TICKETS],
        "asked": sorted(set(bench.asked_again())),
        "dead": sorted(set(bench.dead())),
        "timers": bench.timers(),
        "states": [bench.folded(ticket).state for ticket in TICKETS],
        "waiting": [waits for ticket in TICKETS for waits in bench.folded(ticket).waiting],
    }


async def test_the_life_that_is_crashed_has_everything_in_it() -> None:
    found, mortal, _ = await life(CrashAt())

    bench = mortal.bench
    assert mortal.deaths == 0
    assert bench.words("t1") == ["a0", "a1", "due tea", "z", "b after z"]
    assert bench.words("t2") == ["a0", "a1", "due tea", "e", "c"]
    assert bench.words("t3") == ["a0", "a1", "bad", "d", "due tea"]
    assert bench.words("t6") == ["a0", "a1", "due tea"]
    assert bench.asked_again() == [("intake", 3)]
    assert len(bench.dead()) == 1
    assert found["timers"] == []
    assert found["waiting"] == []


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_at_any_passage_of_a_step_changes_nothing_that_anybody_sees(step: str) -> None:
    # given what is on the topics after a life without a crash
    expected, mortal, _ = await life(CrashAt())
    passages = mortal.crashes.passed[step]
    assert passages > 3
    for nth in range(1, passages + 1):
        # when the replica dies there, the first time that it comes by, the second…
        found, crashed, _ = await life(CrashAt(step, nth))
        # then the topics say the same
        assert crashed.deaths == 1
        assert found == expected, f"{step}, passage {nth}"


@pytest.mark.parametrize("how", ["before", "half", "after"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_crash_within_any_write_changes_nothing_that_anybody_sees(operation: str, how: How) -> None:
    expected, _, first = await life(CrashAt())
    for nth in range(1, first.faults.calls[operation] + 1):
        found, crashed, _ = await life(CrashAt(), (operation, nth, how))

        assert crashed.deaths == 1
        assert found == expected, f"{operation} {how}, call {nth}"
