"""Business time at its limits: just before, at and after each opening, closing, holiday and clock change."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from shared.business_time import (
    Calendar,
    NeverOpens,
    add,
    add_working_days,
    alsace_moselle,
    between,
    continuous,
    france,
    is_open,
    next_opening,
)

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def at(text: str, zone: str = "Europe/Paris", *, second_time: bool = False) -> datetime:
    """A local time of the zone as an instant in UTC; `second_time`: the later of two that read the same."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=int(second_time))
    return local.astimezone(UTC)


def every_day(*hours: tuple[str, str], zone: str = "Europe/Paris", holidays: str | None = None) -> Calendar:
    return Calendar(name="every day", zone=zone, week=dict.fromkeys(range(7), hours), holidays=holidays)


def all_day(holidays: str | None, zone: str = "Europe/Paris") -> Calendar:
    return every_day(("00:00", "24:00"), zone=zone, holidays=holidays)


LUNCH_BREAK = every_day(("08:30", "12:00"), ("13:30", "18:00"))
NIGHTS = every_day(("22:00", "06:00"))


# Opening and closing


@pytest.mark.parametrize(
    ("moment", "is_open_then"),
    [
        (at("2026-11-23 08:30") - TICK, False),
        (at("2026-11-23 08:30"), True),
        (at("2026-11-23 08:30") + TICK, True),
        (at("2026-11-23 18:00") - TICK, True),
        (at("2026-11-23 18:00"), False),
        (at("2026-11-23 18:00") + TICK, False),
    ],
)
def test_the_opening_instant_is_open_and_the_closing_instant_is_not(moment: datetime, is_open_then: bool) -> None:
    assert is_open(france(), moment) is is_open_then


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 08:29:59", "2026-11-23 08:30"),
        ("2026-11-23 08:30:00", "2026-11-23 08:30:00"),
        ("2026-11-23 08:30:01", "2026-11-23 08:30:01"),
        ("2026-11-23 17:59:59", "2026-11-23 17:59:59"),
        ("2026-11-23 18:00:00", "2026-11-24 08:30"),
        ("2026-11-23 18:00:01", "2026-11-24 08:30"),
        ("2026-11-27 18:00", "2026-11-30 08:30"),  # Friday evening: Monday
        ("2026-12-24 18:00", "2026-12-28 08:30"),  # Christmas on a Friday: Monday
    ],
)
def test_the_next_opening_is_now_when_open_and_else_the_next_time_the_door_opens(moment: str, opening: str) -> None:
    assert next_opening(france(), at(moment)) == at(opening)


def test_the_next_opening_after_the_last_closing_of_a_year_is_found_in_the_next_year() -> None:
    assert next_opening(france(), at("2026-12-31 18:00")) == at("2027-01-04 08:30")


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-11-23 17:30", 30 * MINUTE - TICK, at("2026-11-23 18:00") - TICK),
        ("2026-11-23 17:30", 30 * MINUTE, at("2026-11-23 18:00")),
        ("2026-11-23 17:30", 30 * MINUTE + TICK, at("2026-11-24 08:30") + TICK),
        ("2026-11-27 17:30", 31 * MINUTE, at("2026-11-30 08:31")),
        ("2026-11-28 10:00", 30 * MINUTE, at("2026-11-30 09:00")),
        ("2026-11-23 12:34:56", timedelta(seconds=4), at("2026-11-23 12:35:00")),
        ("2026-11-23 08:30", timedelta(hours=9.5), at("2026-11-23 18:00")),
        ("2026-11-23 08:30", timedelta(hours=5 * 9.5), at("2026-11-27 18:00")),
        ("2026-12-31 17:00", 2 * HOUR, at("2027-01-04 09:30")),
    ],
)
def test_time_used_up_exactly_at_closing_ends_at_closing_and_a_tick_more_at_the_next_opening(
    start: str, duration: timedelta, end: datetime
) -> None:
    assert add(france(), at(start), duration) == end
    assert between(france(), at(start), end) == duration


@pytest.mark.parametrize("start", ["2026-11-23 12:00", "2026-11-23 18:00", "2026-11-28 10:00"])
def test_no_duration_ends_where_it_starts_open_or_not(start: str) -> None:
    assert add(france(), at(start), timedelta(0)) == at(start)


def test_microseconds_are_kept() -> None:
    start = at("2026-11-23 17:59:59.999999")
    assert add(france(), start, 3 * TICK) == at("2026-11-24 08:30") + 2 * TICK
    assert between(france(), start, at("2026-11-24 08:30") + 2 * TICK) == 3 * TICK


