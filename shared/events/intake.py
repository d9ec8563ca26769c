"""What intake says: tickets opened, what customers replied and clicked, acknowledgements asked for, silence proved."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.events import base
from shared.events.base import Channel, Criticality, Event, Instant, Model, Tier
from shared.events.requests import Scores


class Contract(Model):
    """The contract that the ticket was opened under; it keeps this version for life."""

    customer: str = ""
    site: str = ""
    tier: Tier = "none"
    calendar: str = "france"
    version: str = ""


class Promise(Model):
    """The delays that are stated to a customer for one criticality (R4), as instants."""

    criticality: Criticality
    take_charge_by: Instant
    on_site_by: Instant
    restored_by: Instant | None = None
    """When the system works again, by the contract; None: it promises nothing of the kind."""
    in_words: str
    """The same in French, as the customer reads it."""


class TicketOpened(Event):
    """A request became a ticket (R2). Holds what every later stage needs of it."""

    type_name = "sav.intake.ticket-opened.v1"
    number: str
    request: str
    channel: Channel
    received_at: Instant
    contract: Contract
    automatic: bool = False
    """Opened by a machine's message: no machine is answered by another."""
    form: dict[str, str] = Field(default_factory=dict)
    triage_by: Instant
    """Without triage by then, the acknowledgement goes out as Critique (R4, R8)."""
    acknowledge_by_if_urgent: Instant
    acknowledge_by_otherwise: Instant
    promises: dict[Criticality, Promise]
    unknown_reference: str = ""
    """A ticket number that the customer gave and that leads nowhere."""


class CustomerReplied(Event):
    """New words of the customer on a ticket, by any channel."""

    type_name = "sav.intake.customer-replied.v1"
    request: str
    channel: Channel
    received_at: Instant
    automatic: bool = False


class CustomerConfirmed(Event):
    """The customer says that resolution `resolution` solved the problem (R12)."""

    type_name = "sav.intake.customer-confirmed.v1"
    request: str
    channel: Channel
    received_at: Instant
    resolution: int


class CustomerDenied(Event):
    """The customer says that it did not (R12)."""

    type_name = "sav.intake.customer-denied.v1"
    request: str
    channel: Channel
    received_at: Instant
    resolution: int


class CustomerTookBack(Event):
    """The customer takes back what was clicked, before it became final."""

    type_name = "sav.intake.customer-took-back.v1"
    request: str
    channel: Channel
    received_at: Instant
    resolution: int


class SurveyAnswerReceived(Event):
    """The customer answered the survey of closing `resolution` (R14)."""

    type_name = "sav.intake.survey-answer-received.v1"
    request: str
    channel: Channel
    received_at: Instant
    resolution: int
    scores: Scores


class AcknowledgementAsked(Event):
    """The acknowledgement may go out: number and delay are known (R3, R4)."""

    type_name = "sav.intake.acknowledgement-asked.v1"
    generation: int
    because: Literal["classified", "triage-late", "raised"]
    promise: Promise
    acknowledge_by: Instant


class AcknowledgementNoted(Event):
    """The channel took the acknowledgement (R3). Late says whether that was after its deadline."""

    type_name = "sav.intake.acknowledgement-noted.v1"
    generation: int
    accepted_at: Instant
    late: bool


class SilenceProofAsked(Event):
    """Intake noted that closure wants to know of any word of the customer up to `until`; it is not known yet."""

    type_name = "sav.intake.silence-proof-asked.v1"
    resolution: int
    until: Instant
    first_asked_at: Instant
    look_again_at: Instant


class CustomerSilent(Event):
    """All that any channel accepted up to `until` is on this topic before this event (R13)."""

    type_name = "sav.intake.customer-silent.v1"
    resolution: int
    until: Instant


class NeedsAttention(base.NeedsAttention):
    """Intake calls a person."""

    type_name = "sav.intake.needs-attention.v1"


EVENTS = (
    TicketOpened,
    CustomerReplied,
    CustomerConfirmed,
    CustomerDenied,
    CustomerTookBack,
    SurveyAnswerReceived,
    AcknowledgementAsked,
    AcknowledgementNoted,
    SilenceProofAsked,
    CustomerSilent,
    NeedsAttention,
)
