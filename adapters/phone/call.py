"""One call, whatever order its events come in: what is known of it, and when it becomes a request (R1, R2). Pure.

Called by `calls`. Events are folded so that any order and any number of copies give the same call; it speaks once, and
a second time only for words that came after it had spoken without them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from adapters.phone.mapping import CallEvent
from adapters.web.pages import said as read_aloud
from shared.events.base import Instant, Model
from shared.events.requests import Request, RequestPersonal

TRANSCRIBED_WITHIN = timedelta(minutes=10)
"""Transcriptions come some minutes after a message of three at most; then somebody has to listen."""
VOICEMAIL_WITHIN = timedelta(minutes=2)
"""From a call's end to the word that a message was left: telephone systems say it within seconds."""
NOTED_WITHIN = timedelta(minutes=30)
"""An operator writes the note while talking; half an hour later it was forgotten, and R3's time is over."""
ENDED_WITHIN = timedelta(hours=4)
"""A call of which no end is told has ended: longer than any call, and the word was lost."""


class Call(Model):
    """A call as far as it is known."""

    id: str
    version: int = 0
    first_at: Instant
    """When we first heard of it: the request's `received_at`."""
    number: str = ""
    answered: bool = False
    ended_at: Instant | None = None
    voicemail_at: Instant | None = None
    transcription: str = ""
    recording: str = ""
    noted: bool = False
    """The operator's note was accepted: the call is told."""
    saying: str = ""
    """The request as it was decided, in JSON, written before it leaves: a crash in between says the same again."""
    told: Literal["", "without-words", "whole"] = ""
    """What has been accepted of it."""

    def with_event(self, event: CallEvent, at: datetime) -> Call:
        """Return the call with one more event, heard at `at`; an event that it knows changes nothing."""
        voicemail = event.what == "voicemail" or bool(event.transcription or event.recording)
        ended_at, voicemail_at = self.ended_at, self.voicemail_at
        return self.model_copy(
            update={
                # Which of two differing words came first must not matter: the longer says more, then the alphabet.
                "number": max(self.number, event.number),
                "answered": self.answered or event.what == "answered",
                "ended_at": (ended_at or at) if event.what == "ended" else ended_at,
                "voicemail_at": (voicemail_at or at) if voicemail else voicemail_at,
                "transcription": max(self.transcription, event.transcription, key=lambda one: (len(one), one)),
                "recording": max(self.recording, event.recording),
            }
        )

    @property
    def is_open(self) -> bool:
        """Tell whether something may still become of it by itself."""
        return not self.noted and not self.told

    def has_words_left(self) -> bool:
        """Tell whether words came after it was told without them."""
        return self.told == "without-words" and bool(self.transcription)

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is to be told now."""
        if self.has_words_left():
            return True
        if not self.is_open:
            return False
        if self.saying or self.transcription:
            return True
        if self.voicemail_at:
            return now >= self.voicemail_at + TRANSCRIBED_WITHIN
        ended_at = self.ended_at or self.first_at + ENDED_WITHIN
        return now >= ended_at + (NOTED_WITHIN if self.answered else VOICEMAIL_WITHIN)

    def decided(self) -> Call:
        """Return the call with what is said of it fixed."""
        return self if self.saying else self.model_copy(update={"saying": self._request().model_dump_json()})

    def request(self) -> Request:
        """Return the request that was decided."""
        return Request.model_validate_json(self.saying)

    def as_told(self) -> Call:
        """Return the call after its request was accepted."""
        whole = bool(self.transcription) and self.request().personal.text == self.transcription
        return self.model_copy(update={"told": "whole" if whole else "without-words"})

    def _request(self) -> Request:
        kind = "voicemail" if self.voicemail_at else "answered" if self.answered else "missed"
        form = {"call": kind, "recording": self.recording}
        return Request(
            channel="phone",
            key=self.id,
            received_at=self.first_at,
            form={name: value for name, value in form.items() if value},
            personal=RequestPersonal(phone=self.number, text=self.transcription or self._without_words(kind)),
        )

    def more(self, ticket: str) -> Request:
        """Return the words that came late, as a reply on the ticket (its number)."""
        return Request(
            kind="reply",
            channel="phone",
            key=f"{self.id}:transcription",
            received_at=self.first_at,
            ticket=ticket,
            personal=RequestPersonal(phone=self.number, text=self.transcription),
        )

    def _without_words(self, kind: str) -> str:
        who = f"du {read_aloud(self.number)}" if self.number else "d’un numéro masqué"
        match kind:
            case "voicemail":
                kept = self.recording.startswith("sha256:")
                heard = "Enregistrement conservé avec le dossier." if kept else f"Enregistrement : {self.recording}"
                where = f" {heard}" if self.recording else ""
                return f"Message vocal {who}, sans transcription : à écouter.{where}"
            case "answered":
                return f"Appel {who}, pris au standard ; aucune note n’a été saisie. Rappeler le client."
            case _:
                return f"Appel manqué {who}, sans message. Rappeler le client."


def new_call(name: str, at: datetime) -> Call:
    """Return a call that was just heard of, at `at` (aware)."""
    return Call(id=name, first_at=at)
