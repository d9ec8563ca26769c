"""What notify remembers of a ticket: the fold of its own events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from shared.events.base import Channel, Event, Personal
from shared.events.notify import (
    BounceProofAsked,
    ContactNoted,
    MessageAccepted,
    MessageBounced,
    MessageDelivered,
    MessageFailed,
    MessageKind,
    MessageToSend,
    NeedsAttention,
    NoBounce,
)


class Letter(NamedTuple):
    """One thing to tell the customer, whatever the channel."""

    kind: MessageKind
    generation: int
    resolution: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter on its way: what was said, by which channels, and the last report of the present one."""

    subject: str
    text: str
    tried: tuple[Channel, ...]
    message: str
    status: str = "to-send"
    send_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotifyState:
    """A ticket as notify knows it."""

    number: str = ""
    contact: Personal | None = None
    channels: tuple[Channel, ...] = ()
    letters: Mapping[Letter, Sent] = field(default_factory=lambda: MappingProxyType({}))
    bounce_proof: BounceProofAsked | None = None
    called: frozenset[str] = frozenset()


def evolve(state: NotifyState, event: Event) -> NotifyState:
    """Fold one of notify's own events."""
    match event:
        case ContactNoted():
            return replace(state, number=event.number, contact=event.personal or Personal(), channels=event.channels)
        case MessageToSend():
            return _to_send(state, event)
        case MessageAccepted() | MessageDelivered() | MessageBounced() | MessageFailed():
            status = {
                MessageAccepted: "accepted",
                MessageDelivered: "delivered",
                MessageBounced: "bounced",
                MessageFailed: "failed",
            }[type(event)]
            letter = letter_of(event)
            sent = state.letters.get(letter) or Sent("", "", (), event.message)
            return _with(state, letter, replace(sent, status=status))
        case BounceProofAsked():
            return replace(state, bounce_proof=event)
        case NoBounce():
            return replace(state, bounce_proof=None)
        case NeedsAttention(about=about):
            return replace(state, called=state.called | {about})
        case _:
            return state


def letter_of(event: MessageToSend | MessageAccepted | MessageDelivered | MessageBounced | MessageFailed) -> Letter:
    """Return which letter an event is about."""
    return Letter(event.kind, event.generation, event.resolution)


def _to_send(state: NotifyState, event: MessageToSend) -> NotifyState:
    letter, personal = letter_of(event), event.personal or Personal()
    before = state.letters.get(letter)
    tried = (*before.tried, event.channel) if before else (event.channel,)
    return _with(state, letter, Sent(personal.subject, personal.text, tried, event.message, send_by=event.send_by))


def _with(state: NotifyState, letter: Letter, sent: Sent) -> NotifyState:
    return replace(state, letters=MappingProxyType({**state.letters, letter: sent}))
