"""The predicates of stocks and agendas. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.business_time import Calendar, add, next_opening

Slot = tuple[datetime, datetime]

LOOKS = 10_000
"""Slots tried before an agenda says no: some years of half days, far beyond any promise."""


def free_quantity(received: int, reserved: Iterable[int]) -> int:
    """Return how many of a part can still be promised (R11)."""
    return received - sum(reserved)


def first_free_slot(
    calendar: Calendar, busy: Iterable[Slot], earliest: datetime, duration: timedelta
) -> datetime | None:
    """Return the first start, not before `earliest`, of an unbroken stretch of working time that meets nothing (R10)."""
    start, taken = next_opening(calendar, earliest), sorted(busy)
    for _ in range(LOOKS):
        meets = next((end for begin, end in taken if begin < start + duration and end > start), None)
        if meets is not None:
            start = next_opening(calendar, meets)
        elif add(calendar, start, duration) != start + duration:
            # The day ends in the middle of it: try from the next opening.
            start = next_opening(calendar, add(calendar, start, duration) - _SECOND)
            start = _opening_of(calendar, start)
        else:
            return start
    return None


_SECOND = timedelta(seconds=1)
_STEP = timedelta(minutes=1)


def _opening_of(calendar: Calendar, at: datetime) -> datetime:
    """Return the start of the opening interval that `at` lies in."""
    closed = at
    while next_opening(calendar, closed) == closed:
        closed -= _STEP
    return next_opening(calendar, closed)
