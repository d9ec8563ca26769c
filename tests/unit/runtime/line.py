"""Intake and triage as they are, on the fakes: what customers send, and what the two make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import orjson

from services.intake.app import PART as INTAKE
from services.triage.app import PART as TRIAGE
from services.triage.app import TriageShell
from services.triage.decide import Facts
from services.triage.grid_file import read_grid
from shared.personal import ClearSeal
from shared.policy.book import PolicyBook
from shared.registry import Registry
from shared.runtime.loop import Loop, Ports
from shared.runtime.ports import Position
from shared.runtime.service import Part, World
from shared.runtime.settings import Settings
from shared.runtime.sweeper import Sweeper
from shared.testing.broker import MemoryBroker
from shared.testing.clock import SetClock
from shared.testing.consumer import MemoryConsumer, MemoryPublisher
from shared.testing.faults import Crash, CrashAt, Faults
from shared.testing.store import MemoryAttempts, MemoryClaims, MemoryGraves, MemoryJournal, MemoryStore, MemoryTimers
from shared.topics import read_by
from tests.unit.runtime.bench import ENVIRONMENT, NINE, POLICIES

SETTINGS = Settings(environment=ENVIRONMENT)


@cache
def _grid() -> Facts:
    """Read the grid once: it takes half a second, and hundreds of lives go by here."""
    return Facts(read_grid())


TRIAGE_WITH_ITS_GRID = Part(TRIAGE.stage, lambda _: TriageShell(_grid()))


@dataclass
class Room:
    """One stage of the line: its store, and whichever replica lives now."""

    part: Part
    broker: MemoryBroker
    clock: SetClock
    crashes: CrashAt
    store: MemoryStore = field(default_factory=MemoryStore)
    deaths: int = 0
    policies: PolicyBook = POLICIES

    def __post_init__(self) -> None:
        self.start(self.crashes)

    def start(self, crashes: CrashAt) -> None:
        """Start a replica in the place of the one that was."""
        name, faults = self.part.stage.name, Faults()
        claims, graves = MemoryClaims(self.store, faults), MemoryGraves(self.store, faults)
        topics = [topic.name for topic in read_by(name)]
        self.consumer = MemoryConsumer(self.broker, name, topics, claims, faults)
        timers, publisher = MemoryTimers(self.store, faults), MemoryPublisher(self.broker, faults)
        world = World(SETTINGS, self.policies, claims, self.consumer, self.clock, graves, Registry)
        journal, attempts = MemoryJournal(self.store, faults), MemoryAttempts(self.store, faults)
        ports = Ports(self.consumer, publisher, journal, timers, graves, attempts, self.clock)
        shell = self.part.shell(world)
        self.loop: Loop[Any, Any] = Loop(
            ENVIRONMENT, self.part.stage, self.policies, ClearSeal(), shell, ports, crashes
        )
        self.sweeper = Sweeper(
            name, timers, self.consumer, publisher, self.clock, self._seconds, 10.0, self.loop.newly_passed
        )

    def _seconds(self) -> float:
        return self.clock.now().timestamp()

    async def live(self) -> int:
        """Take what is there and sweep, with a fresh replica after a crash; return how many records that were."""
        taken = 0
        try:
            while count := await self.loop.run_batch():
                taken += count
            await self.sweeper.sweep()
        except Crash:
            self.deaths += 1
            self.consumer.leave()
            self.start(CrashAt())
            taken += 1
        return taken


class Line:
    """Customers, intake and triage."""

    def __init__(
        self,
        intake_crashes: CrashAt | None = None,
        triage_crashes: CrashAt | None = None,
        policies: PolicyBook = POLICIES,
    ) -> None:
        self.broker = MemoryBroker()
        self.clock = SetClock(NINE)
        self.intake = Room(INTAKE, self.broker, self.clock, intake_crashes or CrashAt(), policies=policies)
        self.triage = Room(
            TRIAGE_WITH_ITS_GRID, self.broker, self.clock, triage_crashes or CrashAt(), policies=policies
        )

    def send(self, key: str, text: str = "Bonjour", other: Mapping[str, object] | None = None) -> Position:
        """A customer sends a mail; the same key and words are the same request, `other` fields replace its own."""
        words = {"text": text, "email": "client@example.org"}
        request = {"kind": "request", "channel": "email", "key": key, "received_at": NINE.isoformat()}
        value = orjson.dumps({**request, "personal": words, **(other or {})})
        return self.broker.append("sav.requests.email", value, key=key.encode())

    async def run(self, minutes: float = 0) -> None:
        """Let time go by, then let both work until neither has anything to do."""
        self.clock.advance(timedelta(minutes=minutes))
        while await self.intake.live() + await self.triage.live():
            pass

    def events(self, stage: str) -> dict[str, list[dict[str, Any]]]:
        """Return what a stage said of each ticket, as a reader gathers it: by seq, each once, without holes."""
        found: dict[str, dict[int, bytes]] = {}
        for record in self.broker.records(f"sav.{stage}"):
            body = record.value or b""
            document = orjson.loads(body)
            first = found.setdefault(document["subject"], {}).setdefault(document["seq"], body)
            assert first == body, f"two events of {document['subject']} have seq {document['seq']}"
        for ticket, events in found.items():
            assert sorted(events) == list(range(1, len(events) + 1)), f"{ticket} has holes: {sorted(events)}"
        return {one: [orjson.loads(events[seq]) for seq in sorted(events)] for one, events in found.items()}

    def types(self, stage: str) -> list[list[str]]:
        """Return, for each ticket in the order of the first words about it, the types of its events."""
        return [[_short(event["type"]) for event in events] for events in self.events(stage).values()]

    def dead(self, stage: str = "intake") -> list[str]:
        """Return the reason of each dead letter."""
        letters = [dict(record.headers) for record in self.broker.records(f"sav.{stage}.dead")]
        return [(letter["sav-reason"] or b"").decode() for letter in letters]


def _short(event_type: str) -> str:
    return event_type.split(".")[2]
