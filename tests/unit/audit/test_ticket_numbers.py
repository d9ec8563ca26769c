"""The auditor's own check characters, and what it finds about numbers (I4, I5)."""

from __future__ import annotations

import pytest

from audit.ticket_numbers import bare, check_holds, one_wrong, swapped, written_in
from tests.unit.audit.lives import NUMBERS, all_lives


@pytest.mark.parametrize("known", ["G123498654321H", "12CD6"])
def test_published_examples_of_the_standard_hold(known: str) -> None:
    assert check_holds(known)


@pytest.mark.parametrize("number", ["26-000-001-F", "26-000-010-E", "62-000-001-E", "27-000-001-E", "", "E"])
def test_a_slip_does_not(number: str) -> None:
    assert not check_holds(number)


def test_a_number_is_found_in_a_text_however_it_is_written() -> None:
    assert {"26000001E", "26000002C"} <= written_in("Re: [Ticket 26-000-001-E] et 126 000 002 c.")
    assert bare("26.000.001-e") == "26000001E"


def test_slips_are_one_wrong_character_and_two_neighbours_swapped() -> None:
    assert one_wrong("12-0") == {"?20", "1?0", "12?"}
    assert swapped("12-0") == {"210", "102"}
    assert swapped("11") == set()


def test_a_number_of_two_tickets_is_found() -> None:
    story = all_lives()
    story.find("intake.ticket-opened", "t2")["data"]["number"] = NUMBERS["t1"]

    assert story.broken("numbers-unique") == [
        "son numéro 26-000-001-E est aussi celui de t1",
        "son numéro 26000001E est devenu 26000002C",
    ]


def test_a_wrong_check_character_is_found() -> None:
    story = all_lives()
    story.find("intake.ticket-opened", "t2")["data"]["number"] = "26-000-002-D"

    assert story.broken("numbers-proof") == ["26-000-002-D a un mauvais caractère de contrôle"]


@pytest.mark.parametrize("slip", ["26-000-001-Z", "26-000-010-E"])
def test_a_number_one_slip_away_from_anothers_is_found(slip: str) -> None:
    story = all_lives()
    story.find("intake.ticket-opened", "t2")["data"]["number"] = slip

    assert f"{slip} est à une faute près le numéro de t1" in story.broken("numbers-proof")


def test_two_numbers_that_are_two_slips_apart_are_fine() -> None:
    story = all_lives()
    # Both become 26-000-013-2 when two neighbours change places; neither becomes the other.
    story.find("intake.ticket-opened", "t1")["data"]["number"] = "26-000-103-2"
    story.find("intake.ticket-opened", "t2")["data"]["number"] = "26-000-031-2"

    assert not [told for told in story.broken("numbers-proof") if "slip" in told]
