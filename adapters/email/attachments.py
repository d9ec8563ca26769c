"""What came along with a mail: files, pictures, mails. Pure; called by `mail`.

A file's name is whatever its sender wrote, to be shown as text and never used as a path; where there is none the list
says so by an empty name.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.email.part import Part
from adapters.email.transfer import uuencoded


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file: the name that its sender gave it, its type in lower case, its size in bytes."""

    filename: str
    content_type: str
    size: int


def attachments(root: Part) -> list[Attachment]:
    """Return everything that came along, in the mail's order; what a mail in the mail holds is that mail's own."""
    found: list[Attachment] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.is_attachment:
            found.append(_of(part))
        elif part.children:
            waiting.extend(reversed(part.children))
        else:
            found.extend(Attachment(name, "application/octet-stream", len(data)) for name, data in uuencoded(part.raw))
    return found


def _of(part: Part) -> Attachment:
    size = part.end - part.start if part.kind.startswith("message/") and not part.is_encoded else len(part.content)
    return Attachment(part.filename, part.kind, size)
