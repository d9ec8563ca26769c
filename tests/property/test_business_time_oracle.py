"""Business time against a slow oracle, and the laws that any counting of open time obeys.

The oracle shares nothing with the module: it looks at a clock on the wall once a minute, knows the opening
hours as minutes of a week, and computes Easter itself. Its one rule for clock changes: a reading never goes
back, so the repeated hour reads as the last minute before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.business_time import Calendar, add, add_working_days, between, is_open, next_opening, segments

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
A_DAY, A_WEEK = 24 * 60, 7 * 24 * 60

# Eight days hold a weekend, and at most of these beginnings a clock change or a holiday; one look a minute over
# them takes some 40 ms, which is why the oracle is asked for fewer examples than the laws.
WINDOW_DAYS = 8
ORACLE = settings(max_examples=40, deadline=None)
LAWS = settings(max_examples=80, deadline=None)  # no deadline: other work on the machine is no fault of the code
BEGINNINGS = [
    datetime(*day, tzinfo=UTC)
    for day in [
        (2026, 3, 1),  # 8 March: New York, Havana
        (2026, 3, 28),  # 29 March: Paris, Beirut, the Azores; 3 April: Good Friday; 5 April: Lord Howe
        (2026, 5, 1),  # 1 and 8 May
        (2026, 7, 8),
        (2026, 9, 26),  # 27 September: Chatham; 3 October: Lord Howe
        (2026, 10, 18),  # 25 October: Paris, Beirut, the Azores
        (2026, 10, 25),  # the same, begun in its night; 1 November: New York, Havana
        (2026, 12, 25),  # Christmas and the turn of the year
        (2028, 2, 24),  # 29 February
    ]
]
# Half of them Paris; the others change their clocks at midnight (Beirut, Havana, the Azores), by half an hour
# (Lord Howe), at a quarter to (Chatham), or never.
ZONES = [
    *["Europe/Paris"] * 8,
    "America/Martinique",
    "Indian/Reunion",
    "America/New_York",
    "America/Havana",
    "Asia/Beirut",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
]


@dataclass(frozen=True)
class Site:
    """Opening hours as the oracle reads them: from minute to minute of a week that begins on Monday."""

    zone: str
    hours: tuple[tuple[int, int], ...]
    region: str | None
    closings: frozenset[date]

    def calendar(self) -> Calendar:
        """The same hours as the policy file writes them."""
        week: dict[str, list[list[str]]] = {}
        for start, end in self.hours:
            week.setdefault(str(start // A_DAY), []).append([clock(start), clock(end)])
        data = {"name": "site", "zone": self.zone, "week": week, "holidays": self.region}
        return Calendar.model_validate({**data, "closings": [day.isoformat() for day in self.closings]})


def clock(minute_of_week: int) -> str:
    minute = minute_of_week % A_DAY
    return f"{minute // 60:02}:{minute % 60:02}"


# The oracle


def easter(year: int) -> date:
    """Western Easter, after the anonymous Gregorian computus."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    correction = (8 * century + 13) // 25
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    shift = (golden + 11 * moon) // 319
    weekday = (2 * (century % 4) + 2 * (in_century // 4) - in_century % 4 - moon + shift + 32) % 7
    month = (moon - shift + weekday + 90) // 25
    return date(year, month, (moon - shift + weekday + month + 19) % 32)


@cache
def is_holiday(region: str | None, day: date) -> bool:
    if region is None:
        return False
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    after_easter = {1, 39, 50}
    if region == "FR-57":
        fixed, after_easter = fixed | {(12, 26)}, after_easter | {-2}
    if region == "FR-RE":
        fixed = fixed | {(12, 20)}
    return (day.month, day.day) in fixed or (day - easter(day.year)).days in after_easter


@dataclass(frozen=True)
class Oracle:
    """Which minutes from `begin` on are open, one by one."""

    begin: datetime
    open_minutes: tuple[bool, ...]

    @classmethod
    def watch(cls, site: Site, begin: datetime, days: int) -> "Oracle":
        return cls(begin, tuple(watch_the_clock(site, begin, days * A_DAY)))

    @property
    def end(self) -> datetime:
        return self.begin + len(self.open_minutes) * MINUTE

    def is_open(self, at: datetime) -> bool:
        return self.open_minutes[(at - self.begin) // MINUTE]

    def next_opening(self, at: datetime) -> datetime | None:
        return next((moment for moment, _ in self.open_stretches(at)), None)

    def add(self, start: datetime, duration: timedelta) -> datetime | None:
        if not duration:
            return start
        for moment, until in self.open_stretches(start):
            if duration <= until - moment:
                return moment + duration
            duration -= until - moment
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        stretches = ((moment, min(until, end)) for moment, until in self.open_stretches(start) if moment < end)
        return sum((until - moment for moment, until in stretches), timedelta(0))

    def open_stretches(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of each open minute from `start` on."""
        first = (start - self.begin) // MINUTE
        for number in range(first, len(self.open_minutes)):
            if self.open_minutes[number]:
                minute = self.begin + number * MINUTE
                yield max(start, minute), minute + MINUTE


def watch_the_clock(site: Site, begin: datetime, minutes: int) -> Iterator[bool]:
    zone = ZoneInfo(site.zone)
    hours = {minute % A_WEEK for start, end in site.hours for minute in range(start, end)}
    ahead = 180  # to know the reading when `begin` is in a repeated hour
    reading = date.min, time.min
    for number in range(-ahead, minutes):
        local = (begin + number * MINUTE).astimezone(zone)
        reading = max(reading, (local.date(), local.time()))
        day, clock_time = reading
        if number >= 0:
            minute = day.weekday() * A_DAY + clock_time.hour * 60 + clock_time.minute
            yield minute in hours and not is_closed(site, day)


def is_closed(site: Site, day: date) -> bool:
    return day in site.closings or is_holiday(site.region, day)


# What may be asked

# Minutes of a day at which something happens: midnight, the hours that clock changes skip or repeat, office hours.
NOTABLE = [0, 1, 30, 59, 60, 105, 119, 120, 121, 150, 165, 179, 180, 181, 225, 360, 510, 720, 1080, 1320]
minutes_of_a_week = st.builds(
    lambda day, minute: day * A_DAY + minute,
    st.sampled_from([6, 0, 1, 2, 3, 4, 5]),
    st.sampled_from(NOTABLE) | st.integers(0, A_DAY - 1),
)


@st.composite
def opening_hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Openings that do not overlap, some over midnight, some over the end of the week, some touching."""
    cuts = sorted(draw(st.sets(minutes_of_a_week, min_size=2, max_size=16)))
    spans = [*zip(cuts, [*cuts[1:], cuts[0] + A_WEEK], strict=True)]
    kept = draw(st.lists(st.booleans(), min_size=len(spans), max_size=len(spans)).filter(any))
    return tuple((start, min(end, start + A_DAY)) for (start, end), keep in zip(spans, kept, strict=True) if keep)


begins = st.sampled_from(BEGINNINGS)
sites = st.builds(
    Site,
    zone=st.sampled_from(ZONES),
    hours=opening_hours(),
    region=st.sampled_from([None, "FR", "FR-57", "FR-RE"]),
    closings=st.frozensets(st.dates(date(2026, 3, 1), date(2026, 12, 31)), max_size=3),
)
# Whole minutes, so that a duration is often used up exactly at a closing, or any second.
seconds = st.integers(0, WINDOW_DAYS * A_DAY - 1).map(lambda minute: minute * 60) | st.integers(
    0, WINDOW_DAYS * A_DAY * 60 - 1
)
# Ten hours at most: at a site open for a minute a week they last over eleven years.
durations = st.builds(
    lambda number, unit: number * unit,
    st.integers(0, 600),
    st.sampled_from([MINUTE, timedelta(seconds=1), timedelta(microseconds=1)]),
)
instants = st.builds(lambda begin, second: begin + timedelta(seconds=second), begins, seconds)


# Equal to the oracle


@settings(ORACLE)
@given(
    sites,
    begins,
    st.lists(st.tuples(seconds, seconds, durations), min_size=3, max_size=12),
)
def test_every_answer_is_the_one_of_looking_at_the_clock_every_minute(
    site: Site, begin: datetime, questions: list[tuple[int, int, timedelta]]
) -> None:
    oracle, calendar = Oracle.watch(site, begin, WINDOW_DAYS), site.calendar()
    for start_second, end_second, duration in questions:
        start, end = sorted(begin + timedelta(seconds=second) for second in (start_second, end_second))
        assert is_open(calendar, start) == oracle.is_open(start)
        assert between(calendar, start, end) == oracle.between(start, end)
        expected = oracle.next_opening(start)
        assert next_opening(calendar, start) == expected or (
            expected is None and next_opening(calendar, start) >= oracle.end
        )
        expected = oracle.add(start, duration)
        assert add(calendar, start, duration) == expected or (
            expected is None and add(calendar, start, duration) >= oracle.end
        )


@settings(ORACLE)
@given(sites, begins)
def test_opening_and_closing_change_at_the_very_instant_that_the_oracle_sees(site: Site, begin: datetime) -> None:
    oracle, calendar = Oracle.watch(site, begin, WINDOW_DAYS), site.calendar()
    tick = timedelta(microseconds=1)
    for number in range(1, len(oracle.open_minutes)):
        before, after = oracle.open_minutes[number - 1 : number + 1]
        if before != after:
            change = begin + number * MINUTE
            assert is_open(calendar, change - tick) is before
            assert is_open(calendar, change) is after
            if after:
                assert next_opening(calendar, change - tick) == change
            else:
                assert add(calendar, change - MINUTE, MINUTE) == change


@settings(LAWS)
@given(sites, instants, st.integers(0, 30))
def test_working_days_are_the_dates_on_which_an_opening_begins(site: Site, start: datetime, days: int) -> None:
    zone = ZoneInfo(site.zone)
    local = start.astimezone(zone)
    weekdays = {opening // A_DAY for opening, _ in site.hours}
    day, counted = local.date(), 0
    while counted < days:
        day += DAY
        counted += day.weekday() in weekdays and not is_closed(site, day)
    end = add_working_days(site.calendar(), start, days)
    if days == 0:
        assert end == start
        return
    read_at_end = end.astimezone(zone)
    wall = datetime.combine(day, time(local.hour, local.minute, local.second, local.microsecond))
    jumped = read_at_end.replace(tzinfo=None) - wall
    assert read_at_end.fold == 0
    assert jumped >= timedelta(0)
    if jumped:  # only over an hour that is skipped there: an instant earlier by the jump reads before the gap
        assert (end - jumped).astimezone(zone).replace(tzinfo=None) == wall - jumped


# Laws


@settings(LAWS)
@given(sites, instants, durations)
def test_between_undoes_add(site: Site, start: datetime, duration: timedelta) -> None:
    calendar = site.calendar()
    assert between(calendar, start, add(calendar, start, duration)) == duration


@settings(LAWS)
@given(sites, instants, instants)
def test_add_undoes_between_but_for_closed_time_at_the_end(site: Site, one: datetime, other: datetime) -> None:
    calendar = site.calendar()
    start, end = min(one, other), max(one, other)
    reached = add(calendar, start, between(calendar, start, end))
    assert reached <= end
    assert between(calendar, reached, end) == timedelta(0)


@settings(LAWS)
@given(sites, instants, durations, durations)
def test_adding_twice_is_adding_the_sum(site: Site, start: datetime, one: timedelta, other: timedelta) -> None:
    calendar = site.calendar()
    assert add(calendar, add(calendar, start, one), other) == add(calendar, start, one + other)


@settings(LAWS)
@given(sites, instants, instants, durations, durations)
def test_later_starts_and_longer_durations_never_end_earlier(
    site: Site, one: datetime, other: datetime, short: timedelta, more: timedelta
) -> None:
    calendar = site.calendar()
    start, later = min(one, other), max(one, other)
    assert start <= add(calendar, start, short) <= add(calendar, start, short + more)
    assert add(calendar, start, short) <= add(calendar, later, short)
    assert next_opening(calendar, start) <= next_opening(calendar, later)


@settings(LAWS)
@given(sites, instants, instants, instants)
def test_open_time_adds_up_along_any_path(site: Site, a: datetime, b: datetime, c: datetime) -> None:
    calendar = site.calendar()
    assert between(calendar, a, b) + between(calendar, b, c) == between(calendar, a, c)
    assert between(calendar, a, b) == -between(calendar, b, a)
    assert abs(between(calendar, a, b)) <= abs(b - a)


@settings(LAWS)
@given(sites, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(site: Site, start: datetime) -> None:
    calendar = site.calendar()
    opening = next_opening(calendar, start)
    assert is_open(calendar, opening)
    assert between(calendar, start, opening) == timedelta(0)
    assert (opening == start) is is_open(calendar, start)


@settings(LAWS)
@given(sites, instants, instants)
def test_the_segments_of_a_stretch_are_all_its_open_time_and_nothing_else(
    site: Site, one: datetime, other: datetime
) -> None:
    calendar = site.calendar()
    start, end = min(one, other), max(one, other)
    found = segments(calendar, start, end)
    assert sum((closes - opens for opens, closes in found), timedelta(0)) == between(calendar, start, end)
    edges = [start, *(edge for stretch in found for edge in stretch), end]
    assert edges == sorted(edges)
    for opens, closes in found:
        assert opens < closes
        assert between(calendar, opens, closes) == closes - opens
    for (_, closes), (opens, _) in pairwise(found):
        assert closes < opens  # what touches is one stretch


@settings(LAWS)
@given(sites, instants)
def test_a_stretch_of_no_length_or_backwards_has_no_segments(site: Site, at: datetime) -> None:
    assert segments(site.calendar(), at, at) == []
    assert segments(site.calendar(), at, at - MINUTE) == []
