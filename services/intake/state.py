"""What intake remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    warned: int = 0
    """The last generation whose lateness a person was told of (`asked` or none: 1)."""
    silence: SilenceProofAsked | None = None
    """A question of closure that is still open."""
    silence_called: bool = False


def evolve(state: IntakeState, event: Event) -> IntakeState:
    """Fold one of intake's own events."""
    match event:
        case TicketOpened():
            return replace(state, opened=event)
        case AcknowledgementAsked():
            return replace(state, asked=event)
        case AcknowledgementNoted(generation=generation):
            return replace(state, noted=generation)
        case SilenceProofAsked():
            same = state.silence is not None and state.silence.until == event.until
            return replace(state, silence=event, silence_called=state.silence_called and same)
        case CustomerSilent():
            return replace(state, silence=None, silence_called=False)
        case NeedsAttention(about="acknowledgement-late"):
            return replace(state, warned=state.asked.generation if state.asked else 1)
        case NeedsAttention(about="silence-unproven"):
            return replace(state, silence_called=True)
        case _:
            return state
