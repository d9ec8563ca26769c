"""The mails that customers get, written as files that any mail program opens. Called by the demonstration alone.

It sends nothing, and signs with a key that is no secret: what it writes proves nothing and goes nowhere.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from adapters.email.compose import Letter, composed
from adapters.email.signed import Signer
from shared.events.base import Personal
from shared.events.notify import MessageToSend

ADDRESS = "sav@alarmes.example"
_UNSAFE = re.compile(r"[^a-z0-9.@_\-]+")


def write_mail(folder: Path, sent: MessageToSend, number: str, at: datetime, company: str) -> Path:
    """Write one message as `<folder>/<address>/<instant> <kind>.eml` and return where; `at` has a time zone."""
    to, signer = sent.personal or Personal(), Signer(ADDRESS, ["no secret at all"])
    token = signer.token(sent.message)
    letter = Letter(
        kind=sent.kind,
        recipient=to.email,
        name=to.name,
        subject=to.subject,
        text=to.text,
        message_id=f"{token}.{sent.kind}@alarmes.example",
        date=at,
        sender=ADDRESS,
        sender_name=company,
        reply_to=signer.reply_address(number),
        bounces_to=signer.bounce_address(token),
    )
    box = folder / (_UNSAFE.sub("_", to.email.lower()).lstrip(".") or "nobody")
    box.mkdir(parents=True, exist_ok=True)
    path = box / f"{at:%Y-%m-%d %Hh%M} {sent.kind} {token[:4]}.eml"
    path.write_bytes(composed(letter))
    return path
