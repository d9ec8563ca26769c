"""The auditor's own calendar, minute by minute (R1, R3, R13)."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from audit.business_hours import easter, is_open, next_opening, public_holidays, working_days_later
from tests.unit.audit.story import SECOND, paris


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-03 08:29:59", False),
        ("2026-03-03 08:30:00", True),
        ("2026-03-03 17:59:59", True),
        ("2026-03-03 18:00:00", False),
        ("2026-03-07 10:00:00", False),
        ("2026-03-08 10:00:00", False),
        ("2026-05-01 10:00:00", False),
        ("2026-05-14 10:00:00", False),
        ("2026-05-25 10:00:00", False),
        ("2026-12-26 10:00:00", False),
        ("2026-12-24 10:00:00", True),
    ],
)
def test_open_from_half_past_eight_until_just_before_six_on_working_days(at: str, expected: bool) -> None:
    assert is_open(paris(at)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-03 09:00:17", "2026-03-03 09:00:17"),
        ("2026-03-03 08:29:59", "2026-03-03 08:30"),
        ("2026-03-03 18:00:00", "2026-03-04 08:30"),
        ("2026-03-06 18:00:00", "2026-03-09 08:30"),
        ("2026-04-30 18:00:00", "2026-05-04 08:30"),
        ("2026-04-03 20:00:00", "2026-04-07 08:30"),
        ("2026-12-31 23:59:59", "2027-01-04 08:30"),
        ("2026-03-28 23:30:00", "2026-03-30 08:30"),
        ("2026-10-24 23:30:00", "2026-10-26 08:30"),
    ],
)
def test_the_next_opening_skips_nights_weekends_holidays_and_clock_changes(at: str, expected: str) -> None:
    assert next_opening(paris(at)) == paris(expected)


def test_easter_is_where_the_church_puts_it_even_in_the_two_corrected_years() -> None:
    assert [easter(year) for year in (1954, 1981, 2008, 2024, 2026, 2038)] == [
        date(1954, 4, 18), date(1981, 4, 19), date(2008, 3, 23), date(2024, 3, 31), date(2026, 4, 5), date(2038, 4, 25),
    ]  # fmt: skip


@pytest.mark.parametrize("year", range(2020, 2060))
def test_the_public_holidays_are_those_that_others_compute(year: int) -> None:
    assert public_holidays(year) == frozenset(holidays.country_holidays("FR", years=year))


def test_a_year_has_eleven_public_holidays() -> None:
    assert len(public_holidays(2026)) == 11


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06 10:00", "2026-03-10 10:00"),
        ("2026-03-07 10:00", "2026-03-10 10:00"),
        ("2026-03-03 21:00", "2026-03-05 21:00"),
        ("2026-04-30 10:00", "2026-05-05 10:00"),
        ("2026-03-27 10:00", "2026-03-31 10:00"),
    ],
)
def test_two_working_days_later_it_is_the_same_time_on_the_wall(at: str, expected: str) -> None:
    assert working_days_later(paris(at), 2) == paris(expected)


def test_the_opening_is_never_a_second_away_from_its_minute() -> None:
    assert next_opening(paris("2026-03-03 08:29:59") + SECOND) == paris("2026-03-03 08:30")
