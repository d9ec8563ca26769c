"""Open time between instants and its end, on the three calendars that contracts name."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.open_time import KNOWN, closing, later, left
from tests.unit.audit.story import SECOND, paris

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        ("france", "2026-03-03 17:00", "2026-03-04 09:30", 2),
        ("france", "2026-03-06 17:59", "2026-03-09 08:30", 1 / 60),
        ("france", "2026-07-13 17:00", "2026-07-15 09:30", 2),
        ("france", "2026-04-03 08:30", "2026-04-03 18:00", 9.5),
        ("alsace-moselle", "2026-04-03 08:30", "2026-04-03 18:00", 0),
        ("alsace-moselle", "2025-12-26 08:30", "2025-12-29 09:30", 1),
        ("continuous", "2026-03-28 12:00", "2026-03-29 12:00", 23),
        ("continuous", "2026-03-29 12:00", "2026-03-28 12:00", 0),
        ("france", "2026-03-04 09:30", "2026-03-03 17:00", 0),
    ],
)
def test_only_what_is_open_counts(calendar: str, start: str, end: str, hours: float) -> None:
    assert left(calendar, paris(start), paris(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "end"),
    [
        ("france", "2026-03-03 17:00", 1, "2026-03-03 18:00"),
        ("france", "2026-03-03 17:00", 1.5, "2026-03-04 09:00"),
        ("alsace-moselle", "2026-04-02 17:00", 1.5, "2026-04-07 09:00"),
        ("continuous", "2026-10-24 12:00", 24, "2026-10-25 11:00"),
        ("france", "2026-03-07 12:00", 0, "2026-03-07 12:00"),
    ],
)
def test_so_much_open_time_ends_there(calendar: str, start: str, hours: float, end: str) -> None:
    assert later(calendar, paris(start), hours * HOUR) == paris(end)


@given(
    calendar=st.sampled_from(KNOWN),
    seconds=st.integers(0, 700 * 86_400),
    length=st.integers(1, 200 * 3600).map(lambda n: n * SECOND),
)
@settings(max_examples=60, deadline=None)
def test_between_its_beginning_and_its_end_lies_just_that_much(calendar: str, seconds: int, length: timedelta) -> None:
    start: datetime = paris("2026-01-01 00:00") + seconds * SECOND

    assert left(calendar, start, later(calendar, start, length)) == length


def test_the_company_closes_at_six() -> None:
    assert closing(paris("2026-03-03 08:30")) == paris("2026-03-03 18:00")
    assert closing(paris("2026-06-03 17:59:59")) == paris("2026-06-03 18:00")
