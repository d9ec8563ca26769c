"""One promise to a customer, with everything needed to recompute it by hand. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.business_time import Calendar, add, segments

Standing = Literal["kept", "missed", "running", "void"]
"""`void`: what it was about did not become necessary, or was overtaken."""


Stretches = tuple[tuple[datetime, datetime], ...]
Counted = tuple[datetime, Stretches]
"""The end of a delay, and what was counted up to it."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline as it was announced, and as it comes out again."""

    name: str
    """In French, as an operator calls it."""
    requirement: str
    because: str
    """In French: from what it runs, and by which rule."""
    start: datetime
    computed: datetime
    announced: datetime
    policy: str
    calendar: str
    """Its name in the policy; empty where the clock on the wall counts."""
    counted: Stretches
    """The stretches of time that were counted; their sum is the delay."""
    happened: datetime | None = None
    standing: Standing = "running"

    @property
    def agrees(self) -> bool:
        """Whether what was announced is what comes out."""
        return self.computed == self.announced

    @property
    def delay(self) -> timedelta:
        """The sum of what was counted."""
        return sum((end - start for start, end in self.counted), timedelta(0))


def counted_on(calendar: Calendar, start: datetime, duration: timedelta) -> Counted:
    """Return the end of a delay on a calendar, and the open stretches up to it (UTC)."""
    end = add(calendar, start, duration)
    return end, tuple(segments(calendar, start, end))


def on_the_wall(start: datetime, duration: timedelta) -> Counted:
    """Return the same of a delay on the clock on the wall."""
    return start + duration, ((start, start + duration),)


def standing_of(happened: datetime | None, by: datetime, now: datetime, *, needed: bool = True) -> Standing:
    """Tell how a promise stands: exactly at its instant it is kept."""
    if happened is not None:
        return "kept" if happened <= by else "missed"
    if not needed:
        return "void"
    return "missed" if now > by else "running"
