"""Records of the survey topic, as survey publishes them, for the tests of the review. Every ticket is invented."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.events.base import Event, Personal
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
from shared.personal import ClearSeal
from tests.unit.services.builders import ticket_facts
from tests.unit.services.harness import DAY, HOUR, paris

OCTOBER = paris(2026, 10, 15, 10)
SECRET = "Odette Barrois 0639983001"


def record(ticket: str, seq: int, event: Event, at: datetime) -> bytes:
    """One record of the topic."""
    return encode(
        Envelope(
            id=ids.event_id("test", ticket, "survey", seq, event.type_name),
            type=event.type_name,
            source="sav/test/survey",
            subject=ticket,
            time=at,
            data=sealed_data(event, ticket, ClearSeal()),
            seq=seq,
        )
    )


def facts(closed_at: datetime = OCTOBER, **changed: Any) -> TicketAtClosing:
    """A ticket that was handled remotely and in time."""
    kept = {"acknowledged_in_time": True, "taken_charge_in_time": True}
    return TicketAtClosing(**{**ticket_facts(closed_at).model_dump(), **kept, **changed})


def scores(responsiveness: int = 5, quality: int = 4, communication: int = 3) -> Scores:
    return Scores(responsiveness=responsiveness, quality=quality, communication=communication)


def survey(
    ticket: str,
    closed_at: datetime = OCTOBER,
    *,
    answer: Scores | None = None,
    after: float = 1.0,
    expired: bool = False,
    cancelled: str = "",
    cause: Cause = "confirmed",
    resolution: int = 1,
    first_seq: int = 1,
    invited: bool = True,
    **changed: Any,
) -> list[bytes]:
    """Everything that the topic says of one survey; `after` is the days from the invitation to the answer."""
    ticket_then = facts(closed_at, **changed)
    sent_at = closed_at + DAY
    common: dict[str, Any] = {"resolution": resolution, "cause": cause, "closed_at": closed_at, "ticket": ticket_then}
    told: list[tuple[Event, datetime]] = [
        (SurveyPlanned(**common, send_at=sent_at, latest_at=closed_at + 2 * DAY), closed_at)
    ]
    if cancelled == "before":
        told.append((SurveyCancelled(**common, because="reopened", already_sent=False), closed_at + HOUR))
        invited = False
    if invited:
        common["invited_at"] = sent_at
        latest, expires = closed_at + 2 * DAY, sent_at + 30 * DAY
        told.append((SurveyInvited(**common, latest_at=latest, late=False, expires_at=expires), sent_at))
    if cancelled == "after":
        told.append((SurveyCancelled(**common, because="reopened", already_sent=True), sent_at + HOUR))
    if expired:
        told.append((SurveyExpired(**common), sent_at + 30 * DAY))
    if answer is not None:
        at = sent_at + after * DAY
        said = SurveyAnswered(**common, scores=answer, answered_at=at, personal=Personal(text=SECRET))
        told.append((said, at))
    return [record(ticket, first_seq + n, event, at) for n, (event, at) in enumerate(told)]
