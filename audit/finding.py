"""What a check found: how many instances it looked at, and each one that breaks its promise. Used by every check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from audit.history import History

Verdict = Literal["kept", "BROKEN", "late", "warning", "not exercised"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise: of which ticket (or resource), and what happened, in a sentence."""

    check: str
    ticket: str
    sentence: str


@dataclass(slots=True)
class Finding:
    """The result of one check."""

    check: str
    checked: int = 0
    violations: list[Violation] = field(default_factory=list)
    late: list[Violation] = field(default_factory=list)
    """Kept, but after its deadline: counted apart."""
    pending: int = 0
    """Instances that can't be judged: not due yet, sealed, or from before what the topics still hold."""

    def broken(self, ticket: str, sentence: str) -> None:
        """Record a violation."""
        self.violations.append(Violation(self.check, ticket, sentence))

    def too_late(self, ticket: str, sentence: str) -> None:
        """Record that something was done after its deadline."""
        self.late.append(Violation(self.check, ticket, sentence))

    def expect(self, holds: bool, ticket: str, sentence: str) -> None:
        """Count an instance, and record a violation where it doesn't hold."""
        self.checked += 1
        if not holds:
            self.broken(ticket, sentence)


@dataclass(frozen=True, slots=True)
class Check:
    """One promise with its checker."""

    name: str
    promises: str
    """Requirements (R) and invariants (I) that it stands for."""
    sentence: str
    look: Callable[[History, Finding], None]
    warns_only: bool = False

    def run(self, history: History) -> Finding:
        """Return what this check finds in a history, which it doesn't change."""
        finding = Finding(self.name)
        self.look(history, finding)
        return finding

    def verdict(self, finding: Finding) -> Verdict:
        """Return the one word for a finding; a check that saw no instance is never good news."""
        if finding.violations:
            return "warning" if self.warns_only else "BROKEN"
        if not finding.checked:
            return "not exercised"
        return "late" if finding.late else "kept"
