"""Clocks that are handed in: the real one, and the conducted one of the demo.

`SAV_CLOCK` names which: empty for the real one, `conducted:<file>` for one that every process of a demo shares. The
conductor (in `demo`) writes the file; a clock here only reads it.
"""

from __future__ import annotations

import os
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.events.base import to_instant

_SHAPE = struct.Struct("<dddd")
"""Virtual epoch seconds, the monotonic reading at which they held, the speed, and the first two's sum as a check."""
_READS = 100
"""A torn read lasts a microsecond; a hundred in a row mean that the file is no clock."""


class RealClock:
    """The machine's own clock, UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        return to_instant(datetime.now(UTC))


class ConductedClock:
    """Reads the demo's clock: it walks at the speed that the conductor gives it, and jumps when told."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)

    def now(self) -> datetime:
        """Return the conducted instant. Raises ValueError where the file is no clock."""
        for _ in range(_READS):
            raw = os.pread(self._file, _SHAPE.size, 0)
            if len(raw) == _SHAPE.size:
                virtual, monotonic, speed, check = _SHAPE.unpack(raw)
                if check == virtual + monotonic:
                    seconds = virtual + (time.monotonic() - monotonic) * speed
                    return to_instant(datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds))
        raise ValueError("the conducted clock's file cannot be read")


class Baton:
    """The writing side of the conducted clock; one per demo."""

    def __init__(self, path: Path, start: datetime, speed: float) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._speed = speed
        self.set(start)

    def set(self, at: datetime) -> None:
        """Make it `at` now. Never called with an earlier instant than it already is."""
        virtual, monotonic = at.timestamp(), time.monotonic()
        os.pwrite(self._file, _SHAPE.pack(virtual, monotonic, self._speed, virtual + monotonic), 0)


def clock_named(name: str) -> RealClock | ConductedClock:
    """Return the clock that `SAV_CLOCK` names."""
    if not name:
        return RealClock()
    kind, _, path = name.partition(":")
    if kind != "conducted" or not path:
        raise ValueError(f"SAV_CLOCK is {name!r}; it is empty or conducted:<file>")
    return ConductedClock(Path(path))
