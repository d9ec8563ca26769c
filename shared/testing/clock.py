"""A clock that stands still until it is told otherwise. For tests and the simulator."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.events.base import to_instant


class SetClock:
    """Shows the instant that it was set to."""

    def __init__(self, at: datetime) -> None:
        self._now = to_instant(at)

    def now(self) -> datetime:
        """Return the instant that was set, UTC."""
        return self._now

    def set(self, at: datetime) -> None:
        """Make it `at` now; an earlier instant than before is a machine whose clock went back."""
        self._now = to_instant(at)

    def advance(self, by: timedelta) -> datetime:
        """Make it later by `by`, and return the new instant."""
        self._now = to_instant(self._now + by)
        return self._now
