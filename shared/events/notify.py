"""What notify says: each message to a customer, and what became of it."""

from __future__ import annotations

from typing import Literal

from shared.events import base
from shared.events.base import Channel, Event, Instant, Model, Personal
from shared.events.dispatch import PromiseName, WarningTo

MessageKind = Literal[
    "acknowledgement",
    "re-evaluation",
    "appointment",
    "confirmation-request",
    "reminder",
    "reopened",
    "closing",
    "survey",
]
StaffKind = Literal["page", "at-risk", "missed"]
DeliveryStatus = Literal["accepted", "delivered", "bounced", "failed"]


class MessagePersonal(Personal):
    """Where it goes (`email` or `phone`), its `subject` and its `text`."""


class ContactNoted(Event):
    """Where this customer can be reached, by what the customer gave; sealed in `personal`."""

    type_name = "sav.notify.contact-noted.v1"
    number: str
    channels: tuple[Channel, ...]
    """In the order in which they are tried."""


class MessageToSend(Event):
    """For the adapter of `channel`: send this once. The id is the same on every copy."""

    type_name = "sav.notify.message-to-send.v1"
    message: str
    kind: MessageKind
    generation: int
    resolution: int
    channel: Channel
    send_by: Instant | None = None


class MessageAccepted(Event):
    """The channel took it (R3 counts here): the relay, the portal's outbox, or the operator on the phone."""

    type_name = "sav.notify.message-accepted.v1"
    message: str
    kind: MessageKind
    generation: int
    resolution: int
    channel: Channel
    at: Instant


class MessageDelivered(Event):
    """The recipient's server took it, or a person made the call and recorded it (R13 counts from here)."""

    type_name = "sav.notify.message-delivered.v1"
    message: str
    kind: MessageKind
    generation: int
    resolution: int
    channel: Channel
    at: Instant


class MessageBounced(Event):
    """It came back after all."""

    type_name = "sav.notify.message-bounced.v1"
    message: str
    kind: MessageKind
    generation: int
    resolution: int
    channel: Channel
    at: Instant


class MessageFailed(Event):
    """No channel could take it: a person must call."""

    type_name = "sav.notify.message-failed.v1"
    message: str
    kind: MessageKind
    generation: int
    resolution: int
    channel: Channel
    at: Instant


class BounceProofAsked(Event):
    """Notify noted that closure wants to know of any bounce up to `until`; it is not known yet."""

    type_name = "sav.notify.bounce-proof-asked.v1"
    resolution: int
    until: Instant
    first_asked_at: Instant
    look_again_at: Instant


class NoBounce(Event):
    """All that any channel reported up to `until` is on this topic before this event (R13)."""

    type_name = "sav.notify.no-bounce.v1"
    resolution: int
    until: Instant


class StaffMessageToSend(Event):
    """For the adapter of `channel`: tell somebody of the company; `personal` holds where, and the words."""

    type_name = "sav.notify.staff-message-to-send.v1"
    message: str
    kind: StaffKind
    person: str
    channel: Literal["email", "phone"]
    generation: int
    """Which call, or which notice, of the ticket's life: 1, 2…"""
    resolution: int
    answer_by: Instant | None = None
    """Of a page: no answer by then, and the next one is called."""
    about: str = ""
    """Of a notice: which one; the same words are said once."""


class StaffNoticeHeld(Event):
    """Nobody is woken who is not on call: this notice goes out when the desk opens."""

    type_name = "sav.notify.staff-notice-held.v1"
    about: str
    kind: StaffKind
    promise: PromiseName
    due_at: Instant
    to: WarningTo = "dispatcher"
    """As dispatch meant it; what was held before this was written goes to the dispatchers."""
    person: str = ""
    """Who had the ticket."""
    until: Instant


class PageAnswered(Event):
    """Somebody who was called says: I have it (R1)."""

    type_name = "sav.notify.page-answered.v1"
    resolution: int
    page: int
    person: str
    at: Instant


class PagingEnded(Event):
    """Nobody needs to be called any more."""

    type_name = "sav.notify.paging-ended.v1"
    resolution: int
    because: Literal["taken", "resolved", "lowered", "given-up"]


class NeedsAttention(base.NeedsAttention):
    """Notify calls a person."""

    type_name = "sav.notify.needs-attention.v1"


class Delivery(Model):
    """What an adapter publishes on `sav.deliveries`, keyed by the ticket: what became of one message."""

    v: Literal[1] = 1
    message: str
    ticket: str
    kind: MessageKind | StaffKind
    """Of a page, `delivered` is an answer: the person says that they have it."""
    generation: int
    resolution: int
    channel: Channel
    status: DeliveryStatus
    at: Instant
    reason: str = ""


class ChannelWatermark(Model):
    """What an adapter publishes on `sav.channels`: all that it accepted before `until` is on its topic."""

    v: Literal[1] = 1
    adapter: Channel
    instance: str = ""
    """Which of the channel's doors says it: each replica, and LMTP beside IMAP, speaks for itself alone."""
    until: Instant
    spool: Literal["open", "empty", "lost"] = "open"


EVENTS = (
    ContactNoted,
    MessageToSend,
    MessageAccepted,
    MessageDelivered,
    MessageBounced,
    MessageFailed,
    BounceProofAsked,
    NoBounce,
    StaffMessageToSend,
    StaffNoticeHeld,
    PageAnswered,
    PagingEnded,
    NeedsAttention,
)
