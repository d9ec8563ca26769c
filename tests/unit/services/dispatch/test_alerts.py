"""R10: a promise that may be missed is said before its deadline, and each thing is said once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.events.dispatch import NeedsAttention, PromiseAtRisk, PromiseMissed
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, granted, reclassified, slot_granted
from tests.unit.services.dispatch.cases import (
    ASKED_AT,
    CAMERA,
    DEPART,
    TAKE_CHARGE,
    TAKEN_AT,
    Ticket,
    declare,
    mobilised,
    planned,
    queued,
    report,
    reserving,
    resolved_on_site,
    resolved_remotely,
    taken,
    visit,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, SECOND, events_of, kinds_of, paris, the

CHARGE_BY = MONDAY + 4 * HOUR
"""Premium, Standard."""
ON_SITE_BY = paris(2026, 11, 25, 10, 0)


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_ticket_that_nobody_takes_is_at_risk_an_hour_before_its_deadline(off: timedelta, said: str) -> None:
    due = queued().due_at(CHARGE_BY - HOUR + off)

    assert due == (set() if said == "just before" else {"risk:take-charge"})
    warned = the(PromiseAtRisk, queued().when_due("risk:take-charge"))
    assert (warned.promise, warned.due_at) == ("take-charge", CHARGE_BY)


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_ticket_that_nobody_took_has_missed_its_promise_at_the_deadline(off: timedelta, said: str) -> None:
    ticket = queued().once_due("risk:take-charge")

    assert ticket.due_at(CHARGE_BY + off) == (set() if said == "just before" else {"missed:take-charge"})
    assert the(PromiseMissed, ticket.when_due("missed:take-charge")).promise == "take-charge"


@requirement("R10")
def test_each_warning_is_given_once() -> None:
    assert not {kind for kind in queued().until(CHARGE_BY + DAY).armed() if kind.endswith("take-charge")}
    assert reserving().until(ON_SITE_BY + DAY).armed() == {}


@requirement("R10")
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
def test_taking_charge_ends_the_watch_on_it(off: timedelta) -> None:
    at = CHARGE_BY - HOUR + off
    ticket = queued().until(at - SECOND)

    assert not {kind for kind in ticket.once(TAKE_CHARGE, at=at).armed() if kind.endswith("take-charge")}


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_charge_that_overtakes_its_own_deadline_is_a_miss_all_the_same(off: timedelta, said: str) -> None:
    at = CHARGE_BY + off
    missed = ["TakenCharge", "PromiseMissed"]

    assert kinds_of(queued().when(TAKE_CHARGE, at=at)) == (missed if said == "just after" else missed[:1])
    assert kinds_of(queued().once_due("missed:take-charge").when(TAKE_CHARGE, at=at)) == missed[:1]


@requirement("R10")
def test_a_promise_with_less_than_an_hour_left_is_at_risk_at_once() -> None:
    critique = queued("critique")  # taken charge of within an hour of the report

    assert critique.armed()["risk:take-charge"] == MONDAY + MINUTE


@requirement("R7", "R10")
def test_a_raise_brings_the_warning_forward_with_the_promise() -> None:
    at = MONDAY + 30 * MINUTE

    raised = queued("standard").once(reclassified("standard", "critique"), at=at)

    assert raised.armed()["risk:take-charge"] == at
    assert raised.armed()["missed:take-charge"] == MONDAY + HOUR
    assert raised.armed()["risk:on-site"] == MONDAY + 3 * HOUR


@requirement("R10")
@pytest.mark.parametrize("ticket", [queued().until(CHARGE_BY), taken()], ids=["queued", "taken"])
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_ticket_not_resolved_is_at_risk_an_hour_before_its_visit_falls_due_even_if_none_was_asked_for(
    ticket: Ticket, off: timedelta, said: str
) -> None:
    due = ticket.due_at(ON_SITE_BY - HOUR + off)

    assert due == (set() if said == "just before" else {"risk:on-site"})


@requirement("R10")
def test_a_visit_that_was_never_needed_is_never_missed() -> None:
    assert taken().until(ON_SITE_BY + DAY).state.told == {"risk:on-site"}


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_visit_that_is_not_planned_is_at_risk_an_hour_before_its_deadline(off: timedelta, said: str) -> None:
    ticket = reserving().until(ON_SITE_BY - 2 * HOUR)

    due = ticket.due_at(ON_SITE_BY - HOUR + off)

    assert due == (set() if said == "just before" else {"risk:on-site"})


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_visit_that_was_not_planned_has_missed_its_promise_at_the_deadline(off: timedelta, said: str) -> None:
    ticket = reserving().until(ON_SITE_BY - HOUR)

    assert ticket.due_at(ON_SITE_BY + off) == (set() if said == "just before" else {"missed:on-site"})


@requirement("R10")
def test_a_visit_asked_for_after_its_deadline_is_at_risk_and_missed_at_once() -> None:
    late = taken().once(visit(), at=ON_SITE_BY + HOUR)

    assert {"risk:on-site", "missed:on-site"} <= late.due_at(ON_SITE_BY + HOUR)


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_visit_planned_after_its_deadline_is_said_to_be_at_risk_when_it_is_planned(off: timedelta, said: str) -> None:
    start = ON_SITE_BY + off
    ticket = reserving(CAMERA).once(granted(1), at=ASKED_AT)

    outcome = ticket.when(slot_granted(2, start, start + 2 * HOUR), at=ASKED_AT + MINUTE)

    late = ["PromiseAtRisk"] if said == "just after" else []
    assert kinds_of(outcome) == ["VisitPlanned", *late]
    assert ("missed:on-site" in ticket.given(*events_of(outcome)).armed()) is (said == "just after")


@requirement("R10")
def test_a_late_visit_that_was_warned_of_is_not_warned_of_again_when_it_is_planned() -> None:
    ticket = reserving(CAMERA).once(granted(1), at=ASKED_AT).until(ON_SITE_BY - HOUR)
    start = ON_SITE_BY + HOUR

    assert kinds_of(ticket.when(slot_granted(2, start, start + HOUR), at=ON_SITE_BY)) == ["VisitPlanned"]


@requirement("R10")
def test_a_visit_planned_in_time_is_watched_no_more() -> None:
    assert planned().armed() == {}
    assert mobilised().armed() == {}


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_arrival_is_late_from_the_second_after_the_deadline(off: timedelta, said: str) -> None:
    outcome = mobilised().when(report(arrived_at=ON_SITE_BY + off), at=ON_SITE_BY + HOUR)

    missed = ["PromiseMissed"] if said == "just after" else []
    assert kinds_of(outcome) == ["VisitReported", *missed, "TicketResolved"]


@requirement("R10")
def test_a_second_visit_misses_no_promise_that_the_first_one_kept() -> None:
    first = mobilised().once(report("not-repaired"), at=MONDAY + 5 * HOUR)
    second = first.once(visit(), at=ON_SITE_BY)
    start = ON_SITE_BY + DAY
    again = second.once(slot_granted(3, start, start + HOUR), at=ON_SITE_BY + HOUR)
    left = again.once(DEPART, at=start - HOUR)

    assert "PromiseMissed" not in kinds_of(left.when(report(arrived_at=start), at=start + HOUR))


@requirement("R10", "R11")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_stock_that_does_not_answer_within_a_quarter_of_an_hour_calls_a_person(off: timedelta, said: str) -> None:
    ticket = reserving(CAMERA)
    by = ASKED_AT + 15 * MINUTE

    assert ticket.due_at(by + off) == (set() if said == "just before" else {"unanswered:T-1/1"})
    called = the(NeedsAttention, ticket.when_due("unanswered:T-1/1"))
    assert called.about == "unanswered:T-1/1"
    assert "unanswered:T-1/1" not in ticket.once_due("unanswered:T-1/1").armed()


@requirement("R10")
def test_a_resolved_ticket_is_watched_no_more() -> None:
    assert resolved_on_site().armed() == {}
    assert resolved_remotely().armed() == {}
    assert reserving(CAMERA).once(declare("advice"), at=TAKEN_AT + DAY).armed() == {}
