"""What triage says: the class of a ticket, why, and every change of it (R5 to R8)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.events import base
from shared.events.base import Command, Criticality, Event, Model, Personal


class Reason(Model):
    """One rule that spoke: its id, and what it says in French (R6). The words it rests on are in `Evidence`."""

    rule: str
    says: str = ""


class Evidence(Personal):
    """The customer's own words and form answers that each rule rests on (R6), and what else would have counted."""

    evidence: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    would_change: str = ""
    """What would have made it another class, in French; it may quote the customer."""


class ZoneDevices(Model):
    """How many devices of one kind the registry knew in one zone of the site, in its words."""

    kind: str
    zone: str = ""
    count: int


class SiteKnown(Model):
    """What was known of the ticket's site when it was classed: with words, form and grid it gives the class again."""

    devices: tuple[ZoneDevices, ...] = ()
    isolated_today: int = 0
    """Other isolated faults of the site in the 24 hours before."""
    panel_calls: int = 0
    """Tickets that its panel opened by itself in 30 days, this one included."""


class TicketClassified(Event):
    """The first class of the ticket."""

    type_name = "sav.triage.ticket-classified.v1"
    criticality: Criticality
    doubt: bool
    reasons: tuple[Reason, ...]
    personal: Evidence | None = None
    grid: str
    """Version of the grid that it was decided under."""
    site: SiteKnown | None = None
    """None: nothing was known of the site."""


class TicketReclassified(Event):
    """A later class (R7): `was` and `criticality` may be equal when only the reasons changed by a person's word."""

    type_name = "sav.triage.ticket-reclassified.v1"
    was: Criticality
    criticality: Criticality
    because: Literal["technician", "customer"]
    by: str
    doubt: bool
    reasons: tuple[Reason, ...]
    personal: Evidence | None = None
    grid: str


class CommandRefused(base.CommandRefused):
    """Triage refuses a command, with the reason for the person who gave it."""

    type_name = "sav.triage.command-refused.v1"


class NeedsAttention(base.NeedsAttention):
    """Triage calls a person."""

    type_name = "sav.triage.needs-attention.v1"


class Reclassify(Command):
    """A technician gives another class, with the reason (R7)."""

    type_name = "sav.triage.reclassify.v1"
    criticality: Criticality
    reason: str


EVENTS = (TicketClassified, TicketReclassified, CommandRefused, NeedsAttention)
COMMANDS = (Reclassify,)
