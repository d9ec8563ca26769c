"""The four questions about open time that the stages ask (R1, R3, R10); exported by the package.

Called by rules and `decide` functions with instants from the message or the clock that was handed to them.
It decides no deadline by itself: durations come from the policy.
"""

from bisect import bisect_left
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.business_time.calendar import Calendar
from shared.business_time.errors import NeverOpens
from shared.business_time.instants import Micros, from_micros, length, room_until_horizon, to_micros, to_utc
from shared.business_time.public_holidays import LAST_YEAR
from shared.business_time.years import year_table


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether it is open at this instant (R1, R3): at the opening instant yes, at the closing instant no."""
    at = to_utc(at)
    if calendar.continuous:
        return True
    instant = to_micros(at)
    return year_table(calendar, _local_year(calendar, at)).next_opening(instant) == instant


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The first open instant not before `at`, in UTC; `at` itself when open (R3, 'at the next opening').

    Raises `NeverOpens` when there is none before the end of 2100.
    """
    at = to_utc(at)
    if calendar.continuous:
        return at
    instant, year = to_micros(at), _local_year(calendar, at)
    while (found := year_table(calendar, year).next_opening(instant)) is None:
        year += 1
    return from_micros(found)


def add(calendar: Calendar, start: datetime, business_duration: timedelta) -> datetime:
    """The first instant, in UTC, by which `business_duration` of open time has passed since `start` (R10).

    A duration used up exactly at closing time ends at closing time, not at the next opening; a zero one
    ends where it starts, open or not. Raises `ValueError` on a negative duration, `NeverOpens` when the
    open time does not suffice before the end of 2100.
    """
    start = to_utc(start)
    if business_duration < timedelta(0):
        raise ValueError(f"a business duration of {business_duration} is negative")
    if not business_duration:
        return start
    if business_duration >= room_until_horizon(start):
        raise NeverOpens(calendar.name, LAST_YEAR)
    if calendar.continuous:
        return start + business_duration
    return from_micros(_add(calendar, start, length(business_duration)))


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The open time from `start` to `end`; it undoes `add`.

    Where `end` comes first it is that time counted negative, so that the sum over any path of instants is
    right and 'how much is left' of an overdue promise needs no special case.
    """
    start, end = to_utc(start), to_utc(end)
    if calendar.continuous:
        return end - start
    if end < start:
        return -_between(calendar, end, start)
    return _between(calendar, start, end)


def _add(calendar: Calendar, start: datetime, duration: Micros) -> Micros:
    year = _local_year(calendar, start)
    table = year_table(calendar, year)
    wanted = table.open_before(to_micros(start)) + duration
    while wanted > table.open_time:
        wanted -= table.open_time
        year += 1
        table = year_table(calendar, year)
    # The first opening that reaches it, so that a time used up exactly at closing ends there.
    opening = bisect_left(table.total, wanted)
    return table.closes[opening] - (table.total[opening] - wanted)


def _between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    first, last = _local_year(calendar, start), _local_year(calendar, end)
    whole_years = sum(year_table(calendar, year).open_time for year in range(first, last))
    until_end = year_table(calendar, last).open_before(to_micros(end))
    until_start = year_table(calendar, first).open_before(to_micros(start))
    return timedelta(microseconds=whole_years + until_end - until_start)


def _local_year(calendar: Calendar, at: datetime) -> int:
    return at.astimezone(ZoneInfo(calendar.zone)).year
