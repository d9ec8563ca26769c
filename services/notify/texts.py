"""What customers read, in French. Pure: number, delays and links in, subject and text out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.events.base import Criticality
from shared.events.dispatch import OnCallNeeded, PromiseName
from shared.events.notify import StaffKind
from shared.promises import in_french

_CLASSES: dict[Criticality, str] = {
    "critique": "Critique (système ou zone qui n'est plus protégé, ou urgence)",
    "standard": "Standard (équipement isolé, sans effet sur la sécurité globale du site)",
    "informatif": "Informatif (conseil, configuration, formation)",
}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What is the same on every message."""

    company: str
    portal: str
    number: str
    zone: str = "Europe/Paris"

    def link(self, what: str, resolution: int) -> str:
        """Return the address of a page about this ticket."""
        return f"{self.portal}/{what}/{self.number}/{resolution}"

    def follow(self) -> str:
        """Return the line that leads to the ticket's own page."""
        return f"Suivre votre demande : {self.link('d', 0)}"

    def signed(self, text: str) -> str:
        """Return a whole message."""
        return f"Bonjour,\n\n{text}\n\nDossier n° {self.number}\nLe service après-vente de {self.company}\n"


def acknowledgement(head: Letterhead, criticality: Criticality, delays: str) -> tuple[str, str]:
    """R3, R4: the number, and the delay for the criticality."""
    text = (
        f"Nous avons bien reçu votre demande. Elle porte le numéro {head.number}.\n\n"
        f"Criticité : {_CLASSES[criticality]}.\n{delays}\n\n"
        f"{head.follow()}\n\n"
        "Pour compléter votre demande, répondez simplement à ce message."
    )
    return f"Votre demande {head.number} est enregistrée", head.signed(text)


def re_evaluation(head: Letterhead, criticality: Criticality, delays: str) -> tuple[str, str]:
    """R7: the customer is told where the delay changes."""
    text = (
        f"Votre demande a été réévaluée.\n\nNouvelle criticité : {_CLASSES[criticality]}.\n{delays}\n\n{head.follow()}"
    )
    return f"Votre demande {head.number} a été réévaluée", head.signed(text)


def appointment(head: Letterhead, start: datetime, end: datetime) -> tuple[str, str]:
    """R10: when the technician comes."""
    until = in_french(end, head.zone).rpartition(" à ")[2]
    text = (
        f"Un technicien passera le {in_french(start, head.zone)} (fin prévue à {until}), "
        "avec les pièces identifiées lors du diagnostic.\n\n"
        f"Si ce rendez-vous ne vous convient pas, répondez à ce message ou appelez-nous.\n\n{head.follow()}"
    )
    return f"Intervention prévue pour votre demande {head.number}", head.signed(text)


def confirmation_request(head: Letterhead, resolution: int) -> tuple[str, str]:
    """R12: is it solved to the customer's satisfaction?"""
    text = (
        "Selon nous, le problème que vous avez signalé est résolu. Est-ce bien le cas ?\n\n"
        f"Oui, c'est résolu : {head.link('c', resolution)}/oui\n"
        f"Non, ce n'est pas résolu : {head.link('c', resolution)}/non\n\n"
        "Vous disposez de deux minutes pour revenir sur votre réponse."
    )
    return f"Votre demande {head.number} est-elle résolue ?", head.signed(text)


def reminder(head: Letterhead, resolution: int) -> tuple[str, str]:
    """R13: the closing reminder, which says what silence will mean."""
    text = (
        "Nous n'avons pas encore reçu votre réponse : le problème que vous avez signalé est-il résolu ?\n\n"
        f"Oui, c'est résolu : {head.link('c', resolution)}/oui\n"
        f"Non, ce n'est pas résolu : {head.link('c', resolution)}/non\n\n"
        "Sans réponse de votre part, par quelque moyen que ce soit, dans les 5 jours qui suivent ce message, "
        "le dossier sera clos. Vous pourrez toujours nous écrire pour le rouvrir."
    )
    return f"Relance : votre demande {head.number} est-elle résolue ?", head.signed(text)


def reopened(head: Letterhead) -> tuple[str, str]:
    """R12: back to handling."""
    text = (
        "Votre dossier est rouvert : un technicien le reprend, avec tout son historique et ses délais.\n\n"
        f"{head.follow()}"
    )
    return f"Votre demande {head.number} est rouverte", head.signed(text)


def closing(head: Letterhead, cause: str, resolution: int) -> tuple[str, str]:
    """R12, R13: closed, why, and how to undo it."""
    why = {
        "confirmed": "Vous nous avez confirmé que le problème est résolu.",
        "silence": "Notre relance est restée sans réponse pendant 5 jours.",
    }[cause]
    text = (
        f"{why} Votre dossier est clos.\n\n"
        f"Si le problème n'est pas résolu, dites-le-nous ici, ou répondez à ce message : "
        f"{head.link('c', resolution)}/non"
    )
    return f"Votre demande {head.number} est close", head.signed(text)


def survey(head: Letterhead, resolution: int) -> tuple[str, str]:
    """R14: responsiveness, quality of the solution, communication."""
    text = (
        "Votre dossier est clos et votre avis nous aide à progresser. Trois questions, une minute :\n"
        "la réactivité de l'équipe, la qualité de la solution, la communication.\n\n"
        f"Répondre : {head.link('s', resolution)}"
    )
    return f"Votre avis sur la demande {head.number}", head.signed(text)


_PROMISES: dict[PromiseName, str] = {
    "take-charge": "la prise en charge",
    "on-site": "l'intervention sur site",
    "restored": "la remise en service",
}


def page(needed: OnCallNeeded, zone: str = "Europe/Paris") -> tuple[str, str]:
    """R1: what who is on call hears on the telephone, in the night: short, and what to do first."""
    where = f" sur le site {needed.site}" if needed.site else ""
    text = (
        f"Astreinte SAV. Dossier critique {needed.number}{where}. "
        f"À prendre en charge au plus tard le {in_french(needed.take_charge_by, zone)}. "
        "Pour accepter, tapez 1. Sans réponse, la personne suivante sera appelée."
    )
    return f"Astreinte : dossier critique {needed.number}", text


def notice(number: str, kind: StaffKind, promise: PromiseName, due_at: datetime) -> tuple[str, str]:
    """R10: what who has the ticket, or a dispatcher, reads of a promise at risk or missed."""
    what, when = _PROMISES[promise], in_french(due_at, "Europe/Paris")
    if kind == "missed":
        subject = f"Délai manqué sur le dossier {number} : {what}"
        said = f"{what} était due au plus tard le {when} et n'est pas faite."
        return subject, f"Dossier {number} : {said}\n\nPrévenir le client et décider de la suite."
    subject = f"Délai menacé sur le dossier {number} : {what}"
    return subject, f"Dossier {number} : {what} est due au plus tard le {when}.\n\nAgir avant, ou prévenir le client."
