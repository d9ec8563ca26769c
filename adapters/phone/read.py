"""An operator's phone note becomes a request. Called by the phone adapter; pure: it reads no file, no clock.

The note is one JSON object: `call` (its id, the idempotency key), `operator`, `caller`, `number`, `customer`
and `site` where the operator found them, and `note`. A call about a known ticket names it in `ticket`; what
the caller answers to a closing is then `kind` with its `resolution`, and a survey's answer has its `scores`.
"""

from __future__ import annotations

from datetime import datetime

from adapters.door import checked, load
from adapters.telephone import e164
from shared.events.base import Model
from shared.events.requests import Request, RequestKind, Scores
from shared.numbers import normalised


class PhoneNote(Model):
    """What an operator fills in during a call."""

    call: str = ""
    operator: str = ""
    caller: str = ""
    number: str = ""
    customer: str = ""
    site: str = ""
    note: str = ""
    kind: RequestKind | None = None
    ticket: str = ""
    resolution: int = 0
    scores: Scores | None = None


def read(raw: bytes, received_at: datetime) -> Request:
    """Return the request in an operator's note (R1, R2); `received_at` has a zone. Raises `Unreadable`."""
    note = load(PhoneNote, raw)
    ticket = normalised(note.ticket) or note.ticket.strip()
    asides = {"operator": note.operator, "site": note.site}
    survey = note.kind == "survey-answer"
    return checked(
        {
            "kind": note.kind or ("reply" if ticket else "request"),
            "channel": "phone",
            "key": note.call,
            "received_at": received_at,
            "ticket": ticket,
            "resolution": note.resolution,
            "customer": note.customer,
            "form": {name: said for name, said in asides.items() if said},
            "scores": note.scores,
            "personal": {
                "name": note.caller,
                "phone": e164(note.number),
                "text": "" if survey else note.note,
                "comment": note.note if survey else "",
            },
        }
    )
