"""Dispatch's shell: the depot of who asks for a visit. No rule."""

from __future__ import annotations

from dataclasses import dataclass

from services.dispatch.decide import Facts, deadlines, decide
from services.dispatch.state import DispatchState, evolve
from shared.decider import Stage
from shared.events.dispatch import NeedsAttention, RequestVisit
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World

STAGE: Stage[DispatchState, Facts] = Stage("dispatch", DispatchState(), decide, evolve, deadlines, NeedsAttention)


@dataclass(frozen=True)
class DispatchShell:
    """What dispatch reads from outside."""

    world: World

    async def route(self, incoming: Incoming) -> Incoming:
        """Dispatch reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> Facts:
        """Return where the parts of who asks for a visit lie (R11)."""
        assert incoming.message is not None
        match incoming.message.payload:
            case RequestVisit(by=by):
                known = (one.depot for one in self.world.registry().technicians if one.id == by)
                return Facts(depot=next(known, ""))
            case _:
                return Facts()


PART = Part(STAGE, DispatchShell)
