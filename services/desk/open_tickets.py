"""The open tickets, small and in memory, for the gauges of the SLA: late now, oldest unacknowledged, calls, phases.

Filled from the store once, then by each ticket that the loop writes. Kept here because the store would have to be read
through for every scrape: an index for it costs each write more than all of this. No clock and no store here: both are
handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.desk.projection import Ticket
from services.desk.sla import Whose, view_of, whose_of
from services.desk.stages.intake import IntakeView

Series = dict[tuple[str, ...], float]


class OpenTicket(NamedTuple):
    """What the gauges need of a ticket: some 400 bytes, so 40 MB where a hundred thousand are open."""

    whose: Whose
    phase: str
    opened_at: datetime | None
    acknowledge_by: datetime | None
    """Of an acknowledgement that is asked for and not taken, or None."""
    acknowledged: bool
    late_after: datetime | None
    late: str
    """Kind of the deadline that is late first."""
    calls: tuple[tuple[str, str], ...]
    """Stage and matter of each call for a person."""


def open_ticket(ticket: Ticket) -> OpenTicket | None:
    """Return what the gauges need, or None for a ticket of which nothing is expected any more."""
    shown = ticket.shown
    if shown.phase == "closed" and not shown.deadlines and not shown.calls:
        return None
    first = min(shown.deadlines, key=lambda one: one.late_after, default=None)
    acknowledging = next((one.at for one in shown.deadlines if one.kind == "acknowledgement"), None)
    return OpenTicket(
        whose_of(ticket),
        shown.phase,
        shown.opened_at,
        acknowledging,
        view_of(ticket, "intake", IntakeView).noted > 0,
        first.late_after if first else None,
        first.kind if first else "",
        tuple((call.stage, call.about.partition(":")[0]) for call in shown.calls),
    )


@dataclass
class Gauges:
    """What the open tickets amount to at one instant."""

    late: Series = field(default_factory=dict)
    phases: Series = field(default_factory=dict)
    calls: Series = field(default_factory=dict)
    oldest_unacknowledged: Series = field(default_factory=dict)
    """Seconds since the opening."""
    margin: Series = field(default_factory=dict)
    """Seconds to the nearest acknowledgement that is due."""


class OpenTickets:
    """Every open ticket that this replica has heard of."""

    def __init__(self) -> None:
        self._open: dict[str, OpenTicket] = {}
        self._fresh: set[str] = set()
        """Written since the filling began: what the store had of them is older."""
        self._filling = True

    def __len__(self) -> int:
        return len(self._open)

    def clear(self) -> None:
        """Begin a filling anew."""
        self._open.clear()
        self._fresh.clear()
        self._filling = True

    def written(self, ticket: Ticket) -> None:
        """Take a ticket that was just written."""
        if self._filling:
            self._fresh.add(ticket.id)
        self._put(ticket.id, open_ticket(ticket))

    def found(self, name: str, entry: OpenTicket | None) -> None:
        """Take a ticket that the store had."""
        if name not in self._fresh:
            self._put(name, entry)

    def filled(self) -> None:
        """The filling is done: nothing older can come any more."""
        self._fresh.clear()
        self._filling = False

    def _put(self, name: str, entry: OpenTicket | None) -> None:
        if entry is None:
            self._open.pop(name, None)
        else:
            self._open[name] = entry

    def of(self, mine: Callable[[str], bool]) -> list[OpenTicket]:
        """Return those whose partition is ours."""
        return [entry for name, entry in self._open.items() if mine(name)]


def gauges(tickets: Iterable[OpenTicket], now: datetime) -> Gauges:
    """Return what tickets amount to at `now`; late is later than its instant, not at it."""
    found = Gauges()
    for one in tickets:
        if one.phase != "closed":
            _count(found.phases, (one.phase, *one.whose))
        if one.late_after is not None and now > one.late_after:
            _count(found.late, (one.late, *one.whose))
        for call in one.calls:
            _count(found.calls, call)
        if one.acknowledge_by is None:
            continue
        left = (one.acknowledge_by - now).total_seconds()
        found.margin[one.whose] = min(found.margin.get(one.whose, left), left)
        if not one.acknowledged and one.opened_at is not None:
            age = max((now - one.opened_at).total_seconds(), 0.0)
            found.oldest_unacknowledged[one.whose] = max(found.oldest_unacknowledged.get(one.whose, 0.0), age)
    return found


def _count(series: Series, labels: tuple[str, ...]) -> None:
    series[labels] = series.get(labels, 0.0) + 1
