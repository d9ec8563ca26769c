"""R12 and R13: first a request for confirmation, and the reminder at the same time two working days later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.closure.rules import remind_at
from shared.events.closure import ConfirmationAsked, ReminderAsked
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, resolved, ticket_facts
from tests.unit.services.closure.cases import (
    ALL_CASES,
    CLOSED_AT,
    CLOSURE,
    OPEN_CASES,
    REMIND_AT,
    Ticket,
    asked,
    read,
    reminded,
    reopened_once,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, POLICY, kinds_of, paris, the


@requirement("R12")
def test_a_resolution_asks_the_customer_first() -> None:
    event = the(ConfirmationAsked, CLOSURE.when(resolved(MONDAY), at=MONDAY))

    assert (event.resolution, event.remind_at) == (1, REMIND_AT)
    assert event.ticket == ticket_facts(MONDAY)


@requirement("R13")
@pytest.mark.parametrize(
    ("asked_at", "reminded_at"),
    [
        (paris(2026, 11, 23, 10, 0), paris(2026, 11, 25, 10, 0)),  # Monday: Wednesday
        (paris(2026, 11, 26, 10, 0), paris(2026, 11, 30, 10, 0)),  # Thursday: Monday
        (paris(2026, 11, 27, 10, 0), paris(2026, 12, 1, 10, 0)),  # Friday: Tuesday
        (paris(2026, 11, 27, 17, 59, 59), paris(2026, 12, 1, 17, 59, 59)),
        (paris(2026, 11, 27, 23, 59, 59), paris(2026, 12, 1, 23, 59, 59)),
        (paris(2026, 11, 28, 0, 0), paris(2026, 12, 1, 0, 0)),  # Saturday, just after midnight: Tuesday as well
        (paris(2026, 11, 29, 12, 0), paris(2026, 12, 1, 12, 0)),  # Sunday
        (paris(2026, 12, 23, 10, 0), paris(2026, 12, 28, 10, 0)),  # over Christmas, a Friday
        (paris(2026, 12, 24, 10, 0), paris(2026, 12, 29, 10, 0)),
        (paris(2026, 12, 25, 10, 0), paris(2026, 12, 29, 10, 0)),  # on Christmas itself
        (paris(2026, 5, 12, 10, 0), paris(2026, 5, 15, 10, 0)),  # over Ascension, a Thursday
        (paris(2026, 3, 27, 10, 0), paris(2026, 3, 31, 10, 0)),  # the same time, though the clock was put forward
        (paris(2026, 10, 23, 10, 0), paris(2026, 10, 27, 10, 0)),  # or back
    ],
)
def test_the_reminder_goes_out_at_the_same_time_two_working_days_later(
    asked_at: datetime, reminded_at: datetime
) -> None:
    assert remind_at(asked_at, ticket_facts(asked_at), POLICY) == reminded_at
    assert asked(asked_at).armed() == {"remind": reminded_at}


@requirement("R13")
def test_working_days_are_those_of_the_site() -> None:
    good_friday = paris(2026, 4, 1, 10, 0)  # a Wednesday; Friday is a holiday in Alsace-Moselle, Monday everywhere

    assert asked(good_friday, calendar="france").armed() == {"remind": paris(2026, 4, 3, 10, 0)}
    assert asked(good_friday, calendar="alsace-moselle").armed() == {"remind": paris(2026, 4, 7, 10, 0)}


@requirement("R13")
def test_a_site_whose_calendar_is_unknown_has_the_company_s() -> None:
    assert asked(MONDAY, calendar="of another planet").armed() == {"remind": REMIND_AT}


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_reminder_is_asked_for_at_its_instant_and_not_before(off: timedelta, said: str) -> None:
    assert asked().due_at(REMIND_AT + off) == (set() if said == "just before" else {"remind"})


@requirement("R13")
def test_the_reminder_is_the_ticket_s_first() -> None:
    assert the(ReminderAsked, asked().when_due("remind")) == ReminderAsked(
        resolution=1, reminder=1, asked_at=REMIND_AT, report_by=REMIND_AT + DAY
    )


@requirement("R13")
def test_reminders_are_counted_over_the_ticket_s_whole_life() -> None:
    again = reminded().once(read("no-answer"), at=REMIND_AT + HOUR).once_due("remind")
    later = again.once(read("not-solved"), at=REMIND_AT + 9 * DAY)
    third = later.once(resolved(REMIND_AT + 10 * DAY, 2), at=REMIND_AT + 10 * DAY).once_due("remind")

    assert (again.state.reminders, third.state.reminders) == (2, 3)


@requirement("R13")
def test_nothing_but_the_reminder_is_armed_before_it_and_nothing_but_the_wait_for_a_report_after_it() -> None:
    assert set(asked().armed()) == {"remind"}
    assert reminded().armed() == {"unreported": REMIND_AT + DAY}


@requirement("R12")
@pytest.mark.parametrize("name", sorted(set(ALL_CASES) - {"nothing"}))
def test_a_resolution_is_asked_about_once(name: str) -> None:
    assert kinds_of(ALL_CASES[name].when(resolved(), at=CLOSED_AT)) == ["Ignored"]


@requirement("R12")
@pytest.mark.parametrize("ticket", OPEN_CASES.values(), ids=OPEN_CASES)
def test_a_next_resolution_waits_until_this_one_is_settled(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(resolved(resolution=2), at=CLOSED_AT)) == ["Early"]


@requirement("R12")
def test_the_next_resolution_after_a_reopening_asks_the_customer_again() -> None:
    event = the(ConfirmationAsked, reopened_once().when(resolved(CLOSED_AT, 2), at=CLOSED_AT))

    assert event.resolution == 2
