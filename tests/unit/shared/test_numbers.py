"""R3: ticket numbers that can be said on the phone; a slip of the tongue or pen is never another ticket's number."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.numbers import candidates, check_character, normalised
from tests.requirements import requirement

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Every check character: no digit, and none of I, O, Q, which are heard or read as one."""
NUMBER = "26-123-450-A"


def number_of(ticket: str, year: int = 2026) -> str:
    return next(candidates(ticket, year))


def wrong_digit(plain: str) -> set[str]:
    return {plain[:i] + digit + plain[i + 1 :] for i in range(8) for digit in "0123456789" if digit != plain[i]}


def wrong_letter(plain: str) -> set[str]:
    return {plain[:8] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter != plain[8]}


def swapped(plain: str) -> set[str]:
    pairs = {plain[:i] + plain[i + 1] + plain[i] + plain[i + 2 :] for i in range(8)}
    return pairs - {plain}


@requirement("R3")
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10_000_000))
def test_every_single_wrong_character_and_every_swap_of_neighbours_is_noticed(ticket: int) -> None:
    plain = number_of(str(ticket)).replace("-", "")

    for slip in wrong_digit(plain) | wrong_letter(plain) | swapped(plain):
        assert normalised(slip) is None, f"{slip} was taken for {plain}"


@requirement("R3")
@pytest.mark.parametrize(
    ("digits", "check"),
    [("0", "1"), ("1", "*"), ("26123450", "A"), ("26123456", "Z"), ("26123455", "0")],
)
def test_the_check_character_is_that_of_iso_7064_mod_37_2(digits: str, check: str) -> None:
    # The standard's own test: the digits weighted by powers of two, the check character added, make 1 modulo 37.
    total = sum(int(digit) * 2 ** (len(digits) - place) for place, digit in enumerate(digits))

    assert check_character(digits) == check
    assert (total + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".index(check)) % 37 == 1


@requirement("R3")
def test_a_ticket_s_candidates_are_the_same_each_time_they_are_asked_for() -> None:
    first, again = (list(islice(candidates("ticket-1", 2026), 50)) for _ in range(2))

    assert first == again
    assert len(set(first)) == 50
    assert first[:3] == ["26-998-272-C", "26-535-997-R", "26-039-631-A"]


@requirement("R3")
def test_another_ticket_has_other_candidates() -> None:
    assert number_of("ticket-1") != number_of("ticket-2")


@requirement("R3")
@pytest.mark.parametrize(("year", "digits"), [(2026, "26"), (2000, "00"), (2099, "99"), (2100, "00")])
def test_a_number_begins_with_its_year(year: int, digits: str) -> None:
    assert number_of("ticket-1", year).startswith(f"{digits}-")


@requirement("R3")
def test_every_number_has_the_one_form_and_a_check_letter_that_is_clear_to_the_ear() -> None:
    for ticket in range(500):
        number = number_of(str(ticket))
        assert re.fullmatch(rf"\d{{2}}-\d{{3}}-\d{{3}}-[{LETTERS}]", number), number
        assert normalised(number) == number


@requirement("R3")
@pytest.mark.parametrize(
    "said",
    [
        "26-123-450-A",
        "26 123 450 A",
        "26.123.450.A",
        "26123450A",
        "26-123-450-a",
        "  26 - 123 - 450 - a  ",
        "26\u00a0123\u00a0450\u202fA",
        "dossier n° 26-123-450-A, merci",
        "Re: Votre demande 26-123-450-A est-elle résolue ?",
        "sav+26-123-450-a@mileo.example",
        "26-123-450-B ou plutôt 26-123-450-A",
    ],
)
def test_a_number_is_understood_as_it_is_said_and_written(said: str) -> None:
    assert normalised(said) == NUMBER


@requirement("R3")
@pytest.mark.parametrize(
    "said",
    ["", "26", "26-123-450", "26-123-450-", "A-26-123-450", "2-6123-450-A", "26-123-45-A", "zéro six", "26-123-450-9"],
)
def test_what_is_no_number_is_none(said: str) -> None:
    assert normalised(said) is None


@requirement("R2", "R3")
@pytest.mark.parametrize("said", ["٢٦-١٢٣-٤٥٠-A", "２６-１２３-４５０-A", "२६१२३४५०A"])
def test_digits_of_another_script_break_nothing(said: str) -> None:
    assert normalised(said) in (None, NUMBER)


@requirement("R3")
@pytest.mark.parametrize("said", ["1126-123-450-A", "0626-123-450-A"])
def test_a_part_of_something_longer_is_no_number(said: str) -> None:
    assert normalised(said) is None


@requirement("R3")
@pytest.mark.parametrize("dash", ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"])
def test_a_number_is_understood_with_the_dash_that_a_mail_program_made_of_its_hyphen(dash: str) -> None:
    assert normalised(NUMBER.replace("-", dash)) == NUMBER
