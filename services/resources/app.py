"""The aggregates' shell: what the registry says of a stock at first. No rule."""

from __future__ import annotations

from dataclasses import dataclass

from services.resources.decide import Facts, deadlines, decide
from services.resources.state import ResourceState, evolve
from shared.decider import Stage
from shared.events.resources import NeedsAttention
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World

STAGE: Stage[ResourceState, Facts] = Stage(
    "resources", ResourceState(), decide, evolve, deadlines, NeedsAttention, keeps_policy=False
)


@dataclass(frozen=True)
class ResourcesShell:
    """What the aggregates read from outside."""

    world: World

    async def route(self, incoming: Incoming) -> Incoming:
        """The aggregates read no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> Facts:
        """Return the registry's stock of the part that a message is about."""
        registry = self.world.registry()
        stock = sum(one.quantity for one in registry.stock if f"part:{one.part}@{one.depot}" == incoming.entity)
        return Facts(stock, registry.version)


PART = Part(STAGE, ResourcesShell)
