"""A message of notify's becomes a mail: text and HTML, thread, marks of an automatic mail. Pure; called by `outbox`.

It must never quote what a customer wrote, let a name or an address break out of its header, or differ between two
attempts at the same message: everything that could differ is in the draft, written down before the first one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_ANSWERS = frozenset({"acknowledgement"})
"""Kinds that answer a mail by themselves: RFC 3834 gives them a null sender, so that nothing ever comes back."""
_LINK = re.compile(r"^(?P<words>[^\n]{1,200}?) ?: (?P<address>https?://[^\s<>\"]+)$")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:@\"\x00-\x1f]{1,64}@(?:[\w\-]{1,63}\.)*[\w\-]{1,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LONGEST_NAME = 100
_HELD_TOGETHER = ((r"(?<=\d) h (?=\d)", " h "), (r" (?=[:;?!»])", " "), (r"(?<=[«°]) ", " "))
"""What French sets without a break, and a narrow screen would part otherwise: « 12 h 30 », « n° 7 », « résolu ? »."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it was written down before it was first tried."""

    kind: str
    recipient: str
    name: str
    subject: str
    text: str
    message_id: str
    """Without brackets."""
    date: datetime
    sender: str
    """The dedicated address."""
    sender_name: str
    reply_to: str
    bounces_to: str
    """Where servers report to; not used for automatic answers."""
    thread: tuple[str, ...] = ()
    """Message-IDs that it answers, the oldest first."""


@dataclass(frozen=True, slots=True)
class _Link:
    words: str
    address: str


@dataclass(slots=True)
class _Block:
    lines: list[str] = field(default_factory=list)
    links: list[_Link] = field(default_factory=list)


def is_usable(address: str) -> bool:
    """Return whether an address is one that a mail can go to: exactly one, with nothing that ends a header."""
    return _ADDRESS.fullmatch(address) is not None


def envelope_sender(letter: Letter) -> str:
    """Return the address of MAIL FROM: none for an automatic answer (RFC 3834), else the message's own (VERP)."""
    return "" if letter.kind in _ANSWERS else letter.bounces_to


def composed(letter: Letter) -> bytes:
    """Return the mail's bytes, the same ones for the same letter."""
    needs_utf8 = not letter.recipient.isascii()
    mail = EmailMessage(policy=SMTPUTF8 if needs_utf8 else SMTP)
    mail["From"] = _named(letter.sender_name, letter.sender)
    mail["To"] = _named(letter.name, letter.recipient)
    mail["Subject"] = _CONTROL.sub(" ", letter.subject)
    mail["Date"] = format_datetime(letter.date)
    mail["Message-ID"] = f"<{letter.message_id}>"
    mail["Reply-To"] = letter.reply_to
    if letter.thread:
        mail["In-Reply-To"] = f"<{letter.thread[-1]}>"
        mail["References"] = " ".join(f"<{one}>" for one in letter.thread)
    mail["Auto-Submitted"] = "auto-replied" if letter.kind in _ANSWERS else "auto-generated"
    # Exchange does not look at the former for its own automatic answers.
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    mail.set_content(letter.text, cte="quoted-printable")
    html = _template().render(subject=letter.subject, blocks=list(_blocks(letter.text)))
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"={letter.message_id.partition('@')[0]}=")
    return bytes(mail)


def _named(name: str, address: str) -> Address | str:
    clean = " ".join(_CONTROL.sub(" ", name).split())[:_LONGEST_NAME]
    local, _, domain = address.rpartition("@")
    return Address(clean, local, domain)


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs; lines that say what a link is for become links that a thumb can hit."""
    for paragraph in text.strip().split("\n\n"):
        block = _Block()
        for line in paragraph.split("\n"):
            if match := _LINK.match(line.strip()):
                if block.lines:
                    yield block
                    block = _Block()
                block.links.append(_Link(_set(match["words"].strip()), match["address"]))
            else:
                if block.links:
                    yield block
                    block = _Block()
                block.lines.append(_set(line))
        yield block


def _set(line: str) -> str:
    """A line with the spaces that never break: only where it is shown; the plain text stays as it was decided."""
    for found, kept in _HELD_TOGETHER:
        line = re.sub(found, kept.replace(" ", "\u00a0"), line)
    return line


@cache
def _template() -> Template:
    folder = Path(__file__).parent / "templates"
    # Every value is escaped, whatever the file is called.
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("message.html.j2")
