"""What an import publishes: one record for each thing that changes, and the end marker that makes them count. Pure.

Called by `shared.runtime.registry_topic`. A version's name holds a digest of what it was made from and of what it says,
so that the same import made twice writes the same records again and nothing else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import orjson

from shared.registry.things import Name, Things

DIGEST_DIGITS = 10
"""Forty bits: among a thousand versions two have the same once in two million times."""
What = Literal["added", "changed", "ended"]


@dataclass(frozen=True)
class Plan:
    """One import, before anything is written."""

    version: str
    after: str
    changes: Mapping[Name, Mapping[str, Any] | None]
    """None: the thing is no more."""
    what: Mapping[What, Mapping[str, int]]
    """How many of each kind are added, changed, ended."""

    def records(self) -> list[tuple[bytes, bytes]]:
        """Return key and value of each record, always in the same order; the end marker is not among them."""
        return [
            (
                f"{name.kind}/{name.id}@{self.version}".encode(),
                orjson.dumps({"kind": name.kind, "id": name.id, "version": self.version, "data": self.changes[name]}),
            )
            for name in sorted(self.changes)
        ]

    def end_marker(self) -> tuple[bytes, bytes]:
        """Return the record that makes the version count; it is written once all others are acknowledged."""
        marker = {"kind": "end", "version": self.version, "after": self.after, "changes": len(self.changes)}
        return f"end@{self.version}".encode(), orjson.dumps(marker)


def plan(version: str, things: Things, wanted: Mapping[Name, Mapping[str, Any]], today: date) -> Plan | None:
    """Return what turns the version that counts (`things`) into what is wanted; None where it is that already."""
    changes: dict[Name, Mapping[str, Any] | None] = {
        name: data for name, data in wanted.items() if name not in things or things[name].data != data
    }
    changes |= {name: None for name in things if name not in wanted}
    if not changes:
        return None
    what: dict[What, Counter[str]] = {"added": Counter(), "changed": Counter(), "ended": Counter()}
    for name, data in changes.items():
        what["ended" if data is None else "changed" if name in things else "added"][name.kind] += 1
    content = [version, *([*name, wanted[name]] for name in sorted(wanted))]
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:DIGEST_DIGITS]
    return Plan(f"{today.isoformat()}-{digest}", version, changes, what)
