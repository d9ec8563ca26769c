"""R10 and R11: a technician's agenda; one place at a time, in working hours, without a break in a visit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.resources.app import STAGE
from services.resources.decide import Facts
from services.resources.rules import first_free_slot
from services.resources.state import ResourceState
from shared.business_time import Calendar, add, france, next_opening
from shared.events.dispatch import ReservationAsked, ReservationReleased
from shared.events.resources import ReservationGranted
from tests.requirements import requirement
from tests.unit.services.builders import asked
from tests.unit.services.harness import DAY, HOUR, MINUTE, SECOND, Story, events_of, kinds_of, paris, story, the

AGENDA = story(STAGE, Facts())
TECHNICIAN = "technician:T-01"
TWO_HOURS = 2 * HOUR
LUNCH_BREAK = Calendar(
    name="with a break",
    zone="Europe/Paris",
    week=dict.fromkeys(range(5), (("08:30", "12:00"), ("13:30", "18:00"))),
    holidays="FR",
)


def at(hour: int, minute: int = 0, second: int = 0, day: int = 23) -> datetime:
    """A time of the week of Monday 23 November 2026."""
    return paris(2026, 11, day, hour, minute, second)


def ask_for(number: int, earliest: datetime, duration: timedelta = TWO_HOURS, ticket: str = "T-1") -> ReservationAsked:
    return asked(number, TECHNICIAN, earliest=earliest, duration=duration, ticket=ticket)


def start_of(agenda: Story[ResourceState, Facts], ask: ReservationAsked) -> datetime | None:
    granted = the(ReservationGranted, agenda.when(ask, at=at(8)))
    assert granted.start is not None
    assert granted.end == granted.start + (ask.duration or timedelta())
    return granted.start


@requirement("R10")
@pytest.mark.parametrize(
    ("earliest", "start"),
    [
        (at(8, 29, 59), at(8, 30)),
        (at(8, 30), at(8, 30)),
        (at(8, 30, 1), at(8, 30, 1)),
        (at(15, 59, 59), at(15, 59, 59)),
        (at(16), at(16)),  # ends exactly at closing
        (at(16, 0, 1), at(8, 30, day=24)),  # would end a second after it
        (at(18), at(8, 30, day=24)),
        (at(16, 0, 1, day=27), at(8, 30, day=30)),  # Friday: Monday
        (at(10, day=28), at(8, 30, day=30)),  # Saturday
        (paris(2026, 12, 24, 16, 30), paris(2026, 12, 28, 8, 30)),  # Christmas and the weekend behind it
    ],
)
def test_a_visit_fits_whole_into_a_working_day(earliest: datetime, start: datetime) -> None:
    assert start_of(AGENDA, ask_for(1, earliest)) == start


@requirement("R10")
@pytest.mark.parametrize(
    ("earliest", "start"),
    [
        (at(9, 59, 59), at(9, 59, 59)),
        (at(10), at(10)),  # ends exactly at lunch
        (at(10, 0, 1), at(13, 30)),
        (at(12), at(13, 30)),
        (at(13, 29, 59), at(13, 30)),
        (at(13, 30), at(13, 30)),
        (at(16, 0, 1), at(8, 30, day=24)),
    ],
)
def test_a_visit_is_not_broken_by_lunch(earliest: datetime, start: datetime) -> None:
    assert first_free_slot(LUNCH_BREAK, [], earliest, TWO_HOURS) == start


@requirement("R10")
@pytest.mark.parametrize("fraction", [timedelta(milliseconds=ms) for ms in (-1, 1, 500)])
def test_a_visit_asked_for_between_two_seconds_goes_to_the_next_day_like_any_other(fraction: timedelta) -> None:
    assert first_free_slot(france(), [], at(17) + fraction, TWO_HOURS) == at(8, 30, day=24)


@requirement("R11")
@pytest.mark.parametrize(
    ("earliest", "start"),
    [
        (at(9) - SECOND, at(9) - SECOND),  # ends a second before the next visit
        (at(9), at(9)),  # exactly adjacent: ends when it begins
        (at(9) + SECOND, at(13)),  # overlaps it by a second
        (at(11), at(13)),
        (at(12), at(13)),
        (at(13) - SECOND, at(13)),
        (at(13), at(13)),  # exactly adjacent: begins when it ends
        (at(13) + SECOND, at(13) + SECOND),
    ],
)
def test_a_technician_is_in_one_place_at_a_time(earliest: datetime, start: datetime) -> None:
    busy = [(at(11), at(13))]

    assert first_free_slot(france(), busy, earliest, TWO_HOURS) == start


@requirement("R11")
def test_a_visit_goes_into_the_first_gap_that_is_long_enough() -> None:
    busy = [(at(14), at(16)), (at(8, 30), at(10)), (at(11), at(12))]

    assert first_free_slot(france(), busy, at(8), HOUR) == at(10)
    assert first_free_slot(france(), busy, at(8), TWO_HOURS) == at(12)
    assert first_free_slot(france(), busy, at(8), 3 * HOUR) == at(8, 30, day=24)


@requirement("R11")
def test_visits_asked_for_one_after_another_never_overlap() -> None:
    agenda = AGENDA
    slots: list[tuple[datetime, datetime]] = []
    for number in range(1, 13):
        granted = the(ReservationGranted, agenda.when(ask_for(number, at(9, 15), 90 * MINUTE), at=at(8)))
        assert granted.start is not None
        assert granted.end is not None
        slots.append((granted.start, granted.end))
        agenda = agenda.given(granted)

    slots.sort()
    assert slots[0][0] == at(9, 15)
    assert all(before[1] <= after[0] for before, after in pairwise(slots))


def by_trying(busy: list[tuple[datetime, datetime]], earliest: datetime, duration: timedelta) -> datetime:
    """The first free start, found by trying every instant at which one could begin."""
    openings = [paris(2026, 11, 23, hour, minute) + n * DAY for n in range(30) for hour, minute in ((8, 30), (13, 30))]
    starts = (next_opening(LUNCH_BREAK, one) for one in (earliest, *openings, *(end for _, end in busy)))
    return min(
        start
        for start in starts
        if start >= earliest
        and add(LUNCH_BREAK, start, duration) == start + duration
        and all(end <= start or begin >= start + duration for begin, end in busy)
    )


@requirement("R10", "R11")
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(0, 4 * 24 * 60), st.integers(1, 240)), max_size=8),
    st.integers(0, 4 * 24 * 3600),
    st.integers(1, 210),
)
def test_the_time_that_is_found_is_the_first_of_all_that_are_free(
    busy_minutes: list[tuple[int, int]], earliest_second: int, minutes: int
) -> None:
    busy = [(at(0) + begin * MINUTE, at(0) + (begin + length) * MINUTE) for begin, length in busy_minutes]
    earliest, duration = at(0) + earliest_second * SECOND, minutes * MINUTE

    assert first_free_slot(LUNCH_BREAK, busy, earliest, duration) == by_trying(busy, earliest, duration)


@requirement("R11")
def test_a_time_given_back_can_be_promised_again() -> None:
    agenda = AGENDA.once(ask_for(1, at(9)), at=at(8))
    freed = agenda.once(ReservationReleased(ask="T-1/1", resource=TECHNICIAN), at=at(8))

    assert start_of(agenda, ask_for(2, at(9))) == at(11)
    assert start_of(freed, ask_for(2, at(9))) == at(9)


@requirement("R11")
def test_a_release_that_overtakes_its_ask_bars_it() -> None:
    barred = AGENDA.once(ReservationReleased(ask="T-1/1", resource=TECHNICIAN), at=at(8))

    assert kinds_of(barred.when(ask_for(1, at(9)), at=at(8))) == ["ReservationRefused"]


@requirement("R11")
def test_the_same_ask_again_gets_its_first_time_again() -> None:
    first = AGENDA.when(ask_for(1, at(9)), at=at(8))
    agenda = AGENDA.given(*events_of(first))

    again = agenda.when(ask_for(1, at(9)), at=at(8))

    assert again == first or kinds_of(again) == ["Ignored"]


@requirement("R10")
@pytest.mark.parametrize("shorter", [timedelta(), SECOND])
def test_a_visit_may_be_as_long_as_the_longest_stretch_of_a_working_day(shorter: timedelta) -> None:
    assert first_free_slot(LUNCH_BREAK, [], at(8), 4 * HOUR + 30 * MINUTE - shorter) == at(13, 30)
    assert first_free_slot(france(), [], at(9), 9 * HOUR + 30 * MINUTE - shorter) == at(8, 30, day=24)


@requirement("R10")
def test_a_visit_longer_than_any_working_day_is_refused_after_a_few_looks() -> None:
    with at_most(calls=2_000, of="next_opening"):
        assert first_free_slot(LUNCH_BREAK, [], at(8), 4 * HOUR + 30 * MINUTE + SECOND) is None


@contextmanager
def at_most(*, calls: int, of: str) -> Iterator[None]:
    """Fail as soon as a function was called more often than that: effort counted, not timed."""
    seen = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal seen
        seen += event == "call" and frame.f_code.co_name == of
        assert seen <= calls, f"more than {calls} calls of {of}"

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


@requirement("R10")
def test_an_agenda_asked_for_a_negative_time_refuses_it() -> None:
    assert kinds_of(AGENDA.when(ask_for(1, at(9), -HOUR), at=at(8))) == ["ReservationRefused"]
