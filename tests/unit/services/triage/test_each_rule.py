"""Each rule of the grid speaks where it should and is silent close by (R5, R6)."""

from __future__ import annotations

import pytest

from services.triage.grid_file import read_grid_alone
from services.triage.signals import Reading
from services.triage.text import read
from tests.requirements import requirement
from tests.unit.services.triage.examples import EXAMPLES

GRID = read_grid_alone()


def speaking(text: str) -> set[str]:
    return {hit.rule.id for hit in Reading(read(text, GRID.abbreviations), GRID).hits()}


@requirement("R5", "R6")
@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_speaks_in_its_example_and_not_in_the_one_beside_it(rule: str) -> None:
    speaks, silent = EXAMPLES[rule]

    assert rule in speaking(speaks)
    assert rule not in speaking(silent)


def test_every_rule_that_speaks_by_words_has_its_examples() -> None:
    assert {rule.id for rule in GRID.rules if rule.fact is None} == EXAMPLES.keys()
