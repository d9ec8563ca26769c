"""What telemetry measures of a service: wiring between the runtime's parts and the catalogue's names, no more.

Called by `Service` and by the desk's app while they put themselves together. Every function returns at once; what
it hands to telemetry runs later, and only where the process shows metrics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from shared.metrics.labels import OUTCOME
from shared.runtime.groups import GroupWatch
from shared.runtime.ledger import RequestLedger
from shared.runtime.loop import Ports, Shell
from shared.runtime.observed import ObservedConsumer, ObservedGraves, ObservedJournal, ObservedShell, SetAside
from shared.runtime.ports import Clock, Graves
from shared.runtime.telemetry import Telemetry
from shared.topics import read_by

F = TypeVar("F")

OLDEST = timedelta(days=64)
"""How far back a timer is looked for: as far as the sweeper does."""
PING_SECONDS = 2.0
"""Of a readiness probe."""
_TALLIES = {
    "sav_records_taken_total": "taken",
    "sav_written_total": "appended",
    "sav_events_published_total": "published",
    "sav_events_republished_total": "republished",
    "sav_write_conflicts_total": "conflicts",
    "sav_records_dead_total": "dead",
    "sav_messages_held_total": "held",
}
_DESK_TALLIES = {
    "sav_records_taken_total": "taken",
    "sav_written_total": "written",
    "sav_write_conflicts_total": "conflicts",
    "sav_records_dead_total": "dead",
    "sav_gaps_asked_total": "asked_again",
}


class Sweeps(Protocol):
    """The sweeper, as far as it is measured."""

    overdue: int


class ArmedTimers(Protocol):
    """The timers, as far as they are measured."""

    async def next_due(self, after: datetime) -> datetime | None:
        """Return the earliest instant armed after `after`, or None."""
        ...


class Answers(Protocol):
    """A store that can be asked whether it is there."""

    async def ping(self) -> bool:
        """Tell whether the server answers."""
        ...


class Pings(Protocol):
    """A broker that can be asked whether it is there."""

    async def ping(self, timeout: float | None) -> bool:
        """Tell whether the broker answers."""
        ...


def readiness(telemetry: Telemetry, assigned: asyncio.Event, broker: Pings, store: Answers) -> None:
    """Ready: partitions are assigned (none may be, of many replicas), and both engines answer."""

    async def unready() -> str:
        if not assigned.is_set():
            return "no partitions are assigned yet"
        kafka, mongo = await asyncio.gather(broker.ping(PING_SECONDS), store.ping())
        away = [name for name, answers in (("Kafka", kafka), ("MongoDB", mongo)) if not answers]
        return f"no answer: {', '.join(away)}" if away else ""

    telemetry.ready_unless(unready)


def tally_of_stage(telemetry: Telemetry, tally: Callable[[], Any]) -> None:
    """Show what a stage's loop has counted."""
    _follow(telemetry, _TALLIES, tally)


def tally_of_desk(telemetry: Telemetry, tally: Callable[[], Any]) -> None:
    """Show what the desk's loop has counted."""
    _follow(telemetry, _DESK_TALLIES, tally)


def _follow(telemetry: Telemetry, names: dict[str, str], tally: Callable[[], Any]) -> None:
    metrics, service = telemetry.metrics, telemetry.service
    for outcome in OUTCOME.values:
        metrics.add("sav_rounds_total", service, outcome, amount=0)

    def show() -> None:
        now = tally()
        for name, counted in names.items():
            metrics.follow(name, service, total=getattr(now, counted))
        metrics.follow("sav_rounds_total", service, "done", total=now.batches)
        metrics.follow("sav_rounds_total", service, "failed", total=now.rounds_failed)

    metrics.before_scrape(show)


def dead_letters(telemetry: Telemetry, graves: Graves) -> None:
    """Measure how many dead letters no person has settled."""

    async def look() -> None:
        telemetry.metrics.set("sav_dead_unsettled", telemetry.service, to=await graves.unsettled())

    telemetry.measure(look)


def timers_of_stage(telemetry: Telemetry, sweeper: Sweeps, timers: ArmedTimers, clock: Clock) -> None:
    """Measure what is due and not done."""

    async def look() -> None:
        overdue, age = sweeper.overdue, 0.0
        if overdue:  # an idle stage is asked nothing
            now = clock.now()
            first = await timers.next_due(now - OLDEST)
            age = max((now - first).total_seconds(), 0.0) if first else 0.0
        telemetry.metrics.set("sav_timers_overdue", telemetry.service, to=overdue)
        telemetry.metrics.set("sav_timers_oldest_overdue_seconds", telemetry.service, to=age)

    telemetry.measure(look)


def observed(telemetry: Telemetry, ports: Ports, shell: Shell[F]) -> tuple[Ports, Shell[F]]:
    """Return ports and shell that also tell what is set aside and, of intake, what became of each request."""
    if not telemetry.on:
        return ports, shell
    service, metrics = telemetry.service, telemetry.metrics
    metrics.begin("sav_set_aside_total", service)
    aside = SetAside(lambda kind: metrics.add("sav_set_aside_total", service, kind))
    metrics.before_scrape(lambda: _show_aside(telemetry, aside))
    if not any(topic.kind == "requests" for topic in read_by(service)):
        journal = ObservedJournal(ports.journal, [aside.appended])
        return replace(ports, consumer=ObservedConsumer(ports.consumer, None, aside.forget), journal=journal), shell
    ledger = RequestLedger(ports.journal.load)
    _requests(telemetry, ledger)

    def moved() -> None:
        aside.forget()
        ledger.moved()

    watched = replace(
        ports,
        consumer=ObservedConsumer(ports.consumer, ledger, moved),
        journal=ObservedJournal(ports.journal, [aside.appended, ledger.appended]),
        graves=ObservedGraves(ports.graves, ledger),
    )
    return watched, ObservedShell(shell, ledger)


def _show_aside(telemetry: Telemetry, aside: SetAside) -> None:
    for kind, count in aside.counts().items():
        telemetry.metrics.set("sav_waiting_records", telemetry.service, kind, to=count)


def _requests(telemetry: Telemetry, ledger: RequestLedger) -> None:
    metrics = telemetry.metrics
    metrics.begin("sav_requests_accepted_total")
    metrics.begin("sav_requests_became_total")

    def show() -> None:
        for channel, accepted in ledger.accepted.items():
            metrics.follow("sav_requests_accepted_total", channel, total=accepted)
        for became, count in ledger.became.items():
            metrics.follow("sav_requests_became_total", became, total=count)
        metrics.set("sav_requests_unaccounted", to=ledger.unaccounted)

    metrics.before_scrape(show)
    telemetry.measure(ledger.settle)


def every_group(telemetry: Telemetry, watch: GroupWatch) -> None:
    """Measure how far every service has come. Of the desk alone."""

    async def look() -> None:
        try:
            found = await watch.look()
        except Exception:
            # What was true before the broker went away is no longer known to be.
            telemetry.metrics.hide("sav_consumer_lag_records", "sav_oldest_unprocessed_seconds")
            raise
        for (service, topic), lag in found.lag.items():
            telemetry.metrics.set("sav_consumer_lag_records", service, topic, to=lag)
        for service, seconds in found.oldest_seconds.items():
            telemetry.metrics.set("sav_oldest_unprocessed_seconds", service, to=seconds)

    telemetry.measure(look)
