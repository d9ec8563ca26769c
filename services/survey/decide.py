"""What survey decides: one invitation per closing, in time, and the first answer (R14). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.survey.rules import is_late, latest_at, send_at
from services.survey.state import SurveyState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events.closure import TicketClosed, TicketReopened
from shared.events.intake import SurveyAnswerReceived
from shared.events.survey import SurveyAnswered, SurveyCancelled, SurveyExpired, SurveyInvited, SurveyPlanned
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
            ticket=closed.ticket,
            send_at=send_at(closed.closed_at, policy),
            latest_at=latest_at(closed.closed_at, policy),
        )
    )


def _reopened(state: SurveyState, resolution: int) -> Outcome:
    survey = state.surveys.get(resolution)
    if survey is None or survey.status in ("cancelled", "answered", "expired"):
        return Ignored("no survey is open for this closing")
    sent = survey.status == "invited"
    return happened(SurveyCancelled(resolution=resolution, because="reopened", already_sent=sent))


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
            ticket=survey.planned.ticket,
            personal=answer.personal,
        )
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
            expires_at=at + policy.survey.expires,
            ticket=planned.ticket,
        )
    )


def _expired(state: SurveyState, resolution: int) -> Outcome:
    survey = state.surveys.get(resolution)
    if survey is None or survey.status != "invited":
        return Ignored("this survey waits for no answer")
    return happened(SurveyExpired(resolution=resolution, ticket=survey.planned.ticket))


def deadlines(state: SurveyState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    for resolution, survey in state.surveys.items():
        if survey.status == "planned":
            yield Deadline(f"send:{resolution}", survey.planned.send_at)
        if survey.status == "invited" and survey.expires_at:
            yield Deadline(f"expire:{resolution}", survey.expires_at)
