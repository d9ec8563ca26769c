"""R12, as dispatch keeps it: 'not solved' sends a ticket back to handling with its history and its deadlines."""

from __future__ import annotations

import pytest

from shared.events.dispatch import HandlingQueued, TicketResolved
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    acknowledgement_asked,
    classified,
    closed,
    confirmation_asked,
    confirmed,
    granted,
    opened,
    reclassified,
    refused,
    reopened,
    replied,
)
from tests.unit.services.dispatch.cases import (
    ASKED_AT,
    DISPATCH,
    TAKE_CHARGE,
    TAKEN_AT,
    WORKED,
    Ticket,
    declare,
    planned,
    queued,
    resolved_on_site,
    resolved_remotely,
    taken,
)
from tests.unit.services.harness import DAY, HOUR, Said, kinds_of, paris, the

CLOSED_AT = MONDAY + 9 * DAY


@requirement("R12")
def test_a_reopened_ticket_is_queued_for_the_next_resolution_with_its_deadlines() -> None:
    back = the(HandlingQueued, resolved_remotely().when(reopened(1), at=CLOSED_AT))

    assert (back.resolution, back.because, back.criticality) == (2, "reopened", "standard")
    assert back.take_charge_by == MONDAY + 4 * HOUR
    assert back.on_site_by == paris(2026, 11, 25, 10, 0)


@requirement("R12")
def test_a_reopened_ticket_keeps_its_history() -> None:
    ticket = resolved_on_site().once(reopened(1), at=CLOSED_AT).once(TAKE_CHARGE, at=CLOSED_AT + HOUR)

    again = the(TicketResolved, ticket.when(declare("advice"), at=CLOSED_AT + 2 * HOUR))

    assert again.resolution == 2
    assert again.ticket.opened_at == MONDAY
    assert again.ticket.taken_charge_at == TAKEN_AT
    assert again.ticket.on_site_at is not None


@requirement("R12")
def test_a_ticket_can_be_reopened_and_resolved_again_and_again() -> None:
    ticket = resolved_remotely()
    for resolution in (1, 2, 3):
        ticket = ticket.once(reopened(resolution), at=CLOSED_AT).once(TAKE_CHARGE, at=CLOSED_AT)
        ticket = ticket.once(WORKED, at=CLOSED_AT).once(declare("remote"), at=CLOSED_AT)

    assert (ticket.state.phase, ticket.state.resolution) == ("resolved", 4)


@requirement("R12")
@pytest.mark.parametrize("ticket", [queued(), taken(), planned()], ids=["queued", "taken", "planned"])
def test_a_reopening_heard_before_its_resolution_waits_for_it(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(reopened(1), at=ASKED_AT)) == ["Early"]
    assert kinds_of(resolved_remotely().when(reopened(2), at=CLOSED_AT)) == ["Early"]


@requirement("R12")
def test_a_reopening_of_an_earlier_resolution_changes_nothing() -> None:
    ticket = resolved_remotely().once(reopened(1), at=CLOSED_AT)

    assert kinds_of(ticket.when(reopened(1), at=CLOSED_AT)) == ["Ignored"]


@requirement("R12")
@pytest.mark.parametrize(
    "said",
    [
        opened(),
        classified("standard"),
        acknowledgement_asked("standard"),
        replied(CLOSED_AT),
        confirmed(CLOSED_AT),
        confirmation_asked(CLOSED_AT),
        closed(CLOSED_AT),
        refused(1),
    ],
    ids=lambda one: type(one).__name__,
)
def test_on_a_resolved_or_closed_ticket_nothing_starts_by_itself(said: Said) -> None:
    ticket = resolved_remotely().once(closed(CLOSED_AT), at=CLOSED_AT)

    assert kinds_of(ticket.when(said, at=CLOSED_AT + HOUR)) == ["Ignored"]


@requirement("R7", "R12")
def test_a_raise_on_a_resolved_ticket_is_kept_for_the_day_it_is_reopened() -> None:
    raised = resolved_remotely().once(reclassified("standard", "critique"), at=CLOSED_AT)

    assert raised.armed() == {}
    assert the(HandlingQueued, raised.when(reopened(1), at=CLOSED_AT + HOUR)).criticality == "critique"


@requirement("R11", "R12")
def test_a_part_granted_after_the_closing_is_given_back() -> None:
    assert kinds_of(resolved_remotely().when(granted(7), at=CLOSED_AT)) == ["ReservationReleased"]


@requirement("R12")
@pytest.mark.parametrize(
    "said",
    [classified(), acknowledgement_asked(), reclassified("standard", "critique"), reopened(1), granted(1), refused(1)],
    ids=lambda one: type(one).__name__,
)
def test_what_is_said_of_a_ticket_not_opened_yet_waits_for_it(said: Said) -> None:
    assert kinds_of(DISPATCH.when(said, at=MONDAY)) == ["Early"]
