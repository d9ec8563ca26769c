"""What survey says: a public product that analysts read alone (R14, R15); each record stands by itself."""

from __future__ import annotations

from typing import Literal

from shared.events import base
from shared.events.base import Event, Instant, TicketFacts
from shared.events.closure import Cause
from shared.events.requests import Scores


class SurveyPlanned(Event):
    """The ticket closed: its survey goes out at `send_at` (R14)."""

    type_name = "sav.survey.survey-planned.v1"
    resolution: int
    cause: Cause
    closed_at: Instant
    send_at: Instant
    latest_at: Instant
    ticket: TicketFacts


class SurveyInvited(Event):
    """The invitation goes out: once per closing, 24 hours after it, never later than 48 (R14)."""

    type_name = "sav.survey.survey-invited.v1"
    resolution: int
    cause: Cause
    closed_at: Instant
    latest_at: Instant
    late: bool
    expires_at: Instant
    ticket: TicketFacts


class SurveyAnswered(Event):
    """The customer's scores; the comment is sealed in `personal`."""

    type_name = "sav.survey.survey-answered.v1"
    resolution: int
    scores: Scores
    answered_at: Instant
    ticket: TicketFacts


class SurveyExpired(Event):
    """No answer within the policy's delay."""

    type_name = "sav.survey.survey-expired.v1"
    resolution: int
    ticket: TicketFacts


class SurveyCancelled(Event):
    """The closing was undone before or after the invitation left (R14)."""

    type_name = "sav.survey.survey-cancelled.v1"
    resolution: int
    because: Literal["reopened"]
    already_sent: bool


class NeedsAttention(base.NeedsAttention):
    """Survey calls a person."""

    type_name = "sav.survey.needs-attention.v1"


EVENTS = (SurveyPlanned, SurveyInvited, SurveyAnswered, SurveyExpired, SurveyCancelled, NeedsAttention)
