"""Survey as the desk keeps and tells it: one invitation per closing, in time (R14). Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.desk.french import CRITICALITIES, joined, moment
from services.desk.telling import Line, Room, called, unknown
from shared.events.base import Event, Instant, Model
from shared.events.requests import Scores
from shared.events.survey import (
    AcknowledgementNoted,
    ClassNoted,
    NeedsAttention,
    SurveyAnswered,
    SurveyCancelled,
    SurveyExpired,
    SurveyInvited,
    SurveyPlanned,
)

Status = Literal["planned", "invited", "answered", "expired", "cancelled"]


class SurveyOf(Model):
    """The survey of one closing."""

    status: Status
    send_at: Instant | None = None
    latest_at: Instant | None = None
    expires_at: Instant | None = None
    scores: Scores | None = None


class SurveyView(Model):
    """What the desk keeps of survey: the survey of each closed resolution, by its number."""

    surveys: dict[str, SurveyOf] = Field(default_factory=dict)


def evolve(view: SurveyView, event: Event) -> SurveyView:
    """Fold one of survey's events."""
    match event:
        case SurveyPlanned(resolution=k):
            return _with(view, k, status="planned", send_at=event.send_at, latest_at=event.latest_at)
        case SurveyInvited(resolution=k):
            return _with(view, k, status="invited", latest_at=event.latest_at, expires_at=event.expires_at)
        case SurveyAnswered(resolution=k, scores=scores):
            return _with(view, k, status="answered", scores=scores)
        case SurveyExpired(resolution=k):
            return _with(view, k, status="expired")
        case SurveyCancelled(resolution=k):
            return _with(view, k, status="cancelled")
        case _:
            return view


def _with(view: SurveyView, resolution: int, **change: object) -> SurveyView:
    before = view.surveys.get(str(resolution), SurveyOf(status="planned"))
    return SurveyView(surveys={**view.surveys, str(resolution): before.model_copy(update=change)})


def tell(_view: SurveyView, event: Event) -> Line:
    """Tell one of survey's events."""
    match event:
        case ClassNoted(criticality=criticality):
            return Line(f"Criticité notée pour l'enquête : {CRITICALITIES[criticality]}.", detail=True)
        case AcknowledgementNoted(in_time=in_time):
            return Line(
                f"Accusé de réception noté pour l'enquête, {'dans le' if in_time else 'hors'} délai.", detail=True
            )
        case SurveyPlanned(send_at=send_at, latest_at=latest_at):
            by = f"au plus tard le {moment(latest_at)}"
            return Line(f"Enquête de satisfaction prévue le {moment(send_at)}, {by}.", detail=True)
        case SurveyInvited(late=late, expires_at=expires_at):
            sent = "envoyée au client, en retard" if late else "envoyée au client"
            return Line(f"Enquête de satisfaction {sent} ; réponse possible jusqu'au {moment(expires_at)}.")
        case SurveyAnswered(scores=scores):
            return Line(
                f"Avis du client : réactivité {scores.responsiveness}/5, qualité de la solution {scores.quality}/5, "
                f"communication {scores.communication}/5."
            )
        case SurveyExpired():
            return Line("Enquête restée sans réponse.")
        case SurveyCancelled(already_sent=already_sent):
            sent = "L'invitation était déjà partie." if already_sent else "Elle n'était pas partie."
            return Line(joined("Enquête annulée, le dossier étant rouvert.", sent))
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return unknown(event)


SURVEY = Room("survey", SurveyView, evolve, tell, keeps_personal=True)
