"""The stretches of open time that a deadline was counted over, so that anyone can add them up (R4, R10).

Called by `sav time` and by whoever explains a deadline; exported by the package. `between` is their sum.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.business_time.calendar import Calendar
from shared.business_time.instants import Micros, from_micros, to_micros, to_utc
from shared.business_time.years import year_table


def segments(calendar: Calendar, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The open stretches from `start` to `end`, in UTC and in order, cut at both; none where `end` is not later.

    Openings that touch, at midnight for one, are one stretch. Raises `ValueError` as `between` does.
    """
    start, end = to_utc(start), to_utc(end)
    if end <= start:
        return []
    if calendar.continuous:
        return [(start, end)]
    joined: list[tuple[Micros, Micros]] = []
    for opens, closes in _cut(calendar, start, end):
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return [(from_micros(opens), from_micros(closes)) for opens, closes in joined]


def _cut(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[Micros, Micros]]:
    zone = ZoneInfo(calendar.zone)
    low, high = to_micros(start), to_micros(end)
    for year in range(start.astimezone(zone).year, end.astimezone(zone).year + 1):
        table = year_table(calendar, year)
        first = max(0, bisect_right(table.opens, low) - 1)
        for opens, closes in zip(table.opens[first:], table.closes[first:], strict=True):
            if opens >= high:
                return
            if closes > low:
                yield max(opens, low), min(closes, high)
