"""Who works for the company of a run, and whose turn it is to be called: the registry's people and turns.

One week each in turn, over all instants that a run can reach; a second one is called where the first does not answer.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from shared.registry.model import Duty, Person

TECHNICIANS = ("T-01", "T-02")
MANAGER = "R-01"
_FIRST, _WEEK = datetime(2025, 12, 29, tzinfo=UTC), timedelta(days=7)
_WEEKS = 150
"""A run begins within 600 days of January 2026, or at a change of clocks in 2027, and lasts 150 days more at most."""

PEOPLE = (
    *(Person(id=one, name=one, role="technician", phone=f"+3361000000{n}", email=f"{one}@installateur.example")
      for n, one in enumerate(TECHNICIANS)),
    Person(id="A-01", name="A-01", role="dispatcher", email="a-01@installateur.example"),
    Person(id=MANAGER, name=MANAGER, role="manager", phone="+33610000009", email="r-01@installateur.example"),
)  # fmt: skip


@cache
def duties() -> tuple[Duty, ...]:
    """Return every turn on call: the two technicians in turn, first and second."""
    turns = []
    for week in range(_WEEKS):
        starts = _FIRST + week * _WEEK
        for rank in (1, 2):
            person = TECHNICIANS[(week + rank) % 2]
            turns.append(Duty(person=person, rank=rank, starts=starts, ends=starts + _WEEK))
    return tuple(turns)


@cache
def as_record() -> bytes:
    """Return what the registry's topic would say of them."""
    said: dict[str, Any] = {"version": "1", "contracts": []}
    said["people"] = [one.model_dump(mode="json") for one in PEOPLE]
    said["duties"] = [one.model_dump(mode="json") for one in duties()]
    return json.dumps(said).encode()
