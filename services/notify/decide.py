"""What notify decides: the message that an event means, its channel, and what a report of an adapter means. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from services.notify import staff, texts
from services.notify.rules import channels_of, is_bounce_proved, next_channel
from services.notify.state import Letter, NotifyState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events.base import Channel, Event, Personal
from shared.events.closure import ConfirmationAsked, ReminderAsked, SilenceAsked, TicketClosed, TicketReopened
from shared.events.dispatch import (
    OnCallNeeded,
    PromiseAtRisk,
    PromiseMissed,
    PromiseRecomputed,
    TakenCharge,
    TicketResolved,
    VisitPlanned,
)
from shared.events.intake import AcknowledgementAsked, TicketOpened
from shared.events.notify import (
    BounceProofAsked,
    ContactNoted,
    Delivery,
    MessageAccepted,
    MessageBounced,
    MessageDelivered,
    MessageFailed,
    MessageKind,
    MessagePersonal,
    MessageToSend,
    NeedsAttention,
    NoBounce,
)
from shared.events.survey import SurveyInvited
from shared.ids import message_id
from shared.policy.model import Policy
from shared.registry.model import Staff

_ORDER = ("to-send", "accepted", "delivered", "bounced", "failed")
"""A report only ever moves a message on: a late `accepted` after `delivered` says nothing new."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What notify may know beyond the ticket."""

    heard_until: datetime | None = None
    """Every adapter's report up to here is in a journal."""
    unsettled: int = 0
    staff: Staff = field(default_factory=Staff)
    """Who works here and who is on call, for what the company's own people are told."""


@dataclass(frozen=True, slots=True)
class _Words:
    letter: Letter
    subject: str
    text: str
    send_by: datetime | None = None


