"""Closure's predicates, each naming the requirement that it comes from. The 5-day rule is here. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.business_time import add_working_days
from shared.events.base import TicketFacts
from shared.policy.model import Policy


def remind_at(asked_at: datetime, ticket: TicketFacts, policy: Policy) -> datetime:
    """Return when the reminder goes out: the same time two working days later, by the site's holidays (R13).

    A site that never closes has no working days of its own: the company's count.
    """
    site, company = policy.calendars.get(ticket.calendar), policy.calendars[policy.opening_calendar]
    calendar = site if site is not None and not site.continuous else company
    return add_working_days(calendar, asked_at, policy.closing.remind_after_working_days)


def five_days_end(delivered_at: datetime, policy: Policy) -> datetime:
    """Return the end of the 5 full days (120 hours on the clock) that run from the reminder's delivery (R13)."""
    return delivered_at + policy.closing.silence


def is_final_at(clicked_at: datetime, policy: Policy) -> datetime:
    """Return when a click can no longer be taken back."""
    return clicked_at + policy.closing.undo


def was_said_before(received_at: datetime, closed_at: datetime) -> bool:
    """Tell whether a channel accepted the customer's words before the closing: then there was no silence (R13)."""
    return received_at <= closed_at
