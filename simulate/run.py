"""One seed from its beginning to its verdict: what is built, when faults stop, and what is checked in the end."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import structlog

from services.triage.app import TriageShell
from services.triage.decide import Facts
from services.triage.grid_file import read_grid
from services.triage.site_book import SiteBook
from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.policy.model import Policy
from shared.registry import ContractRecord, Registry
from shared.runtime.service import Part
from shared.testing.store import MemoryGraves
from shared.topics import STAGES
from simulate import rota, virtual
from simulate.broker import SimBroker
from simulate.chance import Chance
from simulate.faults import KINDS, Plan
from simulate.future import todays_code
from simulate.life import Place
from simulate.on_call import OnCall
from simulate.operators import Operators
from simulate.people import People
from simulate.replica import Replica
from simulate.staff import Staff
from simulate.store import SimStore
from simulate.story import story_of
from simulate.trace import Trace
from simulate.trouble import Trouble
from simulate.verdict import Judged, judge
from simulate.virtual import VirtualClock
from simulate.witness import Breach, Witness
from simulate.world import DAY, ENVIRONMENT, HOUR, World

FEWEST, MOST = 5, 8
"""Tickets of a seed unless asked otherwise: many small seeds find more than few large ones."""
SETTLES = 150 * DAY
"""After faults stop everything must come to rest within this: three resolutions of two weeks each, parts that are
awaited, and a survey that nobody answers for 30 days, with room to spare."""
STEPS_OF_A_TICKET = 10_000
"""Calls of ports: three times what a ticket takes under faults; more is somebody who tries the same for ever (I42)."""
LOOK_EVERY = 6 * HOUR
"""How often the run looks whether everything has come to rest."""
CHANGES = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC))
"""Nights on which Paris changes its clocks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run is to be."""

    seed: int
    days: float = 12.0
    """How long faults go on."""
    tickets: int = 0
    """0: drawn from the seed."""
    faults: tuple[str, ...] = KINDS
    swarm: bool = True
    """Whether the seed drops a random half of the kinds."""


@dataclass
class Result:
    """What came of one seed."""

    asked: Asked
    digest: str
    """SHA-256 of the trace."""
    breaches: list[Breach]
    checked: dict[str, int]
    seen: dict[str, int]
    tickets: int
    virtual_days: float
    steps: int
    kinds: tuple[str, ...]
    story: list[str] = field(default_factory=list)
    """Of the ticket that the first breach is about."""

    @property
    def clean(self) -> bool:
        """Tell whether every promise was kept."""
        return not self.breaches


def simulate(asked: Asked) -> Result:
    """Run one seed. The same seed gives the same result in every process."""
    with _silence(), todays_code(), _no_collector():
        return virtual.run(_Run(asked).go())


@contextmanager
def _silence() -> Iterator[None]:
    """The runtime's log lines would be thousands, and say what the trace says."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A run keeps most of what it makes to its end; looking for circles meanwhile costs a tenth and finds few."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _drop(logger: Any, name: str, line: Any) -> Any:
    raise structlog.DropEvent


@cache
def parts() -> dict[str, Part]:
    """Return every stage as production runs it; triage's grid is read once, for that takes half a second."""
    found: dict[str, Part] = {stage: importlib.import_module(f"services.{stage}.app").PART for stage in STAGES}
    grid = Facts(read_grid())
    found["triage"] = Part(
        found["triage"].stage, lambda world: TriageShell(grid, world.registry, SiteBook(world.claims))
    )
    return found


@cache
def _policy() -> Policy:
    policy = read_policy()
    # Asked every five minutes of virtual days while an adapter is away, the question would be all that a run does.
    return policy.model_copy(
        update={"closing": policy.closing.model_copy(update={"ask_silence_again": timedelta(hours=1)})}
    )


