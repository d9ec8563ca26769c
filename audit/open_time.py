"""How much open time lies between two instants, and where an amount of it ends: day by day, from the procedure's words.

Pure; for the checks of clocks that stand still. Three calendars of contracts are known: the company's hours, those with
Alsace-Moselle's two holidays more, and every hour. Slow and plain on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from audit.business_hours import CLOSES, OPENS, PARIS, easter, is_working_day

KNOWN = ("france", "alsace-moselle", "continuous")
_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_FAR = 4000
"""Days after which nobody looks any further: a delay is of weeks."""


def is_worked(calendar: str, day: date) -> bool:
    """Return whether a calendar of the company's hours has any on a date."""
    # Good Friday and Saint Stephen's Day.
    local = day in (easter(day.year) - 2 * _DAY, date(day.year, 12, 26))
    return is_working_day(day) and not (calendar == "alsace-moselle" and local)


def _openings(calendar: str, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    first = start.astimezone(PARIS).date()
    for n in range(_FAR):
        day = first + n * _DAY
        if is_worked(calendar, day):
            yield tuple(datetime.combine(day, time, PARIS).astimezone(UTC) for time in (OPENS, CLOSES))  # type: ignore[misc]


def left(calendar: str, start: datetime, end: datetime) -> timedelta:
    """Return the open time between two instants; nothing where the end is not later."""
    if calendar == "continuous":
        return max(end - start, _NOTHING)
    total = _NOTHING
    for opens, closes in _openings(calendar, start):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), _NOTHING)
    return total


def later(calendar: str, start: datetime, length: timedelta) -> datetime:
    """Return when so much open time from `start` is over; an end at closing time is closing time, none is `start`."""
    if calendar == "continuous" or not length:
        return start + length
    for opens, closes in _openings(calendar, start):
        begins = max(opens, start)
        if closes - begins >= length:
            return begins + length
        length -= max(closes - begins, _NOTHING)
    raise ValueError(f"no end of {length} on {calendar}")


def closing(at: datetime) -> datetime:
    """Return when the company closes on the day of an instant at which it is open."""
    return datetime.combine(at.astimezone(PARIS).date(), CLOSES, PARIS).astimezone(UTC)
