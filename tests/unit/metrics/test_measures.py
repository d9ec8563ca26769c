"""What telemetry measures of a stage: tallies, timers, dead letters, readiness, what is set aside."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from services.desk.loop import Tally as DeskTally
from shared.runtime import measures
from shared.runtime.loop import Tally
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry
from shared.testing.clock import SetClock
from tests.unit.runtime.bench import NINE, Bench, Replica


def telemetry(service: str = "dispatch") -> Telemetry:
    return Telemetry(Settings(), service, lambda: 0.0, on=True)


def shown(one: Telemetry, name: str, *labels: str) -> float | None:
    one.metrics.render()
    return one.metrics.value(name, one.service, *labels)


# -- counts of the loops -------------------------------------------------------------------------------------------


def test_what_a_stages_loop_has_counted_is_shown_and_goes_on() -> None:
    one, tally = telemetry(), Tally(batches=2, taken=5, appended=4, published=7, held=1, rounds_failed=3)
    measures.tally_of_stage(one, lambda: tally)

    assert shown(one, "sav_records_taken_total") == 5
    tally.taken += 2
    assert shown(one, "sav_records_taken_total") == 7
    assert shown(one, "sav_written_total") == 4
    assert shown(one, "sav_events_published_total") == 7
    assert shown(one, "sav_messages_held_total") == 1
    assert shown(one, "sav_rounds_total", "done") == 2
    assert shown(one, "sav_rounds_total", "failed") == 3


def test_what_the_desks_loop_has_counted_is_shown_under_the_same_names() -> None:
    one, tally = telemetry("desk"), DeskTally(batches=1, taken=3, written=2, asked_again=1)
    measures.tally_of_desk(one, lambda: tally)

    assert shown(one, "sav_written_total") == 2
    assert shown(one, "sav_gaps_asked_total") == 1


# -- timers and dead letters ---------------------------------------------------------------------------------------


@dataclass
class PaperTimers:
    """One armed deadline, or none."""

    due_at: datetime | None = None
    asked: int = 0

    async def next_due(self, after: datetime) -> datetime | None:
        assert after == NINE - measures.OLDEST
        self.asked += 1
        return self.due_at


@dataclass
class PaperSweeper:
    overdue: int = 0


@pytest.mark.parametrize(("minutes", "seconds"), [(-1, 60.0), (0, 0.0), (1, 0.0)])
async def test_the_oldest_timer_is_overdue_from_its_instant_on(minutes: int, seconds: float) -> None:
    one = telemetry()
    measures.timers_of_stage(
        one, PaperSweeper(overdue=3), PaperTimers(NINE + timedelta(minutes=minutes)), SetClock(NINE)
    )

    await one.measure_once()

    assert shown(one, "sav_timers_overdue") == 3
    assert shown(one, "sav_timers_oldest_overdue_seconds") == seconds


async def test_a_stage_with_nothing_due_is_asked_nothing_and_shows_zero() -> None:
    one, timers = telemetry(), PaperTimers()
    measures.timers_of_stage(one, PaperSweeper(), timers, SetClock(NINE))

    await one.measure_once()

    assert timers.asked == 0
    assert shown(one, "sav_timers_oldest_overdue_seconds") == 0


@dataclass
class PaperGraves:
    left: int

    async def bury(self, documents: object) -> None:
        raise NotImplementedError

    async def unsettled(self) -> int:
        return self.left


async def test_dead_letters_that_nobody_settled_are_shown_until_they_are() -> None:
    one, graves = telemetry(), PaperGraves(2)
    measures.dead_letters(one, graves)

    await one.measure_once()
    assert shown(one, "sav_dead_unsettled") == 2
    graves.left = 0
    await one.measure_once()
    assert shown(one, "sav_dead_unsettled") == 0


# -- readiness -----------------------------------------------------------------------------------------------------


@dataclass
class PaperEngine:
    """A broker or a store that answers, or not."""

    answers: bool = True

    async def ping(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as the real broker is asked
        return self.answers


@dataclass
class Surroundings:
    assigned: asyncio.Event = field(default_factory=asyncio.Event)
    kafka: PaperEngine = field(default_factory=PaperEngine)
    mongo: PaperEngine = field(default_factory=PaperEngine)


async def test_ready_needs_partitions_and_both_engines() -> None:
    one, around = telemetry(), Surroundings()
    measures.readiness(one, around.assigned, around.kafka, around.mongo)

    assert (await one.ready()).body == b"no partitions are assigned yet\n"
    around.assigned.set()
    assert (await one.ready()).status == 200
    around.kafka.answers = False
    assert (await one.ready()).body == b"no answer: Kafka\n"
    around.mongo.answers = False
    assert (await one.ready()).body == b"no answer: Kafka, MongoDB\n"


# -- set aside -----------------------------------------------------------------------------------------------------


def watched(bench: Bench) -> tuple[Replica, Telemetry]:
    """A replica of the counter with its ports observed."""
    replica, one = bench.replica(), telemetry()
    replica.loop._ports, _ = measures.observed(one, replica.loop._ports, replica.loop._shell)
    return replica, one


async def test_a_message_behind_a_gap_waits_until_the_gap_is_filled() -> None:
    bench = Bench()
    replica, one = watched(bench)
    bench.say(1, "one")
    bench.say(3, "three")
    await replica.run()
    assert shown(one, "sav_waiting_records", "gap") == 1

    bench.say(2, "two")
    await replica.run()

    assert bench.words() == ["one", "two", "three"]
    assert shown(one, "sav_waiting_records", "gap") == 0
    assert shown(one, "sav_set_aside_total", "gap") == 1


async def test_what_waits_is_forgotten_where_partitions_move() -> None:
    bench = Bench()
    replica, one = watched(bench)
    bench.say(3, "three")
    await replica.run()
    assert shown(one, "sav_waiting_records", "gap") == 1

    bench.replica()
    await replica.run()

    assert shown(one, "sav_waiting_records", "gap") == 0
    assert shown(one, "sav_set_aside_total", "gap") == 1


def test_where_no_metrics_are_shown_the_ports_are_the_very_same() -> None:
    off = Telemetry(Settings(), "dispatch")
    loop = Bench().replica().loop

    assert measures.observed(off, loop._ports, loop._shell) == (loop._ports, loop._shell)
