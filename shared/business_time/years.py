"""All openings of one calendar in one local year, as a table that is searched; called by `arithmetic` only.

A table depends on its calendar and year alone, so it is computed once and kept.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from shared.business_time.calendar import Calendar
from shared.business_time.errors import NeverOpens
from shared.business_time.instants import Micros, to_micros, wall_instant
from shared.business_time.public_holidays import LAST_YEAR
from shared.business_time.week import MINUTES_A_DAY, DayMinutes

_MINUTE: Micros = 60_000_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class YearTable:
    """Openings in order, none overlapping: `opens[i]` to `closes[i]`; `total[i]`: open time up to there."""

    opens: tuple[Micros, ...]
    closes: tuple[Micros, ...]
    total: tuple[Micros, ...]

    @property
    def open_time(self) -> Micros:
        """The open time of the whole year."""
        return self.total[-1] if self.total else 0

    def open_before(self, at: Micros) -> Micros:
        """The open time of this year before `at`."""
        started = bisect_right(self.opens, at)
        if not started:
            return 0
        return self.total[started - 1] - max(0, self.closes[started - 1] - at)

    def next_opening(self, at: Micros) -> Micros | None:
        """`at` itself when open, else the next opening of this year, else None."""
        started = bisect_right(self.opens, at)
        if started and at < self.closes[started - 1]:
            return at
        return self.opens[started] if started < len(self.opens) else None


# A table is built in about 1 ms and takes about 30 kB with one opening a day. 256 serve fifty calendars over
# five years, or three calendars from now to 2100, in some 8 MB; a table that falls out is built again.
@lru_cache(maxsize=256)
def year_table(calendar: Calendar, year: int) -> YearTable:
    """The table of one local year; `NeverOpens` past 2100.

    That year is also the bound of every search: no holiday is known after it, and at some 75 tables from
    today a calendar that never opens again is found out in less than 0.1 s, once.
    """
    if year > LAST_YEAR:
        raise NeverOpens(calendar.name, LAST_YEAR)
    spans = _spans(calendar, ZoneInfo(calendar.zone), year)
    return YearTable(
        opens=tuple(start for start, _ in spans),
        closes=tuple(end for _, end in spans),
        total=tuple(accumulate(end - start for start, end in spans)),
    )


def _spans(calendar: Calendar, zone: ZoneInfo, year: int) -> list[tuple[Micros, Micros]]:
    spans: list[tuple[Micros, Micros]] = []
    # Aware midnights and running sums, because this loop is nearly all that a table costs.
    midnight = datetime(year, 1, 1, tzinfo=zone)
    offset, base = midnight.utcoffset(), to_micros(midnight)
    while midnight.year == year:
        next_midnight = midnight + _DAY
        next_offset = next_midnight.utcoffset()
        clock_changes = next_offset != offset
        openings = calendar.openings[midnight.weekday()]
        if openings and not calendar.closes(midnight.date()):
            spans += _on_change(midnight, openings) if clock_changes else _on_usual_day(base, openings)
        base = to_micros(next_midnight) if clock_changes else base + MINUTES_A_DAY * _MINUTE
        midnight, offset = next_midnight, next_offset
    return spans


def _on_usual_day(base: Micros, openings: DayMinutes) -> list[tuple[Micros, Micros]]:
    return [(base + start * _MINUTE, base + end * _MINUTE) for start, end in openings]


def _on_change(midnight: datetime, openings: DayMinutes) -> list[tuple[Micros, Micros]]:
    spans = [
        (wall_instant(midnight + timedelta(minutes=start)), wall_instant(midnight + timedelta(minutes=end)))
        for start, end in openings
    ]
    # An opening that lies wholly in the hour that is skipped does not take place.
    return [(start, end) for start, end in spans if start < end]
