"""`sav time` on the three shipped calendars, against a clock on the wall read once a second of interest.

The oracle knows the hours, the holidays and the changes of the clock of France by itself: it shares nothing with
`shared.business_time`, nor with the lines' parsing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.time_lines import Calendars, add_line, between_line
from shared.policy.file import read_policy

CALENDARS: Calendars = read_policy().calendars
PARIS = ZoneInfo("Europe/Paris")
MINUTE = timedelta(minutes=1)
# Easter Sundays, from an almanac.
EASTER = {2024: date(2024, 3, 31), 2025: date(2025, 4, 20), 2026: date(2026, 4, 5), 2027: date(2027, 3, 28)}
NATIONAL = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
AFTER_EASTER = {1, 39, 50}

# The minutes around what is difficult: closing, Friday evening, both change nights, the turn of the year, holidays.
DIFFICULT = [
    datetime(2024, 12, 31, 16, 30, tzinfo=UTC),
    datetime(2025, 3, 30, 0, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 27, 16, 45, tzinfo=UTC),
    datetime(2026, 4, 2, 15, 30, tzinfo=UTC),
    datetime(2026, 4, 30, 15, 45, tzinfo=UTC),
    datetime(2026, 7, 13, 15, 45, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
    datetime(2026, 12, 24, 16, 45, tzinfo=UTC),
]


def is_open(calendar: str, at: datetime) -> bool:
    if calendar == "continuous":
        return True
    local = at.astimezone(PARIS)
    day, minute = local.date(), local.hour * 60 + local.minute
    fixed, moving = set(NATIONAL), set(AFTER_EASTER)
    if calendar == "alsace-moselle":
        fixed.add((12, 26))
        moving.add(-2)
    holiday = (day.month, day.day) in fixed or (day - EASTER[day.year]).days in moving
    return day.weekday() < 5 and not holiday and 510 <= minute < 1080


def walk(calendar: str, start: datetime, minutes: int) -> datetime:
    """From a whole minute on, one minute at a time."""
    at = start
    while minutes:
        if is_open(calendar, at):
            minutes -= 1
        at += MINUTE
    return at


starts = st.builds(lambda base, off: base + off * MINUTE, st.sampled_from(DIFFICULT), st.integers(-90, 90))
names = st.sampled_from(["france", "alsace-moselle", "continuous"])


@settings(max_examples=120, deadline=None)
@given(starts, st.integers(0, 1500), names)
def test_the_end_is_where_a_slow_walk_ends(start: datetime, minutes: int, calendar: str) -> None:
    asked = {"start": start.isoformat(), "duration": f"PT{minutes}M", "calendar": calendar}

    end = datetime.fromisoformat(add_line(asked, CALENDARS)["end"])

    assert end == walk(calendar, start, minutes)
    assert between_line({**asked, "end": end.isoformat()}, CALENDARS) == {"duration": f"PT{minutes}M"}


@settings(max_examples=120, deadline=None)
@given(starts, st.integers(0, 12_000), names)
def test_the_minutes_between_are_those_that_a_slow_walk_counts(start: datetime, minutes: int, calendar: str) -> None:
    asked = {"start": start.isoformat(), "end": (start + minutes * MINUTE).isoformat(), "calendar": calendar}

    counted = sum(is_open(calendar, start + number * MINUTE) for number in range(minutes))

    assert between_line(asked, CALENDARS) == {"duration": f"PT{counted}M"}


@settings(max_examples=200, deadline=None)
@given(starts, st.integers(0, 59), st.integers(0, 400_000), st.integers(0, 400_000), names)
def test_seconds_are_exact_and_durations_add_up(
    start: datetime, second: int, one: int, other: int, calendar: str
) -> None:
    begin = (start + timedelta(seconds=second)).isoformat()

    def add(at: str, seconds: int) -> str:
        return add_line({"start": at, "duration": f"PT{seconds}S", "calendar": calendar}, CALENDARS)["end"]

    assert add(add(begin, one), other) == add(begin, one + other)
