"""What survey decides: one invitation per closing, in time, and the first answer (R14). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.survey.record import at_closing, closing_of
from services.survey.rules import is_late, latest_at, send_at
from services.survey.state import SurveyState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events import intake
from shared.events.base import Criticality, Personal
from shared.events.closure import TicketClosed, TicketReopened
from shared.events.intake import SurveyAnswerReceived
from shared.events.survey import (
    AcknowledgementNoted,
    ClassNoted,
    SurveyAnswered,
    SurveyCancelled,
    SurveyExpired,
    SurveyInvited,
    SurveyPlanned,
)
from shared.events.triage import TicketReclassified
from shared.policy.model import Policy

IRREVERSIBLE = frozenset({"send"})
"""An invitation that left cannot be called back."""


def decide(state: SurveyState, message: Message, facts: None, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for survey."""
    match message.payload:
        case TicketClosed() as closed:
            return _closed(state, closed, policy)
        case TicketReopened(resolution=resolution):
            return _reopened(state, resolution)
        case SurveyAnswerReceived() as answer:
            return _answered(state, answer)
        case TicketReclassified(was=was, criticality=now):
            return _class(state, was, now, message.at)
        case intake.AcknowledgementNoted() as noted:
            return _acknowledged(state, noted)
        case Due(kind=kind):
            what, _, which = kind.partition(":")
            return _sent(state, int(which), at, policy) if what == "send" else _expired(state, int(which))
        case _:
            return Ignored("survey has nothing to do with it")


def _closed(state: SurveyState, closed: TicketClosed, policy: Policy) -> Outcome:
    if closed.resolution in state.surveys:
        return Ignored("this closing has its survey")
    return happened(
        SurveyPlanned(
            resolution=closed.resolution,
            cause=closed.cause,
            closed_at=closed.closed_at,
            ticket=at_closing(state, closed.ticket, closed.closed_at),
            send_at=send_at(closed.closed_at, policy),
            latest_at=latest_at(closed.closed_at, policy),
        )
    )


def _reopened(state: SurveyState, resolution: int) -> Outcome:
    survey = state.surveys.get(resolution)
    if survey is None or survey.status in ("cancelled", "answered", "expired"):
        return Ignored("no survey is open for this closing")
    return happened(
        SurveyCancelled(
            resolution=resolution,
            because="reopened",
            already_sent=survey.status == "invited",
            ticket=survey.ticket,
            **closing_of(survey),
        )
    )


def _answered(state: SurveyState, answer: SurveyAnswerReceived) -> Outcome:
    survey = state.surveys.get(answer.resolution)
    if survey is None or survey.status == "planned":
        return Early("this survey did not go out yet")
    if not survey.invited:
        return Ignored("nobody was invited to answer this survey")
    if survey.status == "answered":
        return Ignored("the first answer counts")
    return happened(
        SurveyAnswered(
            resolution=answer.resolution,
            scores=answer.scores,
            answered_at=answer.received_at,
            ticket=survey.ticket,
            personal=_comment(answer),
            **closing_of(survey),
        )
    )


def _comment(answer: SurveyAnswerReceived) -> Personal | None:
    """The comment alone: who wrote it, and from where, is nothing that analysts need (R15)."""
    return Personal(text=answer.personal.text) if answer.personal and answer.personal.text else None


def _class(state: SurveyState, was: Criticality, now: Criticality, at: datetime) -> Outcome:
    known = state.classes[-1].criticality if state.classes else was
    if now == known:
        return Ignored("this class is known")
    return happened(ClassNoted(criticality=now, since=at))


def _acknowledged(state: SurveyState, noted: intake.AcknowledgementNoted) -> Outcome:
    if any(one.generation == noted.generation for one in state.acknowledgements):
        return Ignored("this acknowledgement was noted before")
    return happened(
        AcknowledgementNoted(generation=noted.generation, accepted_at=noted.accepted_at, in_time=not noted.late)
    )


def _sent(state: SurveyState, resolution: int, at: datetime, policy: Policy) -> Outcome:
    survey = state.surveys.get(resolution)
    if survey is None or survey.status != "planned":
        return Ignored("this survey is not planned any more")
    planned = survey.planned
    return happened(
        SurveyInvited(
            resolution=resolution,
            cause=planned.cause,
            closed_at=planned.closed_at,
            latest_at=planned.latest_at,
            late=is_late(at, planned.latest_at),
            invited_at=at,
            expires_at=at + policy.survey.expires,
            # Everything of before the closing is here by now: a survey leaves only when nothing lies before it.
            ticket=at_closing(state, planned.ticket, planned.closed_at),
        )
    )


def _expired(state: SurveyState, resolution: int) -> Outcome:
    survey = state.surveys.get(resolution)
    if survey is None or survey.status != "invited":
        return Ignored("this survey waits for no answer")
    return happened(SurveyExpired(resolution=resolution, ticket=survey.ticket, **closing_of(survey)))


def deadlines(state: SurveyState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    for resolution, survey in state.surveys.items():
        if survey.status == "planned":
            yield Deadline(f"send:{resolution}", survey.planned.send_at)
        if survey.status == "invited" and survey.expires_at:
            yield Deadline(f"expire:{resolution}", survey.expires_at)
