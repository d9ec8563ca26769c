"""The gauges of the SLA: late now, oldest unacknowledged, calls, phases; complete or not shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from services.desk.measures import GAUGES, DeskMeasures
from services.desk.open_tickets import Gauges, OpenTicket, OpenTickets, gauges, open_ticket
from services.desk.projection import Ticket
from shared.errors import GoRound
from shared.events import closure, intake, survey
from shared.events.base import Event
from shared.metrics.registry import Metrics
from shared.runtime.partitions import partition_of
from shared.runtime.ports import Partition
from shared.testing.clock import SetClock
from tests.requirements import requirement
from tests.unit.metrics.test_sla import OPEN, QUEUED, WHOSE, Said, folded, taken
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import at
from tests.unit.services.desk.told import TICKET

NOT_CLASSIFIED = ("unclassified", "premium")
ACKNOWLEDGED: tuple[Said, ...] = (("intake", (lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED)), OPEN[1])


def seen(now: datetime, *said: Said) -> Gauges:
    """What one ticket amounts to."""
    one = open_ticket(folded(*said))
    return gauges([one] if one else [], now)


@requirement("R3")
@pytest.mark.parametrize(("minutes", "late"), [(29, 0), (30, 0), (30.1, 1)])
def test_a_request_is_late_after_its_acknowledgements_deadline_not_at_it(minutes: float, late: int) -> None:
    found = seen(at(minutes=minutes), OPEN[0])

    assert sum(found.late.values()) == late
    assert found.oldest_unacknowledged == {NOT_CLASSIFIED: minutes * 60}
    assert found.margin == {NOT_CLASSIFIED: pytest.approx((30 - minutes) * 60)}


@requirement("R3")
def test_an_acknowledged_ticket_has_neither_age_nor_margin() -> None:
    found = seen(at(minutes=5), *ACKNOWLEDGED)

    assert (found.oldest_unacknowledged, found.margin, found.late) == ({}, {}, {})
    assert found.phases == {("received", *WHOSE): 1}


@requirement("R7")
def test_a_notice_of_a_raise_has_a_margin_but_the_request_is_not_unacknowledged() -> None:
    raised = intake.AcknowledgementAsked(
        generation=2, because="raised", promise=lives.PROMISES["critique"], acknowledge_by=at(days=2, minutes=30)
    )

    found = seen(at(days=2, minutes=10), ("intake", (lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED, raised)), taken(1))

    assert found.oldest_unacknowledged == {}
    assert list(found.margin.values()) == [20 * 60]


@requirement("R10")
def test_the_deadline_that_passed_first_says_by_what_a_ticket_is_late() -> None:
    found = seen(at(hours=4.1), *ACKNOWLEDGED, QUEUED)

    assert found.late == {("take-charge", *WHOSE): 1}


def test_calls_for_a_person_are_counted_by_stage_and_matter_without_their_particulars() -> None:
    call = closure.NeedsAttention(reason="Appeler le client.", about="unreachable:reminder:1:1")

    found = seen(at(), *ACKNOWLEDGED, ("closure", (lives.CONFIRMATION_ASKED, call)))

    assert found.calls == {("closure", "unreachable"): 1}


def test_a_closed_ticket_is_kept_while_its_survey_is_due_and_forgotten_then() -> None:
    closed = (*ACKNOWLEDGED, ("closure", lives.SILENT_CLOSING))
    planned: Sequence[Event] = (lives.SURVEY_PLANNED,)
    invited = survey.SurveyInvited(
        **lives.SURVEY_PLANNED.model_dump(exclude={"send_at"}), late=False, expires_at=at(days=40)
    )

    assert seen(at(days=11), *closed, ("survey", planned)).late == {("survey", *WHOSE): 1}
    assert seen(at(days=11), *closed, ("survey", planned)).phases == {}
    assert open_ticket(folded(*closed, ("survey", (*planned, invited)))) is None


def test_the_oldest_of_several_and_the_nearest_deadline_of_several_count() -> None:
    younger, older = (
        OpenTicket(WHOSE_CRITICAL, "received", at(minutes=m), at(minutes=m + 30), False, None, "", ()) for m in (5, 1)
    )

    found = gauges([younger, older], at(minutes=20))

    assert found.oldest_unacknowledged == {WHOSE_CRITICAL: 19 * 60}
    assert found.margin == {WHOSE_CRITICAL: 11 * 60}
    assert found.phases == {("received", *WHOSE_CRITICAL): 2}


WHOSE_CRITICAL = open_ticket(folded(*OPEN)).whose._replace(criticality="critique")  # type: ignore[union-attr]


def test_what_the_store_had_never_replaces_what_was_written_meanwhile() -> None:
    tickets = OpenTickets()
    before, after = folded(*OPEN), folded(*ACKNOWLEDGED, taken(1))

    tickets.written(after)
    tickets.found(TICKET, open_ticket(before))
    tickets.filled()

    assert [one.phase for one in tickets.of(lambda _: True)] == ["handling"]


def test_a_ticket_that_closed_while_the_store_was_read_does_not_come_back() -> None:
    tickets = OpenTickets()

    tickets.written(folded(*ACKNOWLEDGED, ("closure", lives.SILENT_CLOSING)))
    tickets.found(TICKET, open_ticket(folded(*ACKNOWLEDGED)))

    assert len(tickets) == 0


# -- the desk's looks ----------------------------------------------------------------------------------------------


@dataclass
class Holder:
    """A store of open tickets that answers when a test lets it, or fails."""

    tickets: list[Ticket] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    reads: int = 0

    async def found(self) -> AsyncIterator[tuple[str, OpenTicket | None]]:
        self.reads += 1
        await self.may_answer.wait()
        if self.failures:
            self.failures -= 1
            raise GoRound("store: away")
        for one in self.tickets:
            yield one.id, open_ticket(one)


class Membership:
    """A consumer that has these partitions of the intake topic."""

    def __init__(self, *partitions: int) -> None:
        self.assignment = 1
        self.partitions = partitions

    async def positions(self) -> dict[Partition, int]:
        return {Partition("sav.intake", one): 5 for one in self.partitions}


@dataclass
class Desk:
    """The desk's measures, on a store and a consumer of paper."""

    store: Holder = field(default_factory=Holder)
    consumer: Membership = field(default_factory=lambda: Membership(*range(6)))
    assigned: asyncio.Event = field(default_factory=asyncio.Event)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.assigned.set()
        clock = SetClock(at(minutes=20))
        self.measures = DeskMeasures(self.metrics, self.store, self.consumer, self.assigned, clock)  # type: ignore[arg-type]

    async def looked(self, times: int = 1) -> None:
        for _ in range(times):
            await self.measures.look()
            for _ in range(5):
                await asyncio.sleep(0)  # lets the reading of the store go on

    def open(self, phase: str = "received", criticality: str = "standard") -> float | None:
        return self.metrics.value("sav_tickets_open", phase, criticality, "premium")

    def shown(self) -> list[str]:
        text = self.metrics.render().decode()
        return [name for name in GAUGES if f"\n{name}{{" in text]


