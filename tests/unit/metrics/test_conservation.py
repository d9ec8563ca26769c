"""Every accepted request is accounted for, and one that were lost would be seen (R2)."""

from __future__ import annotations

import orjson
import pytest

from services.intake.app import PART as INTAKE
from shared.metrics.registry import Metrics
from shared.runtime import measures
from shared.runtime.ports import Batch, Partition, Position
from shared.runtime.telemetry import Telemetry
from shared.testing.faults import CrashAt
from tests.requirements import requirement
from tests.unit.runtime.bench import NINE
from tests.unit.runtime.line import SETTINGS, Line, Room
from tests.unit.runtime.test_crash_anywhere import STEPS


class WatchedRoom(Room):
    """Intake with its ports observed, as it runs where metrics are shown; each life has its own metrics."""

    def start(self, crashes: CrashAt) -> None:
        super().start(crashes)
        self.telemetry = Telemetry(SETTINGS, "intake", on=True)
        ports, shell = measures.observed(self.telemetry, self.loop._ports, self.loop._shell)
        self.loop._ports, self.loop._shell = ports, shell


class WatchedLine(Line):
    """Customers and two stages, of which intake is watched."""

    def __init__(self, crashes: CrashAt | None = None) -> None:
        super().__init__()
        self.intake.consumer.leave()
        self.intake = WatchedRoom(INTAKE, self.broker, self.clock, crashes or CrashAt())

    async def account(self) -> tuple[float, dict[str, float], float]:
        """Return accepted by mail, what those became, and the difference, as they are shown."""
        assert isinstance(self.intake, WatchedRoom)
        await self.intake.telemetry.measure_once()
        metrics = self.intake.telemetry.metrics
        metrics.render()
        became = {one: _shown(metrics, "sav_requests_became_total", one) for one in BECAME}
        return (
            _shown(metrics, "sav_requests_accepted_total", "email"),
            {name: count for name, count in became.items() if count},
            _shown(metrics, "sav_requests_unaccounted"),
        )


ALL = [Partition("sav.requests.email", n) for n in range(6)]
BECAME = ("ticket", "follow-up", "copy", "set-aside", "dead")


def _shown(metrics: Metrics, name: str, *labels: str) -> float:
    value = metrics.value(name, *labels)
    assert value is not None
    return value


def mail(key: str) -> bytes:
    """A mail as its adapter publishes it."""
    document = {"kind": "request", "channel": "email", "key": key, "received_at": NINE.isoformat()}
    return orjson.dumps(document | {"personal": {"text": f"Panne {key}", "email": "client@example.org"}})


def reply(line: Line) -> dict[str, object]:
    """What makes a mail a reply to the first ticket of a line."""
    events = next(iter(line.events("intake").values()))
    return {"kind": "reply", "ticket": events[0]["data"]["number"]}


@requirement("R2")
async def test_tickets_follow_ups_copies_and_dead_letters_add_up_to_what_was_accepted() -> None:
    line = WatchedLine()
    line.send("m1", "La caméra du hall ne répond plus")
    line.send("m1", "La caméra du hall ne répond plus")
    line.send("m2", other={"kind": "dance"})
    await line.run()
    line.send("m3", "Toujours rien", other=reply(line))
    line.send("m1", "La caméra du hall ne répond plus")
    line.send("m4", other={"kind": "confirmation", "ticket": "26-000-000-X", "resolution": 1})
    await line.run()

    accepted, became, difference = await line.account()

    assert accepted == 6
    assert became == {"ticket": 1, "follow-up": 1, "copy": 2, "dead": 2}
    assert difference == 0


@requirement("R2")
async def test_a_copy_is_unaccounted_for_until_the_journal_was_asked_about_it() -> None:
    line = WatchedLine()
    line.send("m1")
    await line.run()
    line.send("m1")
    await line.run()

    assert isinstance(line.intake, WatchedRoom)
    line.intake.telemetry.metrics.render()
    assert _shown(line.intake.telemetry.metrics, "sav_requests_unaccounted") == 1
    assert (await line.account())[2] == 0


@requirement("R2")
async def test_a_record_that_is_skipped_stays_in_the_difference() -> None:
    line = WatchedLine()
    for n in range(3):
        line.broker.append("sav.requests.email", mail(f"m{n}"), key=b"one customer")
    at = next(one for one in ALL if line.broker.end(one))
    _skip(line, Position(at.topic, at.partition, 1))

    await line.run()
    accepted, became, difference = await line.account()

    assert accepted == 3
    assert became == {"ticket": 2}
    assert difference == 1


@requirement("R2")
async def test_a_request_that_nothing_is_said_of_stays_in_the_difference() -> None:
    line = WatchedLine()
    assert isinstance(line.intake, WatchedRoom)
    line.send("m1")
    await line.run()
    ledger_of = line.intake.loop._ports.consumer
    at = Partition("sav.requests.email", 0)

    ledger_of._ledger.taken({at: 100})  # type: ignore[attr-defined]
    ledger_of._ledger.committed({at: 101})  # type: ignore[attr-defined]

    for _ in range(3):
        assert (await line.account())[2] == 1


@requirement("R2")
@pytest.mark.parametrize("step", STEPS)
async def test_after_a_crash_at_any_step_what_is_taken_again_is_counted_once(step: str) -> None:
    line = WatchedLine(CrashAt(step))
    line.send("m1", "Panne")
    line.send("m1", "Panne")
    line.send("m2", other={"kind": "dance"})

    await line.run()
    _, _, difference = await line.account()

    assert line.intake.deaths == 1
    assert difference == 0


@requirement("R2")
async def test_a_request_whose_ticket_is_held_is_set_aside_and_shown_as_such() -> None:
    line = WatchedLine()
    assert isinstance(line.intake, WatchedRoom)
    shell = line.intake.loop._shell
    line.send("m1")
    await line.run()

    async def fails(_incoming: object) -> object:
        raise ZeroDivisionError

    shell.facts = fails  # type: ignore[method-assign, assignment]
    line.send("m2", "Toujours rien", other=reply(line))
    await line.run()
    _, became, difference = await line.account()

    assert became == {"ticket": 1, "set-aside": 1}
    assert difference == 0
    assert _shown(line.intake.telemetry.metrics, "sav_waiting_records", "intake", "held") == 1
    assert _shown(line.intake.telemetry.metrics, "sav_set_aside_total", "intake", "held") == 1


@requirement("R2")
async def test_a_click_before_its_ticket_is_known_is_counted_once_and_nothing_of_it_is_kept_in_memory() -> None:
    line = WatchedLine()
    line.send("m1")
    await line.run()
    number = reply(line)["ticket"]
    for n in range(3):
        line.send(f"c{n}", other={"kind": "confirmation", "ticket": number, "resolution": 1})
    await line.run()

    accepted, became, difference = await line.account()

    assert (accepted, became, difference) == (4, {"ticket": 1, "follow-up": 3}, 0)
    ledger = line.intake.loop._ports.consumer._ledger  # type: ignore[attr-defined]
    assert (ledger._ways, ledger._named, ledger._open) == ({}, {}, {})


def _skip(line: Line, lost: Position) -> None:
    """Let intake's consumer pass over one record, as a wrong offset would."""
    inner = line.intake.consumer.take

    async def take(quotas: object) -> Batch:
        batch = await inner(quotas)  # type: ignore[arg-type]
        return Batch(tuple(one for one in batch.records if one.position != lost), batch.assignment)

    line.intake.consumer.take = take  # type: ignore[method-assign]
