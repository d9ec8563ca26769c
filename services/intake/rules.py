"""Intake's predicates, each naming the requirement that it comes from. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.business_time import is_open, next_opening
from shared.events.base import RANK, Criticality
from shared.policy.model import Policy


def acknowledge_by(received_at: datetime, *, urgent: bool, policy: Policy) -> datetime:
    """Return the deadline of the acknowledgement (R3).

    In business hours the 30 minutes run on the clock, even past closing; out of hours they run from the next
    opening, but for an urgent request at any hour from its receipt.
    """
    calendar = policy.calendars[policy.opening_calendar]
    start = received_at if urgent or is_open(calendar, received_at) else next_opening(calendar, received_at)
    return start + policy.acknowledgement.within


def is_urgent(criticality: Criticality) -> bool:
    """Critique is what R3 calls urgent."""
    return criticality == "critique"


def is_raised(was: Criticality, now: Criticality) -> bool:
    """Tell whether a re-evaluation raised the class (R7)."""
    return RANK[now] > RANK[was]


def is_silence_proved(heard_until: datetime | None, until: datetime, unsettled: int) -> bool:
    """Tell whether all that any channel accepted up to `until` is known, and nothing lies dead unread (R13)."""
    return heard_until is not None and heard_until >= until and unsettled == 0
