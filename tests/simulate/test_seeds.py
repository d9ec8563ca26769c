"""A handful of seeds in every run of the tests: clean, and with something to show for it."""

from __future__ import annotations

import pytest

from simulate.faults import KINDS
from simulate.many import replay_line
from simulate.run import Asked, Result, simulate


def told(result: Result) -> str:
    lines = [f"{breach.promise}: {breach.ticket}: {breach.sentence}" for breach in result.breaches]
    return "\n".join([replay_line(result.asked), *lines, *result.story])


def test_without_faults_every_ticket_is_closed_and_surveyed_and_no_promise_is_broken() -> None:
    result = simulate(Asked(seed=1, tickets=4, faults=()))

    assert result.clean, told(result)
    assert result.seen["event: survey.survey-invited"] >= 4
    assert result.checked["I18 every ticket is closed in the end"] == 4


@pytest.mark.parametrize("seed", [1, 3, 5, 7])
def test_under_a_random_half_of_all_faults_no_promise_is_broken(seed: int) -> None:
    result = simulate(Asked(seed=seed, tickets=4))

    assert result.clean, told(result)
    assert sum(count for name, count in result.seen.items() if name.startswith("fault:")) > 10


def test_under_every_fault_at_once_no_promise_is_broken() -> None:
    result = simulate(Asked(seed=2, tickets=3, faults=KINDS, swarm=False))

    assert result.clean, told(result)
    assert result.kinds == KINDS
