"""R11: parts are reserved where the technician's lie; the registry says where."""

from __future__ import annotations

from services.dispatch.decide import Facts
from shared.events.dispatch import PartMissing, ReservationAsked, VisitNeeded
from shared.events.resources import ReservationRefused
from tests.requirements import requirement
from tests.unit.services.dispatch.cases import ASKED_AT, CAMERA, Ticket, taken, visit
from tests.unit.services.harness import HOUR, TICKET, the

LYON: Ticket = taken().knowing(Facts(depot="lyon"))


@requirement("R11")
def test_a_part_is_asked_of_the_technicians_own_depot() -> None:
    outcome = LYON.when(visit(CAMERA), at=ASKED_AT)

    assert the(VisitNeeded, outcome).depot == "lyon"
    assert the(ReservationAsked, outcome).resource == "part:CAM-3@lyon"


@requirement("R11")
def test_whom_the_registry_does_not_know_gets_parts_from_the_depot_of_the_policy() -> None:
    assert the(ReservationAsked, taken().when(visit(CAMERA), at=ASKED_AT)).resource == "part:CAM-3@central"


@requirement("R11")
def test_a_missing_part_shows_where_it_is_missing_and_is_asked_of_the_same_depot_again() -> None:
    asked = LYON.once(visit(CAMERA), at=ASKED_AT)
    none_there = ReservationRefused(ticket=TICKET, ask=f"{TICKET}/1", resource="part:CAM-3@lyon", free=0)

    assert the(PartMissing, asked.when(none_there, at=ASKED_AT)).resource == "part:CAM-3@lyon"
    waiting = asked.once(none_there, at=ASKED_AT).knowing(Facts())  # the registry may have changed since
    again = the(ReservationAsked, waiting.when_due("retry:T-1/1", at=ASKED_AT + 5 * HOUR))
    assert (again.ask, again.resource) == ("T-1/2", "part:CAM-3@lyon")
