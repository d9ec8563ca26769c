"""What tests of the mail programs put around them: a door that remembers, a relay that answers as told, mails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.accept import Accepted, NotAccepted
from adapters.email.child import Unreadable
from adapters.email.incoming import Arrival, Incoming
from adapters.email.mail import Mail, understood
from adapters.email.memory import Memory
from adapters.email.outbox import Outbox
from adapters.email.relay import Outcome
from adapters.email.send import Sender
from adapters.email.settings import MailSettings
from adapters.email.signed import Signer
from adapters.email.unpack import File, files
from adapters.kept import KeptInFolder
from shared.events.base import Personal
from shared.events.notify import Delivery, MessageKind, MessagePersonal, MessageToSend, StaffMessageToSend
from shared.events.requests import Request
from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.testing.store import MemoryClaims, MemoryStore, MemoryTimers

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "sav@alarmes.example"
KEY = "a key of sixteen characters"
NUMBER = "26-666-273-Y"
TICKET = "ticket-1"
CUSTOMER = "ana@client.example"


class HandClock:
    """Says what it is told to say."""

    def __init__(self, at: datetime = T0) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return that."""
        return self.at

    def walk(self, **lapse: float) -> datetime:
        """Let time pass."""
        self.at += timedelta(**lapse)
        return self.at


@dataclass
class MemoryDoor:
    """A door that keeps what it accepts in lists, or refuses all of it."""

    clock: HandClock
    requests: list[Request] = field(default_factory=list)
    reports: list[Delivery] = field(default_factory=list)
    is_shut: bool = False
    heard_until: datetime | None = None
    coming: int = 0

    async def accept(self, request: Request) -> Accepted:
        """Keep it."""
        if self.is_shut:
            raise NotAccepted("neither Kafka nor the disk takes it")
        self.requests.append(request)
        return Accepted(request.key, "kafka")

    async def report(self, delivery: Delivery) -> Accepted:
        """Keep it."""
        if self.is_shut:
            raise NotAccepted("neither Kafka nor the disk takes it")
        self.reports.append(delivery)
        return Accepted(delivery.message, "kafka")

    @contextmanager
    def receiving(self, at: datetime | None = None) -> Iterator[datetime]:
        """Count what is coming in."""
        self.coming += 1
        yield at or self.clock.now()
        self.coming -= 1

    def heard(self, until: datetime) -> None:
        """Remember it."""
        self.heard_until = until


class Inline:
    """Parses in this process: these tests' own mails do no harm."""

    def __init__(self) -> None:
        self.answer: Unreadable | None = None

    async def mail(self, raw: bytes) -> Mail | Unreadable:
        """Return what a mail says."""
        return self.answer or understood(raw)

    async def files(self, raw: bytes) -> list[File] | Unreadable:
        """Return what came along with it."""
        return self.answer or files(raw)


@dataclass
class ScriptedRelay:
    """Answers as told, then accepts; remembers what it was handed."""

    answers: list[Outcome] = field(default_factory=list)
    handed: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def hand_over(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Take one."""
        self.handed.append((sender, recipient, mail))
        return self.answers.pop(0) if self.answers else Outcome("accepted", "250 queued")


class Post:
    """Both ways of the mail on stores in memory."""

    def __init__(self, folder: Path, *, replica: str = "here", store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.clock = HandClock()
        self.door = MemoryDoor(self.clock)
        self.claims = MemoryClaims(self.store)
        self.memory = Memory(self.claims)
        self.signer = Signer(ADDRESS, [KEY])
        self.parsers = Inline()
        self.kept = KeptInFolder(folder)
        self.incoming = Incoming("test", self.door, self.parsers, self.parsers, self.memory, self.kept, self.signer)
        self.relay = ScriptedRelay()
        self.known: set[str] = set()
        self.settings = MailSettings(mail_address=ADDRESS, mail_name="SAV Alarmes", mail_keys=KEY, replica=replica)
        self.timers = MemoryTimers(self.store)
        self.outbox = Outbox(self.claims, self.timers, self.memory, self.signer, replica, lambda one: one in self.known)
        self.policy = read_policy()
        self.sender = Sender(
            self.settings,
            PolicyBook([self.policy]),
            self.outbox,
            self.memory,
            self.relay,
            self.door.report,
            self.clock,
        )

    async def ticket(self, ticket: str = TICKET, number: str = NUMBER, email: str = CUSTOMER) -> None:
        """Make a ticket known, as notify does."""
        await self.memory.note_ticket(ticket, number, email)

    async def take(self, raw: bytes, *recipients: str) -> str:
        """Let a mail come in."""
        return await self.incoming.take(Arrival(raw, recipients or (ADDRESS,), self.clock.now()))

    async def ask(self, event: MessageToSend | StaffMessageToSend, ticket: str = TICKET) -> None:
        """Ask for a message, as notify does, and do what is due."""
        await self.outbox.put(ticket, event, self.clock.now(), self.clock.now())
        await self.run()

    async def run(self) -> None:
        """Do what is due, until nothing is."""
        for _ in range(20):
            await self.sender.work()
            if not self.sender._in_hand:
                return
            await self.sender.settle()

    def said(self) -> list[str]:
        """What was reported, in order."""
        return [report.status for report in self.door.reports]


def to_send(
    kind: MessageKind = "acknowledgement",
    *,
    email: str = CUSTOMER,
    resolution: int = 0,
    generation: int = 1,
    send_by: datetime | None = None,
    subject: str = f"Votre demande {NUMBER} est enregistrée",
    text: str = f"Bonjour,\n\nNous avons bien reçu votre demande.\n\nDossier n° {NUMBER}\nLe SAV\n",
    ticket: str = TICKET,
    name: str = "Ana Durand",
) -> MessageToSend:
    """What notify asks for."""
    personal: Personal = MessagePersonal(name=name, email=email, subject=subject, text=text)
    return MessageToSend(
        message=f"{ticket}:{kind}:{generation}:{resolution}:email",
        kind=kind,
        generation=generation,
        resolution=resolution,
        channel="email",
        send_by=send_by,
        personal=personal,
    )


def mail(
    text: str = "La sirène hurle sans arrêt.",
    *,
    sender: str = f"Ana Durand <{CUSTOMER}>",
    subject: str = "Alarme",
    message_id: str = "<m1@client.example>",
    to: str = ADDRESS,
    **headers: str,
) -> bytes:
    """A raw mail; underscores of a header's name become hyphens."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", "Date: Mon, 02 Mar 2026 09:00:00 +0000"]
    lines += [f"Message-ID: {message_id}"] if message_id else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join([*lines, "", *text.split("\n"), ""]).encode()


def bounce(recipient: str, original_id: str, *, to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A report by RFC 3464, as Postfix writes them."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <dsn-{status}-{action}@mx.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such user\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original_id}>\r\nTo: {recipient}\r\n--b--\r\n"
    ).encode()
