"""Where a test ends the process: `SAV_FAILPOINT=<step>[:<nth>[:stop]][@<key>]`.

`4-inserted:3` kills it with SIGKILL the third time that it gets there, `4-inserted:3:stop` freezes it with SIGSTOP.
With `@m7` the passages count from when it is about to decide a record of the key `m7`; that itself is the step `met`.
Called by the loop at each numbered step and for each record that it decides; without the variable it costs next to
nothing.

It cannot be active in production: what is installed there is the wheel, which has no tests beside it, and a process
that finds `SAV_FAILPOINT` set there refuses to start rather than ignore it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from shared.errors import StopService

SOURCE_TREE = Path(__file__).parents[2] / "tests" / "chaos" / "proxy.py"
"""Beside us only in a checkout; no wheel and no image carries it."""


class Failpoints:
    """Counts passages, and ends or freezes the process at the one that was asked for."""

    def __init__(self, asked: str = "", source_tree: Path = SOURCE_TREE) -> None:
        if asked and not source_tree.exists():
            raise StopService("SAV_FAILPOINT is set, and this is an installation: only a source tree may die on demand")
        place, _, self._key = asked.partition("@")
        name, _, rest = place.partition(":")
        nth, _, act = rest.partition(":")
        self._name = name
        self._left = int(nth or 1)
        self._signal = signal.SIGSTOP if act == "stop" else signal.SIGKILL

    def reach(self, name: str) -> None:
        """Say that the process is at this point."""
        if self._key or name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._signal)

    def meet(self, key: bytes | None) -> None:
        """Say that a record of this key is about to be decided."""
        if self._key and key == self._key.encode():
            self._key = ""
        self.reach("met")
