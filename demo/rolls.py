"""Chance without chance: numbers that depend on a name alone, so that the demonstration repeats itself exactly.

Called by the people and the handling of the demonstration. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


def roll(name: str, about: str, sides: int) -> int:
    """Return a number from 0 to `sides` - 1, always the same for this name and what it is about."""
    return int.from_bytes(hashlib.sha256(f"{name}|{about}".encode()).digest()[:8]) % sides


def pick(name: str, about: str, choices: Sequence[T]) -> T:
    """Return one of `choices`."""
    return choices[roll(name, about, len(choices))]


def by_share(name: str, about: str, shares: Mapping[T, int]) -> T:
    """Return one of the keys, each with its share in percent; the shares make 100."""
    left = roll(name, about, 100)
    for choice, share in shares.items():
        left -= share
        if left < 0:
            return choice
    raise ValueError(f"the shares of {about} make {sum(shares.values())}, not 100")


def minutes(name: str, about: str, least: int, most: int, step: int = 1) -> timedelta:
    """Return a length of time from `least` to `most` minutes, in steps of `step` minutes."""
    return timedelta(minutes=least + step * roll(name, about, (most - least) // step + 1))
