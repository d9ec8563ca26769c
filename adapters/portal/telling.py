"""A ticket told to its customer: where it stands, what happened, what comes next, in plain words with times. Pure.

Called by the customers' pages. It shows nothing that staff wrote, and nobody's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.web.pages import moment
from adapters.web.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    text: str
    at: datetime


_STANDS = {
    "received": "Nous avons reçu votre demande et nous évaluons son urgence.",
    "queued": "Votre demande attend qu’un technicien la prenne en charge.",
    "handling": "Un technicien s’en occupe.",
    "reserving": "Une intervention sur place est en préparation : nous réservons les pièces et le technicien.",
    "planned": "Une intervention sur place est prévue.",
    "on-site": "Le technicien est en route ou sur place.",
    "resolved": "Selon nous, le problème est résolu. Nous vous demandons de le confirmer.",
    "confirming": "Selon nous, le problème est résolu. Nous attendons votre réponse.",
    "reminded": "Selon nous, le problème est résolu. Nous attendons votre réponse.",
    "unreachable": "Selon nous, le problème est résolu, mais nous n’arrivons pas à vous joindre.",
    "answered": "Votre réponse est enregistrée.",
    "reading": "Nous lisons votre message.",
    "closed": "Votre dossier est clos.",
}


def stands(ticket: Ticket) -> str:
    """Return in one sentence where a ticket stands."""
    return _STANDS.get(ticket.phase, "Votre dossier est ouvert.")


def next_step(ticket: Ticket) -> str:
    """Return what comes next and by when, as promised; empty where nothing is promised."""
    intake, dispatch, closure = ticket.intake, ticket.dispatch, ticket.closure
    charge = dispatch.take_charge_by or intake.take_charge_by
    match ticket.phase:
        case "received" if intake.acknowledge_by and not intake.noted:
            return f"Vous avez notre réponse au plus tard le {moment(intake.acknowledge_by)}."
        case "received" | "queued" if charge and dispatch.taken_at is None:
            return f"Un technicien la prend en charge au plus tard le {moment(charge)}."
        case "reserving" if dispatch.on_site_by and dispatch.missing:
            return (
                f"Une pièce ou un créneau manque encore ; intervention au plus tard le {moment(dispatch.on_site_by)}."
            )
        case "reserving" if dispatch.on_site_by:
            return f"Intervention au plus tard le {moment(dispatch.on_site_by)}."
        case "reminded" if closure.until:
            return (
                f"Sans réponse de votre part, le dossier est clos le {moment(closure.until)}. Vous pourrez le rouvrir."
            )
        case _:
            return ""


def happened(ticket: Ticket) -> list[Step]:
    """Return what happened, oldest first."""
    return sorted(_dated(ticket), key=lambda one: one.at)


def _dated(ticket: Ticket) -> Iterator[Step]:
    intake, dispatch, closure = ticket.intake, ticket.dispatch, ticket.closure
    if intake.opened_at:
        yield Step("Demande reçue", intake.opened_at)
    if intake.acknowledged_at:
        yield Step("Accusé de réception remis, avec votre numéro de dossier", intake.acknowledged_at)
    if dispatch.taken_at:
        yield Step("Prise en charge par un technicien", dispatch.taken_at)
    if dispatch.arrived_at:
        yield Step("Technicien arrivé sur place", dispatch.arrived_at)
    if dispatch.resolved_at:
        how = {"remote": "à distance", "on-site": "sur place", "advice": "par un conseil"}.get(dispatch.how, "")
        yield Step(f"Problème résolu {how}, selon notre technicien".replace("  ", " "), dispatch.resolved_at)
    if closure.closed_at:
        why = "vous l’avez confirmé" if closure.cause == "confirmed" else "notre relance est restée sans réponse"
        yield Step(f"Dossier clos : {why}", closure.closed_at)


def appointment(ticket: Ticket) -> str:
    """Return the appointment in words, empty where there is none."""
    visit = ticket.visit
    if visit is None:
        return ""
    return f"{moment(visit.start)} (fin prévue à {moment(visit.end).rpartition(' à ')[2]})"
