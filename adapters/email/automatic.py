"""Whether a machine wrote a mail: an out-of-office reply, a bounce, a bulk mail. Pure; called by `read`.

Headers alone decide, never the words: a customer may quote an automatic reply, and a machine that hides what
it is reaches a person, who reads it (R13).
"""

from __future__ import annotations

from email.message import EmailMessage

from adapters.email.mime import BROKEN, addresses, header, raw_values

_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "bulk", "junk"})
"""Not `list`: a group address of a customer passes on with it what people wrote."""
_MACHINES = frozenset({"mailer-daemon", "postmaster"})
_NO = frozenset({"no", "false", "0"})


def is_automatic(message: EmailMessage) -> bool:
    """Return whether the headers say that no person wrote the mail (RFC 3834 and what came before it)."""
    submitted = header(message, "Auto-Submitted").lower().split("(")[0].split(";")[0].strip()
    if submitted and submitted != "no":
        return True
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"):
        if any(value.lower() not in _NO for value in raw_values(message, name)):
            return True
    if header(message, "Precedence").lower() in _PRECEDENCE or "<>" in raw_values(message, "Return-Path"):
        return True
    return _is_report(message) or any(
        address.partition("@")[0] in _MACHINES for _, address in addresses(message, "From")
    )


def _is_report(message: EmailMessage) -> bool:
    try:
        return message.get_content_type() == "multipart/report"
    except BROKEN:
        return False
