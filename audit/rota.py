"""Who works for the company and whose turn it is, as any version of the registry said: what checks of calls ask. Pure.

Filled by `audit.gather` from the registry's topic. A rota is compacted like the rest of the registry: what lies before
the first turn that is still known can no longer be judged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from audit.model import Document

_MANAGER = "manager"


@dataclass(slots=True)
class Rota:
    """People and their turns."""

    roles: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By person, every role that any version gave them."""
    turns: defaultdict[str, list[tuple[datetime, datetime]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, record: Document) -> None:
        """Take one record of the registry: a thing of it, or a whole one."""
        if record.text("kind") == "person":
            self._person(record.inner("data"), record.text("id"))
        elif record.text("kind") == "duty":
            self._turn(record.inner("data"))
        for person in record.items("people"):
            self._person(person, person.text("id"))
        for duty in record.items("duties"):
            self._turn(duty)

    def _person(self, person: Document, name: str) -> None:
        self.roles[person.text("id") or name].add(person.text("role"))

    def _turn(self, duty: Document) -> None:
        starts, ends = duty.instant_or_none("starts"), duty.instant_or_none("ends")
        if starts is not None and ends is not None:
            self.turns[duty.text("person")].append((starts, ends))

    def is_on_call(self, person: str, at: datetime) -> bool | None:
        """Return whether it is this person's turn, from its beginning until just before its end; None: unknown."""
        if any(starts <= at < ends for starts, ends in self.turns.get(person, ())):
            return True
        known = [starts for turns in self.turns.values() for starts, _ in turns]
        return False if known and at >= min(known) else None

    def is_manager(self, person: str) -> bool:
        """Return whether any version calls this person a manager."""
        return _MANAGER in self.roles.get(person, ())
