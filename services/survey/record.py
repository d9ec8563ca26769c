"""What survey's records say of the ticket: as it was at the closing, with each promise and whether it was kept (R15).

Called by `decide`. Pure.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from services.survey.rules import was_kept
from services.survey.state import Survey, SurveyState
from shared.events.base import TicketFacts
from shared.events.closure import Cause
from shared.events.survey import TicketAtClosing


class Closing(TypedDict):
    """How and when a ticket closed, and when its survey left: the same in every record of that survey."""

    cause: Cause
    closed_at: datetime
    invited_at: datetime | None


def at_closing(state: SurveyState, ticket: TicketFacts, closed_at: datetime) -> TicketAtClosing:
    """Return the ticket as it was at `closed_at`, by all that survey has heard of it so far (R15).

    The facts are dispatch's, of the resolution; what triage and intake said between that and the closing is survey's.
    """
    acknowledgements = [one for one in state.acknowledgements if one.accepted_at <= closed_at]
    told = {name: getattr(ticket, name) for name in TicketFacts.model_fields}
    told["last_criticality"] = state.criticality_at(closed_at) or ticket.last_criticality
    return TicketAtClosing(
        **told,
        acknowledged_at=min((one.accepted_at for one in acknowledgements), default=None),
        acknowledged_in_time=all(one.in_time for one in acknowledgements) if acknowledgements else None,
        taken_charge_in_time=was_kept(ticket.taken_charge_at, ticket.take_charge_by),
        on_site_in_time=was_kept(ticket.on_site_at, ticket.on_site_by),
        restored_in_time=was_kept(ticket.resolved_at, ticket.restored_by) if ticket.restored_by else None,
    )


def closing_of(survey: Survey) -> Closing:
    """Return what every record of a survey repeats, so that each stands by itself (R15)."""
    planned = survey.planned
    return Closing(cause=planned.cause, closed_at=planned.closed_at, invited_at=survey.invited_at)
