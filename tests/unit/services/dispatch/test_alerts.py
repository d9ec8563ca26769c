"""R10: a promise that may be missed is said before its deadline, step by step, and each thing is said once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.events.dispatch import NeedsAttention, PromiseAtRisk, PromiseMissed
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, granted, reclassified, slot_granted
from tests.unit.services.dispatch.cases import (
    ASKED_AT,
    CAMERA,
    CHARGE_BY,
    DEPART,
    ON_SITE_BY,
    RESTORED_BY,
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

STEPS = (
    ("take-charge", 1, paris(2026, 11, 23, 12, 0)),
    ("take-charge", 2, paris(2026, 11, 23, 13, 12)),
    ("on-site", 1, paris(2026, 11, 24, 10, 0)),
    ("on-site", 2, paris(2026, 11, 24, 15, 42)),
    ("restored", 1, paris(2026, 11, 24, 14, 45)),
    ("restored", 2, paris(2026, 11, 25, 13, 48)),
)
"""Premium, Standard: half and four fifths of each delay, counted in open hours by hand."""
DUE = {"take-charge": CHARGE_BY, "on-site": ON_SITE_BY, "restored": RESTORED_BY}


def of(promise: str, ticket: Ticket) -> set[str]:
    """What is still to be said of a promise."""
    return {kind for kind in ticket.armed() if kind.split(":")[1] == promise}


@requirement("R10")
@pytest.mark.parametrize(("promise", "step", "at"), STEPS)
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_promise_is_at_risk_at_each_share_of_its_delay_in_open_hours(
    promise: str, step: int, at: datetime, off: timedelta, said: str
) -> None:
    ticket = queued().until(at - 2 * SECOND)

    assert ticket.due_at(at + off) == (set() if said == "just before" else {f"risk:{promise}:{step}"})
    warned = the(PromiseAtRisk, ticket.when_due(f"risk:{promise}:{step}"))
    assert (warned.promise, warned.step, warned.due_at) == (promise, step, DUE[promise])


@requirement("R10")
def test_the_first_warning_is_for_who_has_the_ticket_and_the_second_for_the_dispatcher() -> None:
    nobody = the(PromiseAtRisk, queued().when_due("risk:take-charge:1"))
    first, second = (the(PromiseAtRisk, taken().when_due(f"risk:on-site:{step}")) for step in (1, 2))

    assert (nobody.to, nobody.person) == ("in-charge", "")
    assert (first.to, first.person) == ("in-charge", "T-01")
    assert (second.to, second.person) == ("dispatcher", "T-01")


@requirement("R1", "R10")
def test_a_warning_or_a_miss_says_whether_the_ticket_is_served_at_any_hour() -> None:
    at_any_hour, in_hours, other = queued("critique"), queued("standard"), queued("critique", "standard")

    assert the(PromiseAtRisk, at_any_hour.when_due("risk:take-charge:1")).on_call
    assert the(PromiseMissed, at_any_hour.when_due("missed:take-charge")).on_call
    assert the(PromiseMissed, at_any_hour.when(TAKE_CHARGE, at=MONDAY + 2 * HOUR)).on_call
    for ticket in (in_hours, other):
        assert not the(PromiseAtRisk, ticket.when_due("risk:take-charge:1")).on_call
        assert not the(PromiseMissed, ticket.when_due("missed:take-charge")).on_call
        assert not the(PromiseMissed, ticket.when(TAKE_CHARGE, at=MONDAY + DAY)).on_call


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_ticket_that_nobody_took_has_missed_its_promise_at_the_deadline(off: timedelta, said: str) -> None:
    ticket = queued().until(CHARGE_BY - 2 * SECOND)

    assert ticket.due_at(CHARGE_BY + off) == (set() if said == "just before" else {"missed:take-charge"})
    assert the(PromiseMissed, ticket.when_due("missed:take-charge")).promise == "take-charge"


@requirement("R10")
def test_each_warning_is_given_once() -> None:
    assert of("take-charge", queued().until(CHARGE_BY + DAY)) == set()
    assert reserving().until(RESTORED_BY + DAY).armed() == {}


@requirement("R10")
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
@pytest.mark.parametrize("at", [at for promise, _, at in STEPS if promise == "take-charge"])
def test_taking_charge_ends_the_watch_on_it(at: datetime, off: timedelta) -> None:
    ticket = queued().until(at + off - SECOND)

    assert of("take-charge", ticket.once(TAKE_CHARGE, at=at + off)) == set()


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_charge_that_overtakes_its_own_deadline_is_a_miss_all_the_same(off: timedelta, said: str) -> None:
    at = CHARGE_BY + off
    missed = ["TakenCharge", "PromiseMissed"]

    assert kinds_of(queued().when(TAKE_CHARGE, at=at)) == (missed if said == "just after" else missed[:1])
    assert kinds_of(queued().once_due("missed:take-charge").when(TAKE_CHARGE, at=at)) == missed[:1]


@requirement("R7", "R10")
def test_a_raise_brings_the_warnings_forward_with_the_promise_and_gives_those_that_are_past_at_once() -> None:
    at = MONDAY + 45 * MINUTE

    raised = queued("standard").once(reclassified("standard", "critique"), at=at)

    assert {kind: raised.armed()[kind] - MONDAY for kind in sorted(raised.armed()) if kind != "page"} == {
        "missed:restored": 8 * HOUR,
        "missed:take-charge": HOUR,
        "risk:on-site:1": 2 * HOUR,
        "risk:on-site:2": 3 * HOUR + 12 * MINUTE,
        "risk:restored:1": 4 * HOUR,
        "risk:restored:2": 6 * HOUR + 24 * MINUTE,
        "risk:take-charge:1": 45 * MINUTE,
        "risk:take-charge:2": 48 * MINUTE,
    }


@requirement("R7", "R10")
def test_a_promise_that_counts_from_the_raise_is_warned_of_by_shares_from_the_raise() -> None:
    at = MONDAY + 2 * HOUR  # the first report's hour is past, and half of the four of Standard

    raised = queued("standard").until(at).once(reclassified("standard", "critique"), at=at)

    assert raised.armed()["risk:take-charge:1"] == at + 30 * MINUTE
    assert raised.armed()["risk:take-charge:2"] == at + 48 * MINUTE
    assert raised.state.clocks["take-charge"].watch.since == at
    assert raised.state.clocks["on-site"].watch.since == MONDAY


@requirement("R7", "R10")
def test_a_deadline_that_a_raise_moved_is_warned_of_anew_and_one_that_stays_is_not() -> None:
    warned = taken("standard").until(ON_SITE_BY - SECOND)

    raised = warned.once(reclassified("standard", "critique"), at=ON_SITE_BY - SECOND)
    lowered = raised.until(ON_SITE_BY).once(reclassified("critique", "standard"), at=ON_SITE_BY)

    # On site stays due two seconds from now and was warned of; restored is due in eight hours and was not.
    assert of("on-site", raised) == set()
    assert of("restored", raised) == {"risk:restored:1", "risk:restored:2", "missed:restored"}
    assert of("restored", lowered) == {"risk:restored:1", "risk:restored:2", "missed:restored"}


@requirement("R10")
def test_a_visit_that_was_never_needed_is_never_missed() -> None:
    told = taken().until(ON_SITE_BY + 30 * DAY).state.told

    assert {one for one in told if "on-site" in one} == {"risk:on-site:1", "risk:on-site:2"}


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_visit_that_was_not_planned_has_missed_its_promise_at_the_deadline(off: timedelta, said: str) -> None:
    ticket = reserving().until(ON_SITE_BY - 2 * SECOND)

    assert ticket.due_at(ON_SITE_BY + off) == (set() if said == "just before" else {"missed:on-site"})


@requirement("R10")
def test_a_visit_asked_for_after_its_deadline_is_missed_at_once() -> None:
    late = taken().until(ON_SITE_BY + HOUR).once(visit(), at=ON_SITE_BY + HOUR)

    assert late.due_at(ON_SITE_BY + HOUR) == {"missed:on-site"}


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
def test_a_late_visit_that_the_dispatcher_was_warned_of_is_not_warned_of_again_when_it_is_planned() -> None:
    ticket = reserving(CAMERA).once(granted(1), at=ASKED_AT)
    start = ON_SITE_BY + HOUR
    late = slot_granted(2, start, start + HOUR)

    # The first step warned who has the ticket; that the visit comes too late is the dispatcher's to know.
    only_first, both = ticket.until(STEPS[2][2]), ticket.until(STEPS[3][2])
    assert kinds_of(only_first.when(late, at=ON_SITE_BY - HOUR)) == ["VisitPlanned", "PromiseAtRisk"]
    assert kinds_of(both.when(late, at=ON_SITE_BY - HOUR)) == ["VisitPlanned"]


@requirement("R10")
def test_the_visit_is_watched_no_more_once_it_is_planned_in_time() -> None:
    assert of("on-site", planned()) == set()
    assert of("on-site", mobilised()) == set()


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

    missed = [one for one in events_of(left.when(report(arrived_at=start), at=start)) if isinstance(one, PromiseMissed)]
    assert missed == []


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
