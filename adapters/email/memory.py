"""What the mail programs remember, in a database of their own: tickets, Message-IDs, messages and their attempts.

Called by `incoming`, `outbox` and `send`. Everything is inserted under a name and never changed, so that who repeats
itself after a crash finds what it said. Each method raises `GoRound` while the store is away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shared.runtime.ports import Claims, Document

TICKETS, SEEN, SENT, BOUNCED, RECEIVED = "tickets", "seen", "sent", "bounced", "received"
_MOST_REFERENCES = 20
"""Of a thread's Message-IDs, the last ones are looked for: one of ours is among the last few of any real thread."""


class KnownTicket(NamedTuple):
    """A ticket as the mail knows it."""

    ticket: str
    number: str
    email: str
    """Where its customer is written to, in lower case, or empty."""


class Memory:
    """The threads: which ticket a Message-ID belongs to, and whose ticket that is."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    async def note_ticket(self, ticket: str, number: str, email: str) -> None:
        """Remember a ticket's number and its customer's address."""
        content = {"ticket": ticket, "number": number, "email": email.lower()}
        await self._claims.claim(TICKETS, ticket, content)
        await self._claims.claim(TICKETS, number, content)

    async def ticket(self, name: str) -> KnownTicket | None:
        """Return the ticket of this id or this number."""
        held = await self._claims.read(TICKETS, name)
        return KnownTicket(str(held["ticket"]), str(held["number"]), str(held["email"])) if held else None

    async def note_seen(self, message_id: str, ticket: str, at: datetime, message: str = "") -> None:
        """Remember that a mail belongs to a ticket: a customer's, or our own `message`."""
        content = {"ticket": ticket, "message": message, "at": at}
        await self._claims.claim(SEEN, _name(message_id), content)
        if not message:
            await self._claims.claim("first", ticket, {"message_id": message_id})

    async def first_mail_of(self, ticket: str) -> str:
        """Return the Message-ID of the customer's mail that opened a ticket, or an empty text."""
        held = await self._claims.read("first", ticket)
        return str(held["message_id"]) if held else ""

    async def ticket_of(self, message_ids: Iterable[str]) -> str:
        """Return the ticket that one of these mails belongs to, the last that is known; or an empty text."""
        for message_id in list(message_ids)[-_MOST_REFERENCES:][::-1]:
            held = await self._claims.read(SEEN, _name(message_id))
            if held is not None:
                return str(held["ticket"])
        return ""

    async def message_of(self, message_id: str) -> str:
        """Return which message of ours has this Message-ID, or an empty text."""
        held = await self._claims.read(SEEN, _name(message_id)) if message_id else None
        return str(held["message"]) if held else ""

    async def note_sent(self, token: str, message: str) -> None:
        """Remember which message a bounce address stands for."""
        await self._claims.claim(SENT, token, {"message": message})

    async def message_of_token(self, token: str) -> str:
        """Return which message a bounce address stands for, or an empty text."""
        held = await self._claims.read(SENT, token)
        return str(held["message"]) if held else ""

    async def note_bounced(self, message: str, at: datetime, reason: str) -> None:
        """Remember that a message came back."""
        await self._claims.claim(BOUNCED, message, {"at": at, "reason": reason})

    async def has_bounced(self, message: str) -> bool:
        """Return whether a message came back."""
        return await self._claims.read(BOUNCED, message) is not None

    async def note_received(self, message: str, at: datetime) -> None:
        """Remember when the recipient's server said that it has a message."""
        await self._claims.claim(RECEIVED, message, {"at": at})

    async def received_at(self, message: str) -> datetime | None:
        """Return when the recipient's server said that it has a message, or None."""
        held = await self._claims.read(RECEIVED, message)
        at = held["at"] if held else None
        return at if isinstance(at, datetime) else None

    async def note_accepted(self, request: str, digest: str, raw: str, at: datetime) -> None:
        """Remember a request that was accepted: its words, and under which hash its raw mail is kept."""
        await self._claims.claim("accepted", request, {"digest": digest, "raw": raw, "at": at})

    async def was_accepted(self, request: str, digest: str) -> bool:
        """Return whether a request was accepted before, with these very words."""
        held = await self._claims.read("accepted", request)
        return held is not None and held["digest"] == digest

    async def raw_of(self, request: str) -> str:
        """Return the hash under which a request's raw mail is kept, or an empty text."""
        held = await self._claims.read("accepted", request)
        return str(held["raw"]) if held else ""

    async def note_fetched(self, mail: str, at: datetime) -> None:
        """Remember that a mail of a mailbox was accepted."""
        await self._claims.claim("fetched", mail, {"at": at})

    async def was_fetched(self, mail: str) -> bool:
        """Return whether a mail of a mailbox was accepted."""
        return await self._claims.read("fetched", mail) is not None

    async def first_uid(self, mailbox: str, folder: str, next_uid: int) -> int:
        """Return the first mail of a folder that is taken even where a person has read it already.

        At the first look at a mailbox that is the next one to come; once its numbers have been given anew (another
        `folder` by its UIDVALIDITY) every mail is looked at, and what was accepted before is found to be a copy.
        """
        first = await self._claims.claim("mailboxes", mailbox, {"folder": folder, "from": next_uid})
        return int(first["from"]) if first["folder"] == folder else 0

    async def draft(self, message: str) -> Document | None:
        """Return what was written down before a message was first tried, or None."""
        return await self._claims.read("outbox", message)


def _name(message_id: str) -> str:
    """A Message-ID is a stranger's text of any length; its digest names it."""
    return hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()
