"""A raw mail becomes a request. Called by the e-mail adapter; pure, it never reads a mailbox or a clock.

It never raises on what a mail contains: a mail that can't be understood is a request with little text, which
triage then takes as Critique (R8).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from adapters.email.mail import Mail, understood
from shared.events.requests import Request, RequestPersonal
from shared.numbers import normalised

_KEY_LIMIT = 512
"""What a request's key may hold; a longer Message-ID is told by its digest instead."""


def read(raw: bytes, received_at: datetime) -> Request:
    """Return the request in a raw RFC 5322 mail (R1, R2). `received_at` has a time zone.

    The key is the Message-ID without its brackets, or empty. A ticket number makes it a reply.
    """
    return request_of(understood(raw), received_at)


def request_of(mail: Mail, received_at: datetime) -> Request:
    """Return the request in a mail that was understood elsewhere: in production in a child process (`child`)."""
    is_reply = bool(mail.in_reply_to or mail.references)
    ticket = _ticket(mail, mail.body if is_reply else "")
    return Request(
        kind="reply" if ticket else "request",
        channel="email",
        key=_key(mail.message_id),
        received_at=received_at,
        ticket=ticket,
        automatic=mail.is_auto,
        personal=RequestPersonal(
            name=mail.sender.name if mail.sender.address else "",
            email=mail.sender.address,
            subject=mail.subject,
            text=mail.unquoted if is_reply or ticket else mail.body,
        ),
    )


def _ticket(mail: Mail, replied_body: str) -> str:
    """The number in our reply address (`sav+26-123-456-X@`), else in the subject, else in a reply's body.

    Elsewhere in a body a number proves nothing: mails are forwarded, and older threads pasted.
    """
    tags = (address.partition("@")[0].partition("+")[2] for address in mail.sent_to)
    return next(filter(None, map(normalised, (*tags, mail.subject, replied_body))), "")


def _key(message_id: str) -> str:
    return message_id if len(message_id) <= _KEY_LIMIT else f"sha256:{hashlib.sha256(message_id.encode()).hexdigest()}"
