"""docs/time.md says what the commands answer and what the policy promises: its examples are run, its table compared."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.time import app
from shared.durations import parse_duration
from shared.policy.file import read_policy
from shared.policy.model import Delay

PAGE = (Path(__file__).parents[3] / "docs" / "time.md").read_text("utf-8")
EXAMPLES = re.findall(r"^    \$ (.+)\n((?:    (?!\$).+\n)+)", PAGE, re.MULTILINE)


def answered(command: str) -> str:
    """What a command of the page prints: `sav time …`, alone or behind `echo … |`."""
    first, _, piped = command.partition(" | ")
    words = shlex.split(piped or first)
    assert words[:2] == ["sav", "time"], command
    result = CliRunner().invoke(app, words[2:], input=shlex.split(first)[1] + "\n" if piped else None)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_of_the_page_answers_what_the_page_says(command: str, output: str) -> None:
    assert answered(command) == re.sub(r"^    ", "", output, flags=re.MULTILINE)


def test_every_command_of_the_page_is_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("    $ ") >= 7


def test_the_table_of_delays_is_the_policy_s() -> None:
    table = PAGE.partition("<!-- delays -->\n")[2].partition("<!-- /delays -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]

    promised = [
        [tier, name, _read(one.take_charge), _read(one.on_site), _read(one.restored)]
        for tier, grid in read_policy().delays.items()
        for name, one in grid.items()
    ]

    assert [[tier, name, *map(_read_cell, cells)] for tier, name, *cells in rows] == promised


def _read(delay: Delay | None) -> tuple[timedelta, str]:
    assert delay is not None
    return delay.duration, delay.calendar


def _read_cell(cell: str) -> tuple[timedelta, str]:
    duration, calendar = cell.split()
    return parse_duration(duration), calendar
