"""Whatever the order: two replicas whose calls interleave at random, crashes, freezes, rebalances, copies, lost calls.

Each thing that is said is counted once, and every reader gets each event once, in `seq` order, without a hole.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.testing.faults import How
from tests.unit.runtime.bench import ELSEWHERE, MINUTE, Bench, Replica, event_bytes
from tests.unit.runtime.counter import counter
from tests.unit.runtime.turns import Turns

REPLICAS = ("r1", "r2")
TICKETS = ("t1", "t2")
SOURCES = ("intake", "triage")
OPERATIONS = ("consumer.take", "consumer.commit", "journal.load", "journal.insert", "timers.arm", "publisher.publish")
BROKEN = frozenset(f"bad{n}" for n in range(100))
KINDS = ("plain", "after", "last", "ignore", "arm", "fire", "drop", "bad")
LAST = "the-end"
"""What some wait for; said when everything else was."""

tickets, replicas = st.sampled_from(TICKETS), st.sampled_from(REPLICAS)
steps = st.tuples(st.just("steps"), replicas, st.integers(1, 12))
acts = st.one_of(
    steps,
    steps,
    st.tuples(
        st.just("say"), tickets, st.sampled_from(SOURCES), st.sampled_from(("plain", "plain", "after", "ignore"))
    ),
    st.tuples(
        st.just("say"), tickets, st.sampled_from(SOURCES), st.sampled_from(("last", "arm", "fire", "drop", "bad"))
    ),
    st.tuples(st.just("swap"), tickets, st.sampled_from(SOURCES)),
    st.tuples(st.just("bring")),
    st.tuples(st.just("command"), tickets, st.booleans()),
    st.tuples(st.just("copy"), st.integers(0, 1000)),
    st.tuples(st.just("crash"), replicas),
    st.tuples(st.just("freeze"), replicas),
    st.tuples(st.just("rebalance")),
    st.tuples(st.just("fail"), replicas, st.sampled_from(OPERATIONS), st.sampled_from(("before", "half", "after"))),
    st.tuples(st.just("wait"), st.integers(1, 3)),
)


@dataclass
class Play:
    """One random life of two replicas, and everything that was said in it."""

    bench: Bench = field(default_factory=Bench)
    turns: Turns = field(default_factory=Turns)
    alive: dict[str, Replica] = field(default_factory=dict)
    said: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """By source and ticket, in the order of their seq."""
    kept_back: list[tuple[str, str, int]] = field(default_factory=list)
    """Said, and not on the topic yet."""
    commands: list[tuple[str, str, str]] = field(default_factory=list)
    answered: int = 0

    # -- what others do ----------------------------------------------------------------------------------------------

    def say(self, ticket: str, source: str, kind: str) -> None:
        """Another stage says something about a ticket."""
        self._publish(source, ticket, self._new(source, ticket, kind))

    def swap(self, ticket: str, source: str) -> None:
        """It says two things, and the second is there before the first."""
        first = self._new(source, ticket, "plain")
        self._publish(source, ticket, self._new(source, ticket, "plain"))
        self.kept_back.append((source, ticket, first))

    def bring(self) -> None:
        """What was kept back comes after all; it may come to the replica that does not own the ticket."""
        for source, ticket, seq in self.kept_back:
            self._publish(source, ticket, seq, ELSEWHERE if seq % 2 else ticket)
        self.kept_back.clear()

    def _new(self, source: str, ticket: str, kind: str) -> int:
        words = self.said.setdefault((source, ticket), [])
        name = f"{source[0]}{len(words) + 1}"
        plain = [word for word in self.expected(ticket) if " " not in word]
        word = {
            "after": f"{name} after {plain[len(words) % len(plain)] if plain else LAST}",
            "last": f"{name} after {LAST}",
            "ignore": "ignore this",
            "arm": "arm tea 1",
            "fire": "arm fire 1",
            "drop": "drop tea",
            "bad": f"bad{len(self.expected(ticket))}",
        }.get(kind, name)
        words.append(word)
        return len(words)

    def _publish(self, source: str, ticket: str, seq: int, key: str = "") -> None:
        word = self.said[source, ticket][seq - 1]
        self.bench.put(f"sav.{source}", event_bytes(source, seq, word, ticket), key or ticket)

    def command(self, ticket: str, elsewhere: bool) -> None:
        """A person says something; it may come to the replica that does not own the ticket."""
        number = len(self.commands) + 1
        self.commands.append((ticket, f"c{number}", ELSEWHERE if elsewhere else ticket))
        self._give(self.commands[-1])

    def _give(self, command: tuple[str, str, str]) -> None:
        ticket, word, key = command
        self.bench.command(word, f"command-{word}", ticket, key)

    def copy(self, which: int) -> None:
        """Somebody publishes again what was published before."""
        everything = [(*pair, seq) for pair, words in self.said.items() for seq in range(1, len(words) + 1)]
        there = [one for one in everything if one not in self.kept_back]
        choice = which % (len(there) + len(self.commands) or 1)
        if choice < len(there):
            self._publish(*there[choice], ELSEWHERE if which % 2 else "")
        elif self.commands:
            self._give(self.commands[choice - len(there)])

    def wait(self, minutes: int) -> None:
        """Time goes by."""
        self.bench.clock.advance(minutes * MINUTE)

    def rebalance(self) -> None:
        """Everything is revoked and given anew, wherever the replicas are."""
        next(iter(self.alive.values())).consumer._group.rebalance()

    # -- what happens to the replicas ----------------------------------------------------------------------------------

    def start(self, name: str, broken: frozenset[str] = BROKEN) -> None:
        """Start a replica."""
        self.alive[name] = self.bench.replica(counter(broken))
        self.turns.start(name, self.alive[name])

    async def steps(self, name: str, count: int) -> None:
        """Let a replica go on for some calls."""
        for _ in range(count):
            await self.turns.step(name)

    async def crash(self, name: str) -> None:
        """End it where it is; another takes its place."""
        await self.turns.kill(name)
        self.alive[name].consumer.leave()
        self.start(name)

    async def freeze(self, name: str) -> None:
        """Throw it out of its group without its knowing, or let it notice that it was."""
        consumer = self.alive[name].consumer
        if consumer.frozen:
            consumer.thaw()
        else:
            consumer.freeze()

    def fail(self, name: str, operation: str, how: How) -> None:
        """Let a call fail."""
        self.alive[name].faults.fail(operation, how=how)

    # -- the end -------------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Say what is left, mend the rule, let go what is held, and let time go by until nothing waits."""
        await self.turns.kill_all()
        for replica in self.alive.values():
            self._check_memory(replica)
            replica.consumer.leave()
        self.bring()
        self.alive = {}
        for ticket in TICKETS:
            self.bench.command(LAST, f"last-{ticket}", ticket)
        last = [self.bench.replica(), self.bench.replica()]
        for round_ in range(12):
            for ticket in TICKETS:
                self.bench.release(f"release-{round_}", ticket)
            for replica in last:
                await replica.run()
                await replica.sweeper.sweep()
            self._answer()
            # At last a day and more: what was cancelled while somebody crashed fires then, and is found cancelled.
            self.wait(2 if round_ < 8 else 24 * 60)
        for replica in last:
            await replica.run()
            self._check_memory(replica)

    def _answer(self) -> None:
        """The other stages publish again what they are asked for."""
        asked = self.bench.asked_again()
        for source, first in asked[self.answered :]:
            for ticket in TICKETS:
                for seq in range(first, len(self.said.get((source, ticket), [])) + 1):
                    self._publish(source, ticket, seq)
        self.answered = len(asked)

    def _check_memory(self, replica: Replica) -> None:
        for ticket in TICKETS:
            if (kept := replica.cached(ticket)) is not None:
                folded = self.bench.folded(ticket, kept.version)
                assert kept == folded
                assert list(kept.waiting) == list(folded.waiting)

    def expected(self, ticket: str) -> list[str]:
        """Return every word that is to be counted, whatever the order."""
        silent = ("ignore", "arm", "drop")
        said = [word for (_, about), words in self.said.items() if about == ticket for word in words]
        commanded = [word for about, word, _ in self.commands if about == ticket]
        return [word for word in said if not word.startswith(silent)] + commanded


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(acts, min_size=5, max_size=60))
def test_each_thing_is_counted_once_and_each_event_read_once_in_order(life: list[tuple[object, ...]]) -> None:
    asyncio.run(_played(life))


async def _played(life: list[tuple[object, ...]]) -> None:
    play = Play()
    for name in REPLICAS:
        play.start(name)
    try:
        for act, *arguments in life:
            done = getattr(play, str(act))(*arguments)
            if done is not None:
                await done
        await play.settle()
    finally:
        await play.turns.kill_all()
    bench = play.bench
    assert bench.dead() == []
    assert bench.timers() == []
    for ticket in TICKETS:
        counted = [word for word in bench.words(ticket) if not word.startswith("due ")]
        assert sorted(counted) == sorted([*play.expected(ticket), LAST])
        assert bench.folded(ticket).waiting == {}
        assert bench.folded(ticket).state.alarms == {}
        for source in SOURCES:
            in_order = [word for word in play.said.get((source, ticket), []) if word in counted and " " not in word]
            assert [word for word in counted if word in in_order] == in_order
