"""What triage remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.events.base import Criticality, Event
from shared.events.triage import TicketClassified, TicketReclassified


@dataclass(frozen=True, slots=True)
class TriageState:
    """The class that holds now; None before the first."""

    criticality: Criticality | None = None


def evolve(state: TriageState, event: Event) -> TriageState:
    """Fold one of triage's own events."""
    if isinstance(event, TicketClassified | TicketReclassified):
        return replace(state, criticality=event.criticality)
    return state
