"""Every version of the policy that a process knows: which one holds for a new ticket, and which one an old one keeps.

Pure: versions and instants are handed in. A ticket is decided under one version all its life, whatever comes later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from shared.policy.model import Policy

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class PolicyBook:
    """Versions by name."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        """Raises ValueError where there is none, two have one name, or two begin at one instant."""
        ordered = sorted(policies, key=_begins)
        if not ordered:
            raise ValueError("there is no policy")
        self._by_version = {one.version: one for one in ordered}
        if len(self._by_version) < len(ordered):
            raise ValueError(f"two policies have one version: {', '.join(one.version for one in ordered)}")
        self._beginnings = [_begins(one) for one in ordered]
        if len(set(self._beginnings)) < len(ordered):
            raise ValueError(f"two policies begin at one instant: {', '.join(one.version for one in ordered)}")
        self._ordered = ordered

    @property
    def book(self) -> PolicyBook:
        """The book itself: one that never changes is a source of itself."""
        return self

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions, in the order in which they begin."""
        return tuple(self._by_version)

    def current(self, at: datetime) -> Policy:
        """Return the version that holds for a ticket opened at `at` (UTC): the last that has begun, or the first."""
        begun = bisect_right(self._beginnings, at)
        return self._ordered[max(begun - 1, 0)]

    def of(self, version: str) -> Policy | None:
        """Return a version, or None where this process does not have it."""
        return self._by_version.get(version)


class Policies(Protocol):
    """Where the book comes from: a `PolicyBook`, or a folder that is looked at again."""

    @property
    def book(self) -> PolicyBook:
        """The versions that are known now."""
        ...


def _begins(policy: Policy) -> datetime:
    return policy.valid_from or _BEGINNING
