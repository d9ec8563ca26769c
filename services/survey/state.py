"""What survey remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from shared.events.base import Event
from shared.events.survey import SurveyAnswered, SurveyCancelled, SurveyExpired, SurveyInvited, SurveyPlanned

Status = Literal["planned", "invited", "answered", "expired", "cancelled"]


@dataclass(frozen=True, slots=True)
class Survey:
    """The survey of one closing."""

    planned: SurveyPlanned
    status: Status = "planned"
    expires_at: datetime | None = None
    invited: bool = False


@dataclass(frozen=True, slots=True)
class SurveyState:
    """The surveys of a ticket, one per closed resolution at most."""

    surveys: Mapping[int, Survey] = field(default_factory=lambda: MappingProxyType({}))


def evolve(state: SurveyState, event: Event) -> SurveyState:
    """Fold one of survey's own events."""
    match event:
        case SurveyPlanned(resolution=resolution):
            return _with(state, resolution, Survey(event))
        case SurveyInvited(resolution=resolution, expires_at=expires_at):
            return _now(state, resolution, "invited", expires_at)
        case SurveyAnswered(resolution=resolution):
            return _now(state, resolution, "answered")
        case SurveyExpired(resolution=resolution):
            return _now(state, resolution, "expired")
        case SurveyCancelled(resolution=resolution):
            return _now(state, resolution, "cancelled")
        case _:
            return state


def _now(state: SurveyState, resolution: int, status: Status, expires_at: datetime | None = None) -> SurveyState:
    before = state.surveys[resolution]
    invited = before.invited or status == "invited"
    return _with(state, resolution, replace(before, status=status, expires_at=expires_at, invited=invited))


def _with(state: SurveyState, resolution: int, survey: Survey) -> SurveyState:
    return SurveyState(MappingProxyType({**state.surveys, resolution: survey}))
