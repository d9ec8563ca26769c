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
    PageAnswered,
    PagingEnded,
    StaffMessageToSend,
    StaffNoticeHeld,
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
class Paging:
    """Calls to who is on call, until somebody answers (R1)."""

    resolution: int
    words: tuple[str, str]
    """Subject and text."""
    pages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Message to person, in the order of calling."""
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotifyState:
    """A ticket as notify knows it."""

    number: str = ""
    contact: Personal | None = None
    channels: tuple[Channel, ...] = ()
    letters: Mapping[Letter, Sent] = field(default_factory=lambda: MappingProxyType({}))
    bounce_proof: BounceProofAsked | None = None
    called: frozenset[str] = frozenset()
    paging: Paging | None = None
    paged: int = 0
    """Calls over the ticket's life: no two have one name."""
    notices: int = 0
    noticed: frozenset[str] = frozenset()
    held: Mapping[str, StaffNoticeHeld] = field(default_factory=lambda: MappingProxyType({}))
    """Notices that wait until the desk opens."""


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
        case StaffMessageToSend(kind="page"):
            return replace(state, paging=_called(state, event), paged=event.generation)
        case StaffMessageToSend(about=about, generation=number):
            told = replace(state, notices=number, noticed=state.noticed | {about})
            return replace(told, held=_without(state.held, about))
        case StaffNoticeHeld(about=about):
            return replace(state, held=MappingProxyType({**state.held, about: event}))
        case PagingEnded(because="given-up", resolution=k):
            # Nobody is called any more, but who takes it or answers late is still heard of.
            given_up = replace(state.paging or Paging(k, ("", "")), resolution=k, answer_by=None)
            return replace(state, paging=given_up)
        case PageAnswered() | PagingEnded():
            return replace(state, paging=None)
        case NeedsAttention(about=about) if about.startswith("nobody-to-warn:"):
            about = about.partition(":")[2]
            return replace(state, noticed=state.noticed | {about}, held=_without(state.held, about))
        case NeedsAttention(about=about):
            return replace(state, called=state.called | {about})
        case _:
            return state


def letter_of(event: MessageToSend | MessageAccepted | MessageDelivered | MessageBounced | MessageFailed) -> Letter:
    """Return which letter an event is about."""
    return Letter(event.kind, event.generation, event.resolution)


def _called(state: NotifyState, event: StaffMessageToSend) -> Paging:
    personal, paging = event.personal or Personal(), state.paging
    goes_on = paging is not None and paging.resolution == event.resolution
    pages = {**(paging.pages if paging and goes_on else {}), event.message: event.person}
    return Paging(
        event.resolution, (personal.subject, personal.text), MappingProxyType(pages), answer_by=event.answer_by
    )


def _without(held: Mapping[str, StaffNoticeHeld], about: str) -> Mapping[str, StaffNoticeHeld]:
    return MappingProxyType({name: one for name, one in held.items() if name != about})


def _to_send(state: NotifyState, event: MessageToSend) -> NotifyState:
    letter, personal = letter_of(event), event.personal or Personal()
    before = state.letters.get(letter)
    tried = (*before.tried, event.channel) if before else (event.channel,)
    return _with(state, letter, Sent(personal.subject, personal.text, tried, event.message, send_by=event.send_by))


def _with(state: NotifyState, letter: Letter, sent: Sent) -> NotifyState:
    return replace(state, letters=MappingProxyType({**state.letters, letter: sent}))
