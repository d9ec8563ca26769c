"""What survey remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from shared.events.base import Criticality, Event
from shared.events.survey import (
    AcknowledgementNoted,
    ClassNoted,
    SurveyAnswered,
    SurveyCancelled,
    SurveyExpired,
    SurveyInvited,
    SurveyPlanned,
    TicketAtClosing,
)

Status = Literal["planned", "invited", "answered", "expired", "cancelled"]


@dataclass(frozen=True, slots=True)
class Survey:
    """The survey of one closing."""

    planned: SurveyPlanned
    ticket: TicketAtClosing
    """As the last record of this survey said it."""
    status: Status = "planned"
    expires_at: datetime | None = None
    invited: bool = False
    invited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SurveyState:
    """The surveys of a ticket, one per closed resolution at most, and what was heard of it for their records."""

    surveys: Mapping[int, Survey] = field(default_factory=lambda: MappingProxyType({}))
    classes: tuple[ClassNoted, ...] = ()
    """Every change of class, oldest first."""
    acknowledgements: tuple[AcknowledgementNoted, ...] = ()

    def criticality_at(self, at: datetime) -> Criticality | None:
        """Return the class that held at an instant, or None where triage never changed it until then."""
        return next((one.criticality for one in reversed(self.classes) if one.since <= at), None)


def evolve(state: SurveyState, event: Event) -> SurveyState:
    """Fold one of survey's own events."""
    match event:
        case ClassNoted():
            return replace(state, classes=(*state.classes, event))
        case AcknowledgementNoted():
            return replace(state, acknowledgements=(*state.acknowledgements, event))
        case SurveyPlanned(resolution=resolution, ticket=ticket):
            return _with(state, resolution, Survey(event, ticket))
        case SurveyInvited(resolution=resolution):
            return _invited(state, resolution, event)
        case SurveyAnswered(resolution=resolution):
            return _now(state, resolution, "answered")
        case SurveyExpired(resolution=resolution):
            return _now(state, resolution, "expired")
        case SurveyCancelled(resolution=resolution):
            return _now(state, resolution, "cancelled")
        case _:
            return state


def _invited(state: SurveyState, resolution: int, event: SurveyInvited) -> SurveyState:
    invited = replace(
        state.surveys[resolution],
        status="invited",
        expires_at=event.expires_at,
        invited=True,
        invited_at=event.invited_at,
        ticket=event.ticket,
    )
    return _with(state, resolution, invited)


def _now(state: SurveyState, resolution: int, status: Status) -> SurveyState:
    return _with(state, resolution, replace(state.surveys[resolution], status=status, expires_at=None))


def _with(state: SurveyState, resolution: int, survey: Survey) -> SurveyState:
    return replace(state, surveys=MappingProxyType({**state.surveys, resolution: survey}))
