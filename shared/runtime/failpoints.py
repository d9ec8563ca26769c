"""Where a test crashes the process: `SAV_FAILPOINT=4-inserted:3` kills it with SIGKILL the third time it gets there.

`SAV_FAILPOINT=4-inserted:3:stop` freezes it there with SIGSTOP instead; `SAV_FAILPOINT=key=m7` kills it whenever it is
about to decide a record of that key. Called by the loop at each numbered step and for each record that it decides.
Without the variable it costs one comparison.
"""

from __future__ import annotations

import os
import signal


class Failpoints:
    """Counts passages, and ends or freezes the process at the one that was asked for."""

    def __init__(self, asked: str = "") -> None:
        name, _, rest = asked.partition(":")
        nth, _, act = rest.partition(":")
        self._name = name
        self._left = int(nth or 1)
        self._signal = signal.SIGSTOP if act == "stop" else signal.SIGKILL

    def reach(self, name: str) -> None:
        """Say that the process is at this point."""
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._signal)

    def meet(self, key: bytes | None) -> None:
        """Say that a record of this key is about to be decided."""
        if self._name.startswith("key=") and key is not None:
            self.reach(f"key={key.decode(errors='replace')}")
