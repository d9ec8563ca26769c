"""Survey's shell: it needs nothing beyond the ticket. No rule."""

from __future__ import annotations

from services.survey.decide import IRREVERSIBLE, deadlines, decide
from services.survey.state import SurveyState, evolve
from shared.decider import Stage
from shared.events.survey import NeedsAttention
from shared.runtime.service import NoFacts, Part

STAGE: Stage[SurveyState, None] = Stage(
    "survey", SurveyState(), decide, evolve, deadlines, NeedsAttention, IRREVERSIBLE
)

PART = Part(STAGE, NoFacts)
