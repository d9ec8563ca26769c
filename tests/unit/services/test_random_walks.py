"""Random histories of a stage: whatever is said, in whatever order, there is an outcome and it can be gone on with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.decider import Due, Happened
from shared.events.catalogue import EVENTS
from tests.unit.services.builders import MONDAY
from tests.unit.services.everything import CASES, STAGES, messages
from tests.unit.services.harness import DAY, HOUR, Said

STEPS = 40
"""Long enough to open, resolve, remind, close and reopen a ticket; a walk of them takes some milliseconds."""
WALKS = 60
"""Per stage and run; the same ones each run, so that a failure is nobody's bad luck."""
SAID: dict[str, list[Said]] = {stage: [one for one in messages(stage) if not isinstance(one, Due)] for stage in STAGES}


@pytest.mark.parametrize("stage", STAGES)
@settings(
    max_examples=WALKS, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_random_history_never_ends_in_an_exception(stage: str, data: st.DataObject) -> None:
    ticket, at = CASES[stage][next(iter(CASES[stage]))], MONDAY
    steps = st.tuples(st.integers(-3, len(SAID[stage]) - 1), st.sampled_from([timedelta(), HOUR, DAY]))

    for step, passed in data.draw(st.lists(steps, max_size=STEPS)):
        at += passed
        due = sorted((instant, kind) for kind, instant in ticket.armed().items() if instant <= at)
        outcome = ticket.when_due(due[0][1], at=at) if step < 0 and due else ticket.when(SAID[stage][step], at=at)
        if isinstance(outcome, Happened):
            assert all(EVENTS[event.type_name].owner == stage for event in outcome.events)
            ticket = ticket.given(*outcome.events)
