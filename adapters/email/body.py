"""The text of a mail: plain where there is one, else what its HTML says. Called by `mail`; pure.

It must never return less than the customer wrote because a part is labelled oddly: where nothing else is
there, the text of attachments and of forwarded mails counts.
"""

from __future__ import annotations

import re

from adapters.email.characters import decoded
from adapters.email.html_text import is_html, to_text
from adapters.email.part import Part
from adapters.email.transfer import without_uuencoded

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?([\w.:-]{1,40})""", re.IGNORECASE)
_SEARCHED = 4_096
"""Bytes of a page in which it may name its charset; HTML asks for the first 1,024, mailers write styles before it."""
_MARKED_UP = re.compile(r"</?[a-zA-Z]{1,20}>")
_DEEPEST = 200
"""Parts in parts that are read by their structure; deeper ones, which no mailer makes, are all texts in their order."""


def body_text(root: Part) -> str:
    """Return the words of the mail's body with `\\n` line ends, or an empty text where it has none (R8)."""
    if _is_too_deep(root):
        return _every_text(root)
    return _text(root, attached=False).strip() or _text(root, attached=True).strip()


def characters(part: Part) -> str:
    """Return the text of a part that is a text."""
    data = part.content
    charset = part.parameters.get("charset", "")
    if not charset and part.kind == "text/html" and (match := _META_CHARSET.search(data[:_SEARCHED])):
        charset = match.group(1).decode("ascii")
    return decoded(without_uuencoded(data), charset)


def _is_too_deep(root: Part) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for part in level for child in part.children]
        if not level:
            return False
    return True


def _every_text(root: Part) -> str:
    """All texts in their order, whatever holds them."""
    texts = (_leaf(part).strip() for part in root.walk() if not part.children)
    return "\n\n".join(text for text in texts if text)


def _text(part: Part, *, attached: bool) -> str:
    if not attached and part.is_attachment:
        return ""
    if not part.children:
        return _leaf(part)
    texts = [(child, _text(child, attached=attached)) for child in part.children]
    said = [(child, text) for child, text in texts if text.strip()]
    if part.kind == "multipart/alternative":
        said = ([one for one in said if one[0].kind == "text/plain"] or said)[:1]
    return "\n\n".join(text.strip() for _, text in said)


def _leaf(part: Part) -> str:
    if part.kind == "text/html":
        return to_text(characters(part))
    if part.kind in ("text/enriched", "text/richtext"):
        return _MARKED_UP.sub("", characters(part).replace("<nl>", "\n"))
    if part.kind.startswith(("text/", "multipart/")) and part.kind not in (
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
    ):
        text = characters(part)  # a multipart whose boundary can't be read, too
        return to_text(text) if part.kind.startswith("multipart/") and is_html(text) else text
    return ""