@pytest.mark.parametrize(
    ("moment", "is_open_then"),
    [
        ("2026-11-23 11:59:59", True),
        ("2026-11-23 12:00:00", False),
        ("2026-11-23 13:29:59", False),
        ("2026-11-23 13:30:00", True),
    ],
)
def test_a_lunch_break_is_closed(moment: str, is_open_then: bool) -> None:
    assert is_open(LUNCH_BREAK, at(moment)) is is_open_then


def test_a_lunch_break_does_not_count() -> None:
    assert add(LUNCH_BREAK, at("2026-11-23 11:30"), HOUR) == at("2026-11-23 14:00")
    assert add(LUNCH_BREAK, at("2026-11-23 11:30"), 30 * MINUTE) == at("2026-11-23 12:00")


def test_openings_that_touch_are_one_opening() -> None:
    calendar = every_day(("08:00", "12:00"), ("12:00", "14:00"))
    assert is_open(calendar, at("2026-11-23 12:00"))
    assert next_opening(calendar, at("2026-11-23 12:00")) == at("2026-11-23 12:00")
    assert add(calendar, at("2026-11-23 11:00"), 2 * HOUR) == at("2026-11-23 13:00")


def test_an_opening_lasts_over_midnight() -> None:
    assert is_open(NIGHTS, at("2026-11-24 00:00"))
    assert is_open(NIGHTS, at("2026-11-24 05:59:59"))
    assert not is_open(NIGHTS, at("2026-11-24 06:00"))
    assert add(NIGHTS, at("2026-11-23 22:00"), 8 * HOUR) == at("2026-11-24 06:00")
    assert add(NIGHTS, at("2026-11-23 22:00"), 9 * HOUR) == at("2026-11-24 23:00")


def test_a_night_that_begins_on_sunday_lasts_into_monday() -> None:
    calendar = Calendar(name="Sunday night", zone="Europe/Paris", week={6: (("22:00", "06:00"),)})
    assert is_open(calendar, at("2026-11-23 05:59:59"))
    assert next_opening(calendar, at("2026-11-23 06:00")) == at("2026-11-29 22:00")


def test_a_night_may_last_from_one_year_into_the_next() -> None:
    assert add(NIGHTS, at("2026-12-31 22:00"), 3 * HOUR) == at("2027-01-01 01:00")
    assert between(NIGHTS, at("2026-12-31 12:00"), at("2027-01-01 12:00")) == 8 * HOUR


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Paris", datetime(2026, 12, 31, 23, 30, tzinfo=UTC)),  # there, the new year is half an hour old
        ("America/Martinique", datetime(2027, 1, 1, 3, 30, tzinfo=UTC)),  # there, the old one has as long to go
    ],
)
def test_the_sites_own_new_year_counts_and_not_the_one_of_utc(zone: str, moment: datetime) -> None:
    calendar = all_day(None, zone)
    assert is_open(calendar, moment)
    assert next_opening(calendar, moment) == moment
    assert add(calendar, moment, HOUR) == moment + HOUR
    assert between(calendar, moment, moment + HOUR) == HOUR


def test_time_used_up_exactly_at_the_last_closing_of_a_year_ends_there() -> None:
    assert add(france(), at("2026-12-31 17:00"), HOUR) == at("2026-12-31 18:00")
    assert add(france(), at("2026-12-31 17:00"), HOUR + TICK) == at("2027-01-04 08:30") + TICK


@pytest.mark.parametrize("hours", [("00:00", "24:00"), ("00:00", "00:00")])
def test_midnight_to_midnight_is_a_whole_day(hours: tuple[str, str]) -> None:
    calendar = Calendar(name="Mondays", zone="Europe/Paris", week={0: (hours,)})
    assert not is_open(calendar, at("2026-11-23 00:00") - TICK)
    assert is_open(calendar, at("2026-11-23 00:00"))
    assert is_open(calendar, at("2026-11-24 00:00") - TICK)
    assert not is_open(calendar, at("2026-11-24 00:00"))


def test_the_open_time_backwards_is_negative() -> None:
    assert between(france(), at("2026-11-24 09:30"), at("2026-11-23 17:30")) == timedelta(hours=-1.5)


def test_the_open_time_of_closed_hours_is_none() -> None:
    assert between(france(), at("2026-11-27 18:00"), at("2026-11-30 08:30")) == timedelta(0)


