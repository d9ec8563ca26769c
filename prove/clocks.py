"""One promise to a customer, with everything needed to recompute it by hand. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal

from shared.business_time import Calendar, add, between, segments
from shared.events.dispatch import PauseReason

Standing = Literal["kept", "missed", "running", "paused", "void"]
"""`paused`: it stands still until the customer answers. `void`: what it was about did not become necessary, or was
overtaken."""


Stretches = tuple[tuple[datetime, datetime], ...]
Counted = tuple[datetime, Stretches]
"""The end of a delay, and what was counted up to it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count, because the contract says so."""

    number: int
    reason: PauseReason
    """As the event names it."""
    start: datetime
    end: datetime | None = None
    """None: it goes on."""
    ended_by: str = ""
    """As the event names it."""
    counts_from: datetime | None = None
    """From when on a delay was left over: its beginning, or a raise within it that started the clock (R7)."""

    def moved(self, at: datetime, calendar: Calendar) -> datetime:
        """Return an instant of a clock after this pause: what was left of it runs on from the pause's end."""
        if self.end is None or self.counts_from is None or at <= self.counts_from:
            return at
        return add(calendar, self.end, between(calendar, self.counts_from, at))


@dataclass(frozen=True, slots=True)
class Warned:
    """One step before a promise is missed: when it is due by the policy's share, and when the event says it is."""

    computed: datetime | None
    announced: datetime | None


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
    pauses: tuple[Pause, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether what was announced is what comes out, its warnings too."""
        return self.computed == self.announced and all(one.computed == one.announced for one in self.warnings)

    @property
    def delay(self) -> timedelta:
        """The sum of what was counted."""
        return sum((end - start for start, end in self.counted), timedelta(0))

    @property
    def since(self) -> datetime:
        """From when on it counts: its start, or the end of its last pause."""
        ends = [one.end for one in self.pauses if one.end is not None]
        return max([self.start, *ends])

    def moved(self, at: datetime, calendar: Calendar) -> datetime:
        """Return where its pauses move an instant that was counted without them."""
        for pause in self.pauses:
            at = pause.moved(at, calendar)
        return at

    def with_warnings(self, computed: tuple[datetime, ...], announced: tuple[datetime, ...]) -> Clock:
        """Return it with its warnings as they come out, beside what was announced."""
        return replace(self, warnings=tuple(Warned(*pair) for pair in zip_longest(computed, announced)))

    @property
    def warned_at(self) -> tuple[datetime, ...]:
        """Its warnings as they come out."""
        return tuple(one.computed for one in self.warnings if one.computed is not None)


def counted_on(calendar: Calendar, start: datetime, duration: timedelta) -> Counted:
    """Return the end of a delay on a calendar, and the open stretches up to it (UTC)."""
    end = add(calendar, start, duration)
    return end, tuple(segments(calendar, start, end))


def on_the_wall(start: datetime, duration: timedelta) -> Counted:
    """Return the same of a delay on the clock on the wall."""
    return start + duration, ((start, start + duration),)


def resumed(clock: Clock, calendar: Calendar, pause: Pause, end: datetime) -> Clock:
    """Return a clock after a pause: what was left when it began runs on from its end; what was over then stays."""
    begun = max(pause.start, clock.since)
    over = replace(pause, end=end, counts_from=begun)
    computed = over.moved(clock.computed, calendar)
    before = tuple((first, min(last, begun)) for first, last in clock.counted if first < begun)
    warnings = tuple(over.moved(at, calendar) for at in clock.warned_at)
    return replace(
        clock,
        computed=computed,
        counted=(*before, *segments(calendar, end, computed)) if clock.computed > begun else clock.counted,
        pauses=(*clock.pauses, over),
    ).with_warnings(warnings, ())


def standing_of(happened: datetime | None, by: datetime, now: datetime, *, needed: bool = True) -> Standing:
    """Tell how a promise stands: exactly at its instant it is kept."""
    if happened is not None:
        return "kept" if happened <= by else "missed"
    if not needed:
        return "void"
    return "missed" if now > by else "running"
