"""Trouble that is nobody's call of a port: wrong clocks, everybody killed at once, replicas stopped in good order.

Begun by `simulate.run`, each kind at instants of its own, until faults stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from simulate.chance import spread
from simulate.faults import Plan
from simulate.operators import Operators
from simulate.replica import Replica
from simulate.trace import Trace
from simulate.world import DAY, HOUR, World

FEW_SECONDS = 5.0
"""Clocks that are kept by NTP differ by less: the auditor allows as much."""


class Trouble:
    """All of it, for one run."""

    def __init__(
        self, plan: Plan, trace: Trace, world: World, replicas: Sequence[Replica], operators: Operators
    ) -> None:
        self._plan, self._trace, self._world, self._replicas = plan, trace, world, replicas
        self._kinds: tuple[tuple[str, Callable[[], None], tuple[float, float]], ...] = (
            ("clock", self._wrong_clock, (2 * HOUR, 2 * DAY)),
            ("blackout", self._blackout, (6 * HOUR, 6 * DAY)),
            ("garbage", world.throw_garbage, (HOUR, DAY)),
            ("stop", self._stop, (HOUR, 2 * DAY)),
            ("slew", self._slew, (HOUR, 3 * DAY)),
            ("offsets", operators.forget_offset, (12 * HOUR, 6 * DAY)),
            ("retention", operators.cut_unread, (2 * HOUR, 3 * DAY)),
        )

    def begin(self) -> None:
        """Begin those kinds that this seed has."""
        for kind, act, rest in self._kinds:
            if kind in self._plan.rates:
                self._again(kind, act, rest)

    def _again(self, kind: str, act: Callable[[], None], rest: tuple[float, float]) -> None:
        def once() -> None:
            if self._plan.on:
                act()
                self._again(kind, act, rest)

        asyncio.get_running_loop().call_later(spread(self._plan.of(kind), *rest), once)

    def _wrong_clock(self) -> None:
        dice = self._plan.of("clock")
        replica = dice.choice(self._replicas)
        wrong = dice.choice((-2.0, 2.0, -HOUR, HOUR, 6 * DAY))
        replica.clock.wrong_by = timedelta(seconds=wrong)
        self._world.truth.clocks_wrong |= abs(wrong) > FEW_SECONDS
        self._trace.strike(replica.name, "clock", f"{wrong:+.0f} s")
        asyncio.get_running_loop().call_later(spread(dice, 60, 12 * HOUR), self._right_clock, replica)

    def _right_clock(self, replica: Replica) -> None:
        replica.clock.wrong_by = timedelta(0)

    def _slew(self) -> None:
        """A leap second is smeared over a day on one machine, while the others step at its end."""
        dice = self._plan.of("slew")
        replica, leap = dice.choice(self._replicas), dice.choice((-1.0, 1.0))
        self._trace.strike(replica.name, "slew", f"{leap:+.0f} s in a day")
        replica.clock.slew(leap / DAY)
        asyncio.get_running_loop().call_later(DAY, replica.clock.slew, 0.0)

    def _blackout(self) -> None:
        self._trace.strike("everybody", "blackout", "")
        for replica in self._replicas:
            replica.kill()

    def _stop(self) -> None:
        """A replica is told to stop, as when a deployment is rolled; or all of one stage, one after another."""
        dice = self._plan.of("stop")
        first = dice.choice(self._replicas)
        stopped = [first]
        if dice.random() < 0.3:
            stopped = [one for one in self._replicas if one.stage == first.stage]
        for n, replica in enumerate(stopped):
            self._trace.strike(replica.name, "stop", "")
            asyncio.get_running_loop().call_later(20.0 * n, replica.stop)
