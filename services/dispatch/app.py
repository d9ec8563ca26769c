"""Dispatch's shell: it needs nothing beyond the ticket. No rule."""

from __future__ import annotations

from services.dispatch.decide import deadlines, decide
from services.dispatch.state import DispatchState, evolve
from shared.decider import Stage
from shared.events.dispatch import NeedsAttention
from shared.runtime.service import NoFacts, Part

STAGE: Stage[DispatchState, None] = Stage("dispatch", DispatchState(), decide, evolve, deadlines, NeedsAttention)

PART = Part(STAGE, NoFacts)