def decide(state: NotifyState, message: Message, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for notify."""
    payload = message.payload
    match payload:
        case TicketOpened():
            return Ignored("the contact is known") if state.number else happened(_contact(payload))
        case (
            OnCallNeeded() | PromiseAtRisk() | PromiseMissed() | TakenCharge() | TicketResolved() | PromiseRecomputed()
        ):
            return _for_staff(state, message.ticket, payload, facts.staff, at, policy)
        case Delivery(kind="page" | "at-risk" | "missed"):
            return staff.reported(state, message.ticket, payload, facts.staff, at, policy)
        case Delivery():
            return _report(state, message.ticket, payload)
        case SilenceAsked(resolution=resolution, until=until):
            asked_already = state.bounce_proof is not None and state.bounce_proof.until == until
            return (
                Ignored("asked before") if asked_already else _bounces(state, resolution, until, at, facts, at, policy)
            )
        case Due(kind=kind):
            return _due(state, message.ticket, kind, facts, at, policy)
    words = _words(state, payload, policy)
    if words is None:
        return Ignored("the customer need not be told")
    if not state.number:
        return Early("the contact is not known yet")
    if words.letter in state.letters:
        return Ignored("the customer was told")
    return happened(*_send(state, message.ticket, words, (), at))


def _for_staff(
    state: NotifyState, ticket: str, payload: object, people: Staff, at: datetime, policy: Policy
) -> Outcome:
    match payload:
        case OnCallNeeded():
            return staff.needed(state, ticket, payload, people, at, policy)
        case PromiseAtRisk() | PromiseMissed():
            return staff.noticed(state, ticket, payload, people, at, policy)
        case PromiseRecomputed(on_call=on_call):
            return Ignored("still served at any hour") if on_call else staff.over(state, "lowered")
        case TakenCharge():
            return staff.over(state, "taken")
        case _:
            return staff.over(state, "resolved")


def _due(state: NotifyState, ticket: str, kind: str, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    what, _, which = kind.partition(":")
    if what == "bounce-proof" and state.bounce_proof is not None:
        asked = state.bounce_proof
        return _bounces(state, asked.resolution, asked.until, asked.first_asked_at, facts, at, policy)
    if what == "page" and state.paging is not None and state.paging.answer_by is not None:
        return staff.unanswered(state, ticket, facts.staff, at, policy)
    if what == "notice" and which in state.held:
        return staff.noticed(state, ticket, state.held[which], facts.staff, at, policy)
    return Ignored("nothing is waiting for this deadline any more")


def _contact(opened: TicketOpened) -> ContactNoted:
    given = opened.personal or Personal()
    contact = Personal(name=given.name, email=given.email, phone=given.phone)
    return ContactNoted(number=opened.number, channels=channels_of(opened.channel, contact), personal=contact)


def _words(state: NotifyState, payload: object, policy: Policy) -> _Words | None:
    head = texts.Letterhead(policy.company, policy.portal, state.number)
    match payload:
        case AcknowledgementAsked(generation=generation, promise=promise):
            raised = payload.because == "raised"
            write = texts.re_evaluation if raised else texts.acknowledgement
            letter = Letter("re-evaluation" if raised else "acknowledgement", generation, 0)
            return _Words(letter, *write(head, promise.criticality, promise.in_words), payload.acknowledge_by)
        case VisitPlanned(visit=visit):
            return _Words(Letter("appointment", visit, 0), *texts.appointment(head, payload.start, payload.end))
        case ConfirmationAsked(resolution=k):
            return _Words(Letter("confirmation-request", 1, k), *texts.confirmation_request(head, k))
        case ReminderAsked(resolution=k, reminder=n):
            return _Words(Letter("reminder", n, k), *texts.reminder(head, k))
        case TicketReopened(resolution=k):
            return _Words(Letter("reopened", 1, k), *texts.reopened(head))
        case TicketClosed(resolution=k, cause=cause):
            return _Words(Letter("closing", 1, k), *texts.closing(head, cause, k))
        case SurveyInvited(resolution=k):
            return _Words(Letter("survey", 1, k), *texts.survey(head, k), payload.latest_at)
        case _:
            return None


def _send(state: NotifyState, ticket: str, words: _Words, tried: tuple[Channel, ...], at: datetime) -> list[Event]:
    kind, generation, resolution = words.letter
    channel = next_channel(state.channels, tried, kind)
    if channel is None:
        about = f"unreachable:{kind}:{generation}:{resolution}"
        call = NeedsAttention(
            reason="Aucun canal ne permet de joindre ce client : l'appeler ou lui écrire.", about=about
        )
        if tried:
            return [call]
        nobody = MessageFailed(
            message=message_id(ticket, kind, generation, resolution, "none"),
            kind=kind,
            generation=generation,
            resolution=resolution,
            channel="phone",
            at=at,
        )
        return [nobody, call]
    contact = state.contact or Personal()
    personal = MessagePersonal(
        name=contact.name,
        email=contact.email if channel == "email" else "",
        phone=contact.phone if channel == "phone" else "",
        subject=words.subject,
        text=words.text,
    )
    return [
        MessageToSend(
            message=message_id(ticket, kind, generation, resolution, channel),
            kind=kind,
            generation=generation,
            resolution=resolution,
            channel=channel,
            send_by=words.send_by,
            personal=personal,
        )
    ]


def _report(state: NotifyState, ticket: str, report: Delivery) -> Outcome:
    letter = Letter(cast("MessageKind", report.kind), report.generation, report.resolution)
    sent = state.letters.get(letter)
    if sent is None:
        return Early("this message was not asked for yet")
    called = report.status == "delivered" and report.channel == "phone"
    if not (called and sent.status in ("bounced", "failed")):
        # A call that a person made after every channel failed, and recorded, is a delivery too (R13).
        if report.message != sent.message:
            return Ignored("about a channel that was given up")
        lost_already = report.status == "failed" and sent.status == "bounced"
        if lost_already or _ORDER.index(report.status) <= _ORDER.index(sent.status):
            return Ignored("nothing new about this message")
    said: dict[str, Any] = {
        "message": report.message,
        "kind": report.kind,
        "generation": report.generation,
        "resolution": report.resolution,
        "channel": report.channel,
        "at": report.at,
    }
    match report.status:
        case "accepted":
            return happened(MessageAccepted(**said))
        case "delivered" if sent.status == "to-send":
            # An adapter that saw the delivery itself took the message too (R3 counts that).
            return happened(MessageAccepted(**said), MessageDelivered(**said))
        case "delivered":
            return happened(MessageDelivered(**said))
        case "failed" if sent.status == "delivered":
            return happened(MessageBounced(**said), *_elsewhere(state, ticket, letter, report.at))
        case "bounced":
            return happened(MessageBounced(**said), *_elsewhere(state, ticket, letter, report.at))
        case _:
            again = _elsewhere(state, ticket, letter, report.at)
            if any(isinstance(one, MessageToSend) for one in again):
                return happened(*again)
            return happened(MessageFailed(**said), *again)


def _elsewhere(state: NotifyState, ticket: str, letter: Letter, at: datetime) -> list[Event]:
    """The next channel, or a person's call; a survey is not sent twice (R14)."""
    sent = state.letters[letter]
    return _send(state, ticket, _Words(letter, sent.subject, sent.text, sent.send_by), sent.tried, at)


def _bounces(
    state: NotifyState, resolution: int, until: datetime, first: datetime, facts: Facts, at: datetime, policy: Policy
) -> Outcome:
    """R13: no bounce only where every report up to then is known."""
    if is_bounce_proved(facts.heard_until, until, facts.unsettled):
        return happened(NoBounce(resolution=resolution, until=until))
    again = at + policy.closing.ask_silence_again
    noted = BounceProofAsked(resolution=resolution, until=until, first_asked_at=first, look_again_at=again)
    about = f"bounce-unproven:{resolution}"
    if at - first < policy.closing.silence_unproven_after or about in state.called:
        return happened(noted)
    reason = "Rien ne prouve que la relance n'est pas revenue : un canal ne rend pas compte."
    return happened(noted, NeedsAttention(reason=reason, about=about))


def deadlines(state: NotifyState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    if state.bounce_proof is not None:
        yield Deadline("bounce-proof", state.bounce_proof.look_again_at)
    if state.paging is not None and state.paging.answer_by is not None:
        yield Deadline(f"page:{state.paging.resolution}:{len(state.paging.pages)}", state.paging.answer_by)
    for about, held in state.held.items():
        yield Deadline(f"notice:{about}", held.until)
