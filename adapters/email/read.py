"""A raw mail becomes a request. Called by the e-mail adapter; pure, it never reads a mailbox or a clock.

It never raises on what a mail contains: a mail that can't be understood is a request with little text, which
triage then takes as Critique (R8).
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.message import EmailMessage

from adapters.email.automatic import is_automatic
from adapters.email.body import body_text
from adapters.email.mime import addresses, header, parse
from adapters.email.quotes import own_words
from shared.events.requests import Request, RequestPersonal
from shared.numbers import normalised

_FORWARD = re.compile(r"^\s*(?:(?:re|aw|rép?)\s*:\s*)*(?:tr|fwd?|wg|rv)\s*:", re.IGNORECASE)
_KEY_LIMIT = 512
"""What a request's key may hold; a longer Message-ID is told by its digest instead."""


def read(raw: bytes, received_at: datetime) -> Request:
    """Return the request in a raw RFC 5322 mail (R1, R2). `received_at` has a time zone.

    The key is the Message-ID without its brackets, or empty. A ticket number makes it a reply.
    """
    message = parse(raw)
    subject = header(message, "Subject")
    body = body_text(message)
    is_reply = bool(header(message, "In-Reply-To") or header(message, "References"))
    ticket = _ticket(message, subject, body if is_reply else "")
    forwarded = _FORWARD.match(subject) is not None
    name, address = next(iter(addresses(message, "From", "Reply-To", "Sender")), ("", ""))
    return Request(
        kind="reply" if ticket else "request",
        channel="email",
        key=_key(header(message, "Message-ID")),
        received_at=received_at,
        ticket=ticket,
        automatic=is_automatic(message),
        personal=RequestPersonal(
            name=name,
            email=address,
            subject=subject,
            text=own_words(body) if (is_reply or ticket) and not forwarded else body,
        ),
    )


def _ticket(message: EmailMessage, subject: str, replied_body: str) -> str:
    """The number in our reply address (`sav+26-123-456-X@`), else in the subject, else in a reply's body.

    Elsewhere in a body a number proves nothing: mails are forwarded, and older threads pasted.
    """
    sent_to = addresses(message, "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
    tags = (address.partition("@")[0].partition("+")[2] for _, address in sent_to)
    return next(filter(None, map(normalised, (*tags, subject, replied_body))), "")


def _key(message_id: str) -> str:
    key = message_id.strip("<> \t")
    return key if len(key) <= _KEY_LIMIT else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
