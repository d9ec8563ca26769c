"""Triage's shell: reads the grid once. No rule."""

from __future__ import annotations

from dataclasses import dataclass

from services.triage.decide import Facts, deadlines, decide
from services.triage.grid_file import read_grid
from services.triage.state import TriageState, evolve
from shared.decider import Stage
from shared.events.triage import NeedsAttention
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World

STAGE: Stage[TriageState, Facts] = Stage("triage", TriageState(), decide, evolve, deadlines, NeedsAttention)


@dataclass(frozen=True)
class TriageShell:
    """What triage reads from outside."""

    known: Facts

    async def route(self, incoming: Incoming) -> Incoming:
        """Triage reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> Facts:
        """Return the grid in force."""
        return self.known


def _shell(world: World) -> TriageShell:
    return TriageShell(Facts(read_grid()))


PART = Part(STAGE, _shell)
