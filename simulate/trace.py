"""What happened, in order: a hash of all of it, how often each interesting thing did, and the faults for the story."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Struck:
    """One fault that struck a replica or a record."""

    at: float
    who: str
    what: str


class Trace:
    """The ordered record of one run. Everything that could differ between two runs of a seed goes into the hash."""

    def __init__(self, start: datetime, most_steps: int) -> None:
        self._most = most_steps
        self.exhausted = asyncio.Event()
        """Set when there were more steps than any run that gets on has."""
        self._hash = hashlib.sha256()
        self._loop = asyncio.get_running_loop()
        self._start = start
        self.steps = 0
        self.seen: Counter[str] = Counter()
        """How often each interesting thing happened."""
        self.struck: list[Struck] = []

    def step(self, who: str, what: str, detail: str = "") -> None:
        """Note one call of a port, or one record."""
        self.steps += 1
        if self.steps == self._most:
            self.exhausted.set()
        self._hash.update(f"{self._loop.time():.6f} {who} {what} {detail}\n".encode())

    def bytes(self, value: bytes) -> None:
        """Note what was written."""
        self._hash.update(value)

    def strike(self, who: str, kind: str, what: str) -> None:
        """Note a fault."""
        self.step(who, kind, what)
        self.seen[f"fault: {kind}"] += 1
        self.struck.append(Struck(self._loop.time(), who, f"{kind} ({what})" if what else kind))

    def instant(self, seconds: float) -> datetime:
        """Return the true instant of a virtual second."""
        return self._start + timedelta(seconds=seconds)

    def digest(self) -> str:
        """Return the SHA-256 of everything so far."""
        return self._hash.hexdigest()
