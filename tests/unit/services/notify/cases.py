"""A ticket as notify knows it, with its contact noted."""

from __future__ import annotations

from datetime import datetime

from services.notify.app import STAGE
from services.notify.decide import Facts
from services.notify.state import NotifyState
from shared.events.base import Channel
from shared.events.closure import ReminderAsked
from shared.events.dispatch import VisitPlanned
from shared.events.survey import SurveyInvited, TicketAtClosing
from tests.unit.services.builders import MONDAY, opened, ticket_facts
from tests.unit.services.harness import DAY, HOUR, Story, story

Ticket = Story[NotifyState, Facts]

NOTIFY: Ticket = story(STAGE, Facts())
REMINDED_AT = MONDAY + 2 * DAY
REMINDER = ReminderAsked(resolution=1, reminder=1, asked_at=REMINDED_AT, report_by=REMINDED_AT + DAY)


def known(channel: Channel = "email", *, email: str = "martin@client.example", phone: str = "") -> Ticket:
    """A ticket whose customer can be reached by these."""
    return NOTIFY.once(opened(channel=channel, email=email, phone=phone), at=MONDAY)


def reminded(phone: str = "") -> Ticket:
    """The reminder is on its way by e-mail."""
    return known(phone=phone).once(REMINDER, at=REMINDED_AT)


def invitation(closed_at: datetime = MONDAY) -> SurveyInvited:
    return SurveyInvited(
        resolution=1,
        cause="confirmed",
        closed_at=closed_at,
        latest_at=closed_at + 2 * DAY,
        late=False,
        expires_at=closed_at + 31 * DAY,
        ticket=TicketAtClosing(**ticket_facts(closed_at).model_dump()),
    )


def appointment(start: datetime = MONDAY + DAY) -> VisitPlanned:
    return VisitPlanned(visit=1, ask="T-1/2", technician="T-01", start=start, end=start + 2 * HOUR)
