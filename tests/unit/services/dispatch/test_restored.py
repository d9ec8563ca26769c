"""The third clock: until the system works again (R10, R12)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.events.dispatch import HandlingQueued, PromiseMissed, TicketResolved
from shared.events.intake import TicketOpened
from shared.policy.model import Policy
from shared.promises import promise
from tests.requirements import requirement
from tests.unit.services.builders import CLASSES, MONDAY, classified, contract, opened, reclassified, reopened
from tests.unit.services.dispatch.cases import (
    DISPATCH,
    RESTORED_BY,
    TAKE_CHARGE,
    Ticket,
    declare,
    mobilised,
    queued,
    report,
    taken,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, POLICY, SECOND, kinds_of, the


def of_restored(ticket: Ticket) -> dict[str, datetime]:
    return {kind: at for kind, at in ticket.armed().items() if ":restored" in kind}


@requirement("R10")
@pytest.mark.parametrize("ticket", [queued(), taken()], ids=["queued", "taken"])
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_system_that_does_not_work_again_by_its_deadline_is_a_promise_missed_once(
    ticket: Ticket, off: timedelta, said: str
) -> None:
    ticket = ticket.until(RESTORED_BY - 2 * SECOND)

    assert ticket.due_at(RESTORED_BY + off) == (set() if said == "just before" else {"missed:restored"})
    missed = the(PromiseMissed, ticket.when_due("missed:restored"))
    assert (missed.promise, missed.due_at) == ("restored", RESTORED_BY)
    assert of_restored(ticket.once_due("missed:restored")) == {}


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_resolution_that_overtakes_the_deadline_s_own_timer_is_late_from_the_second_after(
    off: timedelta, said: str
) -> None:
    missed = ["PromiseMissed"] if said == "just after" else []
    at = RESTORED_BY + off

    assert kinds_of(taken().when(declare("advice"), at=at)) == [*missed, "TicketResolved"]
    on_site = kinds_of(mobilised().when(report(), at=at))
    assert on_site == ["VisitReported", *missed, "TicketResolved"]


@requirement("R10")
def test_a_miss_that_the_timer_said_is_not_said_again_by_the_resolution() -> None:
    late = taken().until(RESTORED_BY)

    assert kinds_of(late.when(declare("advice"), at=RESTORED_BY + HOUR)) == ["TicketResolved"]


@requirement("R10")
def test_a_visit_that_repaired_nothing_restores_nothing() -> None:
    visited = mobilised().once(report("not-repaired"), at=MONDAY + 6 * HOUR)

    assert of_restored(visited)["missed:restored"] == RESTORED_BY


@requirement("R10")
def test_the_resolution_says_by_when_it_was_promised() -> None:
    resolved = the(TicketResolved, taken().when(declare("advice"), at=MONDAY + DAY))

    assert (resolved.ticket.restored_by, resolved.ticket.resolved_at) == (RESTORED_BY, MONDAY + DAY)


@requirement("R7", "R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_raise_counts_restoring_from_the_first_report_until_that_is_past_and_then_from_the_raise(
    off: timedelta, said: str
) -> None:
    raised_at = MONDAY + 8 * HOUR + off

    raised = queued().once(reclassified("standard", "critique"), at=raised_at)

    start = MONDAY if said == "just before" else raised_at
    assert raised.state.due_at("restored") == start + 8 * HOUR


@requirement("R12")
def test_a_reopening_goes_on_with_the_same_deadline_and_its_warnings_that_are_to_come() -> None:
    resolved = taken().once(declare("advice"), at=MONDAY + HOUR)
    at = MONDAY + 30 * HOUR  # Tuesday 16:00, past half of the delay

    back = the(HandlingQueued, resolved.when(reopened(1), at=at))

    assert resolved.armed() == {}
    assert back.restored_by == RESTORED_BY
    assert of_restored(resolved.given(back)) == {
        "risk:restored:1": at,
        "risk:restored:2": MONDAY + 51 * HOUR + 48 * MINUTE,
        "missed:restored": RESTORED_BY,
    }


@requirement("R12")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_reopening_after_the_deadline_is_a_miss_without_a_warning_that_would_come_too_late(
    off: timedelta, said: str
) -> None:
    at = RESTORED_BY + off
    back = taken().once(declare("advice"), at=MONDAY + HOUR).once(reopened(1), at=at)

    ahead = {"risk:restored:1", "risk:restored:2"} if said == "just before" else set()
    assert set(of_restored(back)) == {"missed:restored", *ahead}
    assert back.armed()["missed:restored"] == RESTORED_BY


@requirement("R12")
def test_a_reopening_says_no_miss_twice() -> None:
    missed = taken().until(RESTORED_BY).once(declare("advice"), at=RESTORED_BY + HOUR)
    back = missed.once(reopened(1), at=RESTORED_BY + DAY).once(TAKE_CHARGE, at=RESTORED_BY + DAY)

    assert of_restored(back) == {}
    assert kinds_of(back.when(declare("advice"), at=RESTORED_BY + 2 * DAY)) == ["TicketResolved"]


def without_restoring() -> tuple[TicketOpened, Policy]:
    """A company that promises only taking charge and arriving."""
    grid = POLICY.delays["premium"]
    less = {one: delays.model_copy(update={"restored": None}) for one, delays in grid.items()}
    policy = POLICY.model_copy(update={"delays": {**POLICY.delays, "premium": less}})
    promises = {one: promise(policy, contract(), one, MONDAY) for one in CLASSES}
    return opened().model_copy(update={"promises": promises}), policy


@requirement("R10")
def test_where_nothing_of_the_kind_is_promised_nothing_is_missed() -> None:
    opening, policy = without_restoring()
    ticket = DISPATCH.under(policy).once(opening, at=MONDAY).once(classified(), at=MONDAY + MINUTE)
    ticket = ticket.once(reclassified("standard", "critique"), at=MONDAY + DAY).once(TAKE_CHARGE, at=MONDAY + DAY)

    late = ticket.when(declare("advice"), at=MONDAY + 90 * DAY)

    assert of_restored(ticket) == {}
    assert kinds_of(late) == ["TicketResolved"]
    assert the(TicketResolved, late).ticket.restored_by is None
