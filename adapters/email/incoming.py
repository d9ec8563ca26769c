"""One mail that came in: kept raw, understood, and accepted as a request or as a report of what became of a message.

Called by `receive` (LMTP, SMTP) and `fetch` (IMAP), which tell the sender only what is said here. It must never accept
what is not durable, answer a mail by itself, or believe a ticket's number that nobody signed (R2).
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from adapters.accept import Door, NotAccepted
from adapters.door import TooLarge
from adapters.email.child import NoChild, Unreadable
from adapters.email.mail import Mail
from adapters.email.memory import KnownTicket, Memory
from adapters.email.reports import reported
from adapters.email.signed import Signer
from adapters.email.unpack import File
from adapters.email.worded import content_key, request_from
from adapters.kept import Kept
from shared import ids
from shared.errors import GoRound
from shared.events.requests import Request, RequestPersonal

log = structlog.get_logger()

MOST_ATTACHMENTS = 100
"""Real mails have a few; a mail of more is told so, and can be sent in parts."""
_NUMBER_LOOKS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between looks for the number of a ticket that this very customer opened: intake gives it within a second."""
_SHOWN_NAMES = 20
_UNREADABLE = "Message illisible reçu par e-mail"


class Later(Exception):
    """Not accepted now: the sender tries again (451)."""


class Never(Exception):
    """Not accepted at all: the sender is told why (552)."""


class Reads(Protocol):
    """Understands mails: `child.Parsers`, whose children take what a stranger's bytes may do."""

    async def mail(self, raw: bytes) -> Mail | Unreadable:
        """Return what a raw mail says, or why it can't be read. Raises `NoChild`."""
        ...


class Unpacks(Protocol):
    """Takes the files out of mails: `unpack.Unpackers`, in children of its own."""

    async def files(self, raw: bytes) -> list[File] | Unreadable:
        """Return what came along with a mail, or why it can't be read. Raises `NoChild`."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail as it came: its bytes, the envelope's recipients, and when the channel took it."""

    raw: bytes
    recipients: tuple[str, ...]
    at: datetime


class Takes(Protocol):
    """What a way in hands its mails to: `Incoming`, or what counts before it."""

    async def take(self, arrival: Arrival) -> str:
        """Return what it was accepted as, once that is durable (R2). Raises `Later` or `Never`."""
        ...

    async def keep_unread(self, arrival: Arrival, reason: str) -> str:
        """Accept a mail that can't be taken otherwise as one that a person reads (R8). Raises `Later`."""
        ...


