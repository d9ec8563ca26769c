"""The labelled sets, as a guard against going back: the grid and weights have seen them, so that these are no measure.

What was measured on messages that nobody had looked at is told in docs/triage.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.triage.batch import classify_json
from services.triage.grid_file import read_grid
from tests.requirements import requirement

SETS = sorted((Path(__file__).parents[3] / "triage_sets").glob("*.jsonl"))
GRID = read_grid()
MAY_BE_RAISED = 0.2  # of a set that rules were mended with: hardly any by a rule, the rest by cautious thresholds
MAY_BE_RAISED_UNSEEN_BY_RULES = 0.36  # of a set that taught the weights alone: half of it is plain rules, never weighed
UNMENDED = {
    name
    for name, one in json.loads((SETS[0].parent / "first_groups.json").read_text(encoding="utf-8")).items()
    if one["grille"] == GRID.version
}
"""Sets that today's rules had not seen when they read them first, and were not mended with."""
VISIBLE = ("id", "channel", "subject", "text", "form", "contract")


@requirement("R5", "R8")
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_no_critical_message_of_a_set_is_missed_and_few_others_are_raised(path: Path) -> None:
    messages: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    given = {one["id"]: classify_json({k: one[k] for k in VISIBLE if k in one}, GRID) for one in messages}

    missed = [one["id"] for one in messages if one["gold"] == "critique" != given[one["id"]]["criticality"]]
    low = [one["id"] for one in messages if "critique" not in one["acceptable"]]
    raised = [name for name in low if given[name]["criticality"] == "critique"]
    assert missed == []
    limit = MAY_BE_RAISED_UNSEEN_BY_RULES if path.stem in UNMENDED else MAY_BE_RAISED
    assert len(raised) <= limit * len(low), raised
