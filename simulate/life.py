"""One life of a process: the production loop, sweeper and shell on model ports, from its start to its end.

What `shared.runtime.service` does around the loop in a real process is done here in virtual time: go round after
trouble with the same pauses, sweep, and begin again after an unclean end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from random import Random
from typing import Any

from services.desk.gaps import GapWatch
from services.desk.loop import DeskLoop, DeskPorts
from shared.errors import GoRound, StopService
from shared.personal import ClearSeal
from shared.policy.book import PolicyBook
from shared.registry import Registry
from shared.runtime.loop import Loop, Ports
from shared.runtime.ports import Document
from shared.runtime.service import PAUSES, STOP_SECONDS, Part, World
from shared.runtime.settings import Settings
from shared.runtime.sweeper import Sweeper
from shared.testing.faults import Crash
from shared.testing.store import MemoryAttempts, MemoryClaims, MemoryGraves, MemoryJournal
from simulate.broker import SimBroker, SimConsumer, SimPublisher
from simulate.faults import Plan, SimFailpoints, SimFaults
from simulate.store import SimStore, SimTickets, SimTimers
from simulate.trace import Trace
from simulate.virtual import VirtualClock

SESSION_SECONDS = 10.0
"""A member that says nothing for this long is out of its group: the default of `Settings.session_timeout_ms`."""
COOL_DOWN_SECONDS = 10.0
"""The default of `Settings.sweep_again_seconds`."""
LONGEST_SWEEP_PAUSE = 3_600.0
"""A timer that has to stay is brought again, each time after twice as long, up to this: virtual days of an act that
is refused would otherwise be all that a run does."""
DESK_LOOKS_SECONDS = 61.0
"""The desk looks for gaps at each round: while it misses something, an idle round ends a little after its patience."""


@dataclass
class Place:
    """What every replica shares."""

    environment: str
    policies: PolicyBook
    registry: Registry
    broker: SimBroker
    stores: dict[str, SimStore]
    documents: dict[str, Document]
    """The desk's."""
    plan: Plan
    trace: Trace
    clock: VirtualClock
    """The true one."""
    stopped: Callable[[str], object] = str
    """Told of a stage that stopped for a person."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The virtual loop."""
        return asyncio.get_running_loop()


