"""R7, as dispatch keeps it: which promise holds, in whatever order acknowledgement, late triage and raise arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import get_args

import pytest

from services.dispatch.clocks import Clock, Clocks, earliest
from services.dispatch.rules import promise_after
from shared.events.base import Criticality, Event
from shared.events.dispatch import HandlingQueued, PromiseName, PromiseRecomputed, TicketResolved, Watch
from tests.requirements import requirement
from tests.unit.services.builders import (
    CLASSES,
    MONDAY,
    acknowledgement_asked,
    classified,
    opened,
    promised,
    reclassified,
)
from tests.unit.services.dispatch.cases import DISPATCH, TAKE_CHARGE, Ticket, declare, queued, taken
from tests.unit.services.harness import AROUND, HOUR, MINUTE, SECOND, kinds_of, paris, the

NOTED = DISPATCH.once(opened(), at=MONDAY)
CHARGE_OF_CRITIQUE = MONDAY + HOUR
"""Premium, Critique: an hour from the first report, at any hour."""
Told = tuple[Event, datetime]


def orders(intake: Sequence[Told], triage: Sequence[Told]) -> Iterator[list[Told]]:
    """Every order in which two topics may be read; each topic keeps its own."""
    if not intake or not triage:
        yield [*intake, *triage]
        return
    for rest in orders(intake[1:], triage):
        yield [intake[0], *rest]
    for rest in orders(intake, triage[1:]):
        yield [triage[0], *rest]


def read(told: Sequence[Told]) -> tuple[Ticket, list[PromiseRecomputed]]:
    """The ticket after these were read, each at its own instant whatever was read before, and what was recomputed.

    What was early is offered again after each change, as the runtime does.
    """
    ticket, recomputed, waiting = NOTED, [], list[Told]()
    for one in told:
        waiting.append(one)
        for event, at in list(waiting):
            outcome = ticket.when(event, at=MONDAY + 12 * HOUR, said_at=at)
            if kinds_of(outcome) != ["Early"]:
                waiting.remove((event, at))
                recomputed += [
                    event for event in getattr(outcome, "events", ()) if isinstance(event, PromiseRecomputed)
                ]
                ticket = ticket.once(event, at=MONDAY + 12 * HOUR, said_at=at)
    assert not waiting
    return ticket, recomputed


@requirement("R4", "R7")
@pytest.mark.parametrize("criticality", CLASSES)
def test_the_first_class_opens_the_handling_under_its_promise(criticality: Criticality) -> None:
    opening = the(HandlingQueued, NOTED.when(classified(criticality), at=MONDAY + MINUTE))

    stated = promised(criticality)
    assert (opening.criticality, opening.because, opening.resolution) == (criticality, "classified", 1)
    assert (opening.take_charge_by, opening.on_site_by) == (stated.take_charge_by, stated.on_site_by)


@requirement("R4", "R8")
def test_a_critique_acknowledgement_opens_the_handling_where_triage_is_late() -> None:
    opening = the(HandlingQueued, NOTED.when(acknowledgement_asked("critique"), at=MONDAY + 10 * MINUTE))

    assert (opening.criticality, opening.because) == ("critique", "acknowledged")
    assert opening.take_charge_by == MONDAY + HOUR
    assert opening.on_site_by == MONDAY + 4 * HOUR


@requirement("R7")
def test_the_premium_promises_are_those_of_the_policy() -> None:
    critique, standard, informatif = (NOTED.when(classified(one), at=MONDAY) for one in CLASSES)

    assert the(HandlingQueued, critique).on_site_by == paris(2026, 11, 23, 14, 0)
    assert the(HandlingQueued, standard).take_charge_by == paris(2026, 11, 23, 14, 0)
    assert the(HandlingQueued, standard).on_site_by == paris(2026, 11, 25, 10, 0)
    assert the(HandlingQueued, informatif).take_charge_by == paris(2026, 11, 24, 10, 0)
    assert the(HandlingQueued, informatif).on_site_by == paris(2026, 11, 30, 10, 0)


def charge(due_at: datetime, since: datetime = MONDAY) -> Clocks:
    return {"take-charge": Clock(due_at, Watch(calendar="france", since=since))}


@requirement("R7")
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
def test_of_two_promises_the_earlier_one_counts(off: timedelta) -> None:
    stated, later = MONDAY + HOUR, MONDAY + HOUR + off

    assert earliest(charge(stated), charge(later))["take-charge"].due_at == min(stated, later)
    assert earliest({}, charge(later)) == charge(later)
    assert earliest(charge(stated), {}) == charge(stated)


@requirement("R7")
def test_of_two_promises_that_fall_due_together_the_one_that_began_first_counts() -> None:
    older, newer = charge(MONDAY + HOUR, since=MONDAY), charge(MONDAY + HOUR, since=MONDAY + SECOND)

    assert earliest(older, newer) == earliest(newer, older) == older


@requirement("R7")
@pytest.mark.parametrize(
    "told",
    list(
        orders(
            [(acknowledgement_asked("critique"), MONDAY + 10 * MINUTE)],
            [
                (classified("standard"), MONDAY + 11 * MINUTE),
                (reclassified("standard", "informatif"), MONDAY + 20 * MINUTE),
            ],
        )
    ),
)
def test_a_promise_once_made_as_critique_stays_in_whatever_order_the_lower_classes_come(told: list[Told]) -> None:
    ticket, _ = read(told)

    assert ticket.state.criticality == "informatif"
    assert ticket.state.due_at("take-charge") == promised("critique").take_charge_by
    assert ticket.state.due_at("on-site") == promised("critique").on_site_by


RAISED_AT = MONDAY + 3 * HOUR
RAISED_LATE = (
    [
        (acknowledgement_asked("standard"), MONDAY + MINUTE),
        (
            acknowledgement_asked(generation=2, raised=True, stated=promised("critique", RAISED_AT)),
            RAISED_AT + MINUTE,
        ),
    ],
    [(classified("standard"), MONDAY + MINUTE), (reclassified("standard", "critique"), RAISED_AT)],
)


@requirement("R7")
@pytest.mark.parametrize("told", list(orders(*RAISED_LATE)))
def test_a_late_raise_gives_the_same_promise_in_whatever_order_it_is_heard_of(told: list[Told]) -> None:
    ticket, recomputed = read(told)

    assert ticket.state.criticality == "critique"
    # The charge was promised by 14:00 as Standard, the raise at 13:00 says 14:00 too; on site the first report's 14:00
    # is not past yet, and counts.
    assert ticket.state.due_at("take-charge") == paris(2026, 11, 23, 14, 0)
    assert ticket.state.due_at("on-site") == paris(2026, 11, 23, 14, 0)
    assert ticket.state.due_at("restored") == paris(2026, 11, 23, 18, 0)
    assert {name: clock.watch.since for name, clock in ticket.state.clocks.items()} == {
        # At 14:00 both promises of a charge fall due; the first report's is the older one.
        "take-charge": MONDAY,
        "on-site": MONDAY,
        "restored": MONDAY,
    }
    assert [one.late_by_reevaluation for one in recomputed].count(True) == 1


@requirement("R7")
def test_the_first_class_is_triage_s_in_whatever_order_it_and_the_acknowledgement_come() -> None:
    late_triage = ([(acknowledgement_asked("critique"), MONDAY)], [(classified("standard"), MONDAY + MINUTE)])

    firsts = {read(told)[0].state.first_criticality for told in orders(*late_triage)}

    assert firsts == {"standard"}


@requirement("R8", "R9")
def test_a_ticket_that_triage_never_classified_can_be_resolved_as_critique() -> None:
    acknowledged = NOTED.once(acknowledgement_asked("critique"), at=MONDAY).once(TAKE_CHARGE, at=MONDAY + MINUTE)

    resolved = the(TicketResolved, acknowledged.when(declare("advice"), at=MONDAY + HOUR))

    assert (resolved.ticket.first_criticality, resolved.ticket.last_criticality) == ("critique", "critique")


@requirement("R7")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_raise_counts_from_the_first_report_until_that_is_past_and_then_from_the_raise(
    off: timedelta, said: str
) -> None:
    raised_at = CHARGE_OF_CRITIQUE + off

    outcome = queued("standard").when(reclassified("standard", "critique"), at=raised_at, said_at=raised_at)

    recomputed = the(PromiseRecomputed, outcome)
    late = said != "just before"
    start = raised_at if late else MONDAY
    assert recomputed.late_by_reevaluation is late
    # Each delay by itself: the on-site one of the first report is not past yet, and counts.
    assert (recomputed.take_charge_by, recomputed.on_site_by) == (start + HOUR, MONDAY + 4 * HOUR)


@requirement("R7")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_ticket_is_marked_late_by_re_evaluation_only_by_a_raise(off: timedelta, said: str) -> None:
    promises = {one: promised(one) for one in CLASSES}
    at = CHARGE_OF_CRITIQUE + off
    from_raise = promised("critique", at)

    assert promise_after(promises, "standard", "critique", from_raise, at)[1] is (said != "just before")
    assert promise_after(promises, "critique", "critique", from_raise, at) == (promises["critique"], False)
    assert promise_after(promises, "critique", "standard", from_raise, at) == (promises["standard"], False)


@requirement("R7")
def test_a_raise_counts_from_when_triage_raised_it_however_late_dispatch_hears_of_it() -> None:
    outcome = queued("standard").when(
        reclassified("standard", "critique"), at=MONDAY + 9 * HOUR, said_at=MONDAY + 30 * MINUTE
    )

    assert not the(PromiseRecomputed, outcome).late_by_reevaluation


@requirement("R7", "R10")
def test_the_on_site_delay_still_runs_from_the_first_report_where_only_the_other_one_is_past() -> None:
    raised_at = MONDAY + 2 * HOUR  # an hour after Critique's charge, two before its visit; charge was taken at 10:30

    outcome = taken("standard").when(reclassified("standard", "critique"), at=raised_at, said_at=raised_at)

    assert the(PromiseRecomputed, outcome).on_site_by == MONDAY + 4 * HOUR


@requirement("R7")
@pytest.mark.parametrize("was", CLASSES)
@pytest.mark.parametrize("now", CLASSES)
def test_no_re_evaluation_ever_moves_a_promise_to_a_later_instant(was: Criticality, now: Criticality) -> None:
    before = queued(was)

    after = before.once(reclassified(was, now), at=MONDAY + 2 * HOUR)

    assert set(after.state.clocks) == set(before.state.clocks) == set(get_args(PromiseName))
    assert all(clock.due_at <= before.state.clocks[name].due_at for name, clock in after.state.clocks.items())
    assert after.state.criticality == now


@requirement("R7")
def test_what_changes_no_promise_and_no_class_is_passed_over() -> None:
    assert kinds_of(queued("standard").when(acknowledgement_asked("standard"), at=MONDAY)) == ["Ignored"]
    assert kinds_of(queued("standard").when(acknowledgement_asked("informatif"), at=MONDAY)) == ["Ignored"]


@requirement("R7")
def test_a_raise_before_the_first_class_waits_for_it() -> None:
    assert kinds_of(NOTED.when(reclassified("standard", "critique"), at=MONDAY)) == ["Early"]
