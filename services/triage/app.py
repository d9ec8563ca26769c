"""Triage's shell: reads the grid once, and hands in what the registry knows of a ticket's site. No rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.triage.decide import Facts, deadlines, decide
from services.triage.grid_file import read_grid
from services.triage.site import Device, SiteFacts
from services.triage.state import TriageState, evolve
from shared.decider import Stage
from shared.events.intake import TicketOpened
from shared.events.triage import NeedsAttention
from shared.registry import Registry
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World

STAGE: Stage[TriageState, Facts] = Stage("triage", TriageState(), decide, evolve, deadlines, NeedsAttention)


@dataclass(frozen=True)
class TriageShell:
    """What triage reads from outside. Without a registry nothing is known of any site."""

    known: Facts
    registry: Callable[[], Registry] | None = None

    async def route(self, incoming: Incoming) -> Incoming:
        """Triage reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> Facts:
        """Return the grid in force, and for a new ticket the devices of its site."""
        opened = incoming.message.payload if incoming.message else None
        if self.registry is None or not isinstance(opened, TicketOpened) or not opened.contract.site:
            return self.known
        site = opened.contract.site
        devices = tuple(Device(one.kind, one.zone) for one in self.registry().equipment if one.site == site)
        return replace(self.known, site=SiteFacts(devices=devices))


def _shell(world: World) -> TriageShell:
    return TriageShell(Facts(read_grid()), world.registry)


PART = Part(STAGE, _shell)
