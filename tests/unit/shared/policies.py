"""The shipped policy with some places changed, for the tests of what reads, checks and compares policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shared.policy.file import shipped_text

GONE = object()
"""Leaves the place out."""


def changed(place: str, value: object) -> str:
    """The shipped policy's text with one place, `closing/silence`, changed."""
    return changed_all({place: value})


def changed_all(places: Mapping[str, object]) -> str:
    """The same with several."""
    policy: dict[str, Any] = json.loads(shipped_text())
    for place, value in places.items():
        *way, last = place.split("/")
        inner = policy
        for name in way:
            inner = inner[name]
        if value is GONE:
            del inner[last]
        else:
            inner[last] = value
    return json.dumps(policy)
