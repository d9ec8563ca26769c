"""What survey says: a public product that analysts read alone (R14, R15); each record stands by itself."""

from __future__ import annotations

from typing import Literal

from shared.events import base
from shared.events.base import Criticality, Event, Instant, TicketFacts
from shared.events.closure import Cause
from shared.events.requests import Scores


class TicketAtClosing(TicketFacts):
    """The ticket as it was when it closed, with the delays that were promised and whether each was kept (R15).

    Everything an analyst needs, and nothing that names or quotes a person: `customer` and `site` are the contract's
    references. Null says that a thing did not happen or is not known; a record of before these fields says nothing.
    """

    acknowledged_at: Instant | None = None
    """When a channel first took the acknowledgement (R3)."""
    acknowledged_in_time: bool | None = None
    """Every acknowledgement up to the closing, that of a raise too, was taken within its delay (R3)."""
    taken_charge_in_time: bool | None = None
    """A technician had it by `take_charge_by` (R4)."""
    on_site_in_time: bool | None = None
    """The first visit began by `on_site_by` (R4, R10); null where nobody had to come."""
    restored_in_time: bool | None = None
    """It was resolved by `restored_by`; null where the contract promises nothing of the kind."""


class ClassNoted(Event):
    """Triage changed the class: kept by survey for the record of the closing. Analysts pass it over."""

    type_name = "sav.survey.class-noted.v1"
    criticality: Criticality
    since: Instant


class AcknowledgementNoted(Event):
    """An acknowledgement was taken by its channel: kept likewise. Analysts pass it over."""

    type_name = "sav.survey.acknowledgement-noted.v1"
    generation: int
    accepted_at: Instant
    in_time: bool


class SurveyPlanned(Event):
    """The ticket closed: its survey goes out at `send_at` (R14). `ticket` is what is known by then."""

    type_name = "sav.survey.survey-planned.v1"
    resolution: int
    cause: Cause
    closed_at: Instant
    send_at: Instant
    latest_at: Instant
    ticket: TicketAtClosing


class SurveyInvited(Event):
    """The invitation goes out: once per closing, 24 hours after it, never later than 48 (R14)."""

    type_name = "sav.survey.survey-invited.v1"
    resolution: int
    cause: Cause
    closed_at: Instant
    latest_at: Instant
    late: bool
    invited_at: Instant | None = None
    expires_at: Instant
    ticket: TicketAtClosing


class SurveyAnswered(Event):
    """The customer's scores; the comment alone is sealed in `personal`."""

    type_name = "sav.survey.survey-answered.v1"
    resolution: int
    cause: Cause | None = None
    closed_at: Instant | None = None
    invited_at: Instant | None = None
    scores: Scores
    answered_at: Instant
    ticket: TicketAtClosing


class SurveyExpired(Event):
    """No answer within the policy's delay."""

    type_name = "sav.survey.survey-expired.v1"
    resolution: int
    cause: Cause | None = None
    closed_at: Instant | None = None
    invited_at: Instant | None = None
    ticket: TicketAtClosing


class SurveyCancelled(Event):
    """The closing was undone before or after the invitation left (R14)."""

    type_name = "sav.survey.survey-cancelled.v1"
    resolution: int
    cause: Cause | None = None
    closed_at: Instant | None = None
    invited_at: Instant | None = None
    because: Literal["reopened"]
    already_sent: bool
    ticket: TicketAtClosing | None = None


class NeedsAttention(base.NeedsAttention):
    """Survey calls a person."""

    type_name = "sav.survey.needs-attention.v1"


EVENTS = (
    ClassNoted,
    AcknowledgementNoted,
    SurveyPlanned,
    SurveyInvited,
    SurveyAnswered,
    SurveyExpired,
    SurveyCancelled,
    NeedsAttention,
)
