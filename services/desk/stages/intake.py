"""Intake as the desk keeps and tells it: who asked what, by which channel, and the acknowledgement (R2, R3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.desk.french import BY_CHANNEL, CRITICALITIES, TIERS, joined, moment
from services.desk.telling import Line, Room, called, unknown
from shared.events.base import Channel, Criticality, Event, Instant, Model, Tier
from shared.events.intake import (
    AcknowledgementAsked,
    AcknowledgementNoted,
    CustomerConfirmed,
    CustomerDenied,
    CustomerReplied,
    CustomerSilent,
    CustomerTookBack,
    NeedsAttention,
    SilenceProofAsked,
    SurveyAnswerReceived,
    TicketOpened,
)
from shared.numbers import normalised

_PIECES = ("photos", "files", "recording")
"""Answers of a form that name what came along: hashes by spaces or lines, an address elsewhere for a recording."""
MOST_PIECES = 30
"""Five photos of a form, or what a mail brings; the request itself has them all."""

_SAID = TicketOpened | CustomerReplied | CustomerConfirmed | CustomerDenied | CustomerTookBack | SurveyAnswerReceived


class IntakeView(Model):
    """What the desk keeps of intake."""

    number: str = ""
    channel: Channel | None = None
    tier: Tier | None = None
    customer: str = ""
    site: str = ""
    equipment: str = ""
    opened_at: Instant | None = None
    acknowledge_by: Instant | None = None
    """When the acknowledgement that is asked for is due; before it is asked for, as if it were urgent (R3)."""
    asked: int = 0
    """Generation of the last acknowledgement asked for."""
    noted: int = 0
    """Generation of the last one that a channel took."""
    acknowledged_at: Instant | None = None
    acknowledged_late: bool = False
    stated: Criticality | None = None
    """The criticality whose delays were stated to the customer."""
    take_charge_by: Instant | None = None
    """As it was stated to the customer (R4)."""
    replies: int = 0
    last_word_at: Instant | None = None
    pieces: tuple[str, ...] = ()
    """What came along with the request, for staff to see and hear: hashes of the adapters' store."""


def evolve(view: IntakeView, event: Event) -> IntakeView:
    """Fold one of intake's events."""
    match event:
        case TicketOpened(contract=contract):
            return view.model_copy(
                update={
                    "number": event.number,
                    "channel": event.channel,
                    "tier": contract.tier,
                    "customer": contract.customer,
                    "site": contract.site,
                    "equipment": event.form.get("equipment", ""),
                    "opened_at": event.received_at,
                    "acknowledge_by": view.acknowledge_by or event.acknowledge_by_if_urgent,
                    "last_word_at": event.received_at,
                    "pieces": _pieces(event.form),
                }
            )
        case CustomerReplied(automatic=False):
            return view.model_copy(update={"replies": view.replies + 1, "last_word_at": event.received_at})
        case AcknowledgementAsked(promise=promise):
            return view.model_copy(
                update={
                    "asked": event.generation,
                    "acknowledge_by": event.acknowledge_by,
                    "stated": promise.criticality,
                    "take_charge_by": promise.take_charge_by,
                }
            )
        case AcknowledgementNoted():
            return view.model_copy(
                update={
                    "noted": event.generation,
                    "acknowledged_at": view.acknowledged_at or event.accepted_at,
                    "acknowledged_late": view.acknowledged_late or event.late,
                }
            )
        case _:
            return view


def _pieces(form: Mapping[str, str]) -> tuple[str, ...]:
    named = [one for name in _PIECES for one in form.get(name, "").split()]
    return tuple(dict.fromkeys(named))[:MOST_PIECES]


def tell(_view: IntakeView, event: Event) -> Line:
    """Tell one of intake's events."""
    match event:
        case TicketOpened():
            return _opened(event)
        case CustomerReplied(channel=channel, automatic=True):
            return Line(f"Réponse automatique reçue {BY_CHANNEL[channel]} : elle ne vaut pas réponse du client.")
        case CustomerReplied(channel=channel):
            return Line(f"Message du client reçu {BY_CHANNEL[channel]}.")
        case CustomerConfirmed(channel=channel, resolution=k):
            return Line(f"Le client confirme {BY_CHANNEL[channel]} que le problème est résolu (résolution n° {k}).")
        case CustomerDenied(channel=channel, resolution=k):
            return Line(
                f"Le client signale {BY_CHANNEL[channel]} que le problème n'est pas résolu (résolution n° {k})."
            )
        case CustomerTookBack(channel=channel, resolution=k):
            return Line(f"Le client retire sa réponse {BY_CHANNEL[channel]} (résolution n° {k}).")
        case SurveyAnswerReceived(channel=channel):
            return Line(f"Réponse à l'enquête reçue {BY_CHANNEL[channel]}.", detail=True)
        case SilenceProofAsked(until=until, look_again_at=again):
            text = f"Silence du client jusqu'au {moment(until)} pas encore prouvé ; nouvel examen le {moment(again)}."
            return Line(text, detail=True)
        case CustomerSilent(until=until):
            return Line(f"Aucun mot du client, sur aucun canal, jusqu'au {moment(until)}.", detail=True)
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return _acknowledgement(event)


def _opened(event: TicketOpened) -> Line:
    contract, reference = event.contract, event.unknown_reference
    cited = normalised(event.form.get("reference", ""))
    who = f"client {contract.customer}, contrat {TIERS[contract.tier]}"
    if contract.tier == "none":
        who = f"client {contract.customer}, sans contrat" if contract.customer else "client sans contrat connu"
    return Line(
        joined(
            f"Demande reçue {BY_CHANNEL[event.channel]}, dossier {event.number} ouvert ({who}).",
            "Le numéro de dossier donné par le client n'existe pas." if reference else "",
            f"Le message cite le dossier {cited}, sans preuve qu'il en fasse partie : à rapprocher." if cited else "",
        )
    )


def _acknowledgement(event: Event) -> Line:
    match event:
        case AcknowledgementAsked(promise=promise, acknowledge_by=by):
            asked = f"à remettre au plus tard le {moment(by)}, avec les délais {CRITICALITIES[promise.criticality]}."
            match event.because:
                case "classified":
                    return Line(f"Accusé de réception demandé : {asked}", detail=True)
                case "triage-late":
                    return Line(f"Pas de triage à temps : accusé de réception demandé sans l'attendre, {asked}")
                case "raised":
                    return Line(f"Criticité relevée : nouvel avis au client demandé, {asked}")
        case AcknowledgementNoted(late=late, generation=generation):
            what = "Accusé de réception" if generation == 1 else "Avis de réévaluation"
            return Line(f"{what} remis, en retard." if late else f"{what} remis dans les délais.")
    return unknown(event)


def settles(event: Event, about: str) -> bool:
    """Tell whether an event answers what a person was called for."""
    match about:
        case "acknowledgement-late" | "acknowledgement-failed":
            return isinstance(event, AcknowledgementNoted)
        case "silence-unproven":
            return isinstance(event, CustomerSilent)
        case _:
            return False


def instant(event: Event, said_at: datetime) -> datetime:
    """What the customer said happened when the channel took it, not when intake read it."""
    return event.received_at if isinstance(event, _SAID) else said_at


INTAKE = Room("intake", IntakeView, evolve, tell, settles, instant=instant, keeps_personal=True)
