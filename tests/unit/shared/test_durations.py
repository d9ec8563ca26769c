"""ISO 8601 durations both ways: what is read, what is refused and why, and that nothing is rounded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.durations import LONGEST_TEXT, NotADuration, in_minutes, in_words, parse_duration

MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT30M", timedelta(minutes=30)),
        ("PT9H30M", timedelta(hours=9, minutes=30)),
        ("P1DT2H", timedelta(hours=26)),
        ("P1D", timedelta(hours=24)),
        ("P2W", timedelta(days=14)),
        ("P1W2DT3H4M5S", timedelta(days=9, hours=3, minutes=4, seconds=5)),
        ("PT0S", timedelta(0)),
        ("P0D", timedelta(0)),
        ("PT570M", timedelta(minutes=570)),
        ("PT1.5H", timedelta(minutes=90)),
        ("PT1,5H", timedelta(minutes=90)),
        ("PT0.000001S", MICROSECOND),
        ("PT1H0.5M", timedelta(minutes=60, seconds=30)),
        ("P" + "0" * (LONGEST_TEXT - 3) + "1D", timedelta(days=1)),
    ],
)
def test_a_duration_is_read_with_days_of_24_hours(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "illisible"),
        ("P", "illisible"),
        ("PT", "illisible"),
        ("P1DT", "illisible"),
        ("PT1", "illisible"),
        ("T30M", "illisible"),
        ("30M", "illisible"),
        ("pt30m", "illisible"),
        ("PT30M ", "illisible"),
        ("PT30M\n", "illisible"),
        ("PT1M1H", "illisible"),
        ("P1H", "illisible"),
        ("PT1D", "illisible"),
        ("PT.5H", "illisible"),
        ("PT١H", "illisible"),
        ("P" + "0" * (LONGEST_TEXT - 2) + "1D", "illisible"),
        ("-PT30M", "négative"),
        ("P-1D", "illisible"),
        ("P1Y", "années"),
        ("P1M", "mois"),
        ("P1Y2M", "mois"),
        ("P1.5DT1H", "décimales"),
        ("PT0.0000001S", "microseconde"),
        ("P9999999999999D", "longue"),
    ],
)
def test_what_has_no_one_length_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NotADuration, match=reason):
        parse_duration(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "PT0M"),
        (timedelta(minutes=30), "PT30M"),
        (timedelta(hours=9, minutes=30), "PT570M"),
        (timedelta(days=1), "PT1440M"),
        (timedelta(minutes=1) - MICROSECOND, "PT0M59.999999S"),
        (timedelta(minutes=1), "PT1M"),
        (timedelta(minutes=1) + MICROSECOND, "PT1M0.000001S"),
        (timedelta(minutes=59, seconds=59, milliseconds=250), "PT59M59.25S"),
    ],
)
def test_a_length_is_told_in_minutes_and_what_is_left_over_in_seconds(length: timedelta, text: str) -> None:
    assert in_minutes(length) == text


def test_a_negative_length_is_not_told() -> None:
    with pytest.raises(ValueError, match="negative"):
        in_minutes(-MICROSECOND)


@given(st.timedeltas(timedelta(0), timedelta(days=50_000)))
def test_what_was_told_in_minutes_is_read_back_to_the_microsecond(length: timedelta) -> None:
    assert parse_duration(in_minutes(length)) == length


@given(st.text(alphabet="P0T1D.,HMSWY-9 ", max_size=20))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        length = parse_duration(text)
    except NotADuration:
        return
    assert length >= timedelta(0)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=30), "30 minutes"),
        (timedelta(hours=1), "1 heure"),
        (timedelta(hours=9, minutes=5), "9 h 05"),
        (timedelta(hours=23, minutes=59), "23 h 59"),
        (timedelta(days=1), "1 jour (24 heures)"),
        (timedelta(days=5), "5 jours (120 heures)"),
        (timedelta(hours=28, minutes=30), "28 h 30"),
        (timedelta(seconds=1.5), "1,5 s"),
        (timedelta(minutes=2, seconds=5), "2 min 5 s"),
        (timedelta(hours=2, seconds=5), "2 h 00 min 5 s"),
        (-timedelta(hours=2), "moins 2 heures"),
    ],
)
def test_a_length_is_said_as_a_french_reader_says_it(length: timedelta, words: str) -> None:
    assert in_words(length) == words
