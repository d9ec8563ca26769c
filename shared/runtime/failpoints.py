"""Where a test ends the process: `SAV_FAILPOINT=<step>[:<nth>[:stop]][@<key>]`.

`4-inserted:3` kills it with SIGKILL the third time that it gets there, `4-inserted:3:stop` freezes it with SIGSTOP.
With `@m7` the passages count from when it is about to decide a record of the key `m7`; that itself is the step `met`.
Called by the loop at each numbered step and for each record that it decides; without the variable it costs next to
nothing.
"""

from __future__ import annotations

import os
import signal


class Failpoints:
    """Counts passages, and ends or freezes the process at the one that was asked for."""

    def __init__(self, asked: str = "") -> None:
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
