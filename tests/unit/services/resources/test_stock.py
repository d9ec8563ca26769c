"""R11: the stock of a part in a depot; the last one is promised once."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.resources.app import STAGE
from services.resources.decide import Facts
from services.resources.rules import free_quantity
from services.resources.state import ResourceState
from shared.events.dispatch import ReservationAsked, ReservationReleased
from shared.events.resources import (
    ReceiveStock,
    ReservationGivenBack,
    ReservationGranted,
    ReservationRefused,
    StockReceived,
)
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, asked, closed, opened
from tests.unit.services.harness import HOUR, Said, Story, events_of, kinds_of, story, the

EMPTY = story(STAGE, Facts())
CAMERAS = "part:CAM-3@central"


def holding(quantity: int) -> Story[ResourceState, Facts]:
    """A stock that received this much."""
    return EMPTY.once(ReceiveStock(by="D-01", delivery="BL-1", resource=CAMERAS, quantity=quantity), at=MONDAY)


def ask_of(ticket: str, quantity: int = 1, number: int = 1) -> ReservationAsked:
    return asked(number, CAMERAS, quantity=quantity, ticket=ticket)


def release(ticket: str, number: int = 1) -> ReservationReleased:
    return ReservationReleased(ask=f"{ticket}/{number}", resource=CAMERAS)


@requirement("R11")
@pytest.mark.parametrize(("held", "granted"), [(1, False), (2, True), (3, True)])
def test_a_part_is_granted_when_there_are_just_enough(held: int, granted: bool) -> None:
    outcome = holding(held).when(ask_of("T-1", quantity=2), at=MONDAY)

    assert kinds_of(outcome) == (["ReservationGranted"] if granted else ["ReservationRefused"])


@requirement("R11")
def test_the_answer_names_the_ticket_the_ask_and_what_was_granted() -> None:
    answer = the(ReservationGranted, holding(5).when(ask_of("T-9", 2, number=3), at=MONDAY))

    assert (answer.ticket, answer.ask, answer.resource, answer.quantity) == ("T-9", "T-9/3", CAMERAS, 2)


@requirement("R11")
def test_a_refusal_says_how_many_are_free() -> None:
    answer = the(ReservationRefused, holding(1).when(ask_of("T-9", 2), at=MONDAY))

    assert (answer.ticket, answer.ask, answer.free) == ("T-9", "T-9/1", 1)


@requirement("R11")
def test_the_last_part_is_promised_once() -> None:
    stock = holding(1).once(ask_of("T-1"), at=MONDAY)

    assert kinds_of(stock.when(ask_of("T-2"), at=MONDAY)) == ["ReservationRefused"]


@requirement("R11")
@pytest.mark.parametrize(("received", "reserved", "free"), [(3, (1, 1), 1), (2, (1, 1), 0), (0, (), 0)])
def test_what_is_free_is_what_came_in_less_what_is_promised(
    received: int, reserved: tuple[int, ...], free: int
) -> None:
    assert free_quantity(received, reserved) == free


@requirement("R11")
def test_a_part_given_back_can_be_promised_again() -> None:
    stock = holding(1).once(ask_of("T-1"), at=MONDAY).once(release("T-1"), at=MONDAY)

    assert kinds_of(stock.when(ask_of("T-2"), at=MONDAY)) == ["ReservationGranted"]


@requirement("R11")
def test_what_is_given_back_is_what_was_granted() -> None:
    stock = holding(3).once(ask_of("T-1", 2), at=MONDAY)

    assert the(ReservationGivenBack, stock.when(release("T-1"), at=MONDAY)).quantity == 2
    assert kinds_of(stock.once(release("T-1"), at=MONDAY).when(release("T-1"), at=MONDAY)) == ["Ignored"]


@requirement("R11")
def test_a_release_that_overtakes_its_ask_bars_it() -> None:
    stock = holding(1).once(release("T-1"), at=MONDAY)

    assert kinds_of(stock.when(ask_of("T-1"), at=MONDAY)) == ["ReservationRefused"]
    assert kinds_of(stock.when(ask_of("T-2"), at=MONDAY)) == ["ReservationGranted"]


@requirement("R11")
def test_an_ask_again_after_its_release_is_refused() -> None:
    stock = holding(1).once(ask_of("T-1"), at=MONDAY).once(release("T-1"), at=MONDAY)

    assert kinds_of(stock.when(ask_of("T-1"), at=MONDAY)) == ["ReservationRefused"]


@requirement("R11")
def test_the_same_ask_again_gets_its_first_answer_again() -> None:
    first = holding(1).when(ask_of("T-1"), at=MONDAY)
    stock = holding(1).given(*events_of(first))

    again = stock.when(ask_of("T-1"), at=MONDAY + HOUR)

    assert again == first or kinds_of(again) == ["Ignored"]


@requirement("R11")
def test_parts_that_come_in_are_noted_once_by_their_delivery_note() -> None:
    receive = ReceiveStock(by="D-01", delivery="BL-1", resource=CAMERAS, quantity=4)

    assert the(StockReceived, EMPTY.when(receive, at=MONDAY)).quantity == 4
    assert kinds_of(EMPTY.once(receive, at=MONDAY).when(receive, at=MONDAY)) == ["Ignored"]


@requirement("R11")
def test_a_refused_ask_is_granted_under_a_new_name_when_parts_came_in() -> None:
    stock = EMPTY.once(ask_of("T-1"), at=MONDAY).once(release("T-1"), at=MONDAY)
    filled = stock.once(ReceiveStock(by="D-01", delivery="BL-2", resource=CAMERAS, quantity=1), at=MONDAY)

    assert kinds_of(filled.when(ask_of("T-1", number=2), at=MONDAY)) == ["ReservationGranted"]


@requirement("R11")
def test_the_registry_s_stock_comes_in_with_the_first_movement_and_never_again() -> None:
    known = EMPTY.knowing(Facts(opening_stock=2, registry="v1"))
    first = known.when(ask_of("T-1"), at=MONDAY)
    stock = known.given(*events_of(first)).knowing(Facts(opening_stock=50, registry="v2"))

    assert kinds_of(first) == ["StockReceived", "ReservationGranted"]
    assert kinds_of(stock.when(ask_of("T-2"), at=MONDAY)) == ["ReservationGranted"]
    assert kinds_of(stock.once(ask_of("T-2"), at=MONDAY).when(ask_of("T-3"), at=MONDAY)) == ["ReservationRefused"]


@requirement("R11")
def test_a_delivery_before_the_first_ask_adds_to_the_registry_s_stock() -> None:
    known = EMPTY.knowing(Facts(opening_stock=2, registry="v1"))

    stock = known.once(ReceiveStock(by="D-01", delivery="BL-1", resource=CAMERAS, quantity=3), at=MONDAY)

    assert stock.state.received == 5


@requirement("R11")
@pytest.mark.parametrize("quantity", [0, -1])
def test_a_delivery_brings_at_least_one_part(quantity: int) -> None:
    with pytest.raises(ValidationError):
        ReceiveStock(by="D-01", delivery="BL-1", resource=CAMERAS, quantity=quantity)


@requirement("R11")
@pytest.mark.parametrize("said", [opened(), closed(MONDAY)], ids=lambda one: type(one).__name__)
def test_a_stock_has_nothing_to_do_with_tickets(said: Said) -> None:
    assert kinds_of(holding(1).when(said, at=MONDAY)) == ["Ignored"]
    assert holding(1).armed() == {}
