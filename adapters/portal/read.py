"""A portal form becomes a request. Called by the portal adapter; pure, it reads no file and no clock.

The form is one JSON object: `nonce` (of the page, the idempotency key), `customer` of the account where one
is logged in, `name`, `email`, `phone`, `subject`, `message`, and `form`, the answers of the guided entry
(`equipment`, `site_zone`, `protected`, `site`). The pages behind our links say `kind`, `ticket`, `resolution`
and `scores` too.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from adapters.door import checked, load
from adapters.telephone import e164
from shared.events.base import Model
from shared.events.requests import Request, RequestKind, Scores
from shared.numbers import normalised


class PortalForm(Model):
    """What the portal's pages send."""

    nonce: str = ""
    customer: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    subject: str = ""
    message: str = ""
    form: dict[str, str] = Field(default_factory=dict)
    kind: RequestKind | None = None
    ticket: str = ""
    resolution: int = 0
    scores: Scores | None = None


def read(raw: bytes, received_at: datetime) -> Request:
    """Return the request in a portal form (R1, R2). `received_at` has a time zone. Raises `Unreadable`."""
    page = load(PortalForm, raw)
    ticket = normalised(page.ticket) or page.ticket.strip()
    survey = page.kind == "survey-answer"
    return checked(
        {
            "kind": page.kind or ("reply" if ticket else "request"),
            "channel": "portal",
            "key": page.nonce,
            "received_at": received_at,
            "ticket": ticket,
            "resolution": page.resolution,
            "customer": page.customer,
            "form": page.form,
            "scores": page.scores,
            "personal": {
                "name": page.name,
                "email": page.email.strip().lower(),
                "phone": e164(page.phone),
                "subject": page.subject,
                "text": "" if survey else page.message,
                "comment": page.message if survey else "",
            },
        }
    )
