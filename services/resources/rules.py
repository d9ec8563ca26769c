"""The predicates of stocks and agendas. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.business_time import Calendar, add, next_opening

Slot = tuple[datetime, datetime]

STRETCHES = 15
"""Opening intervals tried in vain from their very beginning: a week of mornings and afternoons, and then some. What
fits none of them fits none at all."""


def free_quantity(received: int, reserved: Iterable[int]) -> int:
    """Return how many of a part can still be promised (R11)."""
    return received - sum(reserved)


def first_free_slot(
    calendar: Calendar, busy: Iterable[Slot], earliest: datetime, duration: timedelta
) -> datetime | None:
    """Return the first start, not before `earliest`, of an unbroken stretch of working time that meets nothing (R10).

    None where no stretch of the calendar is that long.
    """
    start, taken, in_vain = next_opening(calendar, earliest), sorted(busy), 0
    while in_vain < STRETCHES:
        meets = next((end for begin, end in taken if begin < start + duration and end > start), None)
        if add(calendar, start, duration) != start + duration:
            start, in_vain = next_opening(calendar, _closing(calendar, start, duration)), in_vain + 1
        elif meets is not None:
            start, in_vain = next_opening(calendar, meets), 0
        else:
            return start
    return None


_GRAIN = timedelta(milliseconds=1)
"""The grain of an instant: a coarser one would stop short of closing time and never leave the day."""


def _closing(calendar: Calendar, start: datetime, duration: timedelta) -> datetime:
    """Return when the opening interval that `start` lies in ends, known to be before `start + duration`."""
    least, most = 0, int(duration / _GRAIN) + 1
    while most - least > 1:
        middle = (least + most) // 2
        fits = add(calendar, start, middle * _GRAIN) == start + middle * _GRAIN
        least, most = (middle, most) if fits else (least, middle)
    return start + least * _GRAIN
