"""Reads the opening hours of a week as they stand in the policy file; called by `Calendar`, never by a stage.

It knows the minutes of a week only: no dates, no zones, no holidays.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

Hours = tuple[str, str]
"""Start and end of one opening, each `HH:MM` on the clock on the wall."""

DayMinutes = tuple[tuple[int, int], ...]
"""The openings of one local date as minutes from its midnight, in order, none past 1440."""

MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class _Opening(NamedTuple):
    start: int
    end: int
    text: str


def parse_week(week: Mapping[int, tuple[Hours, ...]]) -> tuple[DayMinutes, ...]:
    """The openings of the seven local dates, Monday first, each cut at midnight.

    Raises `ValueError`, naming the day and the hours as written, on a day that is not 0 to 6, on an
    unreadable time, and on two openings that overlap (over Sunday's midnight too). Openings that only touch
    are fine.
    """
    openings = sorted(_opening(day, hours) for day, hours_of_day in week.items() for hours in hours_of_day)
    _refuse_overlaps(openings)
    days: list[list[tuple[int, int]]] = [[] for _ in _DAY_NAMES]
    for opening in openings:
        for start, end in _cut_at_midnight(opening):
            day = start // MINUTES_A_DAY
            days[day % 7].append((start - day * MINUTES_A_DAY, end - day * MINUTES_A_DAY))
    return tuple(tuple(sorted(day_openings)) for day_openings in days)


def _opening(day: int, hours: Hours) -> _Opening:
    if not 0 <= day < len(_DAY_NAMES):
        raise ValueError(f"day {day} of the week is unknown: 0 is Monday, 6 is Sunday")
    text = f"{_DAY_NAMES[day]} {hours[0]}-{hours[1]}"
    start = _minute(hours[0], text)
    end = MINUTES_A_DAY if hours[1] == "24:00" else _minute(hours[1], text)
    if end <= start:
        end += MINUTES_A_DAY
    return _Opening(day * MINUTES_A_DAY + start, day * MINUTES_A_DAY + end, text)


def _minute(clock: str, text: str) -> int:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(f"{text}: '{clock}' is not a time; write 08:30 (an end may be 24:00)")
    return int(found[1]) * 60 + int(found[2])


def _refuse_overlaps(openings: list[_Opening]) -> None:
    if not openings:
        return
    first = openings[0]
    first_again = _Opening(first.start + MINUTES_A_WEEK, first.end + MINUTES_A_WEEK, first.text)
    for earlier, later in pairwise([*openings, first_again]):
        if later.start < earlier.end:
            raise ValueError(f"{earlier.text} overlaps {later.text}")


def _cut_at_midnight(opening: _Opening) -> list[tuple[int, int]]:
    """An opening is at most 24 hours long, so it holds at most one midnight."""
    midnight = (opening.start // MINUTES_A_DAY + 1) * MINUTES_A_DAY
    if opening.end <= midnight:
        return [(opening.start, opening.end)]
    return [(opening.start, midnight), (midnight, opening.end)]
