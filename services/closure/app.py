"""Closure's shell: it needs nothing beyond the ticket. No rule."""

from __future__ import annotations

from services.closure.decide import IRREVERSIBLE, deadlines, decide
from services.closure.state import ClosureState, evolve
from shared.decider import Stage
from shared.events.closure import NeedsAttention
from shared.runtime.service import NoFacts, Part

STAGE: Stage[ClosureState, None] = Stage(
    "closure", ClosureState(), decide, evolve, deadlines, NeedsAttention, IRREVERSIBLE
)

PART = Part(STAGE, NoFacts)
