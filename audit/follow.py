"""Watches a live system: looks again and again, and tells of a violation once it has stood for the whole grace.

What is in flight looks for a moment like what is lost: recorded and not published yet, published and not taken yet.
Safety that is really broken stays broken, so waiting costs nothing but the wait. Pure but for what is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from audit.finding import Violation
from audit.report import Report

GRACE_SECONDS = 120.0
"""60 s with a batch in hand while an engine is away, 20 s that a rebalance waits for it, 10 s until a dead replica is
replaced, 5 s of back-off, and some to do the work: nothing in flight stays longer without a person having to look."""
EVERY_SECONDS = 30.0
"""Between two looks: each reads everything again."""

_Key = tuple[str, str]


@dataclass
class Watch:
    """Remembers since when each violation has stood."""

    grace: float = GRACE_SECONDS
    _since: dict[_Key, float] = field(default_factory=dict)
    _told: set[_Key] = field(default_factory=set)

    def look(self, report: Report, at: float) -> list[Violation]:
        """Take a report made at `at` (seconds, monotonic); return the violations that have stood for the grace and
        were not told before.

        One violation is a check and a ticket: its sentence may count on while it stands.
        """
        standing = {
            (one.check, one.ticket): one
            for check, finding in report.findings
            if not check.warns_only
            for one in finding.violations
        }
        self._since = {key: self._since.get(key, at) for key in standing}
        self._told &= standing.keys()
        due = [key for key, since in self._since.items() if at - since >= self.grace and key not in self._told]
        self._told.update(due)
        return [standing[key] for key in due]

    @property
    def standing(self) -> int:
        """How many violations stand now that have been told."""
        return len(self._told)

    @property
    def in_flight(self) -> int:
        """How many there are that may still be only on their way."""
        return len(self._since) - len(self._told)
