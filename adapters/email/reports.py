"""What servers say of our own messages becomes reports on `sav.deliveries` (R13: a bounce is no delivery).

Called by `incoming`. It must never take a report about a stranger's message for one about ours: ours is known by the
signed address that its bounces come to, else by its Message-ID, which only its recipient's side has seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog

from adapters.email.bounces import Delivery as Told
from adapters.email.mail import Mail
from adapters.email.memory import Memory
from adapters.email.signed import Signer
from shared.events.notify import Delivery, DeliveryStatus
from shared.runtime.ports import Document

log = structlog.get_logger()


async def reported(
    mail: Mail, recipients: Iterable[str], at: datetime, memory: Memory, signer: Signer
) -> list[Delivery]:
    """Return the reports in a machine's mail about messages of ours, and note them; `at` is when it came, UTC.

    A note of delay is none: the server goes on trying. `[]` where the mail is about nothing that we sent.
    """
    addressed = [await memory.message_of_token(token) for token in signer.tokens_in([*recipients, *mail.sent_to])]
    found: list[Delivery] = []
    for told in mail.deliveries or _bare(mail, addressed):
        message = next(filter(None, addressed), "") or await memory.message_of(told.message_id)
        draft = await memory.draft(message) if message else None
        if draft is None:
            continue
        log.info("report", message=message, status=told.status, code=told.code)
        if told.status == "failed":
            await memory.note_bounced(message, at, f"{told.code} {told.diagnostic}".strip())
            found.append(report_of(draft, "bounced", at, told.diagnostic))
        elif told.status == "delivered":
            await memory.note_received(message, at)
            found.append(report_of(draft, "accepted", at))
        else:
            found.append(report_of(draft, "accepted", at))
    return found


def report_of(draft: Document, status: DeliveryStatus, at: datetime, reason: str = "") -> Delivery:
    """Return the report of what became of the message that a draft is of."""
    fields: dict[str, Any] = {name: draft[name] for name in ("message", "ticket", "kind", "generation", "resolution")}
    return Delivery(**fields, channel="email", status=status, at=at, reason=reason)


def _bare(mail: Mail, addressed: list[str]) -> list[Told]:
    """A bounce that names nobody, at an address that only bounces of one message come to."""
    return [Told(status="failed")] if mail.auto_kind == "bounce" and any(addressed) else []
