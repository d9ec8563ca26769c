"""Triage's shell: reads the grid once, and hands in what is known of a ticket's site. No rule.

What is known comes from the registry (devices) and from the book that the shell keeps of earlier tickets (`site_book`).
It is recorded with the class, so that a later look at the book or the registry is never needed to explain one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.triage.decide import Facts, deadlines, decide, request_of
from services.triage.grid_file import read_grid
from services.triage.rules import classify
from services.triage.site import Device, SiteFacts
from services.triage.site_book import SiteBook, is_isolated
from services.triage.state import TriageState, evolve
from services.triage.text import fold
from shared.decider import Stage
from shared.events.intake import TicketOpened
from shared.events.triage import NeedsAttention
from shared.registry import Registry
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World

STAGE: Stage[TriageState, Facts] = Stage("triage", TriageState(), decide, evolve, deadlines, NeedsAttention)


@dataclass(frozen=True)
class TriageShell:
    """What triage reads from outside. Without a registry and a book nothing is known of any site."""

    known: Facts
    registry: Callable[[], Registry] | None = None
    book: SiteBook | None = None

    async def route(self, incoming: Incoming) -> Incoming:
        """Triage reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> Facts:
        """Return the grid in force, and for a new ticket what is known of its site; raises `GoRound`."""
        opened = incoming.message.payload if incoming.message else None
        if not isinstance(opened, TicketOpened) or not opened.contract.site:
            return self.known
        site = SiteFacts(devices=self._devices(opened.contract.site))
        if self.book is not None:
            site = await self._counted(self.book, incoming.entity, opened, site)
        return replace(self.known, site=site)

    def _devices(self, site: str) -> tuple[Device, ...]:
        """Return the site's devices of the kinds that a rule may ask for, counted by kind and zone."""
        if self.registry is None:
            return ()
        asked = frozenset[str]().union(*self.known.grid.families)
        here = [one for one in self.registry().equipment if one.site == site and fold(one.kind) in asked]
        counts = Counter((one.kind, one.zone) for one in here)
        return tuple(Device(kind, zone, count) for (kind, zone), count in sorted(counts.items()))

    async def _counted(self, book: SiteBook, ticket: str, opened: TicketOpened, site: SiteFacts) -> SiteFacts:
        at, name = opened.received_at, opened.contract.site
        calls = await book.calls_with_this(name, ticket, at) if opened.automatic else 0
        if not is_isolated(classify(request_of(opened), self.known.grid, site)):
            return replace(site, panel_calls=calls)
        return replace(site, panel_calls=calls, isolated_today=await book.faults_before(name, ticket, at))


def _shell(world: World) -> TriageShell:
    return TriageShell(Facts(read_grid()), world.registry, SiteBook(world.claims))


PART = Part(STAGE, _shell)
