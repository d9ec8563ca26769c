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


NOTHING = Amount(0, 0)


@dataclass(frozen=True, slots=True)
class StageShape:
    """What one service moves for one life."""

    name: str
    reads: Amount
    writes: Amount = NOTHING
    """Records."""
    appends: Amount = NOTHING
    """Documents inserted once: the journal's, and the claims of requests and numbers."""
    timers: Amount = NOTHING
    """Small documents armed; each is deleted again."""
    rewrites: Amount = NOTHING
    """Versions of a ticket's one document at the desk, of half its last size: it grows from almost nothing."""
