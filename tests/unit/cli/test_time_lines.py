"""`sav time`: one answer a line, in order, exact to the second; a wrong line is answered and the stream goes on."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.time import app
from cli.time_lines import LARGEST_LINE_BYTES, Compute, add_line, answer_lines, between_line
from shared.policy.file import read_policy
from tests.requirements import requirement

CALENDARS = read_policy().calendars


def answers(compute: Compute, *lines: object) -> list[dict[str, str]]:
    """What is answered to these lines: JSON, or bytes as they are."""
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    out = io.BytesIO()
    answer_lines(compute, CALENDARS, io.BytesIO(raw), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def added(start: str, duration: str, calendar: str = "france") -> dict[str, str]:
    [answer] = answers(add_line, {"start": start, "duration": duration, "calendar": calendar})
    return answer


def counted(start: str, end: str, calendar: str = "france") -> dict[str, str]:
    [answer] = answers(between_line, {"start": start, "end": end, "calendar": calendar})
    return answer


@requirement("R3", "R10")
@pytest.mark.parametrize(
    ("start", "duration", "calendar", "end"),
    [
        ("2026-11-27T17:29:59+01:00", "PT30M", "france", "2026-11-27T16:59:59Z"),
        ("2026-11-27T17:30:00+01:00", "PT30M", "france", "2026-11-27T17:00:00Z"),  # exactly closing time
        ("2026-11-27T17:30:01+01:00", "PT30M", "france", "2026-11-30T07:30:01Z"),
        ("2026-11-28T03:00:00Z", "PT0S", "france", "2026-11-28T03:00:00Z"),  # zero: where it starts, closed or not
        ("2026-11-28T03:00:00Z", "PT1S", "france", "2026-11-30T07:30:01Z"),
        ("2026-11-23T08:30:00+01:00", "PT9H30M", "france", "2026-11-23T17:00:00Z"),
        ("2026-11-23T08:30:00+01:00", "P1D", "france", "2026-11-25T12:30:00Z"),  # 24 open hours: 9:30, 9:30, 5
        ("2026-11-23T08:30:00+01:00", "P1DT2H", "france", "2026-11-25T14:30:00Z"),
        ("2026-12-24T17:00:00+01:00", "PT2H", "france", "2026-12-28T08:30:00Z"),
        ("2026-04-02T17:00:00+02:00", "PT2H", "france", "2026-04-03T07:30:00Z"),
        ("2026-04-02T17:00:00+02:00", "PT2H", "alsace-moselle", "2026-04-07T07:30:00Z"),  # Good Friday
        ("2026-03-29T00:30:00Z", "PT1H", "continuous", "2026-03-29T01:30:00Z"),
        ("2026-10-25T00:30:00Z", "P1D", "continuous", "2026-10-26T00:30:00Z"),
        ("2026-03-27T17:00:00+01:00", "PT2H", "france", "2026-03-30T07:30:00Z"),  # the clock is put forward
        ("2026-10-23T17:00:00+02:00", "PT2H", "france", "2026-10-26T08:30:00Z"),  # and back
        ("2026-11-27T16:59:59.5Z", "PT0.5S", "france", "2026-11-27T17:00:00Z"),
        ("2026-11-27T16:59:59Z", "PT0.5S", "france", "2026-11-27T16:59:59.500000Z"),
    ],
)
def test_a_duration_is_added_in_open_time(start: str, duration: str, calendar: str, end: str) -> None:
    assert added(start, duration, calendar) == {"end": end}


@requirement("R10")
@pytest.mark.parametrize(
    ("start", "end", "calendar", "duration"),
    [
        ("2026-11-27T17:30:00+01:00", "2026-11-27T18:00:00+01:00", "france", "PT30M"),
        ("2026-11-27T17:30:00+01:00", "2026-11-30T08:30:00+01:00", "france", "PT30M"),
        ("2026-11-27T17:30:00+01:00", "2026-11-30T08:30:01+01:00", "france", "PT30M1S"),
        ("2026-11-28T10:00:00Z", "2026-11-29T10:00:00Z", "france", "PT0M"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", "france", "PT0M"),
        ("2026-11-23T00:00:00+01:00", "2026-11-24T00:00:00+01:00", "france", "PT570M"),
        ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "continuous", "PT1380M"),
        ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "continuous", "PT1500M"),
        ("2026-12-25T00:00:00+01:00", "2026-12-29T00:00:00+01:00", "alsace-moselle", "PT570M"),
        ("2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00", "france", "PT143640M"),  # 252 working days
    ],
)
def test_open_time_is_counted_in_minutes(start: str, end: str, calendar: str, duration: str) -> None:
    assert counted(start, end, calendar) == {"duration": duration}


GOOD: dict[str, Any] = {"start": "2026-11-23T10:00:00Z", "duration": "PT30M", "calendar": "france"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\n", "JSON"),
        (b"junk\n", "JSON"),
        (b"\xff\xfe\n", "JSON"),
        (b'{"start": "2026-11-23T10:00:00Z"\n', "JSON"),
        (b"[" * 50_000 + b"\n", "JSON"),
        (b"[]\n", "objet"),
        (b"null\n", "objet"),
        (b"7\n", "objet"),
        (b" " * LARGEST_LINE_BYTES + b"{}\n", "longue"),
        ({}, "calendar manque"),
        ({**GOOD, "calendar": None}, "calendar manque"),
        ({**GOOD, "calendar": "mars"}, "« mars » est inconnu"),
        ({**GOOD, "calendar": "France"}, "inconnu"),
        ({**GOOD, "start": ""}, "start manque"),
        ({**GOOD, "start": 1795428000}, "start manque"),
        ({**GOOD, "start": "hier"}, "pas un instant"),
        ({**GOOD, "start": "2026-02-29T10:00:00Z"}, "pas un instant"),
        ({**GOOD, "start": "2026-11-23T10:00:00"}, "pas de fuseau"),
        ({**GOOD, "start": "2026-11-23"}, "pas de fuseau"),
        ({**GOOD, "start": "1969-12-31T23:59:59Z"}, "1970 à 2100"),
        ({**GOOD, "start": "2101-01-01T00:00:00Z"}, "1970 à 2100"),
        ({**GOOD, "start": "0001-01-01T00:00:00+23:59"}, "1970 à 2100"),
        ({**GOOD, "start": "9999-12-31T23:59:59-23:59"}, "1970 à 2100"),
        ({**GOOD, "duration": None}, "duration manque"),
        ({**GOOD, "duration": 30}, "duration manque"),
        ({**GOOD, "duration": "30 min"}, "illisible"),
        ({**GOOD, "duration": "-PT30M"}, "négative"),
        ({**GOOD, "duration": "P1M"}, "mois"),
        ({**GOOD, "duration": "P36500D"}, "2100"),
        ({**GOOD, "duration": "P36500D", "calendar": "continuous"}, "2100"),
    ],
)
def test_a_wrong_line_is_answered_with_the_reason_and_the_stream_goes_on(line: object, reason: str) -> None:
    before, wrong, after = answers(add_line, GOOD, line, GOOD)

    assert set(wrong) == {"error"}
    assert reason in wrong["error"]
    assert before == after == {"end": "2026-11-23T10:30:00Z"}


def test_an_end_before_the_start_is_refused() -> None:
    assert "avant" in counted("2026-11-23T10:00:01Z", "2026-11-23T10:00:00Z")["error"]


def test_fields_that_nobody_asked_for_change_nothing() -> None:
    assert answers(add_line, {**GOOD, "id": 7, "note": {"a": []}}) == [{"end": "2026-11-23T10:30:00Z"}]


def test_the_last_line_needs_no_end_and_an_empty_stream_is_answered_by_nothing() -> None:
    assert answers(add_line, json.dumps(GOOD).encode()) == [{"end": "2026-11-23T10:30:00Z"}]
    assert answers(add_line) == []


class Wire(io.BytesIO):
    """Counts how often it was flushed."""

    flushed = 0

    def flush(self) -> None:
        self.flushed += 1


def test_every_answer_is_out_before_the_next_line_is_read() -> None:
    out, flushed_before = Wire(), []

    def lines() -> Any:
        for _ in range(3):
            flushed_before.append(out.flushed)
            yield json.dumps(GOOD).encode()

    answer_lines(add_line, CALENDARS, lines(), out)

    assert flushed_before == [0, 1, 2]


def test_the_command_reads_and_writes_streams() -> None:
    result = CliRunner().invoke(app, ["add", "--jsonl"], input=json.dumps(GOOD) + "\njunk\n")

    assert result.exit_code == 0
    assert [sorted(json.loads(line)) for line in result.stdout.splitlines()] == [["end"], ["error"]]


def test_one_deadline_is_shown_with_the_openings_that_it_was_counted_over() -> None:
    result = CliRunner().invoke(app, ["add", "2026-11-27T17:00:00+01:00", "PT2H30M"])

    assert result.exit_code == 0
    assert "2026-11-27 17:00:00+01:00 → 2026-11-27 18:00:00+01:00  PT60M" in result.stdout
    assert "2026-11-30 08:30:00+01:00 → 2026-11-30 10:00:00+01:00  PT90M" in result.stdout
    assert "end 2026-11-30T09:00:00Z" in result.stdout


@pytest.mark.parametrize("words", [["add"], ["between", "2026-11-27T17:00:00Z", "soon"], ["add", "2026", "PT1H"]])
def test_a_question_that_makes_no_sense_ends_with_2(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)

    assert result.exit_code == 2
    assert "sav time" in result.stderr