class Life:
    """A process from its start to its end: its memory, its tasks, its membership of the group."""

    def __init__(self, name: str, stage: str, place: Place, clock: VirtualClock, pace: Random) -> None:
        self.name, self.stage, self.place = name, stage, place
        self.clock = clock
        self.faults = SimFaults(self, place.plan, place.trace, pace, f"store of {stage}")
        self.failpoints = SimFailpoints(self, place.plan, place.trace)
        self.dead = False
        self.stopping = asyncio.Event()
        self._ended: Callable[[], Awaitable[None]] = _nothing
        """What notes a stop in good order."""
        self._endings: list[Callable[[], None]] = []
        self._stoppers: list[Callable[[], None]] = []
        self._frozen_until = 0.0
        self._thawed = asyncio.Event()
        store = place.stores[stage]
        self.claims = MemoryClaims(store, self.faults)
        self.consumer = SimConsumer(place.broker, stage, self.claims, self.faults, pace, store.has_offset)
        self.publisher = SimPublisher(place.broker, self.faults)
        self.graves = MemoryGraves(store, self.faults)
        self.faults.later = {
            "publisher.publish": place.broker.publish,
            "journal.insert": lambda document: store.insert("journal", document),
            "timers.arm": lambda document: store.insert("timers", document),
            "timers.delete": lambda name: store.delete("timers", name),
        }

    # -- what faults do to it ----------------------------------------------------------------------------------------

    async def awake(self) -> None:
        """Wait while the process is frozen; raises `Crash` where it is gone."""
        while self._frozen_until > self.place.loop.time() and not self.dead:
            self._thawed.clear()
            await self._thawed.wait()
        if self.dead:
            raise Crash("gone")

    def freeze(self, seconds: float) -> None:
        """Stop everything of this process; after its session the group goes on without it, until it wakes."""
        if self._frozen_until > self.place.loop.time() or self.dead:
            return
        self.place.trace.strike(self.name, "zombie", f"{seconds:.0f} s")
        self._frozen_until = self.place.loop.time() + seconds
        self.place.loop.call_later(SESSION_SECONDS, self._session_over)
        self.place.loop.call_later(seconds + 0.001, self.wake)

    def _session_over(self) -> None:
        if not self.dead and self._frozen_until > self.place.loop.time():
            self.consumer.freeze()

    def wake(self) -> None:
        """Go on where it was; the next heartbeat tells it that it is not a member any more."""
        self._frozen_until = 0.0
        self._thawed.set()
        if self.consumer.frozen and not self.dead:
            self.place.trace.seen["zombie woke after its session"] += 1
            self.place.loop.call_later(3 * self.place.plan.of("zombie").random() ** 2, self._rejoin)

    def _rejoin(self) -> None:
        if self.consumer.frozen and not self.dead:
            self.consumer.thaw()

    def shake_group(self) -> None:
        """Let the group share its partitions anew, as when a member comes or goes."""
        group = self.consumer.group
        group.members[:] = [*group.members[1:], *group.members[:1]]
        group.rebalance()

    def stop(self) -> None:
        """Finish what is in hand, then go: what SIGTERM says."""
        self.stopping.set()
        self.consumer.leaving = True
        self.consumer.wake()
        for stopper in self._stoppers:
            stopper()

    def end(self) -> None:
        """The process is gone: its memory with it, its membership when its session ends."""
        self.dead = True
        for ending in self._endings:
            ending()
        self.consumer.frozen = True
        self._thawed.set()
        self.place.loop.call_later(SESSION_SECONDS, self.consumer.leave)

    def is_idle(self) -> bool:
        """Tell whether it waits for something to come."""
        return self.consumer.idle

    # -- living ------------------------------------------------------------------------------------------------------

    async def go(self, part: Part | None) -> None:
        """Work until the end of the process. Raises `Crash`, or `StopService` where it wants a person."""
        work = self._desk() if part is None else self._of_stage(part)
        tasks = [asyncio.ensure_future(one) for one in await work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            await self._stop_in_good_order(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop_in_good_order(self, tasks: Sequence[asyncio.Future[None]]) -> None:
        """As `shared.runtime.service`: wait, bounded, for what is in hand, note it, and leave the group at once."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*tasks)
            await self._ended()
        except (TimeoutError, GoRound) as error:
            raise Crash("killed, for it did not stop") from error
        witness, group = self.place.broker.witness, self.consumer.group
        left = [
            at for at, next_one in (await self.consumer.positions()).items() if next_one > group.committed.get(at, 0)
        ]
        if self.consumer in group.members:
            witness.expect("a stop in good order leaves nothing in hand", not left, "", f"{self.name}: {left[:3]}")
        witness.trace.seen["stopped in good order"] += 1
        self.consumer.leave()

    async def _desk(self) -> list[Any]:
        place = self.place
        tickets = SimTickets(place.documents, self.faults)
        self.faults.later["tickets.write"] = tickets.put_late
        ports = DeskPorts(self.consumer, self.publisher, tickets, self.graves, self.clock)
        gaps = GapWatch(place.loop.time)
        self.consumer.patience = lambda: DESK_LOOKS_SECONDS if gaps._since else None
        loop = DeskLoop(place.environment, ports, gaps, ClearSeal(), self.failpoints)
        self.tally: Any = loop.tally
        return [self._repeat(loop.run_batch)]

    async def _of_stage(self, part: Part) -> list[Any]:
        place, store = self.place, self.place.stores[self.stage]
        timers = SimTimers(store, self.faults)
        settings = _settings(place.environment, self.name)
        world = World(
            settings, place.policies, self.claims, self.consumer, self.clock, self.graves, lambda: place.registry
        )
        shell = part.shell(world)
        if (watch := getattr(shell, "watch", None)) is not None:
            watch.monotonic = place.loop.time
            for last in place.broker.last_of_each_key("sav.channels"):
                self._tell(shell, last.value)
            listener = partial(self._note, shell)
            place.broker.witness.listeners.append(listener)
            self._endings.append(lambda: place.broker.witness.listeners.remove(listener))
        ports = Ports(
            self.consumer,
            self.publisher,
            MemoryJournal(store, self.faults),
            timers,
            self.graves,
            MemoryAttempts(store, self.faults),
            self.clock,
        )
        loop = Loop(place.environment, part.stage, place.policies, ClearSeal(), shell, ports, self.failpoints)
        self.tally = loop.tally
        await self._until_done(lambda: loop.begin(self.name))
        self._ended = lambda: loop.end(self.name)
        sweeper = Sweeper(
            self.stage,
            timers,
            self.consumer,
            self.publisher,
            self.clock,
            place.loop.time,
            COOL_DOWN_SECONDS,
            loop.newly_passed,
        )
        return [self._repeat(loop.run_batch), self._sweep(sweeper, store)]

    def _note(self, shell: Any, seen: Any) -> None:
        if seen.record.topic == "sav.channels" and not self.dead:
            self._tell(shell, seen.record.value)

    def _tell(self, shell: Any, value: bytes | None) -> None:
        shell.note_channel(value)

    async def _until_done(self, act: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await act()
                return
            except GoRound:
                await self._pause(1.0)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.awake()

    async def _repeat(self, act: Callable[[], Awaitable[object]]) -> None:
        failed = 0
        while not self.stopping.is_set():
            try:
                await act()
                failed = 0
            except GoRound as error:
                if isinstance(error.__cause__, StopService):
                    raise error.__cause__ from error
                self.place.trace.seen["went round"] += 1
                await self._pause(PAUSES[min(failed, len(PAUSES) - 1)])
                failed += 1

    async def _sweep(self, sweeper: Sweeper, store: SimStore) -> None:
        """Sweep whenever a timer is due by this replica's clock; what has to stay, again and again, less and less."""
        woken = asyncio.Event()
        waker = woken.set
        store.wakers.append(waker)
        self._endings.append(lambda: store.wakers.remove(waker))
        pause, stuck = COOL_DOWN_SECONDS, -1
        self._stoppers.append(waker)
        while not self.stopping.is_set():
            woken.clear()
            first = min(store.due.values(), default=None)
            now = self.clock.now()
            if first is None or first > now:
                await _wait(woken, None if first is None else (first - now).total_seconds() + 0.002)
                pause, stuck = COOL_DOWN_SECONDS, -1
                await self.awake()
                continue
            try:
                await sweeper.sweep()
            except GoRound:
                await self._pause(1.0)
                continue
            overdue = sum(due <= self.clock.now() for due in store.due.values())
            pause = min(pause * 2, LONGEST_SWEEP_PAUSE) if overdue == stuck else COOL_DOWN_SECONDS
            stuck = overdue
            await _wait(woken, pause + 0.01)
            await self.awake()


@cache
def _settings(environment: str, replica: str) -> Settings:
    """Reading the environment's variables takes milliseconds, and a run has hundreds of lives."""
    return Settings(environment=environment, replica=replica)


async def _nothing() -> None:
    """Nothing is noted."""


async def _wait(woken: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
