"""A raw mail as this project understands it: one record of plain fields. Called by `read`, the child and `sav email`.

It must never raise on what a mail contains, nor read a clock, a mailbox or a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from adapters.email.attachments import Attachment, attachments
from adapters.email.automatic import Kind, kind_of
from adapters.email.body import body_text
from adapters.email.bounces import Delivery, deliveries
from adapters.email.headers import Fields, first, raw_values
from adapters.email.language import language_of
from adapters.email.people import Person, named, people
from adapters.email.quotes import own_words, unquoted
from adapters.email.tree import parse

_ID = re.compile(r"<([^<>]{1,2000})>")
_FORWARD = re.compile(r"^\s*(?:(?:re|aw|rép?|r)\s*:\s*)*(?:tr|fwd?|wg|rv|i|enc|vs|doorst)\s*:", re.IGNORECASE)
_REPORTED = ("bounce", "delayed", None)
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
MOST_REFERENCES = 1_000
"""Message-IDs of one thread that are kept: the last ones; a thread of this length is a list's."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What one mail says; ids are without their brackets, addresses in lower case, line ends `\\n`."""

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sender: Person = field(default_factory=Person)
    to: tuple[Person, ...] = ()
    sent_to: tuple[str, ...] = ()
    """Every address that it came by, copies and the envelope's included: our reply address is among them (R2)."""
    subject: str = ""
    text: str = ""
    """The sender's own new words: without quotes and signature (R6)."""
    unquoted: str = ""
    """Their words without quotes, signature and all: what decisions read (R13)."""
    body: str = ""
    """All of it."""
    attachments: tuple[Attachment, ...] = ()
    is_auto: bool = False
    auto_kind: Kind | None = None
    language: str = ""
    """Two letters (ISO 639-1), or empty."""
    deliveries: tuple[Delivery, ...] = ()
    """For a report: what became of which mail of ours."""


def understood(raw: bytes) -> Mail:
    """Return what a raw RFC 5322 mail says (R1)."""
    root = parse(raw)
    fields = root.fields
    subject = first(fields, "subject")
    body = body_text(root)
    senders = named(fields, "from", "reply-to", "sender")
    kind, is_auto = kind_of(root)
    text = body if is_forward(subject) else own_words(body)
    return Mail(
        message_id=_first_id(fields, "message-id"),
        in_reply_to=_first_id(fields, "in-reply-to"),
        references=tuple(_ids(fields, "references")[-MOST_REFERENCES:]),
        sender=next((one for one in senders if one.address), next(iter(senders), Person())),
        to=tuple(people(fields, "to")),
        sent_to=tuple(dict.fromkeys(one.address for one in people(fields, *_ADDRESSED))),
        subject=subject,
        text=text or body,
        unquoted=(body if is_forward(subject) else unquoted(body)) or body,
        body=body,
        attachments=tuple(attachments(root)),
        is_auto=is_auto,
        auto_kind=kind,
        language=language_of(text or body or subject),
        deliveries=tuple(deliveries(root, body)) if is_auto and kind in _REPORTED else (),
    )


def is_forward(subject: str) -> bool:
    """Return whether a subject says that the mail passes another one on: its quotes are then what it is about."""
    return _FORWARD.match(subject) is not None


def _ids(fields: Fields, name: str) -> list[str]:
    """The Message-IDs in a header, without brackets; of one that has none in brackets, its words."""
    found: list[str] = []
    for value in raw_values(fields, name):
        ids = ["".join(one.split()) for one in _ID.findall(value)]
        found.extend(ids or [word.strip("<>") for word in value.split() if "@" in word])
    return [one for one in found if one]


def _first_id(fields: Fields, name: str) -> str:
    return next(iter(_ids(fields, name)), "") or next((value.strip("<> \t") for value in raw_values(fields, name)), "")
