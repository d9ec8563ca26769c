"""The desk's part of the metrics: the SLA as its tickets change, and its open tickets at each look.

Wired by `app`. Nothing here may fail the loop: what cannot be measured is logged. Each replica shows the tickets of the
partitions that it has, so that replicas are added up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import structlog

from services.desk.open_tickets import OpenTicket, OpenTickets, gauges, open_ticket
from services.desk.projection import Ticket
from services.desk.sla import Whose, observations
from services.desk.store import DeskStore
from shared.errors import GoRound
from shared.metrics.registry import Metrics
from shared.metrics.sla import SLA
from shared.runtime.mongo import WINDOW, Store
from shared.runtime.partitions import partition_of
from shared.runtime.ports import Clock, Consumer, Document

log = structlog.get_logger()

_SHORT = dict.fromkeys(("phase", "criticality", "tier", "opened_at", "attention", "due", "late_after"), 1)
_EXPECTED = {"$or": [{"phase": {"$ne": "closed"}}, {"due": {"$ne": None}}, {"attention": True}]}
GAUGES = (
    "sav_tickets_late",
    "sav_tickets_open",
    "sav_calls_open",
    "sav_oldest_unacknowledged_seconds",
    "sav_acknowledgement_margin_seconds",
)
"""Of the open tickets: shown only while all of them are known."""


class OpenOnes(Protocol):
    """Where the open tickets are found: the store, or a test's own."""

    def found(self) -> AsyncIterator[tuple[str, OpenTicket | None]]:
        """Yield every ticket of which something is still expected."""
        ...


class OpenInStore:
    """Reads the open tickets from the desk's collection: one pass, without the long texts of most."""

    def __init__(self, store: Store) -> None:
        self._tickets = DeskStore(store)

    async def found(self) -> AsyncIterator[tuple[str, OpenTicket | None]]:
        """Yield every ticket of which something is still expected."""
        closer: list[str] = []
        await self._tickets.follow()
        async for row in self._tickets.rows.find(_EXPECTED, _SHORT):
            if row["attention"] or row["due"] == "acknowledgement":
                closer.append(row["_id"])  # what a person is called for, or whether it ever was: in its sections
            else:
                yield row["_id"], _from_row(row)
        for start in range(0, len(closer), WINDOW):
            for name, ticket in (await self._tickets.load(closer[start : start + WINDOW])).items():
                yield name, open_ticket(ticket)


def _from_row(row: Document) -> OpenTicket:
    # Of several deadlines the one that is due first is nearly always the one that is late first; once the ticket is
    # written again, it is exact.
    whose = Whose(row["criticality"] or "unclassified", row["tier"] or "unknown")
    return OpenTicket(whose, row["phase"], row["opened_at"], None, True, row["late_after"], row["due"] or "", ())


class DeskMeasures:
    """What one replica of the desk shows of its tickets."""

    def __init__(
        self, metrics: Metrics, store: OpenOnes, consumer: Consumer, assigned: asyncio.Event, clock: Clock
    ) -> None:
        self._metrics, self._store, self._consumer, self._clock = metrics, store, consumer, clock
        self._assigned = assigned
        self._tickets = OpenTickets()
        self._assignment: int | None = None
        self._filling: asyncio.Task[None] | None = None
        for metric in SLA:
            if metric.kind != "gauge":
                metrics.begin(metric.name)

    def written(self, before: Ticket, after: Ticket) -> None:
        """Take a ticket that the loop has written."""
        try:
            self._tickets.written(after)
            for one in observations(before, after):
                if one.seconds is None:
                    self._metrics.add(one.metric, *one.labels)
                else:
                    self._metrics.observe(one.metric, *one.labels, value=one.seconds)
        except Exception as error:  # noqa: BLE001 - a measure that fails must not fail what it measures
            log.warning("not_measured", ticket=after.id, error=f"{type(error).__name__}: {error}")

    async def look(self) -> None:
        """Show the open tickets as they are now; nothing while they are not all known. Raises `GoRound`."""
        if not self._assigned.is_set() or not self._known():
            self._metrics.hide(*GAUGES)
            return
        mine = await self._mine()
        found = gauges(self._tickets.of(mine), self._clock.now())
        self._metrics.set_all("sav_tickets_late", found.late)
        self._metrics.set_all("sav_tickets_open", found.phases)
        self._metrics.set_all("sav_calls_open", found.calls)
        self._metrics.set_all("sav_oldest_unacknowledged_seconds", found.oldest_unacknowledged)
        self._metrics.set_all("sav_acknowledgement_margin_seconds", found.margin, absent=None)

    def _known(self) -> bool:
        """Tell whether all open tickets are in memory; where they are not, see to it that they are read."""
        if self._assignment != self._consumer.assignment:
            # Other replicas have written what was theirs: all of it is read again.
            if self._filling is not None:
                self._filling.cancel()
            self._assignment = self._consumer.assignment
            self._tickets.clear()
            self._filling = asyncio.create_task(self._fill())
            return False
        assert self._filling is not None
        if not self._filling.done():
            return False
        error = None if self._filling.cancelled() else self._filling.exception()
        if error is not None:
            self._assignment = None  # read again at the next look
            raise GoRound(f"open tickets not read: {type(error).__name__}: {error}") from error
        return True

    async def _fill(self) -> None:
        async for name, entry in self._store.found():
            self._tickets.found(name, entry)
        self._tickets.filled()

    async def _mine(self) -> Callable[[str], bool]:
        partitions = {at.partition for at in await self._consumer.positions() if at.topic == "sav.intake"}
        return lambda name: partition_of(name) in partitions
