"""Seeded chance: one stream of numbers per purpose, so that taking one purpose away leaves the others as they were.

The only module of the simulator that makes random numbers.
"""

from __future__ import annotations

from random import Random


class Chance:
    """All that one seed decides."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, *purpose: object) -> Random:
        """Return the numbers of one purpose: the same for the same seed, in every process."""
        return Random("/".join([str(self.seed), *map(str, purpose)]))


def spread(dice: Random, least: float, most: float) -> float:
    """Return a number between the two, of each order of magnitude as often."""
    return float(least * (most / least) ** dice.random())
