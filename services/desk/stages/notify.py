"""Notify as the desk keeps and tells it: each message to the customer, and what became of it (R3, R13). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from services.desk.french import BY_CHANNEL, hour, listed, moment
from services.desk.stages.clocks import PROMISES
from services.desk.telling import Line, Room, called, unknown
from shared.events.base import Channel, Event, Instant, Model
from shared.events.notify import (
    BounceProofAsked,
    ContactNoted,
    MessageAccepted,
    MessageBounced,
    MessageDelivered,
    MessageFailed,
    MessageKind,
    MessageToSend,
    NeedsAttention,
    NoBounce,
    PageAnswered,
    PagingEnded,
    StaffMessageToSend,
    StaffNoticeHeld,
)

Report = MessageAccepted | MessageDelivered | MessageBounced | MessageFailed


class _Noun(NamedTuple):
    text: str
    feminine: bool = False

    def agreed(self, participle: str) -> str:
        """Return the noun with a participle that agrees with it."""
        return f"{self.text} {participle}{'e' if self.feminine else ''}"


_NOUNS: dict[MessageKind, _Noun] = {
    "acknowledgement": _Noun("Accusé de réception"),
    "re-evaluation": _Noun("Avis de réévaluation"),
    "appointment": _Noun("Avis de rendez-vous"),
    "confirmation-request": _Noun("Demande de confirmation", feminine=True),
    "reminder": _Noun("Relance", feminine=True),
    "reopened": _Noun("Avis de réouverture"),
    "closing": _Noun("Avis de clôture"),
    "survey": _Noun("Invitation à l'enquête", feminine=True),
}


_ENDED = {
    "taken": " : le dossier est pris en charge.",
    "resolved": " : le dossier est résolu.",
    "lowered": " : le dossier n'est plus servi à toute heure.",
    "given-up": " sans réponse.",
}


class Letter(Model):
    """The last that is known of one message."""

    channel: Channel
    status: str
    at: Instant | None = None


class NotifyView(Model):
    """What the desk keeps of notify."""

    channels: tuple[Channel, ...] = ()
    letters: dict[str, Letter] = Field(default_factory=dict)
    """By kind, generation and resolution."""


def evolve(view: NotifyView, event: Event) -> NotifyView:
    """Fold one of notify's events."""
    match event:
        case ContactNoted(channels=channels):
            return view.model_copy(update={"channels": channels})
        case MessageToSend(channel=channel):
            return _with(view, event, Letter(channel=channel, status="to-send"))
        case MessageAccepted() | MessageDelivered() | MessageBounced() | MessageFailed():
            status = event.type_name.removeprefix("sav.notify.message-").removesuffix(".v1")
            return _with(view, event, Letter(channel=event.channel, status=status, at=event.at))
        case _:
            return view


def letter_name(event: MessageToSend | Report) -> str:
    """Return which letter an event is about: `reminder:1:1`."""
    return f"{event.kind}:{event.generation}:{event.resolution}"


def _with(view: NotifyView, event: MessageToSend | Report, letter: Letter) -> NotifyView:
    return view.model_copy(update={"letters": {**view.letters, letter_name(event): letter}})


def tell(_view: NotifyView, event: Event) -> Line:
    """Tell one of notify's events."""
    match event:
        case ContactNoted(channels=()):
            return Line("Le client n'a laissé aucun moyen de le joindre.")
        case ContactNoted(channels=channels):
            return Line(f"Client joignable {listed(BY_CHANNEL[one] for one in channels)}.", detail=True)
        case MessageToSend(kind=kind, channel=channel):
            return Line(f"{_NOUNS[kind].text} à envoyer {BY_CHANNEL[channel]}.", detail=True)
        case MessageAccepted(kind=kind, channel=channel):
            return Line(f"{_NOUNS[kind].agreed('parti')} {BY_CHANNEL[channel]}.")
        case MessageDelivered(kind=kind, channel=channel):
            # Of a reminder it is the delivery that counts (R13); of the others, that it left.
            return Line(f"{_NOUNS[kind].agreed('remis')} {BY_CHANNEL[channel]}.", detail=kind != "reminder")
        case MessageBounced(kind=kind, channel=channel):
            return Line(f"{_NOUNS[kind].agreed('revenu')} sans être remis{_e(kind)} ({BY_CHANNEL[channel]}).")
        case MessageFailed(kind=kind):
            return Line(f"{_NOUNS[kind].text} : aucun canal n'a pu l'acheminer.")
        case BounceProofAsked(until=until, look_again_at=again):
            text = f"Retours de messages jusqu'au {moment(until)} pas encore tous connus ; nouvel examen le "
            return Line(f"{text}{moment(again)}.", detail=True)
        case NoBounce(until=until):
            return Line(f"Aucun message revenu jusqu'au {moment(until)}.", detail=True)
        case StaffMessageToSend() | StaffNoticeHeld() | PageAnswered() | PagingEnded():
            return _to_staff(event)
        case NeedsAttention(reason=reason):
            return called(reason)
        case _:
            return unknown(event)


def _to_staff(event: StaffMessageToSend | StaffNoticeHeld | PageAnswered | PagingEnded) -> Line:
    """Tell what the company's own people are told (R1, R10); who is warned of a promise is a detail, calls are not."""
    match event:
        case StaffMessageToSend(kind="page", person=person, generation=page, answer_by=by):
            answer = f", réponse attendue avant {hour(by)}" if by else ""
            return Line(f"Astreinte : appel n° {page}, à {person}{answer}.")
        case StaffMessageToSend(kind=kind, person=person, channel=channel):
            what = "manquée" if kind == "missed" else "menacée"
            return Line(f"Avertissement envoyé à {person} {BY_CHANNEL[channel]} (promesse {what}).", detail=True)
        case StaffNoticeHeld(promise=promise, until=until):
            text = f"Avertissement ({PROMISES[promise]}) gardé jusqu'à l'ouverture du bureau, le {moment(until)}"
            return Line(f"{text} : personne n'est réveillé hors astreinte.", detail=True)
        case PageAnswered(person=person, page=page):
            return Line(f"Astreinte : {person} a répondu à l'appel n° {page}.")
        case PagingEnded(because=because):
            return Line(f"Appels de l'astreinte arrêtés{_ENDED[because]}")


def _e(kind: MessageKind) -> str:
    return "e" if _NOUNS[kind].feminine else ""


def settles(event: Event, about: str) -> bool:
    """Tell whether an event answers a call: a letter was taken after all, somebody has what nobody answered for."""
    what, _, letter = about.partition(":")
    if what in ("page-unanswered", "nobody-on-call"):
        given_up = isinstance(event, PagingEnded) and event.because == "given-up"
        return isinstance(event, PageAnswered | PagingEnded) and not given_up and str(event.resolution) == letter
    return (
        what == "unreachable" and isinstance(event, MessageAccepted | MessageDelivered) and letter_name(event) == letter
    )


def instant(event: Event, said_at: datetime) -> datetime:
    """A message left or arrived when its channel says so, not when notify heard of it."""
    return event.at if isinstance(event, Report | PageAnswered) else said_at


NOTIFY = Room("notify", NotifyView, evolve, tell, settles, instant=instant)
