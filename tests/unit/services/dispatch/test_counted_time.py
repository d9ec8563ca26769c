"""Whatever the pauses, the open time that a clock counted until it falls due is the delay of the contract (R10)."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.business_time import between
from shared.events.base import Criticality
from shared.events.dispatch import PromiseName
from shared.policy.model import Delay
from tests.requirements import requirement
from tests.unit.services.builders import CLASSES
from tests.unit.services.dispatch.cases import RESUME, pause, taken
from tests.unit.services.harness import MINUTE, POLICY, SECOND, paris

FIRST = paris(2026, 3, 23, 0, 0)
"""A week before the clocks are put forward, two before Easter."""
WITHIN = 21 * 24 * 3600
"""Seconds of the three weeks that reports and pauses lie in; the longest delay takes four."""
Pause = tuple[datetime, datetime]


@st.composite
def lives(draw: st.DrawFn) -> tuple[datetime, list[Pause]]:
    """When it was reported, and up to four pauses one after another."""
    instants = draw(st.lists(st.integers(3600, WITHIN), min_size=0, max_size=8, unique=True))
    instants = sorted(instants)[: len(instants) // 2 * 2]
    start = FIRST + draw(st.integers(0, 7 * 24 * 60)) * MINUTE
    at = [start + one * SECOND for one in instants]
    return start, list(zip(at[::2], at[1::2], strict=True))


def ran(calendar: str, start: datetime, end: datetime, pauses: list[Pause]) -> timedelta:
    """The open time from start to end outside the pauses."""
    counting = POLICY.calendars[calendar]
    stood_still = [between(counting, paused, min(resumed, end)) for paused, resumed in pauses if paused < end]
    return between(counting, start, end) - sum(stood_still, timedelta())


@requirement("R10")
@settings(max_examples=60, deadline=None)
@given(lives(), st.sampled_from(CLASSES))
def test_the_open_time_that_a_clock_counts_is_its_delay_whatever_the_pauses(
    life: tuple[datetime, list[Pause]], criticality: Criticality
) -> None:
    reported, pauses = life
    ticket = taken(criticality, "none", reported)
    for paused, resumed in pauses:
        ticket = ticket.once(pause(), at=paused).once(RESUME, at=resumed)

    delays = POLICY.delays["none"][criticality]
    promised: dict[PromiseName, Delay | None] = {"on-site": delays.on_site, "restored": delays.restored}
    for name, delay in promised.items():
        clock = ticket.state.clocks[name]
        assert delay is not None
        assert ran(delay.calendar, reported, clock.due_at, pauses) == delay.duration
        for step, at in zip(POLICY.dispatch.warnings, clock.watch.warnings, strict=True):
            assert ran(delay.calendar, reported, at, pauses) == delay.duration * step.share
