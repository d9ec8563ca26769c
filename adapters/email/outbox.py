"""What is to be sent, written down before anything is sent: drafts, attempts, outcomes, and when to look again.

Called by `send`. Drafts and notes are inserted once and never changed; what waits for its time is a small timer. It
must never let two attempts at one message run at once, nor forget one that began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from adapters.email.compose import Letter, is_usable
from adapters.email.memory import Memory
from adapters.email.relay import Outcome
from adapters.email.signed import Signer
from shared.events.base import Personal
from shared.events.notify import MessageToSend, StaffMessageToSend
from shared.runtime.ports import Claims, Document

KNOWN_A_DAY, UNKNOWN_A_DAY = 10, 5
"""Automatic messages an address gets on one day at most (issue 8): no ticket needs as many; a loop would."""
GIVE_UP = timedelta(hours=12)
"""After this long a person is told: before closure calls one because nothing was reported for a day."""
AT_LEAST = timedelta(minutes=10)
"""Even a message that is late already is tried for this long: a greylist opens after five minutes."""
BACK_OFF = (1, 2, 5, 10, 15, 30, 60)
"""Minutes between attempts; a greylist opens after five, and the last one is what servers do among themselves."""
LEASE = timedelta(minutes=15)
"""An attempt that another replica began is over after this: above the longest conversation (three waits, 6 min)."""
STALE = timedelta(days=3)
"""What notify asked for longer ago is not sent any more: a person was called long since, and a program that is started
for the first time must not send the past."""
AT_MOST_ONCE = frozenset({"survey"})
"""Kinds that are never sent twice, even where nobody knows whether they were sent (R14)."""
_NO_READER = ("mailer-daemon@", "postmaster@", "noreply@", "no-reply@", "ne-pas-repondre@", "donotreply@")
_PARIS = ZoneInfo("Europe/Paris")


class Timers(Protocol):
    """What waits for its time."""

    async def arm(self, documents: list[Document]) -> None:
        """Insert those that are not there yet."""
        ...

    async def delete(self, ids: list[str]) -> None:
        """Delete those that are there."""
        ...

    async def due(self, after: datetime, until: datetime, limit: int) -> list[Document]:
        """Return at most `limit` with after < due_at <= until."""
        ...


def _as_it_is(text: str, _: datetime) -> str:
    return text


class Outbox:
    """The mail programs' outbox, in their own database."""

    def __init__(
        self,
        claims: Claims,
        timers: Timers,
        memory: Memory,
        signer: Signer,
        replica: str,
        knows: Callable[[str], bool],
        with_links: Callable[[str, datetime], str] = _as_it_is,
    ) -> None:
        """Prepare; `knows` says whether an address is a customer's of whom the registry knows.

        `with_links` signs the links in a text that was decided at an instant: only here, so that no token ever stands
        on a topic or in a journal.
        """
        self._claims = claims
        self._timers = timers
        self._memory = memory
        self._signer = signer
        self._owner = {"replica": replica, "run": uuid4().hex}
        self._knows = knows
        self._with_links = with_links

    async def put(
        self, ticket: str, event: MessageToSend | StaffMessageToSend, said_at: datetime, at: datetime, policy: str = ""
    ) -> None:
        """Write a message down and arm its first attempt; the same event again changes nothing.

        `said_at` is when notify asked for it, `at` is now, both UTC; `policy` is the version it was decided under.
        """
        to = event.personal or Personal()
        is_staff = isinstance(event, StaffMessageToSend)
        send_by = None if isinstance(event, StaffMessageToSend) else event.send_by
        token = self._signer.token(event.message)
        draft = await self._claims.claim(
            "outbox",
            event.message,
            {
                "message": event.message,
                "ticket": ticket,
                "kind": event.kind,
                "generation": event.generation,
                "resolution": event.resolution,
                "policy": policy,
                "recipient": to.email.strip(),
                "name": to.name,
                "subject": to.subject,
                "text": to.text,
                "token": token,
                "at": at,
                "give_up_at": max(send_by or at + GIVE_UP, at + AT_LEAST),
                "held": "trop ancien"
                if at - said_at > STALE
                else await self._held(event.message, to.email, at, is_staff=is_staff),
            },
        )
        await self._memory.note_sent(str(draft["token"]), event.message)
        await self._memory.note_seen(self._message_id(draft), ticket, at, event.message)
        if await self._claims.read("outcomes", f"{event.message}#1") is None:
            await self.arm(event.message, "send", 1, at)

    async def _held(self, message: str, address: str, at: datetime, *, is_staff: bool) -> str:
        """Why a message is not sent at all: nobody could read it, or its address had enough of us today."""
        address = address.strip().lower()
        if not is_usable(address):
            return "adresse inutilisable"
        if address.startswith(_NO_READER) or self._signer.is_ours(address):
            return "personne ne lit à cette adresse"
        if is_staff:
            return ""  # a colleague's warnings are as many as the promises at risk
        most = KNOWN_A_DAY if self._knows(address) else UNKNOWN_A_DAY
        day = at.astimezone(_PARIS).date().isoformat()
        name = hashlib.sha256(address.encode()).hexdigest()
        for number in range(1, most + 1):
            # Each slot is claimed by one message, so a crash between two steps counts nothing twice.
            held = await self._claims.claim("budget", f"{day}/{name}/{number}", {"message": message})
            if held["message"] == message:
                return ""
        return f"déjà {most} messages automatiques aujourd’hui à cette adresse"

    def _message_id(self, draft: Document) -> str:
        return f"{draft['token']}.{draft['kind']}@{self._signer.domain}"

    async def letter(self, draft: Document, address: str, name: str) -> Letter:
        """Return the mail of a draft, the same on every attempt; `address` and `name` are the company's."""
        known = await self._memory.ticket(str(draft["ticket"]))
        first = await self._memory.first_mail_of(str(draft["ticket"]))
        return Letter(
            kind=str(draft["kind"]),
            recipient=str(draft["recipient"]),
            name=str(draft["name"]),
            subject=str(draft["subject"]),
            text=self._with_links(str(draft["text"]), draft["at"]),
            message_id=self._message_id(draft),
            date=draft["at"],
            sender=address,
            sender_name=name,
            reply_to=self._signer.reply_address(known.number) if known else address,
            bounces_to=self._signer.bounce_address(str(draft["token"])),
            thread=(first,) if first else (),
        )

    async def arm(self, message: str, what: str, number: int, due_at: datetime) -> None:
        """Look at a message again at an instant."""
        name = f"{message}#{what}#{number}"
        await self._timers.arm([{"_id": name, "message": message, "what": what, "n": number, "due_at": due_at}])

    async def begin(self, message: str, number: int, at: datetime) -> Outcome | Literal["go", "wait"]:
        """Write an attempt down before its socket opens.

        Returns "go" for one that is ours alone, "wait" for another replica's that may still run, and an unknown outcome
        for one that began and of which nothing more is known: its process ended between.
        """
        mine = {**self._owner, "try": uuid4().hex}
        held = await self._claims.claim("attempts", f"{message}#{number}", {**mine, "at": at})
        if held["try"] == mine["try"]:
            return "go"
        if held["replica"] != mine["replica"] and at - held["at"] < LEASE:
            return "wait"
        return Outcome("unknown", "le programme s’est arrêté pendant l’envoi")

    async def outcome(self, message: str, number: int) -> Document | None:
        """Return what became of an attempt, or None."""
        return await self._claims.read("outcomes", f"{message}#{number}")

    async def conclude(self, message: str, number: int, outcome: Outcome, at: datetime) -> Document:
        """Write down what became of an attempt; what was written first counts."""
        content = {"result": outcome.result, "reason": outcome.reason, "at": at}
        return await self._claims.claim("outcomes", f"{message}#{number}", content)

    async def due(self, at: datetime, limit: int) -> list[Document]:
        """Return what is to be looked at now."""
        return await self._timers.due(datetime.fromtimestamp(0, at.tzinfo), at, limit)

    async def done(self, name: str) -> None:
        """Forget a timer."""
        await self._timers.delete([name])
