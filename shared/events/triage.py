"""What triage says: the class of a ticket, why, and every change of it (R5 to R8)."""

from __future__ import annotations

from typing import Literal

from shared.events import base
from shared.events.base import Command, Criticality, Event, Model


class Reason(Model):
    """One rule that spoke: its id, the words or form answers it rests on, and what it says in French (R6)."""

    rule: str
    evidence: tuple[str, ...] = ()
    says: str = ""


class TicketClassified(Event):
    """The first class of the ticket."""

    type_name = "sav.triage.ticket-classified.v1"
    criticality: Criticality
    doubt: bool
    reasons: tuple[Reason, ...]
    would_change: str
    grid: str
    """Version of the grid that it was decided under."""


class TicketReclassified(Event):
    """A later class (R7): `was` and `criticality` may be equal when only the reasons changed by a person's word."""

    type_name = "sav.triage.ticket-reclassified.v1"
    was: Criticality
    criticality: Criticality
    because: Literal["technician", "customer"]
    by: str
    doubt: bool
    reasons: tuple[Reason, ...]
    grid: str


class CommandRefused(Event):
    """A command that could not be carried out, and why, for the person who gave it."""

    type_name = "sav.triage.command-refused.v1"
    command: str
    by: str
    reason: str


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
