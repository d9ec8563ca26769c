"""What goes wrong, how often, and when it stops: drawn from the seed, each kind from numbers of its own.

A seed has a random half of the kinds asked for, each at a rate of its own, so that rare pairs of faults get room.
Every call of a port by a replica passes `SimFaults.enter`: there it waits its time, and there trouble finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol, TypeVar

from shared.errors import GoRound
from shared.runtime.failpoints import Failpoints
from shared.runtime.ports import Outgoing
from shared.testing.faults import Crash, Faults, Passage
from simulate.chance import Chance, spread
from simulate.trace import Trace

T = TypeVar("T")

AT_A_CALL: dict[str, tuple[float, float]] = {
    "crash": (0.0005, 0.006),
    "lost": (0.001, 0.03),
    "refused": (0.001, 0.03),
    "partial": (0.001, 0.03),
    "late": (0.001, 0.02),
    "zombie": (0.0003, 0.004),
    "rebalance": (0.0005, 0.01),
    "outage": (0.0001, 0.001),
}
"""Kinds that strike a call of a port, with the least and greatest rate. A run of ten tickets has some 30,000 calls:
at the greatest rate every ticket meets several of each kind, and still gets on."""
AT_A_RECORD: dict[str, tuple[float, float]] = {"copies": (0.01, 0.3), "stall": (0.002, 0.03), "future": (0.001, 0.01)}
"""Kinds that strike a record on its way; `future`: it is said by newer code than its readers'."""
OUTSIDE: dict[str, tuple[float, float]] = {
    "spool": (0.05, 0.5),
    "garbage": (0.05, 0.5),
    "clock": (0.1, 1.0),
    "blackout": (0.1, 1.0),
    "stop": (0.1, 1.0),
    "slew": (0.1, 1.0),
    "slow": (0.05, 0.5),
    "offsets": (0.1, 1.0),
    "retention": (0.1, 1.0),
}
"""Kinds of the world outside: adapters that cannot reach the broker, records that are none, clocks that are wrong,
everybody killed at once, a replica stopped in good order, a leap second smeared over a day, forms that arrive byte by
byte, offsets of a group that are lost, records that are gone before a group has read them."""
RATES = {**AT_A_CALL, **AT_A_RECORD, **OUTSIDE}
KINDS = tuple(RATES)
PACED = 0.3
"""How many calls take time that others use. All of them would cost twice as much and show nothing more: which do is
drawn anew each time, so that between any two calls somebody else goes on in some run."""
WRITES = frozenset(
    {
        "journal.insert",
        "timers.arm",
        "timers.delete",
        "publisher.publish",
        "consumer.commit",
        "graves.bury",
        "claims.claim",
        "tickets.write",
    }
)
"""Calls that have an effect: it may be half done, or done while its answer is lost, or done later."""


class Plan:
    """The faults of one seed."""

    def __init__(self, chance: Chance, kinds: Sequence[str], *, swarm: bool) -> None:
        dice = chance.stream("plan")
        self.rates: dict[str, float] = {}
        for kind in KINDS:
            drawn, rate = dice.random(), spread(dice, *RATES[kind])
            if kind in kinds and (not swarm or drawn < 0.5):
                self.rates[kind] = rate
        self._dice = {kind: chance.stream("fault", kind) for kind in self.rates}
        self._at_a_call = [kind for kind in AT_A_CALL if kind in self.rates]
        self.on = True
        """Until faults stop."""
        self.away: dict[str, float] = {}
        """Engines that do not answer, and until when."""

    def of(self, kind: str) -> Random:
        """Return the numbers of a kind."""
        return self._dice[kind]

    def strikes(self, kind: str) -> bool:
        """Tell whether this kind of fault happens here and now."""
        return self.on and kind in self.rates and self._dice[kind].random() < self.rates[kind]

    def at_a_call(self, operation: str) -> str:
        """Return the kind of fault that strikes this call, or empty."""
        if self.on:
            for kind in self._at_a_call:
                if self._dice[kind].random() < self.rates[kind]:
                    writes_only = kind in ("lost", "partial", "late")
                    return kind if operation in WRITES or not writes_only else ""
        return ""

    def stop(self) -> None:
        """No more faults from now on."""
        self.on = False
        self.away.clear()


