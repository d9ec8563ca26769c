"""The text of a mail: plain where there is one, else what its HTML says. Called by `read`; pure.

It must never return less than the customer wrote because a part is labelled oddly: where nothing else is
there, the text of attachments and of forwarded mails counts.
"""

from __future__ import annotations

from email.message import EmailMessage
from typing import cast

from adapters.email.html_text import to_text
from adapters.email.mime import BROKEN, decoded


def body_text(message: EmailMessage) -> str:
    """Return the words of the mail's body with `\\n` line ends, or an empty text where it has none (R8)."""
    try:
        return _text(message, attached=False).strip() or _text(message, attached=True).strip()
    except RecursionError:
        return _every_text(message).strip()


def _every_text(message: EmailMessage) -> str:
    """All texts in their order, whatever holds them: of a mail that is nested more deeply than any real one."""
    waiting, texts = [message], []
    while waiting:
        part = waiting.pop()
        if part.is_multipart():
            waiting.extend(reversed(_children(part)))
        else:
            texts.append(_text(part, attached=True))
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _text(part: EmailMessage, *, attached: bool) -> str:
    kind = _kind(part)
    if not attached and _is_attached(part, kind):
        return ""
    if part.is_multipart():
        texts = [(_kind(child), _text(child, attached=attached)) for child in _children(part)]
        said = [(child, text) for child, text in texts if text.strip()]
        if kind == "multipart/alternative":
            said = ([one for one in said if one[0] == "text/plain"] or said)[:1]
        return "\n\n".join(text.strip() for _, text in said)
    if kind == "text/plain" or kind.startswith("multipart/"):  # a multipart whose boundary can't be read, too
        return _characters(part)
    return to_text(_characters(part)) if kind == "text/html" else ""


def _children(part: EmailMessage) -> list[EmailMessage]:
    return [cast("EmailMessage", child) for child in part.get_payload()]


def _is_attached(part: EmailMessage, kind: str) -> bool:
    try:
        return kind.startswith("message/") or part.get_content_disposition() == "attachment"
    except BROKEN:
        return False


def _kind(part: EmailMessage) -> str:
    try:
        return part.get_content_type()
    except BROKEN:
        return "text/plain"


def _characters(part: EmailMessage) -> str:
    try:
        charset = part.get_content_charset() or ""
    except BROKEN:
        charset = ""
    try:
        data = part.get_payload(decode=True)
    except BROKEN:
        data = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return decoded(data, charset) if isinstance(data, bytes) else ""
