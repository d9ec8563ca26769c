"""Counts working days (R13, 'the same time two working days later'); called by closure's rules.

Days, not hours: what falls due may lie outside opening hours when the start did.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.business_time.calendar import Calendar
from shared.business_time.errors import NeverOpens
from shared.business_time.instants import to_utc
from shared.business_time.public_holidays import LAST_YEAR

_DAY = timedelta(days=1)


def add_working_days(calendar: Calendar, start: datetime, days: int) -> datetime:
    """The same local time `days` working days later, in UTC (R13: 2 days).

    The days counted are those after the local date of `start`, whatever the hour: Friday 10:00, Saturday
    10:00 and Sunday 10:00 with 2 days are all Tuesday 10:00, so a customer written to at a weekend has the
    two whole days. No days is `start` itself. A local time that the clock skips on that date comes later by
    what was skipped; one that comes twice is the first. Raises `ValueError` for a negative number,
    `NeverOpens` when 2100 ends before.
    """
    start = to_utc(start)
    if days < 0:
        raise ValueError(f"{days} working days is negative")
    if days == 0:
        return start
    local = start.astimezone(ZoneInfo(calendar.zone))
    day = _nth_working_day_after(calendar, local.date(), days)
    # Without the start's fold: which of the two hours it fell in says nothing about another date. Python
    # reads a skipped local time with the offset before the jump, which is just the move that is promised.
    return datetime.combine(day, local.time().replace(fold=0), local.tzinfo).astimezone(UTC)


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether an opening begins on this local date, and no public holiday or company closing takes it away.

    The small hours of a Saturday that belong to Friday's night opening make no working day of the Saturday.
    """
    if calendar.continuous:
        return True
    return bool(calendar.week.get(day.weekday())) and not calendar.closes(day)


def _nth_working_day_after(calendar: Calendar, day: date, days: int) -> date:
    left = days
    while left:
        day += _DAY
        if day.year > LAST_YEAR:
            raise NeverOpens(calendar.name, LAST_YEAR)
        left -= is_working_day(calendar, day)
    return day