class _Run:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.chance = Chance(asked.seed)

    async def go(self) -> Result:
        asked, dice = self.asked, self.chance.stream("run")
        self.start = _beginning(dice)
        count = asked.tickets or dice.randint(FEWEST, MOST)
        trace = self.trace = Trace(self.start, STEPS_OF_A_TICKET * (count + 2))
        if any(self.start <= night <= self.start + timedelta(days=asked.days) for night in CHANGES):
            trace.seen["run: clocks change"] += 1
        witness = self.witness = Witness(trace)
        plan = self.plan = Plan(self.chance, asked.faults, swarm=asked.swarm)
        broker = SimBroker(plan, trace, witness)
        clock = VirtualClock(self.start)
        stores = {stage: SimStore(stage, witness) for stage in (*STAGES, "desk")}
        self.place = Place(ENVIRONMENT, PolicyBook([_policy()]), _registry(), broker, stores, {}, plan, trace, clock)
        world = self.world = World(self.chance, broker, plan, clock)
        world.settled = self._settle
        self.people = People(world, count, asked.days * DAY * 0.6)
        Staff(world, self.people)
        OnCall(world)
        self.replicas = self._replicas(dice)
        running = [asyncio.ensure_future(one.run()) for one in self.replicas]
        self.operators = Operators(world, broker, plan, self.place.documents)
        self.place.stopped = self.operators.called_to
        Trouble(plan, trace, world, self.replicas, self.operators).begin()
        await self._pass(asked.days * DAY)
        self._faults_stop()
        rested = await self._until_rest(running)
        for one in self.replicas:
            one.settle_accounts()
        if not rested:
            witness.expect("I41 comes to rest", False, "", f"after {trace.steps} steps: {self._who_is_busy()}")
        judged = judge(witness, self.place, world, clock.true(), frozenset(plan.rates))
        return self._result(judged, count)

    def _replicas(self, dice: Random) -> list[Replica]:
        found = []
        for stage in (*STAGES, "desk"):
            part = None if stage == "desk" else parts()[stage]
            for n in range(dice.choice((1, 2, 2, 3)) if self.plan.rates else 1):
                name = f"{stage}-{n}"
                found.append(Replica(name, stage, part, self.place, self.chance.stream("pace", name)))
        return found

    def _settle(self, stage: str, name: str) -> None:
        graves = MemoryGraves(self.place.stores[stage])
        # The fake's port without faults never waits: it is done at once.
        settling = graves.settle(name, "p1", "seen", self.place.clock.true())
        asyncio.ensure_future(settling)  # noqa: RUF006 - it ends with the run at the latest

    def _faults_stop(self) -> None:
        self.trace.step("run", "faults stop")
        self.plan.stop()
        self.place.broker.unstall()
        for adapter in self.world.adapters.values():
            adapter.reach_broker()
        for replica in self.replicas:
            replica.hurry()

    # -- rest --------------------------------------------------------------------------------------------------------

    async def _pass(self, seconds: float) -> None:
        """Let time pass, unless nobody gets on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.trace.exhausted.wait()

    async def _until_rest(self, running: Sequence[asyncio.Future[None]]) -> bool:
        end = self.place.loop.time() + SETTLES
        while self.place.loop.time() < end:
            await self._pass(LOOK_EVERY)
            for task in running:
                if task.done():
                    task.result()
            still_held = self.operators.look()
            if self._at_rest() and not still_held:
                return True
            if self.trace.exhausted.is_set():
                return False
        return False

    def _at_rest(self) -> bool:
        """Nobody has anything to do: no act is to come, no timer is armed, and every replica waits."""
        waits = all(one.is_idle() for one in self.replicas)
        return waits and not self.world.pending and not any(store.due for store in self.place.stores.values())

    def _who_is_busy(self) -> str:
        busy = [one.name for one in self.replicas if not one.is_idle()]
        timers = [name for store in self.place.stores.values() for name in store.due]
        return f"busy {busy[:5]}, acts to come {self.world.pending}, timers {timers[:5]}"

    def _result(self, judged: Judged, count: int) -> Result:
        witness, trace = self.witness, self.trace
        breaches = [*witness.breaches, *judged.breaches]
        return Result(
            asked=self.asked,
            digest=trace.digest(),
            breaches=breaches,
            checked=dict(witness.checked) | dict(judged.checked),
            seen=dict(trace.seen),
            tickets=count,
            virtual_days=self.place.loop.time() / DAY,
            steps=trace.steps,
            kinds=tuple(self.plan.rates),
            story=story_of(breaches[0].ticket, witness, self.world.truth, trace) if breaches else [],
        )


def _beginning(dice: Random) -> datetime:
    """Any hour of two years; every fourth run meets a night on which the clocks change."""
    if dice.random() < 0.25:
        return dice.choice(CHANGES) - timedelta(days=dice.uniform(1, 12))
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=dice.uniform(0, 600))


@cache
def _registry() -> Registry:
    contracts = tuple(
        ContractRecord(
            customer=f"K{n}",
            site=f"S{n}",
            tier=("premium", "standard")[n % 2],
            calendar=("france", "alsace-moselle", "continuous")[n % 3],
            version="1",
            emails=(f"client{n}@example.org",),
            phones=(f"+3312345{n:04d}",),
        )
        for n in range(100)
        if n % 5
    )
    return Registry(version="1", contracts=contracts, people=rota.PEOPLE, duties=rota.duties())
