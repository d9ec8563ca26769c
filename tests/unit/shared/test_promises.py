"""R4, R7 and R10: what a contract promises for a class, as instants and in French."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.events.base import Criticality, Tier
from shared.events.intake import Contract
from shared.policy.model import Delay
from shared.promises import end_of, in_french, promise, site_calendar
from tests.requirements import requirement
from tests.unit.services.harness import DAY, HOUR, POLICY, paris

MONDAY = paris(2026, 11, 23, 10, 0)
OPENING = Delay(duration=timedelta(hours=4), calendar="france")


def under(tier: Tier = "premium", calendar: str = "france") -> Contract:
    return Contract(tier=tier, calendar=calendar)


@requirement("R4", "R10")
@pytest.mark.parametrize(
    ("tier", "criticality", "charge", "on_site"),
    [
        ("premium", "critique", paris(2026, 11, 23, 11, 0), paris(2026, 11, 23, 14, 0)),
        ("premium", "standard", paris(2026, 11, 23, 14, 0), paris(2026, 11, 25, 10, 0)),
        ("premium", "informatif", paris(2026, 11, 24, 10, 0), paris(2026, 11, 30, 10, 0)),
        ("standard", "critique", paris(2026, 11, 23, 12, 0), paris(2026, 11, 24, 10, 0)),
        ("standard", "standard", paris(2026, 11, 24, 10, 0), paris(2026, 11, 26, 10, 0)),
        ("none", "critique", paris(2026, 11, 23, 14, 0), paris(2026, 11, 25, 10, 0)),
        ("none", "informatif", paris(2026, 11, 26, 10, 0), paris(2026, 12, 7, 10, 0)),
    ],
)
def test_each_contract_promises_its_own_delays(
    tier: Tier, criticality: Criticality, charge: datetime, on_site: datetime
) -> None:
    stated = promise(POLICY, under(tier), criticality, MONDAY)

    assert (stated.criticality, stated.take_charge_by, stated.on_site_by) == (criticality, charge, on_site)


@requirement("R4", "R5")
@pytest.mark.parametrize("tier", ["premium", "standard", "none"])
@pytest.mark.parametrize("at", [MONDAY, paris(2026, 11, 27, 17, 59, 59), paris(2026, 12, 25, 3, 0)])
def test_a_higher_class_is_never_promised_for_later(tier: Tier, at: datetime) -> None:
    critique, standard, informatif = (
        promise(POLICY, under(tier), one, at) for one in ("critique", "standard", "informatif")
    )

    assert critique.take_charge_by <= standard.take_charge_by <= informatif.take_charge_by
    assert critique.on_site_by <= standard.on_site_by <= informatif.on_site_by


@requirement("R1", "R10")
def test_a_premium_contract_s_critique_runs_on_the_clock_at_any_hour() -> None:
    night = paris(2026, 12, 25, 3, 0)

    stated = promise(POLICY, under("premium"), "critique", night)

    assert (stated.take_charge_by, stated.on_site_by) == (night + HOUR, night + 4 * HOUR)


@requirement("R10")
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (paris(2026, 11, 23, 13, 59, 59), paris(2026, 11, 23, 17, 59, 59)),
        (paris(2026, 11, 23, 14, 0, 0), paris(2026, 11, 23, 18, 0, 0)),
        (paris(2026, 11, 23, 14, 0, 1), paris(2026, 11, 24, 8, 30, 1)),
        (paris(2026, 11, 27, 18, 0), paris(2026, 11, 30, 12, 30)),
    ],
)
def test_a_delay_in_opening_hours_stands_still_while_the_site_is_closed(start: datetime, end: datetime) -> None:
    assert end_of(POLICY, under(), OPENING, start) == end


@requirement("R10")
def test_a_delay_in_opening_hours_is_counted_in_the_site_s_own_calendar() -> None:
    christmas_eve = paris(2026, 12, 24, 16, 0)  # the 26th, a Saturday, changes nothing; a continuous site never closes

    assert end_of(POLICY, under(calendar="france"), OPENING, christmas_eve) == paris(2026, 12, 28, 10, 30)
    assert end_of(POLICY, under(calendar="continuous"), OPENING, christmas_eve) == christmas_eve + 4 * HOUR
    good_friday = paris(2026, 4, 2, 16, 0)
    assert end_of(POLICY, under(calendar="alsace-moselle"), OPENING, good_friday) == paris(2026, 4, 7, 10, 30)


EVE_OF_MAY = paris(2026, 4, 30, 17, 0)
"""An hour before closing; the 1st of May is a Friday."""


@requirement("R4", "R10")
@pytest.mark.parametrize(
    ("start", "calendar", "end"),
    [
        (EVE_OF_MAY, "france", paris(2026, 5, 4, 11, 30)),
        (EVE_OF_MAY, "alsace-moselle", paris(2026, 5, 4, 11, 30)),
        (paris(2026, 4, 2, 17, 0), "france", paris(2026, 4, 3, 11, 30)),  # Good Friday, open
        (paris(2026, 4, 2, 17, 0), "alsace-moselle", paris(2026, 4, 7, 11, 30)),  # closed, and then Easter Monday
        (paris(2026, 7, 13, 17, 0), "france", paris(2026, 7, 15, 11, 30)),
        (paris(2028, 12, 22, 17, 0), "france", paris(2028, 12, 26, 11, 30)),
        (paris(2028, 12, 22, 17, 0), "alsace-moselle", paris(2028, 12, 27, 11, 30)),  # the 26th, a Tuesday
        (
            paris(2026, 3, 27, 17, 0),
            "france",
            paris(2026, 3, 30, 11, 30),
        ),  # over the clock changes: the same on the wall
        (paris(2026, 10, 23, 17, 0), "france", paris(2026, 10, 26, 11, 30)),
    ],
)
def test_four_hours_on_the_eve_of_a_holiday_end_after_it_as_the_site_keeps_it(
    start: datetime, calendar: str, end: datetime
) -> None:
    assert end_of(POLICY, under(calendar=calendar), OPENING, start) == end


@requirement("R4", "R10")
@pytest.mark.parametrize(
    "night",
    [paris(2026, 3, 29, 1, 30), paris(2026, 10, 25, 2, 30), paris(2026, 10, 25, 2, 30) + HOUR, paris(2026, 5, 1, 3, 0)],
)
def test_on_call_hours_are_hours_of_the_clock_in_both_change_nights_and_on_holidays(night: datetime) -> None:
    stated = promise(POLICY, under("premium", "alsace-moselle"), "critique", night)

    assert (stated.take_charge_by, stated.on_site_by) == (night + HOUR, night + 4 * HOUR)


@requirement("R10")
def test_a_site_whose_calendar_is_unknown_has_the_company_s() -> None:
    assert site_calendar(POLICY, under(calendar="of another planet")) == POLICY.calendars["france"]


@requirement("R4")
@pytest.mark.parametrize(
    ("at", "words"),
    [
        (paris(2026, 11, 24, 10, 30), "mardi 24 novembre à 10 h 30"),
        (paris(2026, 12, 1, 8, 5), "mardi 1er décembre à 8 h 05"),
        (paris(2026, 2, 28, 0, 0), "samedi 28 février à 0 h 00"),
        (paris(2026, 8, 31, 23, 59, 59), "lundi 31 août à 23 h 59"),
        (paris(2026, 8, 31, 23, 59, 59) + timedelta(seconds=1), "mardi 1er septembre à 0 h 00"),
    ],
)
def test_an_instant_is_told_as_the_customer_s_clock_shows_it(at: datetime, words: str) -> None:
    assert in_french(at, "Europe/Paris") == words


@requirement("R4")
def test_the_promise_is_told_in_words_with_both_instants() -> None:
    stated = promise(POLICY, under(), "standard", MONDAY)

    assert "lundi 23 novembre à 14 h 00" in stated.in_words
    assert "mercredi 25 novembre à 10 h 00" in stated.in_words


@requirement("R7")
def test_a_promise_depends_on_its_start_alone() -> None:
    assert promise(POLICY, under(), "critique", MONDAY + DAY) == promise(POLICY, under(), "critique", MONDAY + DAY)
    assert promise(POLICY, under(), "critique", MONDAY + DAY).take_charge_by == MONDAY + DAY + HOUR
