"""From the records of `sav.survey` to one row per survey. Pure: the records are handed in as bytes, in any order.

Called by `review.write` and its tests. It must never look at what is sealed: the review names and quotes nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError

from shared import codec
from shared.codec import Envelope
from shared.errors import SendToDead
from shared.events.base import Event
from shared.events.catalogue import known_in_another_version
from shared.events.closure import Cause
from shared.events.requests import Scores
from shared.events.survey import (
    SurveyAnswered,
    SurveyCancelled,
    SurveyExpired,
    SurveyInvited,
    SurveyPlanned,
    TicketAtClosing,
)

_MODELS: Mapping[str, type[Event]] = {
    one.type_name: one for one in (SurveyPlanned, SurveyInvited, SurveyAnswered, SurveyExpired, SurveyCancelled)
}


@dataclass(frozen=True, slots=True)
class Survey:
    """The survey of one closing, as its records say by a certain instant. Instants are UTC."""

    subject: str
    """The ticket's id."""
    resolution: int
    cause: Cause
    closed_at: datetime
    ticket: TicketAtClosing
    invited_at: datetime | None = None
    late: bool = False
    answered_at: datetime | None = None
    scores: Scores | None = None
    expired_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Nobody knows yet what becomes of it: it has not left, or its answer may still come within its delay."""
        return self.answered_at is None and self.expired_at is None and self.cancelled_at is None

    @property
    def counts(self) -> bool:
        """The customer was asked, and a reopening did not take the question back before there was an answer."""
        return self.invited_at is not None and (self.cancelled_at is None or self.answered_at is not None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the topic holds."""

    surveys: tuple[Survey, ...]
    unreadable: int = 0
    """Records that are no event of ours, or lack what their type must have: the figures miss something."""


def read_surveys(values: Iterable[bytes | None], until: datetime) -> Reading:
    """Return every survey as it was at `until`, in the order of the closings. A copy of a record counts once."""
    events: dict[str, dict[int, tuple[Envelope, Event]]] = defaultdict(dict)
    unreadable = 0
    for value in values:
        try:
            envelope = codec.decode(value)
            event = _event(envelope)
        except (SendToDead, ValidationError):
            unreadable += 1
            continue
        if event is not None and envelope.time <= until:
            events[envelope.subject].setdefault(envelope.seq or 0, (envelope, event))
    found, orphans = [], 0
    for subject, by_seq in events.items():
        surveys, missed = _of_ticket(subject, [by_seq[seq] for seq in sorted(by_seq)])
        found += surveys
        orphans += missed
    return Reading(tuple(sorted(found, key=_order)), unreadable + orphans)


def _order(one: Survey) -> tuple[datetime, str, int]:
    return one.closed_at, one.subject, one.resolution


def _event(envelope: Envelope) -> Event | None:
    """Return the event without its sealed part, None for a type that the review has no use for."""
    model = _MODELS.get(envelope.type)
    if model is None:
        if known_in_another_version(envelope.type):
            raise SendToDead(f"{envelope.type} is a version that this review cannot read")
        return None
    if envelope.seq is None:
        raise SendToDead(f"{envelope.type} has no seq")
    return model.model_validate({name: one for name, one in envelope.data.items() if name != "personal"})


def _of_ticket(subject: str, said: list[tuple[Envelope, Event]]) -> tuple[list[Survey], int]:
    surveys: dict[int, Survey] = {}
    missed = 0
    for envelope, event in said:
        first = _begun(subject, event)
        if first is not None:
            surveys.setdefault(first.resolution, first)
        resolution: int = getattr(event, "resolution", 0)
        if resolution in surveys:
            surveys[resolution] = _told(surveys[resolution], event, envelope.time)
        else:
            missed += 1
    return list(surveys.values()), missed


def _begun(subject: str, event: Event) -> Survey | None:
    """Return the survey that a record by itself tells of; one of before these fields were published does not."""
    match event:
        case SurveyPlanned() | SurveyInvited() | SurveyAnswered() | SurveyExpired() | SurveyCancelled():
            if event.cause is None or event.closed_at is None or event.ticket is None:
                return None
            return Survey(subject, event.resolution, event.cause, event.closed_at, event.ticket)
        case _:
            return None


def _told(survey: Survey, event: Event, at: datetime) -> Survey:
    match event:
        case SurveyInvited(invited_at=invited_at, late=late, ticket=ticket):
            return replace(survey, invited_at=invited_at or at, late=late, ticket=ticket)
        case SurveyAnswered(answered_at=answered_at, scores=scores, invited_at=invited_at):
            known = survey.invited_at or invited_at
            return replace(survey, answered_at=answered_at, scores=scores, invited_at=known)
        case SurveyExpired(invited_at=invited_at):
            return replace(survey, expired_at=at, invited_at=survey.invited_at or invited_at)
        case SurveyCancelled(invited_at=invited_at):
            return replace(survey, cancelled_at=at, invited_at=survey.invited_at or invited_at)
        case _:
            return survey