def test_the_open_time_of_several_years_is_counted() -> None:
    # 2027 to 2029 have 261 + 260 + 261 weekdays, and 7, 9 and 9 of the holidays fall on one.
    years = (at("2027-01-01 00:00"), at("2030-01-01 00:00"))
    assert between(france(), *years) == (782 - 25) * timedelta(hours=9.5)


# Public holidays and company closings

NATIONAL_2026 = (
    "2026-01-01",
    "2026-04-06",
    "2026-05-01",
    "2026-05-08",
    "2026-05-14",
    "2026-05-25",
    "2026-07-14",
    "2026-08-15",
    "2026-11-01",
    "2026-11-11",
    "2026-12-25",
)


def closed_dates(calendar: Calendar, year: int) -> list[str]:
    """Every local date of the year whose noon is closed."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return [day.isoformat() for day in days if not is_open(calendar, at(f"{day} 12:00", calendar.zone))]


def test_the_eleven_national_holidays_are_closed() -> None:
    assert closed_dates(all_day("FR"), 2026) == list(NATIONAL_2026)


@pytest.mark.parametrize(
    ("region", "zone", "own"),
    [
        ("FR-57", "Europe/Paris", ["2026-04-03", "2026-12-26"]),
        ("FR-67", "Europe/Paris", ["2026-04-03", "2026-12-26"]),
        ("FR-68", "Europe/Paris", ["2026-04-03", "2026-12-26"]),
        ("FR-6AE", "Europe/Paris", ["2026-04-03", "2026-12-26"]),
        ("FR-GP", "America/Guadeloupe", ["2026-03-12", "2026-04-03", "2026-05-27", "2026-07-21"]),
        ("FR-MQ", "America/Martinique", ["2026-05-22", "2026-07-21"]),
        ("FR-GF", "America/Cayenne", ["2026-06-10"]),
        ("FR-RE", "Indian/Reunion", ["2026-12-20"]),
        ("FR-YT", "Indian/Mayotte", ["2026-04-27"]),
    ],
)
def test_alsace_moselle_and_overseas_have_holidays_of_their_own(region: str, zone: str, own: list[str]) -> None:
    assert closed_dates(all_day(region, zone), 2026) == sorted([*NATIONAL_2026, *own])


@pytest.mark.parametrize("region", ["FR-BL", "FR-MF", "FR-NC", "FR-PF", "FR-PM", "FR-TF", "FR-WF"])
def test_every_other_region_keeps_the_national_holidays(region: str) -> None:
    assert set(NATIONAL_2026) <= set(closed_dates(all_day(region), 2026))


def test_holidays_are_known_up_to_the_last_year_that_is_computed() -> None:
    assert len(closed_dates(all_day("FR"), 2100)) == 11


@pytest.mark.parametrize(
    ("moment", "is_open_then"),
    [
        (at("2026-07-14 00:00") - TICK, True),
        (at("2026-07-14 00:00"), False),
        (at("2026-07-15 00:00") - TICK, False),
        (at("2026-07-15 00:00"), True),
    ],
)
def test_a_holiday_closes_its_local_date_from_midnight_to_midnight(moment: datetime, is_open_then: bool) -> None:
    assert is_open(all_day("FR"), moment) is is_open_then


def test_a_holiday_begins_at_the_sites_own_midnight() -> None:
    reunion = all_day("FR-RE", "Indian/Reunion")
    assert is_open(reunion, datetime(2026, 7, 13, 19, 59, 59, tzinfo=UTC))
    assert not is_open(reunion, datetime(2026, 7, 13, 20, tzinfo=UTC))
    assert is_open(reunion, datetime(2026, 7, 14, 20, tzinfo=UTC))


def test_a_holiday_does_not_count() -> None:
    assert add(france(), at("2026-07-13 17:00"), 2 * HOUR) == at("2026-07-15 09:30")
    assert add(france(), at("2026-07-13 17:00"), HOUR) == at("2026-07-13 18:00")


def test_good_friday_is_closed_in_alsace_moselle_alone() -> None:
    good_friday = at("2026-04-03 10:00")
    assert is_open(france(), good_friday)
    assert next_opening(alsace_moselle(), good_friday) == at("2026-04-07 08:30")


def test_a_night_opening_stops_for_a_holiday_at_midnight_and_goes_on_after_it() -> None:
    calendar = every_day(("22:00", "06:00"), holidays="FR")
    assert add(calendar, at("2026-07-13 23:00"), HOUR) == at("2026-07-14 00:00")
    assert next_opening(calendar, at("2026-07-14 00:00")) == at("2026-07-15 00:00")
    assert add(calendar, at("2026-07-13 23:00"), 2 * HOUR) == at("2026-07-15 01:00")


def test_a_night_means_the_same_written_as_one_opening_or_as_two() -> None:
    as_two = every_day(("22:00", "24:00"), ("00:00", "06:00"), holidays="FR")
    as_one = every_day(("22:00", "06:00"), holidays="FR")
    start = at("2026-07-01 00:00")
    for hours in range(1, 200, 7):
        assert add(as_one, start, hours * HOUR) == add(as_two, start, hours * HOUR)


def test_a_company_closing_closes_its_local_date() -> None:
    calendar = france().model_copy(update={"closings": (date(2026, 11, 23), date(2026, 11, 24))})
    assert next_opening(calendar, at("2026-11-20 18:00")) == at("2026-11-25 08:30")
    assert next_opening(france(), at("2026-11-20 18:00")) == at("2026-11-23 08:30")


def test_an_open_day_of_another_calendar_does_not_leak_into_one_of_the_same_name() -> None:
    closed = france().model_copy(update={"closings": (date(2026, 11, 23),)})
    moment = at("2026-11-23 12:00")
    assert [is_open(france(), moment), is_open(closed, moment), is_open(france(), moment)] == [
        True,
        False,
        True,
    ]


# The two nights that change the clock


@pytest.mark.parametrize(
    ("evening", "morning", "length"),
    [
        ("2026-03-27 22:00", "2026-03-28 06:00", 8),
        ("2026-03-28 22:00", "2026-03-29 06:00", 7),
        ("2026-03-29 22:00", "2026-03-30 06:00", 8),
        ("2026-10-23 22:00", "2026-10-24 06:00", 8),
        ("2026-10-24 22:00", "2026-10-25 06:00", 9),
        ("2026-10-25 22:00", "2026-10-26 06:00", 8),
    ],
)
def test_a_night_is_an_hour_shorter_in_march_and_an_hour_longer_in_october(
    evening: str, morning: str, length: int
) -> None:
    opening, closing = at(evening), at(morning)
    assert between(NIGHTS, opening, closing) == length * HOUR
    assert add(NIGHTS, opening, length * HOUR - TICK) == closing - TICK
    assert add(NIGHTS, opening, length * HOUR) == closing
    assert add(NIGHTS, opening, length * HOUR + TICK) == closing + 16 * HOUR + TICK
    assert [is_open(NIGHTS, opening - TICK), is_open(NIGHTS, opening)] == [False, True]
    assert [is_open(NIGHTS, closing - TICK), is_open(NIGHTS, closing)] == [True, False]


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_whole_day_has_23_hours_in_march_and_25_in_october(day: str, length: int) -> None:
    midnight = at(f"{day} 00:00")
    assert between(all_day(None), midnight, midnight + length * HOUR) == length * HOUR
    assert add(all_day(None), midnight, 48 * HOUR) == midnight + 48 * HOUR


def test_office_hours_are_the_same_on_the_wall_before_and_after_each_change() -> None:
    assert add(france(), at("2026-03-27 17:30"), HOUR) == at("2026-03-30 09:00")
    assert add(france(), at("2026-10-23 17:30"), HOUR) == at("2026-10-26 09:00")


@pytest.mark.parametrize(
    ("hours", "opens", "closes"),
    [
        (("01:00", "02:00"), "2026-03-29 00:00", "2026-03-29 01:00"),
        (("01:00", "02:30"), "2026-03-29 00:00", "2026-03-29 01:00"),
        (("01:00", "03:00"), "2026-03-29 00:00", "2026-03-29 01:00"),
        (("01:00", "03:30"), "2026-03-29 00:00", "2026-03-29 01:30"),
        (("02:00", "04:00"), "2026-03-29 01:00", "2026-03-29 02:00"),
        (("02:30", "04:00"), "2026-03-29 01:00", "2026-03-29 02:00"),
        (("03:00", "04:00"), "2026-03-29 01:00", "2026-03-29 02:00"),
        (("01:00", "02:00"), "2026-10-24 23:00", "2026-10-25 00:00"),
        (("01:00", "02:30"), "2026-10-24 23:00", "2026-10-25 00:30"),
        (("01:00", "03:00"), "2026-10-24 23:00", "2026-10-25 02:00"),
        (("02:00", "04:00"), "2026-10-25 00:00", "2026-10-25 03:00"),
        (("02:30", "04:00"), "2026-10-25 00:30", "2026-10-25 03:00"),
        (("03:00", "04:00"), "2026-10-25 02:00", "2026-10-25 03:00"),
    ],
)
def test_hours_that_begin_or_end_in_the_changed_hour_take_the_jump_or_the_first_of_two(
    hours: tuple[str, str], opens: str, closes: str
) -> None:
    calendar = every_day(hours)
    opening, closing = at(opens, "UTC"), at(closes, "UTC")
    noon_before = closing.replace(hour=12, minute=0) - 24 * HOUR
    assert next_opening(calendar, noon_before) == opening
    assert [is_open(calendar, opening - TICK), is_open(calendar, opening)] == [False, True]
    assert [is_open(calendar, closing - TICK), is_open(calendar, closing)] == [True, False]
    assert between(calendar, noon_before, noon_before + 24 * HOUR) == closing - opening


def test_hours_that_lie_wholly_in_the_skipped_hour_do_not_take_place() -> None:
    calendar = every_day(("02:00", "03:00"))
    assert next_opening(calendar, at("2026-03-28 12:00")) == at("2026-03-30 02:00")
    assert between(calendar, at("2026-03-28 12:00"), at("2026-03-29 12:00")) == timedelta(0)


def test_what_is_open_when_the_clock_is_turned_back_stays_open_through_the_repeated_hour() -> None:
    calendar = every_day(("02:30", "05:00"))
    assert not is_open(calendar, at("2026-10-25 02:29"))
    assert is_open(calendar, at("2026-10-25 02:30"))
    assert is_open(calendar, at("2026-10-25 02:00", second_time=True))
    assert is_open(calendar, at("2026-10-25 02:29", second_time=True))


def test_what_closes_before_the_clock_is_turned_back_does_not_open_again() -> None:
    calendar = every_day(("22:00", "02:30"))
    assert is_open(calendar, at("2026-10-25 02:29"))
    assert not is_open(calendar, at("2026-10-25 02:30"))
    assert not is_open(calendar, at("2026-10-25 02:00", second_time=True))


# Working days (R13: the reminder after 2 of them)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23 10:00", "2026-11-25 10:00"),
        ("2026-11-26 10:00", "2026-11-30 10:00"),  # Thursday: Friday, Monday
        ("2026-11-27 10:00", "2026-12-01 10:00"),  # Friday: Monday, Tuesday
        ("2026-11-27 23:59:59", "2026-12-01 23:59:59"),
        ("2026-11-28 00:00", "2026-12-01 00:00"),  # Saturday, Sunday: Monday is the first, Tuesday the second
        ("2026-11-28 10:00", "2026-12-01 10:00"),
        ("2026-11-29 10:00", "2026-12-01 10:00"),
        ("2026-11-30 00:00", "2026-12-02 00:00"),
        ("2026-05-06 16:00", "2026-05-11 16:00"),  # over Friday 8 May: Thursday, Monday
        ("2026-05-08 16:00", "2026-05-12 16:00"),  # on a holiday: as on a weekend
        ("2026-12-30 09:00", "2027-01-04 09:00"),  # 31 December, then the first Monday of the year
    ],
)
def test_two_working_days_later_is_the_same_local_time(start: str, end: str) -> None:
    assert add_working_days(france(), at(start), 2) == at(end)


def test_one_working_day_before_a_holiday_and_on_it_and_after_it() -> None:
    assert add_working_days(france(), at("2026-07-13 10:00"), 1) == at("2026-07-15 10:00")
    assert add_working_days(france(), at("2026-07-14 10:00"), 1) == at("2026-07-15 10:00")
    assert add_working_days(france(), at("2026-07-15 10:00"), 1) == at("2026-07-16 10:00")


def test_no_working_days_later_is_the_start_even_on_a_weekend() -> None:
    assert add_working_days(france(), at("2026-11-28 10:00"), 0) == at("2026-11-28 10:00")


def test_the_local_time_is_kept_over_a_clock_change() -> None:
    assert add_working_days(france(), at("2026-03-27 10:00"), 2) == at("2026-03-31 10:00")
    assert add_working_days(france(), at("2026-10-23 10:00"), 2) == at("2026-10-27 10:00")


@pytest.mark.parametrize(
    ("time_of_day", "in_utc"),
    [
        ("01:59:59", "2026-03-29 00:59:59"),
        ("02:00:00", "2026-03-29 01:00:00"),
        ("02:30:00", "2026-03-29 01:30:00"),
        ("02:59:59", "2026-03-29 01:59:59"),
        ("03:00:00", "2026-03-29 01:00:00"),
    ],
)
def test_a_local_time_that_does_not_exist_moves_forward_by_what_was_skipped(time_of_day: str, in_utc: str) -> None:
    assert add_working_days(all_day(None), at(f"2026-03-27 {time_of_day}"), 2) == at(in_utc, "UTC")


@pytest.mark.parametrize(
    ("time_of_day", "in_utc"),
    [
        ("01:59:59", "2026-10-24 23:59:59"),
        ("02:00:00", "2026-10-25 00:00:00"),
        ("02:59:59", "2026-10-25 00:59:59"),
        ("03:00:00", "2026-10-25 02:00:00"),
    ],
)
def test_a_local_time_that_comes_twice_is_the_first(time_of_day: str, in_utc: str) -> None:
    assert add_working_days(all_day(None), at(f"2026-10-23 {time_of_day}"), 2) == at(in_utc, "UTC")


@pytest.mark.parametrize("second_time", [False, True])
def test_a_start_in_the_repeated_hour_counts_by_its_local_time(second_time: bool) -> None:
    start = at("2026-10-25 02:30", second_time=second_time)
    assert add_working_days(all_day(None), start, 1) == at("2026-10-26 02:30")


def test_a_start_in_the_repeated_hour_moves_forward_too_where_its_time_does_not_exist() -> None:
    start = at("2026-10-25 02:30", second_time=True)
    days_to_28_march = 154
    assert add_working_days(all_day(None), start, days_to_28_march) == at("2027-03-28 03:30")


def test_the_small_hours_of_a_night_make_no_working_day() -> None:
    week = dict.fromkeys(range(5), (("22:00", "06:00"),))
    calendar = Calendar(name="nights", zone="Europe/Paris", week=week)
    assert add_working_days(calendar, at("2026-11-26 23:00"), 2) == at("2026-11-30 23:00")


def test_the_local_date_counts_and_not_the_date_in_utc() -> None:
    reunion = Calendar(name="reunion", zone="Indian/Reunion", week=dict.fromkeys(range(5), (("08:00", "16:00"),)))
    friday_in_utc_saturday_on_site = datetime(2026, 11, 27, 21, tzinfo=UTC)
    assert add_working_days(reunion, friday_in_utc_saturday_on_site, 1) == at("2026-11-30 01:00", "Indian/Reunion")


# Around the clock


def test_a_continuous_calendar_is_open_at_every_instant() -> None:
    new_year = at("2027-01-01 03:00")
    assert is_open(continuous(), new_year)
    assert next_opening(continuous(), new_year) == new_year
    assert add(continuous(), new_year, 30 * MINUTE) == new_year + 30 * MINUTE
    assert between(continuous(), new_year, new_year + 30 * MINUTE) == 30 * MINUTE
    assert between(continuous(), new_year + HOUR, new_year) == -HOUR


def test_a_continuous_calendar_counts_real_hours_through_both_clock_changes() -> None:
    assert add(continuous(), at("2026-03-28 12:00"), 24 * HOUR) == at("2026-03-29 13:00")
    assert add(continuous(), at("2026-10-24 12:00"), 24 * HOUR) == at("2026-10-25 11:00")


def test_every_date_of_a_continuous_calendar_is_a_working_day() -> None:
    assert add_working_days(continuous(), at("2026-03-27 10:00"), 2) == at("2026-03-29 10:00")


# Instants


def test_instants_of_any_zone_are_taken_and_utc_is_given_back() -> None:
    start = datetime(2026, 11, 23, 17, 30, tzinfo=ZoneInfo("Europe/Paris"))
    for result in (
        next_opening(france(), start),
        next_opening(continuous(), start),
        add(france(), start, timedelta(0)),
        add(france(), start, HOUR),
        add(continuous(), start, HOUR),
        add_working_days(france(), start, 0),
        add_working_days(france(), start, 2),
    ):
        assert result.tzinfo is UTC
    assert between(france(), start, at("2026-11-23 18:00", "Europe/London")) == 30 * MINUTE


def test_the_second_of_two_equal_local_times_is_an_hour_later() -> None:
    paris = ZoneInfo("Europe/Paris")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=paris)
    assert between(continuous(), first, first.replace(fold=1)) == HOUR
    assert between(all_day(None), first, first.replace(fold=1)) == HOUR


@pytest.mark.parametrize("calendar", [france(), continuous()])
def test_a_naive_instant_is_refused(calendar: Calendar) -> None:
    naive, aware = datetime(2026, 11, 23, 12), at("2026-11-23 12:00")  # noqa: DTZ001 - the refused case
    with pytest.raises(ValueError, match="2026-11-23T12:00:00 is naive"):
        is_open(calendar, naive)
    with pytest.raises(ValueError, match="naive"):
        next_opening(calendar, naive)
    with pytest.raises(ValueError, match="naive"):
        add(calendar, naive, HOUR)
    with pytest.raises(ValueError, match="naive"):
        between(calendar, naive, aware)
    with pytest.raises(ValueError, match="naive"):
        between(calendar, aware, naive)
    with pytest.raises(ValueError, match="naive"):
        add_working_days(calendar, naive, 2)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1970, 1, 1, tzinfo=UTC) - TICK,
        datetime(2101, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=ZoneInfo("Europe/Paris")),
        datetime.max.replace(tzinfo=ZoneInfo("America/Martinique")),
    ],
)
def test_an_instant_whose_holidays_are_unknown_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="lies outside 1970 to 2100"):
        is_open(france(), moment)


@pytest.mark.parametrize("calendar", [france(), continuous()])
def test_a_negative_duration_is_refused(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="negative"):
        add(calendar, at("2026-11-23 12:00"), -TICK)
    with pytest.raises(ValueError, match="negative"):
        add_working_days(calendar, at("2026-11-23 12:00"), -1)


# Calendars that never open again


def one_weekday_closed_until(end: date) -> Calendar:
    """Open on Mondays, all of them listed as closings from 2026 to `end`."""
    first = date(2026, 1, 5)
    mondays = tuple(first + timedelta(weeks=n) for n in range((end - first).days // 7 + 1))
    return Calendar(name="Mondays", zone="Europe/Paris", week={0: (("09:00", "17:00"),)}, closings=mondays)


def test_a_calendar_that_never_opens_again_says_so_by_name() -> None:
    calendar = one_weekday_closed_until(date(2100, 12, 31))
    with pytest.raises(NeverOpens, match="calendar 'Mondays' does not open again"):
        next_opening(calendar, at("2026-11-23 12:00"))
    with pytest.raises(NeverOpens):
        add(calendar, at("2026-11-23 12:00"), TICK)
    with pytest.raises(NeverOpens):
        add_working_days(calendar, at("2026-11-23 12:00"), 1)


def test_a_calendar_that_never_opens_again_still_answers_what_needs_no_opening() -> None:
    calendar, start = one_weekday_closed_until(date(2100, 12, 31)), at("2026-11-23 12:00")
    assert not is_open(calendar, start)
    assert add(calendar, start, timedelta(0)) == start
    assert between(calendar, start, start + timedelta(days=700)) == timedelta(0)


def test_an_opening_years_away_is_found() -> None:
    calendar = one_weekday_closed_until(date(2036, 12, 31))
    assert next_opening(calendar, at("2026-11-23 12:00")) == at("2037-01-05 09:00")


@pytest.mark.parametrize("calendar", [france(), continuous()])
@pytest.mark.parametrize("duration", [timedelta(days=75 * 366), timedelta.max])
def test_more_open_time_than_2100_leaves_is_refused(calendar: Calendar, duration: timedelta) -> None:
    with pytest.raises(NeverOpens, match="before the end of 2100"):
        add(calendar, at("2026-11-23 12:00"), duration)


def test_more_working_days_than_2100_leaves_are_refused() -> None:
    with pytest.raises(NeverOpens):
        add_working_days(france(), at("2026-11-23 12:00"), 30_000)


# Calendars as policy data

POLICY = """{"name": "site", "zone": "Europe/Paris", "holidays": "FR-57",
             "closings": ["2026-12-31", "2026-12-24"],
             "week": {"0": [["08:30", "12:00"], ["13:30", "18:00"]], "4": [["22:00", "06:00"]]}}"""


def test_a_calendar_is_built_from_the_policys_json() -> None:
    calendar = Calendar.model_validate_json(POLICY)
    assert calendar.week == {0: (("08:30", "12:00"), ("13:30", "18:00")), 4: (("22:00", "06:00"),)}
    assert calendar.closings == (date(2026, 12, 24), date(2026, 12, 31))
    assert not calendar.continuous
    assert Calendar.model_validate(json.loads(POLICY)) == calendar
    assert Calendar.model_validate_json(calendar.model_dump_json()) == calendar


def test_equal_calendars_are_one_key() -> None:
    one, other = Calendar.model_validate_json(POLICY), Calendar.model_validate_json(POLICY)
    assert is_open(one, at("2026-11-23 12:00")) == is_open(other, at("2026-11-23 12:00"))
    assert {one: "found"}[other] == "found"


def test_a_calendar_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        france().name = "other"  # type: ignore[misc]


def test_a_changed_copy_has_its_own_hours() -> None:
    assert is_open(france(), at("2026-11-23 12:00"))
    mornings = france().model_copy(update={"week": {0: (("08:30", "12:00"),)}})
    assert not is_open(mornings, at("2026-11-23 12:00"))
    assert is_open(france(), at("2026-11-23 12:00"))


def test_a_changed_copy_is_validated() -> None:
    with pytest.raises(ValidationError, match="Europe/Pari' is not a known time zone"):
        france().model_copy(update={"zone": "Europe/Pari"})


MORNING, NOON = ["08:30", "12:00"], ["11:59", "14:00"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"zone": "Europe/Pari"}, "'Europe/Pari' is not a known time zone; write for example Europe/Paris"),
        ({"zone": "Europe"}, "'Europe' is not a known time zone"),
        ({"zone": "../etc"}, "'../etc' is not a known time zone"),
        ({"zone": ""}, "'' is not a known time zone"),
        ({"week": {}}, "the week has no opening: give some hours, or set continuous"),
        ({"week": {"0": []}}, "the week has no opening"),
        ({"week": {"7": [MORNING]}}, "day 7 of the week is unknown: 0 is Monday, 6 is Sunday"),
        ({"week": {"0": [["8:30", "12:00"]]}}, "Monday 8:30-12:00: '8:30' is not a time; write 08:30"),
        ({"week": {"1": [["08:30", "24:01"]]}}, "Tuesday 08:30-24:01: '24:01' is not a time"),
        ({"week": {"1": [["24:00", "06:00"]]}}, "'24:00' is not a time"),
        ({"week": {"1": [["08:30", "12:60"]]}}, "'12:60' is not a time"),
        ({"week": {"1": [["08:30", "12:00\n"]]}}, "is not a time"),
        ({"week": {"1": [["٠٨:30", "12:00"]]}}, "is not a time"),
        ({"week": {"0": [MORNING, NOON]}}, "Monday 08:30-12:00 overlaps Monday 11:59-14:00"),
        ({"week": {"0": [NOON, MORNING]}}, "Monday 08:30-12:00 overlaps Monday 11:59-14:00"),
        ({"week": {"0": [MORNING, MORNING]}}, "Monday 08:30-12:00 overlaps Monday 08:30-12:00"),
        (
            {"week": {"0": [["22:00", "06:00"]], "1": [["05:59", "07:00"]]}},
            "Monday 22:00-06:00 overlaps Tuesday 05:59-07:00",
        ),
        (
            {"week": {"6": [["22:00", "06:00"]], "0": [["05:59", "07:00"]]}},
            "Sunday 22:00-06:00 overlaps Monday 05:59-07:00",
        ),
        ({"holidays": "FR-GES"}, "no public holidays known for 'FR-GES': use one of FR, FR-57,"),
        ({"holidays": "DE"}, "no public holidays known for 'DE'"),
        ({"continuous": True}, "a continuous calendar never closes: give it no week, holidays or closings"),
        ({"continuous": True, "week": {}, "holidays": "FR"}, "a continuous calendar never closes"),
        (
            {"continuous": True, "week": {}, "closings": ["2026-12-24"]},
            "a continuous calendar never closes",
        ),
        ({"closings": ["24/12/2026"]}, "closings"),
        ({"holiday": "FR"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_calendar_is_refused_with_a_reason_one_can_read(change: dict[str, object], reason: str) -> None:
    data = {"name": "site", "zone": "Europe/Paris", "week": {"0": [MORNING]}} | change
    with pytest.raises(ValidationError) as refused:
        Calendar.model_validate_json(json.dumps(data))
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "week",
    [
        {"0": [["22:00", "06:00"]], "1": [["06:00", "07:00"]]},
        {"6": [["22:00", "06:00"]], "0": [["06:00", "07:00"]]},
        {"0": [["00:00", "24:00"]], "1": [["00:00", "00:00"]]},
        {"0": [["09:00", "09:00"]]},
    ],
)
def test_openings_that_only_touch_are_accepted(week: dict[str, list[list[str]]]) -> None:
    assert Calendar.model_validate({"name": "site", "zone": "Europe/Paris", "week": week}).week


def test_the_shipped_defaults_are_what_the_procedure_says() -> None:
    office = dict.fromkeys(range(5), (("08:30", "18:00"),))
    assert france() == Calendar(name="france", zone="Europe/Paris", week=office, holidays="FR")
    assert alsace_moselle() == Calendar(name="alsace-moselle", zone="Europe/Paris", week=office, holidays="FR-57")
    assert continuous() == Calendar(name="continuous", zone="Europe/Paris", continuous=True)
