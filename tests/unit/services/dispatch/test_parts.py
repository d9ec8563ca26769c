"""R11, as dispatch keeps it: no departure without the parts, a missing one shows, and what is dropped is given back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.dispatch.rules import may_depart
from shared.decider import Ignored
from shared.events.dispatch import (
    CommandRefused,
    PartLine,
    PartMissing,
    PartReserved,
    ReservationAsked,
    ReservationReleased,
    TechnicianMobilised,
    VisitPlanned,
)
from shared.events.resources import ReservationRefused, StockReceived
from tests.requirements import requirement
from tests.unit.services.builders import granted, refused, slot_granted
from tests.unit.services.dispatch.cases import (
    ASKED_AT,
    CABLE,
    CAMERA,
    DEPART,
    DISPATCH,
    VISIT_FROM,
    VISIT_UNTIL,
    Ticket,
    declare,
    mobilised,
    planned,
    queued,
    report,
    reserving,
    resolved_on_site,
    taken,
    visit,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, TICKET, events_of, kinds_of, paris, the

RETRY_AT = paris(2026, 11, 23, 15, 0)
"""Four opening hours after the refusal at 11:00."""


def missing() -> Ticket:
    """One part was asked for and is not there."""
    return reserving(CAMERA).once(refused(1), at=ASKED_AT)


@requirement("R11")
def test_every_part_of_the_diagnosis_is_asked_for_when_the_visit_is() -> None:
    asks = [
        one for one in events_of(taken().when(visit(CAMERA, CABLE), at=ASKED_AT)) if isinstance(one, ReservationAsked)
    ]

    assert [(one.ask, one.resource, one.quantity) for one in asks] == [
        ("T-1/1", "part:CAM-3@central", 1),
        ("T-1/2", "part:CABLE-20@central", 2),
    ]


@requirement("R10", "R11")
def test_a_visit_without_parts_asks_for_the_technician_s_time_at_once() -> None:
    ask = the(ReservationAsked, taken().when(visit(duration=timedelta(hours=3)), at=ASKED_AT))

    assert (ask.resource, ask.earliest, ask.duration) == ("technician:T-01", ASKED_AT + HOUR, 3 * HOUR)


@requirement("R11")
def test_the_technician_s_time_is_asked_for_only_with_the_last_part() -> None:
    ticket = reserving(CAMERA, CABLE)

    first = ticket.when(granted(2, "CABLE-20", 2), at=ASKED_AT)
    last = ticket.given(*events_of(first)).when(granted(1), at=ASKED_AT)

    assert kinds_of(first) == ["PartReserved"]
    assert the(PartReserved, first).part == "CABLE-20"
    assert kinds_of(last) == ["PartReserved", "ReservationAsked"]
    assert the(ReservationAsked, last).resource == "technician:T-01"


@requirement("R10", "R11")
def test_the_appointment_is_planned_when_the_technician_s_time_is_granted() -> None:
    event = the(VisitPlanned, reserving().when(slot_granted(1, VISIT_FROM, VISIT_UNTIL), at=ASKED_AT))

    assert (event.technician, event.start, event.end) == ("T-01", VISIT_FROM, VISIT_UNTIL)


@requirement("R11")
def test_a_part_that_is_not_there_shows_as_missing() -> None:
    event = the(PartMissing, reserving(CAMERA).when(refused(1), at=ASKED_AT))

    assert (event.part, event.quantity, event.retry_at) == ("CAM-3", 1, RETRY_AT)


@requirement("R11")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_missing_part_is_asked_for_again_after_four_opening_hours(off: timedelta, said: str) -> None:
    ticket = missing()

    assert ("retry:T-1/1" in ticket.due_at(RETRY_AT + off)) is (said != "just before")
    outcome = ticket.when_due("retry:T-1/1")
    assert kinds_of(outcome) == ["ReservationReleased", "ReservationAsked"]
    assert the(ReservationReleased, outcome).ask == "T-1/1"
    again = the(ReservationAsked, outcome)
    assert (again.ask, again.resource, again.quantity) == ("T-1/2", "part:CAM-3@central", 1)


@requirement("R11")
def test_a_missing_part_that_came_in_leads_to_the_appointment_after_all() -> None:
    again = missing().once_due("retry:T-1/1")

    assert kinds_of(again.when(granted(2), at=RETRY_AT)) == ["PartReserved", "ReservationAsked"]


@requirement("R11")
def test_a_part_reserved_stays_reserved_while_another_one_is_missing() -> None:
    ticket = reserving(CAMERA, CABLE).once(granted(1), at=ASKED_AT).once(refused(2, "CABLE-20"), at=ASKED_AT)

    again = ticket.once_due("retry:T-1/2")

    assert {name: one.status for name, one in again.state.asks.items()} == {"T-1/1": "granted", "T-1/3": "open"}


@requirement("R11")
@pytest.mark.parametrize(
    "ticket",
    [
        queued(),
        taken(),
        reserving(CAMERA),
        missing(),
        reserving(CAMERA, CABLE).once(granted(1), at=ASKED_AT),
        reserving(CAMERA).once(granted(1), at=ASKED_AT),
        mobilised(),
        resolved_on_site(),
    ],
    ids=["queued", "taken", "asked", "missing", "one of two", "no time yet", "left already", "resolved"],
)
def test_there_is_no_departure_without_an_appointment_and_every_part(ticket: Ticket) -> None:
    assert the(CommandRefused, ticket.when(DEPART, at=VISIT_FROM)).by == "T-01"


@requirement("R11")
@pytest.mark.parametrize("reserved", [True, False])
def test_a_departure_depends_on_the_parts_alone(reserved: bool) -> None:
    assert may_depart(reserved) is reserved


@requirement("R11")
def test_the_technician_leaves_with_the_parts() -> None:
    event = the(TechnicianMobilised, planned().when(DEPART, at=VISIT_FROM - HOUR))

    assert (event.visit, event.technician, event.parts) == (1, "T-01", (CAMERA,))


@requirement("R11")
@pytest.mark.parametrize(
    "ticket",
    [
        taken(),
        reserving(CAMERA).once(declare("advice"), at=ASKED_AT),
        missing().once_due("retry:T-1/1"),
    ],
    ids=["never asked", "resolved meanwhile", "asked anew"],
)
def test_an_answer_to_an_ask_that_was_dropped_gives_the_part_back(ticket: Ticket) -> None:
    outcome = ticket.when(granted(1), at=ASKED_AT)

    released = the(ReservationReleased, outcome)
    assert (released.ask, released.resource) == ("T-1/1", "part:CAM-3@central")


@requirement("R11")
def test_a_technician_s_time_granted_too_late_is_given_back() -> None:
    dropped = reserving().once(declare("advice"), at=ASKED_AT)

    released = the(ReservationReleased, dropped.when(slot_granted(1, VISIT_FROM, VISIT_UNTIL), at=ASKED_AT))

    assert released.resource == "technician:T-01"


@requirement("R11")
def test_a_refusal_of_an_ask_that_was_dropped_needs_nothing() -> None:
    assert kinds_of(taken().when(refused(1), at=ASKED_AT)) == ["Ignored"]


@requirement("R11")
@pytest.mark.parametrize("again", [granted(1), refused(1)], ids=["granted", "refused"])
def test_a_second_answer_to_an_ask_that_was_granted_changes_nothing(again: ReservationRefused) -> None:
    assert kinds_of(reserving(CAMERA).once(granted(1), at=ASKED_AT).when(again, at=ASKED_AT)) == ["Ignored"]


@requirement("R11")
@pytest.mark.parametrize(
    ("ticket", "asks"),
    [
        (reserving(CAMERA, CABLE), ["T-1/1", "T-1/2"]),
        (reserving(CAMERA).once(granted(1), at=ASKED_AT), ["T-1/1", "T-1/2"]),
        (planned(), ["T-1/1", "T-1/2"]),
        (missing(), ["T-1/1"]),
    ],
    ids=["asked", "granted", "planned", "missing"],
)
def test_a_resolution_gives_back_all_that_was_reserved_or_asked_for(ticket: Ticket, asks: list[str]) -> None:
    outcome = ticket.when(declare("advice"), at=ASKED_AT + MINUTE)

    released = [one.ask for one in events_of(outcome) if isinstance(one, ReservationReleased)]
    assert released == asks
    assert kinds_of(outcome)[-1] == "TicketResolved"


@requirement("R11")
def test_each_ask_of_a_ticket_has_a_name_of_its_own() -> None:
    ticket = missing().once_due("retry:T-1/1").once(refused(2), at=RETRY_AT).once_due("retry:T-1/2")

    assert list(ticket.state.asks) == [f"{TICKET}/3"]


@requirement("R10", "R11")
def test_a_technician_without_a_free_time_is_asked_for_time_again_and_not_for_a_part() -> None:
    no_time = ReservationRefused(ticket=TICKET, ask="T-1/1", resource="technician:T-01")
    ticket = reserving().once(no_time, at=ASKED_AT)

    (retry,) = (kind for kind in ticket.armed() if kind.startswith("retry:"))

    assert the(ReservationAsked, ticket.when_due(retry)).resource == "technician:T-01"


@requirement("R11")
@pytest.mark.parametrize("quantity", [0, -1])
def test_a_part_is_asked_for_at_least_once(quantity: int) -> None:
    with pytest.raises(ValidationError):
        PartLine(part="CAM-3", quantity=quantity)


@requirement("R10")
@pytest.mark.parametrize("duration", [timedelta(hours=-1), timedelta(seconds=-1)])
def test_a_visit_has_a_positive_duration(duration: timedelta) -> None:
    with pytest.raises(ValidationError):
        visit(duration=duration)


@requirement("R11")
def test_a_visit_that_repaired_nothing_leaves_the_ticket_in_hand_for_another_one() -> None:
    ticket = mobilised().once(report("not-repaired"), at=VISIT_UNTIL)

    assert kinds_of(ticket.when(visit(CABLE), at=VISIT_UNTIL + DAY)) == ["VisitNeeded", "ReservationAsked"]
    assert ticket.state.visit == 1


@requirement("R11")
def test_a_delivery_to_a_depot_is_no_tickets_and_never_waits_for_one() -> None:
    delivered = StockReceived(delivery="BL-1", resource="part:CAM-3@central", quantity=3)

    assert isinstance(DISPATCH.when(delivered, at=ASKED_AT), Ignored)
