"""What intake remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from shared.events.base import Event
from shared.events.intake import (
    AcknowledgementAsked,
    AcknowledgementNoted,
    CustomerSilent,
    NeedsAttention,
    SilenceProofAsked,
    TicketOpened,
)


@dataclass(frozen=True, slots=True)
class IntakeState:
    """A ticket as intake knows it."""

    opened: TicketOpened | None = None
    asked: AcknowledgementAsked | None = None
    """The last acknowledgement asked for."""
    noted: int = 0
    """The last generation that a channel took."""
    due: Mapping[int, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """By when each acknowledgement asked for must be taken."""
    warned: frozenset[int] = frozenset()
    """Generations whose lateness a person was told of."""
    silence: SilenceProofAsked | None = None
    """A question of closure that is still open."""
    silence_called: bool = False
    person_looks: bool = False
    """A person was called to what a machine sent."""

    def unacknowledged(self) -> dict[int, datetime]:
        """Return the deadlines of what no channel has taken and nobody was warned of, by generation."""
        return {one: by for one, by in self.due.items() if one > self.noted and one not in self.warned}

    def next_late(self) -> int:
        """Return the generation whose deadline comes first; the first one where none was asked for."""
        waiting = self.unacknowledged()
        return min(waiting, key=lambda one: (waiting[one], one)) if waiting else 1


def evolve(state: IntakeState, event: Event) -> IntakeState:
    """Fold one of intake's own events."""
    match event:
        case TicketOpened():
            return replace(state, opened=event)
        case AcknowledgementAsked():
            due = MappingProxyType({**state.due, event.generation: event.acknowledge_by})
            return replace(state, asked=event, due=due)
        case AcknowledgementNoted(generation=generation):
            return replace(state, noted=generation)
        case SilenceProofAsked():
            same = state.silence is not None and state.silence.until == event.until
            return replace(state, silence=event, silence_called=state.silence_called and same)
        case CustomerSilent():
            return replace(state, silence=None, silence_called=False)
        case NeedsAttention(about="acknowledgement-late"):
            return replace(state, warned=state.warned | {state.next_late()})
        case NeedsAttention(about="automatic"):
            return replace(state, person_looks=True)
        case NeedsAttention(about="silence-unproven"):
            return replace(state, silence_called=True)
        case _:
            return state
