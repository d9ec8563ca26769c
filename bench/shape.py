"""How much a life moves: records and documents a life, with their sizes, as counted after a real round. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """So many things a life, each of so many bytes on average."""

    per_life: float
    bytes: int

    def times(self, lives: int) -> int:
        """Return how many these are for so many lives."""
        return round(self.per_life * lives)


@dataclass(frozen=True, slots=True)
class StageShape:
    """What one service moves for one life."""

    name: str
    reads: Amount
    writes: Amount
    """Records."""
    appends: Amount
    """Journal documents."""
    timers: Amount
    """Small documents armed; each is deleted again."""