class Sufferer(Protocol):
    """The replica that a fault happens to."""

    name: str

    async def awake(self) -> None:
        """Wait while the process is frozen; raises `Crash` where it is gone."""
        ...

    def freeze(self, seconds: float) -> None:
        """Stop everything of this process for a while."""
        ...

    def shake_group(self) -> None:
        """Let the group share its partitions anew."""
        ...


class SimPassage(Passage):
    """One call that is done in part, or later, or whose answer is lost."""

    def __init__(
        self, kind: str, error: BaseException | None, dice: Random, later: Callable[[Any], object] | None
    ) -> None:
        super().__init__(None, error)
        self._kind = kind
        self._dice = dice
        self._later = later

    def part(self, items: Sequence[T]) -> Sequence[T]:
        """Return what is done now."""
        if self._kind == "partial":
            return _some(items, self._dice)
        if self._kind != "late" or self._later is None:
            return items
        loop = asyncio.get_running_loop()
        when = spread(self._dice, 0.1, 50_000)  # from at once to half a day: a frozen process, or a stuck broker
        for item in items:
            loop.call_later(when, self._later, item)
        return []


def _some(items: Sequence[T], dice: Random) -> Sequence[T]:
    """Return some of the items; of what goes to one partition, always the first ones."""
    kept, cut = [], set()
    for item in items:
        line = (item.topic, item.key) if isinstance(item, Outgoing) else None
        if line in cut or dice.random() < 0.5:
            cut |= {line} - {None}
        else:
            kept.append(item)
    return kept


class SimFaults(Faults):
    """The faults of one life of a replica."""

    def __init__(self, who: Sufferer, plan: Plan, trace: Trace, pace: Random, store: str) -> None:
        super().__init__()
        self._who, self._plan, self._trace, self._pace, self._store = who, plan, trace, pace, store
        self.later: dict[str, Callable[[Any], object]] = {}
        """What a write that arrives late does, by operation."""

    async def enter(self, operation: str) -> Passage:
        """Take the time that such a call takes, then go on, or not."""
        who, plan = self._who, self._plan
        kind = plan.at_a_call(operation)
        if kind == "zombie":
            who.freeze(spread(plan.of("zombie"), 11, 20_000))
        if kind or self._pace.random() < PACED:
            await asyncio.sleep(0.001 + 0.03 * self._pace.random() ** 4)
            await who.awake()
        if kind == "rebalance":
            self._trace.strike(who.name, "rebalance", operation)
            who.shake_group()
        engine = "broker" if operation.startswith(("consumer.", "publisher.")) else self._store
        if kind == "outage":
            seconds = spread(plan.of("outage"), 5, 3_600)
            self._trace.strike(engine, "outage", f"{seconds:.0f} s")
            plan.away[engine] = asyncio.get_running_loop().time() + seconds
        if (until := plan.away.get(engine)) is not None:
            if until > asyncio.get_running_loop().time():
                await asyncio.sleep(5)
                await who.awake()
                raise GoRound(f"{engine} is away")
            del plan.away[engine]
        self._trace.step(who.name, operation, kind)
        return self._passage(operation, kind)

    def _passage(self, operation: str, kind: str) -> Passage:
        if kind in ("", "rebalance", "zombie", "outage"):
            return _NOTHING
        dice = self._plan.of(kind)
        self._trace.strike(self._who.name, kind, operation)
        if kind == "crash":
            if dice.random() < 0.5:
                raise Crash(operation)
            return SimPassage("partial" if dice.random() < 0.3 else "lost", Crash(operation), dice, None)
        error = GoRound(f"{operation}: {kind}")
        if kind == "refused" or (kind == "late" and operation not in self.later):
            raise error
        return SimPassage(kind, error, dice, self.later.get(operation))


_NOTHING = Passage()


class SimFailpoints(Failpoints):
    """Ends a replica at a numbered step of the loop, and counts where."""

    def __init__(self, who: Sufferer, plan: Plan, trace: Trace) -> None:
        super().__init__()
        self._who, self._plan, self._trace = who, plan, trace

    def reach(self, name: str) -> None:
        """Pass a step of the loop, or die there."""
        if self._plan.strikes("crash"):
            self._trace.strike(self._who.name, "crash", name)
            self._trace.seen[f"crash at step {name}"] += 1
            raise Crash(name)

    def meet(self, key: bytes | None) -> None:
        """Nobody is killed for what a record holds."""
