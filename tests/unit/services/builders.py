"""Typical events, requests and commands, so that a test writes down only what matters to it.

Used by the tests of the stages and by the recorded samples. Every instant is given or derived from one that is;
every customer is invented.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.events import dispatch, resources
from shared.events.base import Channel, Criticality, Personal, TicketFacts, Tier
from shared.events.closure import Cause, ConfirmationAsked, SilenceAsked, TicketClosed, TicketReopened
from shared.events.intake import (
    AcknowledgementAsked,
    Contract,
    CustomerConfirmed,
    CustomerDenied,
    CustomerReplied,
    CustomerSilent,
    CustomerTookBack,
    Promise,
    SurveyAnswerReceived,
    TicketOpened,
)
from shared.events.notify import (
    Delivery,
    DeliveryStatus,
    MessageAccepted,
    MessageBounced,
    MessageDelivered,
    MessageFailed,
    MessageKind,
    NoBounce,
)
from shared.events.requests import Request, RequestKind, RequestPersonal, Scores
from shared.events.triage import Evidence, Reason, TicketClassified, TicketReclassified
from shared.promises import promise
from tests.unit.services.harness import DAY, HOUR, MINUTE, POLICY, TICKET, paris

MONDAY = paris(2026, 11, 23, 10, 0)
"""A Monday in business hours, in a week without a holiday."""
NUMBER = "26-123-450-A"
BROKEN = "La caméra du quai ne répond plus, le reste du site est surveillé."
SCORES = Scores(responsiveness=5, quality=4, communication=3)
CLASSES: tuple[Criticality, ...] = ("critique", "standard", "informatif")


def contract(tier: Tier = "premium", calendar: str = "france") -> Contract:
    return Contract(customer="C-1", site="S-1", tier=tier, calendar=calendar, version="2026-1")


def request(
    kind: RequestKind = "request",
    at: datetime = MONDAY,
    *,
    channel: Channel = "email",
    key: str = "m-1",
    text: str = BROKEN,
    resolution: int = 1,
    automatic: bool = False,
) -> Request:
    """What an adapter publishes; a click or a reply names the ticket."""
    return Request(
        kind=kind,
        channel=channel,
        key=key,
        received_at=at,
        ticket="" if kind == "request" else NUMBER,
        resolution=0 if kind in ("request", "reply") else resolution,
        automatic=automatic,
        scores=SCORES if kind == "survey-answer" else None,
        personal=RequestPersonal(name="Mme Martin", email="martin@client.example", text=text),
    )


def promised(criticality: Criticality, at: datetime = MONDAY, tier: Tier = "premium") -> Promise:
    """What the shipped policy promises for a class from an instant."""
    return promise(POLICY, contract(tier), criticality, at)


def opened(
    at: datetime = MONDAY,
    *,
    tier: Tier = "premium",
    channel: Channel = "email",
    email: str = "martin@client.example",
    phone: str = "",
    text: str = BROKEN,
    form: dict[str, str] | None = None,
) -> TicketOpened:
    return TicketOpened(
        number=NUMBER,
        request="m-1",
        channel=channel,
        received_at=at,
        contract=contract(tier),
        form=form or {},
        triage_by=at + 10 * MINUTE,
        acknowledge_by_if_urgent=at + 30 * MINUTE,
        acknowledge_by_otherwise=at + 30 * MINUTE,
        promises={one: promised(one, at, tier) for one in CLASSES},
        personal=Personal(name="Mme Martin", email=email, phone=phone, subject="", text=text),
    )


def acknowledgement_asked(
    criticality: Criticality = "standard",
    *,
    at: datetime = MONDAY,
    generation: int = 1,
    raised: bool = False,
    stated: Promise | None = None,
) -> AcknowledgementAsked:
    return AcknowledgementAsked(
        generation=generation,
        because="raised" if raised else "classified",
        promise=stated or promised(criticality, at),
        acknowledge_by=at + 30 * MINUTE,
    )


def classified(criticality: Criticality = "standard", *, doubt: bool = False) -> TicketClassified:
    return TicketClassified(
        criticality=criticality,
        doubt=doubt,
        reasons=(Reason(rule="S-CAMERA", says="Un seul appareil est touché."),),
        personal=Evidence(
            evidence={"S-CAMERA": ("caméra",)}, would_change="Plusieurs appareils touchés : ce serait Critique."
        ),
        grid="2026-11-1",
    )


def reclassified(was: Criticality, now: Criticality) -> TicketReclassified:
    return TicketReclassified(
        was=was,
        criticality=now,
        because="technician",
        by="T-01",
        doubt=False,
        reasons=(Reason(rule="R7", says="Le site n'est plus surveillé."),),
        personal=Evidence(evidence={"R7": ("plus surveillé",)}),
        grid="2026-11-1",
    )


def replied(at: datetime, *, automatic: bool = False, text: str = "Merci", request: str = "m-2") -> CustomerReplied:
    personal = Personal(text=text)
    return CustomerReplied(request=request, channel="email", received_at=at, automatic=automatic, personal=personal)


def confirmed(at: datetime, resolution: int = 1) -> CustomerConfirmed:
    return CustomerConfirmed(request="c-1", channel="portal", received_at=at, resolution=resolution)


def denied(at: datetime, resolution: int = 1) -> CustomerDenied:
    return CustomerDenied(request="c-2", channel="portal", received_at=at, resolution=resolution)


def took_back(at: datetime, resolution: int = 1) -> CustomerTookBack:
    return CustomerTookBack(request="c-3", channel="portal", received_at=at, resolution=resolution)


def survey_answer(at: datetime, resolution: int = 1, request: str = "s-1") -> SurveyAnswerReceived:
    return SurveyAnswerReceived(
        request=request,
        channel="portal",
        received_at=at,
        resolution=resolution,
        scores=SCORES,
        personal=Personal(text="Rapide et clair."),
    )


def ticket_facts(resolved_at: datetime = MONDAY, calendar: str = "france") -> TicketFacts:
    return TicketFacts(
        number=NUMBER,
        channel="email",
        tier="premium",
        customer="C-1",
        site="S-1",
        equipment="caméra",
        calendar=calendar,
        opened_at=resolved_at - 5 * HOUR,
        first_criticality="standard",
        last_criticality="standard",
        take_charge_by=resolved_at - HOUR,
        taken_charge_at=resolved_at - 4 * HOUR,
        on_site_by=resolved_at + DAY,
        restored_by=resolved_at + 2 * DAY,
        how="remote",
        resolved_at=resolved_at,
    )


def resolved(at: datetime = MONDAY, resolution: int = 1, calendar: str = "france") -> dispatch.TicketResolved:
    facts = ticket_facts(at, calendar)
    return dispatch.TicketResolved(resolution=resolution, how="remote", by="T-01", summary="Redémarré.", ticket=facts)


def confirmation_asked(at: datetime = MONDAY, resolution: int = 1) -> ConfirmationAsked:
    return ConfirmationAsked(resolution=resolution, remind_at=at + 2 * DAY, ticket=ticket_facts(at))


def silence_asked(until: datetime, resolution: int = 1) -> SilenceAsked:
    return SilenceAsked(resolution=resolution, until=until)


def customer_silent(until: datetime, resolution: int = 1) -> CustomerSilent:
    return CustomerSilent(resolution=resolution, until=until)


def no_bounce(until: datetime, resolution: int = 1) -> NoBounce:
    return NoBounce(resolution=resolution, until=until)


def closed(at: datetime, resolution: int = 1, cause: Cause = "confirmed") -> TicketClosed:
    return TicketClosed(resolution=resolution, cause=cause, closed_at=at, ticket=ticket_facts(at))


def reopened(resolution: int = 1, *, undoes_closing: bool = True) -> TicketReopened:
    return TicketReopened(resolution=resolution, because="denied", undoes_closing=undoes_closing)


def message_id(kind: MessageKind, generation: int, resolution: int, channel: Channel) -> str:
    return f"{TICKET}:{kind}:{generation}:{resolution}:{channel}"


def accepted(
    at: datetime, kind: MessageKind = "acknowledgement", generation: int = 1, resolution: int = 0
) -> MessageAccepted:
    name = message_id(kind, generation, resolution, "email")
    return MessageAccepted(
        message=name, kind=kind, generation=generation, resolution=resolution, channel="email", at=at
    )


def delivered(
    at: datetime, kind: MessageKind = "reminder", generation: int = 1, resolution: int = 1, channel: Channel = "email"
) -> MessageDelivered:
    name = message_id(kind, generation, resolution, channel)
    return MessageDelivered(
        message=name, kind=kind, generation=generation, resolution=resolution, channel=channel, at=at
    )


def bounced(at: datetime, kind: MessageKind = "reminder", generation: int = 1, resolution: int = 1) -> MessageBounced:
    name = message_id(kind, generation, resolution, "email")
    return MessageBounced(message=name, kind=kind, generation=generation, resolution=resolution, channel="email", at=at)


def failed(at: datetime, kind: MessageKind = "reminder", generation: int = 1, resolution: int = 1) -> MessageFailed:
    name = message_id(kind, generation, resolution, "email")
    return MessageFailed(message=name, kind=kind, generation=generation, resolution=resolution, channel="email", at=at)


def delivery(
    status: DeliveryStatus,
    at: datetime,
    *,
    kind: MessageKind = "reminder",
    generation: int = 1,
    resolution: int = 1,
    channel: Channel = "email",
) -> Delivery:
    """What an adapter reports of one message."""
    return Delivery(
        message=message_id(kind, generation, resolution, channel),
        ticket=TICKET,
        kind=kind,
        generation=generation,
        resolution=resolution,
        channel=channel,
        status=status,
        at=at,
    )


def asked(
    number: int = 1,
    resource: str = "part:CAM-3@central",
    *,
    quantity: int = 1,
    earliest: datetime | None = None,
    duration: timedelta | None = None,
    ticket: str = TICKET,
) -> dispatch.ReservationAsked:
    """An ask to a stock, or with `earliest` and `duration` to an agenda."""
    return dispatch.ReservationAsked(
        ask=f"{ticket}/{number}",
        resource=resource,
        quantity=quantity,
        earliest=earliest,
        duration=duration,
        answer_by=(earliest or MONDAY) + 15 * MINUTE,
    )


def granted(number: int = 1, part: str = "CAM-3", quantity: int = 1) -> resources.ReservationGranted:
    return resources.ReservationGranted(
        ticket=TICKET, ask=f"{TICKET}/{number}", resource=f"part:{part}@central", quantity=quantity
    )


def refused(number: int = 1, part: str = "CAM-3", free: int = 0) -> resources.ReservationRefused:
    return resources.ReservationRefused(
        ticket=TICKET, ask=f"{TICKET}/{number}", resource=f"part:{part}@central", free=free
    )


def slot_granted(number: int, start: datetime, end: datetime, technician: str = "T-01") -> resources.ReservationGranted:
    return resources.ReservationGranted(
        ticket=TICKET, ask=f"{TICKET}/{number}", resource=f"technician:{technician}", start=start, end=end
    )
