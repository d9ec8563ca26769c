"""docs/time.md says what commands answer and the policy promises: examples run, tables compared, its pause played."""

from __future__ import annotations

import re
import shlex
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.time import app
from shared.durations import parse_duration
from shared.policy.file import read_policy
from shared.policy.model import Delay
from tests.unit.services.builders import replied
from tests.unit.services.dispatch.cases import Ticket, pause, taken
from tests.unit.services.harness import paris

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
    rows = _table("delays")[2:]
    promised = [
        [tier, name, _read(one.take_charge), _read(one.on_site), _read(one.restored)]
        for tier, grid in read_policy().delays.items()
        for name, one in grid.items()
    ]

    assert [[tier, name, *map(_read_cell, cells)] for tier, name, *cells in rows] == promised


def test_the_table_of_pauses_is_the_policy_s() -> None:
    head, _, *rows = _table("pauses")

    shown = {tier: {why: which for why, which in zip(head[1:], cells, strict=True) if which} for tier, *cells in rows}

    assert shown == {
        tier: {why: ", ".join(which) for why, which in reasons.items()}
        for tier, reasons in read_policy().pauses.items()
    }


def test_the_pause_of_the_page_is_dispatch_s() -> None:
    ticket = taken("standard", "standard", paris(2026, 11, 23, 10)).until(paris(2026, 11, 25, 16))
    paused = ticket.once(pause("waiting-for-customer"), at=paris(2026, 11, 25, 16))
    answered = replied(paris(2026, 11, 27, 11, 15))
    after = paused.once(answered, at=answered.received_at + timedelta(hours=3))

    assert [[name, _instants(ticket)[name], _instants(after)[name]] for name in _instants(ticket)] == [
        [name, *map(datetime.fromisoformat, cells)] for name, *cells in _table("pause")[2:]
    ]


def _instants(ticket: Ticket) -> dict[str, datetime]:
    held = ticket.state.clocks
    half, most = held["restored"].watch.warnings
    due: dict[str, datetime] = {name: clock.due_at for name, clock in held.items()}
    restored = due.pop("restored")
    return {**due, "restored, 50 %": half, "restored, 80 %": most, "restored": restored}


def _table(name: str) -> list[list[str]]:
    lines = PAGE.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _read(delay: Delay | None) -> tuple[timedelta, str]:
    assert delay is not None
    return delay.duration, delay.calendar


def _read_cell(cell: str) -> tuple[timedelta, str]:
    duration, calendar = cell.split()
    return parse_duration(duration), calendar
