"""The policy files of a service, looked at again while it runs: a new version needs no restart.

`SAV_POLICY` names a file or a folder of them; empty, it is the shipped one. A file that cannot be read changes nothing:
what was known before goes on to hold, and the log says why.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from shared.policy.book import PolicyBook
from shared.policy.file import read_policy

log = structlog.get_logger()

LOOK_SECONDS = 2.0
"""Between two looks at the folder, which cost microseconds; a version begins at the instant it names, not when seen."""


class PolicyFiles:
    """The versions in a place, read again when a file changes."""

    def __init__(self, place: Path | None, monotonic: Callable[[], float]) -> None:
        """Read them now. Raises what makes a file unreadable: a service does not start on a bad policy."""
        self._place, self._monotonic = place, monotonic
        self._seen, self._looked_at = self._look(), monotonic()
        self._book = self._read()

    @property
    def book(self) -> PolicyBook:
        """The versions that are known now."""
        now = self._monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._follow()
        return self._book

    def _follow(self) -> None:
        try:
            seen = self._look()
            if seen == self._seen:
                return
            self._seen = seen
            self._book = self._read()
        except (OSError, ValueError) as error:
            log.error("policy_unreadable", place=str(self._place), error=str(error)[:500])
        else:
            log.info("policy", versions=self._book.versions)

    def _read(self) -> PolicyBook:
        return PolicyBook([read_policy(path) for path in self._paths()] or [read_policy(None)])

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        found = ((path, path.stat()) for path in self._paths())
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)

    def _paths(self) -> list[Path]:
        if self._place is None:
            return []
        return sorted(self._place.glob("*.json")) if self._place.is_dir() else [self._place]
