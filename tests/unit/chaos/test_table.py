"""The table of rows says what happened, and never says kept of what it has not shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from audit.invariants import INVARIANTS
from audit.report import report_of
from tests.chaos.table import ROWS, Played, as_text, unexercised
from tests.unit.audit.lives import all_lives
from tests.unit.audit.story import Story

PAPER = Path(__file__).parents[3] / "docs" / "chaos.md"
ROW = replace(ROWS[0], id="F0", budget=10.0, watch="I1 I24")


def played(seconds: float = 10.0, error: str = "", story: Story | None = None) -> Played:
    return Played(ROW, "ce qui s'est passé", error, seconds, 1.0, report_of((story or all_lives()).history()))


def test_every_row_has_a_fault_a_budget_and_invariants_that_are_known() -> None:
    known = {one.id for one in INVARIANTS}

    assert len({row.id for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.fault, row.id
        assert row.budget > 0
        assert row.watch.split(), row.id
        assert set(row.watch.split()) <= known, row.id


def test_the_paper_names_every_row() -> None:
    told = set(re.findall(r"\bF\d+\b", "\n".join(re.findall(r"^\| (F[^|]*) \|", PAPER.read_text(), re.MULTILINE))))

    assert told == {row.id.partition("-")[0] for row in ROWS}


def test_a_row_is_kept_within_its_budget_and_told_apart_beyond_it() -> None:
    assert played(10.0).verdict == "tenu"
    assert played(10.001).verdict == "tenu, hors budget"
    assert played(10.001).good


def test_a_row_with_an_error_is_broken_and_the_table_says_why() -> None:
    broken = played(error="2 violations stand")

    assert not broken.good
    assert broken.verdict == "ROMPU"
    assert "F0: 2 violations stand" in as_text([broken])
    assert as_text([broken, played()]).endswith("chaos: 2 lignes, 1 tenues, 1 rompues")


def test_what_no_check_had_an_instance_of_is_named() -> None:
    assert unexercised(ROW, report_of(all_lives().history())) == []
    assert unexercised(ROW, report_of(Story().history())) == ["I1", "I24"]


def test_violations_that_a_fault_is_known_to_leave_are_counted_apart() -> None:
    story = all_lives()
    story.raw("sav.closure", b"{}")

    row = replace(played(story=story), expected=frozenset({"readable"}))

    audit = row.as_dict()["audit"]
    assert isinstance(audit, dict)
    assert (audit["violations"], audit["known_violations"]) == (0, 1)
    json.dumps(row.as_dict())
