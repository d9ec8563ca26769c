"""Whether a process makes progress, and whether it is ready. Pure: its clock is handed in.

Progress is a finished round, done or failed: an engine that is away makes rounds fail, and restarting us would not
bring it back. What restarting cures is a round that never ends.
"""

from __future__ import annotations

from collections.abc import Callable

STALLED_SECONDS = 120.0
"""A round ends within 60 s with a batch in hand and 20 s more for seeking back, and pauses 5 s when engines are away:
half as much again, so that no slow but healthy replica is killed."""


class Health:
    """Remembers when each loop of the process last finished a round."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: dict[str, float] = {}

    def beat(self, loop: str) -> None:
        """Note that a round of a loop has ended."""
        self._last[loop] = self._monotonic()

    def silent(self) -> dict[str, float]:
        """Return how many seconds ago each loop finished a round; one that has not begun is not in it."""
        now = self._monotonic()
        return {loop: now - last for loop, last in self._last.items()}

    def stalled(self) -> str:
        """Return which loops make no progress, in words; empty where all do, or none has begun."""
        slow = [f"{loop}: {seconds:.0f} s" for loop, seconds in self.silent().items() if seconds > STALLED_SECONDS]
        return ", ".join(slow)
