"""Filters, and the place where a page goes on: a key, never a number of rows to skip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.projection import Ticket, fold_all, order_key, to_document
from services.desk.store import Filters, NotACursor, from_cursor, to_cursor
from tests.unit.services.desk.lives import OPENED, at
from tests.unit.services.desk.told import MONDAY, READER, TICKET, said

places = st.tuples(st.integers(0, 10**9), st.sampled_from(["a", "b", "c"]))


@given(places, places)
def test_places_are_ordered_by_opening_then_by_ticket(one: tuple[int, str], other: tuple[int, str]) -> None:
    def key(place: tuple[int, str]) -> str:
        return order_key(at(minutes=place[0] / 60_000), place[1])

    def place_of(place: tuple[int, str]) -> tuple[object, str]:
        return at(minutes=place[0] / 60_000), place[1]

    assert (key(one) < key(other)) == (place_of(one) < place_of(other))


@given(places)
def test_a_cursor_leads_back_to_its_place(place: tuple[int, str]) -> None:
    order = order_key(at(minutes=place[0]), place[1])

    assert from_cursor(to_cursor(order)) == order


@pytest.mark.parametrize("cursor", ["", "x", "é", "MjAyNi0xMS0yMw", to_cursor("pas une date|t"), to_cursor("") + "==="])
def test_what_is_no_cursor_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(NotACursor):
        from_cursor(cursor)


def test_a_ticket_keeps_its_place_whatever_happens_to_it() -> None:
    opened = fold_all(Ticket(TICKET), [said("intake", 1, OPENED)], READER.again)
    later = fold_all(opened, [said("intake", 2, OPENED)], READER.again)

    assert to_document(opened)["order"] == to_document(later)["order"] == order_key(MONDAY, TICKET)


def test_a_ticket_that_was_not_opened_yet_has_no_place() -> None:
    assert to_document(Ticket(TICKET))["order"] is None


def test_filters_ask_for_what_is_named_and_nothing_else() -> None:
    assert Filters().query() == {}
    assert Filters(phase="queued", criticality="critique", customer="C-1", attention=False, late_at=MONDAY).query() == {
        "phase": "queued",
        "criticality": "critique",
        "customer": "C-1",
        "attention": False,
        "late_after": {"$lt": MONDAY},
    }
