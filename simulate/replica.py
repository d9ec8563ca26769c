"""One seat in a deployment: the process that sits there dies, is stopped, and another one comes.

Called by `simulate.run`; what a process does while it lives is `simulate.life`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from random import Random

from shared.errors import StopService
from shared.runtime.service import Part
from shared.testing.faults import Crash
from simulate.chance import spread
from simulate.life import Life, Place
from simulate.virtual import VirtualClock


class Replica:
    """One seat in a deployment: a process that is started again whenever it ends."""

    def __init__(self, name: str, stage: str, part: Part | None, place: Place, pace: Random) -> None:
        self.name, self.stage, self._part, self._place, self._pace = name, stage, part, place, pace
        self.life: Life | None = None
        self.clock = VirtualClock(place.clock._start)
        self._killed: asyncio.Event = asyncio.Event()
        self._hurried: asyncio.Event = asyncio.Event()

    async def run(self) -> None:
        """Live, die, and live again."""
        place = self._place
        while True:
            life = self.life = Life(self.name, self.stage, place, self.clock, self._pace)
            self._killed.clear()
            going = asyncio.ensure_future(life.go(self._part))
            killing = asyncio.ensure_future(self._killed.wait())
            try:
                await asyncio.wait([going, killing], return_when=asyncio.FIRST_COMPLETED)
                if going.done():
                    going.result()
            except (Crash, StopService) as error:
                if isinstance(error, StopService):
                    self._stopped_for_a_person(error)
            finally:
                going.cancel()
                killing.cancel()
                await asyncio.gather(going, killing, return_exceptions=True)
                life.end()
                self.life = None
                self._count(life)
            dice = place.plan._dice.get("crash") or self._pace
            down = spread(dice, 0.5, 60) if dice.random() < 0.9 or not place.plan.on else spread(dice, 60, 100_000)
            place.trace.step(self.name, "down", f"{down:.3f}")
            await self._stay_away(down)

    async def _stay_away(self, seconds: float) -> None:
        """Be down for a while; whoever was to stay away for long is back soon once faults are over."""
        if self._hurried.is_set():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    def _stopped_for_a_person(self, error: StopService) -> None:
        """It may where an offset, or what lies behind it, is lost; then nothing but a person helps."""
        broker = self._place.broker
        awaited = any(name == self.stage for name, _ in broker.cases)
        # One that wakes long after its session asks for what was decided about without it, and is not a member yet.
        is_zombie = self.life is not None and self.life.consumer.frozen
        broker.witness.trace.seen["stopped for a person"] += 1
        self._place.stopped(self.stage)
        broker.witness.expect(
            "no replica stops for a person in vain", awaited or is_zombie, "", f"{self.name}: {error}"
        )

    def stop(self) -> None:
        """Let its process end in good order; another one comes."""
        if self.life is not None:
            self.life.stop()

    def kill(self) -> None:
        """End its process wherever it is."""
        self._killed.set()

    def hurry(self) -> None:
        """Faults have stopped: be back soon, awake, and with the right time."""
        self._hurried.set()
        self.clock.wrong_by = timedelta(0)
        if self.life is not None:
            self.life.wake()

    def is_idle(self) -> bool:
        """Tell whether it lives, and waits for something to come."""
        return self.life is not None and self.life.is_idle()

    def _count(self, life: Life) -> None:
        tally = getattr(life, "tally", None)
        seen = self._place.trace.seen
        for name in ("conflicts", "republished", "dead", "held", "asked_again"):
            seen[f"loop: {name}"] += getattr(tally, name, 0)

    def settle_accounts(self) -> None:
        """Count what the life that still goes on has done."""
        if self.life is not None:
            self._count(self.life)
