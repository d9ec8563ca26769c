"""Reads the services' databases whole, read-only: journals, armed deadlines, claims, dead letters, the read model.

Called by `audit.main`. The connection is handed in (`Stores`), because only the runtime may hold a driver; what the
documents mean is read here and in `audit.shelf` alone. Nothing here writes, and nothing here can.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Protocol

from audit.ledger import DESK, Ledger
from audit.shelf import Shelf
from audit.wire import STAGES

JOURNAL, TIMERS, DEAD = "journal", "timers", "dead"
GENERATIONS, FIRST_READ_MODEL = "generations", "tickets"
"""The desk's note of which collection is its live read model, and which it is where there is no note."""
CLAIMS = {"numbers": "intake", "requests": "intake"}
"""Collections of claims, and the service that keeps each."""


class Stores(Protocol):
    """What the auditor needs of the databases: to read a collection from one end to the other."""

    @property
    def services(self) -> Collection[str]:
        """Services whose database may be read; the others are not audited."""
        ...

    def documents(self, service: str, collection: str) -> AsyncIterator[Mapping[str, object]]:
        """Yield every document of a collection, in any order. Raises `audit.read.CannotRead`."""
        ...


async def ledger_of(stores: Stores) -> Ledger:
    """Return all that the databases hold. Raises `audit.read.CannotRead`.

    Journals before deadlines, and the read model last: what is published while this runs is then found missing later
    rather than earlier, and a second look tells what was only on its way.
    """
    mine = frozenset(stores.services)
    shelf = Shelf(mine)
    stages = [stage for stage in STAGES if stage in mine]
    for stage in stages:
        async for document in stores.documents(stage, JOURNAL):
            shelf.put_append(stage, document)
    for claims, keeper in CLAIMS.items():
        if keeper in mine:
            async for document in stores.documents(keeper, claims):
                shelf.put_claim(claims, document)
    for stage in stages:
        async for document in stores.documents(stage, TIMERS):
            shelf.put_timer(stage, document)
        async for document in stores.documents(stage, DEAD):
            shelf.put_dead(stage, document)
    if DESK in mine:
        async for document in stores.documents(DESK, await _live_read_model(stores)):
            shelf.put_ticket(document)
    return shelf.closed()


async def _live_read_model(stores: Stores) -> str:
    """Return the collection that the desk shows: a rebuild builds another beside it, and keeps the one before."""
    live = FIRST_READ_MODEL
    async for document in stores.documents(DESK, GENERATIONS):
        live = str(document.get("live") or live)
    return live
