"""The company's business hours, minute by minute from the procedure's words (R1): Monday to Friday 08:30-18:00,
Europe/Paris, the eleven French public holidays closed.

Pure; used by the checks alone. Slow and plain on purpose: it must share no cleverness with what it checks.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
OPENS = time(8, 30)
CLOSES = time(18, 0)
_SATURDAY = 5
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_REMEMBERED = 100_000
"""Minutes whose next opening is remembered: tickets of one night ask for the same one again and again."""


def easter(year: int) -> date:
    """Return Easter Sunday: the Sunday after the full moon of the Gregorian church calendar on or after 21 March."""
    golden = year % 19
    century = year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    # The two corrections that keep the paschal moon on or before 18 April.
    moon = epact - (epact // 28) * (1 - (epact // 28) * (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    day = moon - weekday
    return date(year, 3, 28) + timedelta(days=day)


@lru_cache
def public_holidays(year: int) -> frozenset[date]:
    """Return the eleven public holidays of metropolitan France; Alsace-Moselle's two are not the company's."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    # Easter Monday, Ascension Day, Whit Monday.
    moving = (1, 39, 50)
    sunday = easter(year)
    return frozenset(date(year, month, day) for month, day in fixed) | {sunday + days * _DAY for days in moving}


def is_working_day(day: date) -> bool:
    """Return whether the company works on this local date."""
    return day.weekday() < _SATURDAY and day not in public_holidays(day.year)


def is_open(at: datetime) -> bool:
    """Return whether the company is open at an instant (any time zone). Opening counts, closing does not."""
    local = at.astimezone(PARIS)
    return is_working_day(local.date()) and OPENS <= local.time() < CLOSES


def next_opening(at: datetime) -> datetime:
    """Return `at` itself when open, else the instant of the next opening, in UTC."""
    return at if is_open(at) else _next_open_minute(at.astimezone(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=_REMEMBERED)
def _next_open_minute(minute: datetime) -> datetime:
    while not is_open(minute):
        minute += _MINUTE
    return minute


def working_days_later(at: datetime, days: int) -> datetime:
    """Return the same Paris time on the `days`-th working day after the local date of `at` (R13), in UTC."""
    local = at.astimezone(PARIS)
    day = local.date()
    while days:
        day += _DAY
        days -= is_working_day(day)
    return datetime.combine(day, local.time(), PARIS).astimezone(UTC)
