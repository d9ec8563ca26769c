"""By when somebody answers, as far as it can be known before triage has spoken (R3, R4). Pure; policy is handed in.

Called by the portal and the operator's page. What it says is never earlier than what intake holds itself to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.business_time import is_open, next_opening
from shared.policy.model import Policy


@dataclass(frozen=True, slots=True)
class AnswerBy:
    """Two instants (UTC): where it is urgent, and otherwise. In business hours they are the same."""

    urgent: datetime
    otherwise: datetime

    @property
    def differ(self) -> bool:
        """Tell whether the class decides: out of hours."""
        return self.urgent != self.otherwise


def answer_by(policy: Policy, received_at: datetime) -> AnswerBy:
    """Return by when the acknowledgement is promised (R3): 30 minutes on the clock, else from the next opening."""
    calendar = policy.calendars[policy.opening_calendar]
    within = policy.acknowledgement.within
    start = received_at if is_open(calendar, received_at) else next_opening(calendar, received_at)
    return AnswerBy(received_at + within, start + within)


def is_open_now(policy: Policy, now: datetime) -> bool:
    """Tell whether the company is open (R1)."""
    return is_open(policy.calendars[policy.opening_calendar], now)