async def test_no_gauge_is_shown_until_every_open_ticket_is_known() -> None:
    desk = Desk(Holder([folded(*OPEN)]))

    await desk.looked(2)
    assert desk.shown() == []
    desk.store.may_answer.set()
    await desk.looked(2)

    assert desk.shown() == list(GAUGES)
    assert desk.open() == 1
    assert desk.metrics.value("sav_oldest_unacknowledged_seconds", *WHOSE) == 20 * 60
    assert desk.store.reads == 1


async def test_a_ticket_that_is_written_changes_the_gauges_and_the_counters() -> None:
    desk = Desk()
    desk.store.may_answer.set()
    await desk.looked(2)

    desk.measures.written(Ticket(TICKET), folded(*OPEN))
    await desk.looked()
    assert (desk.open("received"), desk.open("handling")) == (1, 0)
    desk.measures.written(folded(*OPEN), folded(*ACKNOWLEDGED, taken(1)))
    await desk.looked()

    assert (desk.open("received"), desk.open("handling")) == (0, 1)
    assert desk.metrics.value("sav_tickets_opened_total", "email") == 1
    assert desk.metrics.value("sav_sla_acknowledgement_seconds", *WHOSE) == 1
    assert desk.metrics.value("sav_sla_promises_total", "take-charge", *WHOSE, "yes") == 1


async def test_a_replica_shows_only_the_tickets_of_its_partitions() -> None:
    mine = partition_of(TICKET)
    for partitions, count in (((mine,), 1), (tuple(set(range(6)) - {mine}), 0)):
        desk = Desk(Holder([folded(*OPEN)]), Membership(*partitions))
        desk.store.may_answer.set()
        await desk.looked(2)
        assert desk.open() == count


async def test_after_a_rebalance_everything_is_read_again_and_nothing_is_shown_meanwhile() -> None:
    desk = Desk(Holder([folded(*OPEN)]))
    desk.store.may_answer.set()
    await desk.looked(2)

    desk.consumer.assignment = 2
    desk.store.may_answer.clear()
    await desk.looked()
    assert desk.shown() == []
    desk.store.may_answer.set()
    desk.store.tickets = [folded(*ACKNOWLEDGED, taken(1))]
    await desk.looked(2)

    assert (desk.open("received"), desk.open("handling")) == (0, 1)


async def test_a_store_that_is_away_is_asked_again_at_the_next_look() -> None:
    desk = Desk(Holder([folded(*OPEN)], failures=1))
    desk.store.may_answer.set()
    await desk.looked()

    with pytest.raises(GoRound, match="open tickets not read"):
        await desk.measures.look()
    await desk.looked(2)

    assert desk.open() == 1


async def test_a_measure_that_fails_never_fails_the_loop() -> None:
    desk = Desk()
    broken = folded(*OPEN)
    object.__setattr__(broken, "sections", {"intake": None})

    desk.measures.written(Ticket(TICKET), broken)


def test_every_counter_of_the_sla_is_there_from_the_first_scrape() -> None:
    desk = Desk()

    text = desk.metrics.render().decode()

    assert 'sav_silent_closings_refused_total{because="unproven"} 0.0' in text
    assert 'sav_sla_promises_total{criticality="critique",kept="no",promise="on-site",tier="premium"} 0.0' in text
    assert 'sav_sla_survey_seconds_count{criticality="informatif",tier="none"} 0.0' in text
