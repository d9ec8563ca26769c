"""The shape of a stage's room: what is kept of its events, how they are told, what a person is called for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from services.desk.french import joined, sentence
from shared.events.base import Event, Instant, Model, NeedsAttention

V = TypeVar("V", bound=Model)

COMMAND_NAMES: dict[str, str] = {
    "sav.triage.reclassify.v1": "réévaluer la criticité",
    "sav.dispatch.take-charge.v1": "prendre en charge",
    "sav.dispatch.record-remote-action.v1": "noter une action à distance",
    "sav.dispatch.request-visit.v1": "demander une intervention sur site",
    "sav.dispatch.depart.v1": "noter le départ",
    "sav.dispatch.report-visit.v1": "noter le compte rendu",
    "sav.dispatch.declare-resolved.v1": "déclarer résolu",
    "sav.dispatch.pause-clock.v1": "suspendre les délais",
    "sav.dispatch.resume-clock.v1": "reprendre les délais",
    "sav.resources.receive-stock.v1": "noter une livraison de pièces",
    "sav.closure.read-reply.v1": "qualifier la réponse du client",
}
"""Every command of staff, as a refusal names it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event told in one line of French, without personal data."""

    text: str
    detail: bool = False
    """Machinery between stages: shown, but in the background."""

    def __post_init__(self) -> None:
        # One line and a full stop, whatever a person typed into a note.
        object.__setattr__(self, "text", sentence(self.text))


class StoryLine(Model):
    """A line with its place in the story."""

    at: Instant
    stage: str
    seq: int
    text: str
    detail: bool = False


class Call(Model):
    """A person is called for something, and no event has answered it yet."""

    about: str
    reason: str
    stage: str
    at: Instant | None = None
    """None for what the desk itself misses: nobody said it at any instant."""


def attention(event: Event) -> tuple[str, str] | None:
    """Return what a stage's own call for a person is about, and its reason."""
    return (event.about, event.reason) if isinstance(event, NeedsAttention) else None


def nothing_settled(_event: Event, _about: str) -> bool:
    """No event of this stage answers any of its calls for a person."""
    return False


@dataclass(frozen=True, slots=True)
class Room(Generic[V]):
    """What the desk keeps and tells of one stage."""

    stage: str
    view: type[V]
    evolve: Callable[[V, Event], V]
    tell: Callable[[V, Event], Line]
    """Given the view *before* the event."""
    settles: Callable[[Event, str], bool] = nothing_settled
    """Whether an event of this stage answers what a person was called for (`about`)."""
    asks: Callable[[Event], tuple[str, str] | None] = attention
    """What an event calls a person for and why, or None."""
    instant: Callable[[Event, datetime], datetime] = lambda _event, said_at: said_at
    """When it happened, where the event says it better than the instant at which its stage said it."""
    keeps_personal: bool = False
    """Whether the personal objects of its events are kept: the customer's own words, never our messages."""


def refused(command: str, by: str, reason: str) -> Line:
    """Tell of a command that could not be carried out."""
    what = COMMAND_NAMES.get(command, command)
    return Line(joined(f"Commande de {by} refusée ({what}) : {reason}"))


def called(reason: str) -> Line:
    """Tell that a person is called."""
    return Line(joined(f"À traiter par une personne : {reason}"))


def unknown(event: Event) -> Line:
    """Tell of an event for which its room has no sentence (a test sees to it that there is none)."""
    return Line(f"Événement « {event.type_name} ».", detail=True)
