"""Which events the desk misses, and when to ask their owner to publish them again. Pure: its clock is handed in.

Kept in memory alone: a gap that outlives this process is seen again with the ticket's next event, and until then the
document itself says to people that something is missing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from services.desk.projection import Ticket

K = TypeVar("K")
V = TypeVar("V")

ASK_AFTER_SECONDS = 60.0
"""A gap older than this is a lost event rather than an owner that is just publishing again after a crash: what the
stages themselves wait before they ask."""
REMEMBERED = 10_000
"""Gaps in mind at once, some 300 bytes each; a gap is rare, and the oldest is forgotten first."""


class Missing(NamedTuple):
    """The first event that is missing of a ticket in a stage."""

    ticket: str
    stage: str
    seq: int


class GapWatch:
    """Remembers since when each missing event is missed; each is asked for once."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: OrderedDict[tuple[str, str], tuple[Missing, float]] = OrderedDict()
        self._asked: OrderedDict[Missing, None] = OrderedDict()

    def note(self, ticket: Ticket) -> None:
        """Look at a ticket that was just folded: what it misses now, and no longer."""
        for stage, section in ticket.sections.items():
            name = (ticket.id, stage)
            known = self._since.get(name)
            if section.missing is None:
                self._since.pop(name, None)
                continue
            missing = Missing(ticket.id, stage, section.missing)
            if missing not in self._asked and (known is None or known[0] != missing):
                self._since[name] = missing, self._monotonic()
        _forget_oldest(self._since)

    def due(self) -> list[Missing]:
        """Return what has been missed for long enough to ask its owner."""
        until = self._monotonic() - ASK_AFTER_SECONDS
        return [missing for missing, since in self._since.values() if since <= until]

    def asked(self, missing: Missing) -> None:
        """Note that its owner was asked."""
        self._since.pop((missing.ticket, missing.stage), None)
        self._asked[missing] = None
        _forget_oldest(self._asked)


def _forget_oldest(known: OrderedDict[K, V]) -> None:
    while len(known) > REMEMBERED:
        known.popitem(last=False)
