"""A stage whose newer version is out before its readers': its records carry types that the code of today cannot read.

The broker lets a record be said by newer code; `arrive` is the roll-out that reaches every reader. Whoever looks at
what was said (witness, world, auditor) sees the record as today's code would have written it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.events.catalogue import ENTRIES

FIRST = 900
"""Versions that nobody will ever write: `.v1` becomes `.v1900`, `.v1901`…, one roll-out each."""


class Future:
    """The versions of one run that are yet to come."""

    def __init__(self) -> None:
        self._number = FIRST
        self._aged: dict[bytes, bytes] = {}
        self._types: set[str] = set()
        self.subjects: set[str] = set()
        """Tickets and resources of which newer code said something."""

    def said_today(self, value: bytes | None) -> bytes | None:
        """Return a record as today's code would have said it."""
        return self._aged.get(value, value) if value is not None else None

    def ages(self, value: bytes | None) -> bytes | None:
        """Return an event or command as newer code says it; None for what has no version, or has come once before."""
        if value is None or value in self._aged:
            return None
        document = _object(value)
        name = str(document.get("type", ""))
        if name not in ENTRIES:
            return None
        document["type"] = f"{name}{self._number}"
        self._types.add(name)
        self.subjects.add(str(document.get("subject")))
        aged = json.dumps(document, ensure_ascii=False).encode()
        self._aged[aged] = value
        return aged

    @property
    def is_awaited(self) -> bool:
        """Tell whether anything was said that no reader can read yet."""
        return bool(self._types)

    def arrive(self) -> None:
        """Newer code is rolled out everywhere: what was said until now can be read."""
        for name in self._types:
            ENTRIES[f"{name}{self._number}"] = ENTRIES[name]
        self._types.clear()
        self._number += 1


def _object(value: bytes) -> dict[str, Any]:
    try:
        document = json.loads(value)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


@contextmanager
def todays_code() -> Iterator[None]:
    """Whatever newer code arrives within, today's is back behind it."""
    today = dict(ENTRIES)
    try:
        yield
    finally:
        ENTRIES.clear()
        ENTRIES.update(today)