class Incoming:
    """What both ways in share."""

    def __init__(
        self,
        environment: str,
        acceptor: Door,
        parsers: Reads,
        unpackers: Unpacks,
        memory: Memory,
        kept: Kept,
        signer: Signer,
        most_characters: Callable[[], int] = lambda: sys.maxsize,
    ) -> None:
        """Prepare; `most_characters` of a customer's words is what intake takes, which the sender of more is told."""
        self._most_characters = most_characters
        self._unpackers = unpackers
        self._environment = environment
        self._acceptor = acceptor
        self._parsers = parsers
        self._memory = memory
        self._kept = kept
        self._signer = signer

    async def take(self, arrival: Arrival) -> str:
        """Return what it was accepted as, once that is durable (R2). Raises `Later` or `Never`."""
        try:
            name = await asyncio.to_thread(self._kept.put, arrival.raw)
            mail = await self._parsers.mail(arrival.raw)
            if isinstance(mail, Unreadable):
                return await self._unreadable(arrival, name, mail.reason)
            if len(mail.attachments) > MOST_ATTACHMENTS:
                raise Never(f"{len(mail.attachments)} pièces jointes, la limite est de {MOST_ATTACHMENTS}")
            return await self._understood(arrival, name, mail)
        except (NotAccepted, NoChild, GoRound, OSError) as error:
            log.warning("mail_not_accepted", error=f"{type(error).__name__}: {error}")
            raise Later("réessayez plus tard / try again later") from error
        except TooLarge as error:
            raise Never(str(error)) from error
        except Never:
            raise
        except Exception as error:
            # A mistake of ours must neither lose a mail nor stop those behind it: a person reads this one (R8).
            log.exception("mail_not_understood", error=type(error).__name__)
            return await self.keep_unread(arrival, f"erreur interne {type(error).__name__}")

    async def keep_unread(self, arrival: Arrival, reason: str) -> str:
        """Accept a mail that can't be taken otherwise as one that a person reads (R8). Raises `Later`."""
        try:
            name = await asyncio.to_thread(self._kept.put, arrival.raw)
            return await self._unreadable(arrival, name, reason)
        except (NotAccepted, GoRound, OSError) as error:
            raise Later(str(error)) from error

    async def _understood(self, arrival: Arrival, name: str, mail: Mail) -> str:
        if await self._memory.message_of(mail.message_id):
            log.warning("our_own_mail_came_back", raw=name)
            return "our own"
        if mail.is_auto and (
            reports := await reported(mail, arrival.recipients, arrival.at, self._memory, self._signer)
        ):
            for report in reports:
                await self._acceptor.report(report)
            return "report"
        ticket = await self._thread(mail, arrival)
        # What comes from our own address, or to one that only bounces come to, is no customer's own word.
        is_odd = self._signer.is_ours(mail.sender.address) or bool(self._signer.tokens_in(arrival.recipients))
        attached = await self._attached(arrival.raw, mail)
        request = request_from(mail, arrival.raw, ticket, attached, at=arrival.at, is_odd=is_odd)
        if (said := len(request.personal.text)) > (most := self._most_characters()):
            raise Never(f"texte de {said} caractères, la limite est de {most} / text too long: {said}, at most {most}")
        belongs_to = self._ticket_id(request, ticket)
        if mail.message_id and belongs_to:
            await self._memory.note_seen(mail.message_id, belongs_to, arrival.at)
        return await self._accept(request, name)

    async def _accept(self, request: Request, raw: str) -> str:
        """Once per mail: what comes to two of our addresses, or again after a lost answer, is one request (R2)."""
        name = ids.request_id(self._environment, "email", request.key)
        words = hashlib.sha256(request.model_dump_json(exclude={"received_at", "key"}).encode()).hexdigest()
        if await self._memory.was_accepted(name, words):
            return "copy"
        accepted = await self._acceptor.accept(request)
        await self._memory.note_accepted(name, words, raw, request.received_at)
        log.info("mail_accepted", request=name, kind=request.kind, automatic=request.automatic, where=accepted.where)
        return request.kind

    def _ticket_id(self, request: Request, ticket: KnownTicket | None) -> str:
        """The ticket that intake will give it: the known one, else the one that its own key names."""
        if ticket is not None:
            return ticket.ticket
        return ids.ticket_id(self._environment, ids.request_id(self._environment, "email", request.key))

    async def _thread(self, mail: Mail, arrival: Arrival) -> KnownTicket | None:
        """The ticket that a mail answers: by an address that we signed, else by a mail that we sent or saw (R2)."""
        if number := self._signer.number_in([*arrival.recipients, *mail.sent_to]):
            return await self._known(number) or KnownTicket("", number, "")
        references = [*mail.references, mail.in_reply_to] if mail.in_reply_to else [*mail.references]
        ticket = await self._memory.ticket_of(references)
        return await self._known(ticket) if ticket else None

    async def _known(self, name: str) -> KnownTicket | None:
        """The ticket of this id or number; one that was opened just now is waited for a moment."""
        for pause in _NUMBER_LOOKS:
            if (known := await self._memory.ticket(name)) is not None:
                return known
            await asyncio.sleep(pause)
        return await self._memory.ticket(name)

    async def _attached(self, raw: bytes, mail: Mail) -> dict[str, str]:
        """Keep what came along, each under its hash, and return its list for a person; names are text and nothing else.

        What can't be taken out lies in the raw mail all the same.
        """
        if not mail.attachments:
            return {}
        files = await self._unpackers.files(raw)
        if isinstance(files, Unreadable):
            log.warning("files_not_taken_out", reason=files.reason)
            return {"attachments": f"{len(mail.attachments)} pièces jointes, à lire dans le message d’origine"}
        hashes = [await asyncio.to_thread(self._kept.put, file.content) for file in files]
        names = [f"{file.name or 'sans nom'} ({file.kind}, {len(file.content)} octets)" for file in files]
        more = [f"et {len(names) - _SHOWN_NAMES} autres"] if len(names) > _SHOWN_NAMES else []
        return {"attachments": "\n".join([*names[:_SHOWN_NAMES], *more]), "files": "\n".join(hashes)}

    async def _unreadable(self, arrival: Arrival, name: str, reason: str) -> str:
        """R8: nobody knows what it says, so it counts as the highest class, and a person reads the raw mail."""
        log.error("unreadable_mail", raw=name, reason=reason)
        request = Request(
            channel="email",
            key=content_key(arrival.raw),
            received_at=arrival.at,
            form={"unreadable": reason},
            personal=RequestPersonal(subject=_UNREADABLE),
        )
        await self._accept(request, name)
        return "unreadable"
