"""A mail and the ticket that it belongs to become a request: whose words, which of them, under which name. Pure.

Called by `incoming`. It must never put words into a ticket's thread by a number that nobody signed, or a third person's
words into a customer's mouth.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from adapters.email.mail import Mail, is_forward
from adapters.email.memory import KnownTicket
from adapters.email.read import request_of
from shared.events.requests import Request
from shared.numbers import normalised

CITED = "reference"
"""Field of a new ticket's form: a ticket number that its mail names without proof that it belongs there (R2)."""
_TRACE = re.compile(
    rb"^(?:received|return-path|delivered-to|x-original-to|envelope-to|x-envelope-to|x-uid|status|x-status):",
    re.IGNORECASE,
)


def request_from(
    mail: Mail, raw: bytes, ticket: KnownTicket | None, attached: Mapping[str, str], *, at: datetime, is_odd: bool
) -> Request:
    """Return the request in a mail that came at an instant (UTC) and belongs to `ticket`, or to none yet (R2).

    `attached` tells a person what came along; `is_odd` says that a machine of ours or a bounce's address is involved.
    """
    said = request_of(mail, at)
    # What opens a ticket or passes another mail on keeps its quotes: they may be all that tells what it is about.
    text = mail.text if ticket and not is_forward(mail.subject) else mail.body
    # A number that nobody signed moves no words into a thread; a person is shown it.
    cited = "" if ticket else normalised(mail.subject) or normalised(mail.text) or ""
    if ticket is not None and not mail.is_auto and _is_third(mail, ticket):
        who = mail.sender.address or "un expéditeur inconnu"
        text = f"[Écrit par {who}, adresse que le dossier ne connaît pas]\n\n{text}"
    return said.model_copy(
        update={
            "kind": "reply" if ticket else "request",
            "ticket": ticket.number if ticket else "",
            "key": said.key or content_key(raw),
            "automatic": mail.is_auto or is_odd,
            "form": {**attached, **({CITED: cited} if cited else {})},
            "personal": said.personal.model_copy(update={"text": text}),
        }
    )


def _is_third(mail: Mail, ticket: KnownTicket) -> bool:
    """Whether somebody else than the ticket's customer wrote it; where the customer has no address, everybody is."""
    return mail.sender.address != ticket.email


def content_key(raw: bytes) -> str:
    """Return what names a mail without a Message-ID (R2): a digest of all but what its way to us wrote above it."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = re.split(rb"\n(?![ \t])", head)
    own = b"\n".join(field for field in fields if not _TRACE.match(field))
    return "sha256:" + hashlib.sha256(own + b"\n\n" + body).hexdigest()
