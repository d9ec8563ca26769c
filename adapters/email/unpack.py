"""The files that came along with a mail, taken out in a process of their own: run by `Unpackers`, as `worker` is.

It must never write a file or open a socket: the bytes go to the parent, which keeps them under their hash.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import dataclass

from adapters.email import worker
from adapters.email.child import Parsers, Unreadable
from adapters.email.part import Part
from adapters.email.transfer import uuencoded
from adapters.email.tree import parse


@dataclass(frozen=True, slots=True)
class File:
    """One file; its name is its sender's, to be shown as text and never used as a path."""

    name: str
    kind: str
    content: bytes


class Unpackers(Parsers):
    """A pool of such processes."""

    def __init__(self, size: int = 1) -> None:
        super().__init__(size, command=(sys.executable, "-m", "adapters.email.unpack"))

    async def files(self, raw: bytes) -> list[File] | Unreadable:
        """Return what came along, in the mail's order, or why it can't be read. Raises `NoChild`."""
        said = await self._asked(worker.MAIL, raw)
        if isinstance(said, Unreadable):
            return said
        return [File(name, kind, base64.b64decode(content)) for name, kind, content in json.loads(said)["files"]]


def files(raw: bytes) -> list[File]:
    """Return what came along with a mail, as `attachments.attachments` lists it."""
    found: list[File] = []
    waiting = [parse(raw)]
    while waiting:
        part = waiting.pop()
        if part.is_attachment:
            found.append(File(part.filename, part.kind, _content(part)))
        elif part.children:
            waiting.extend(reversed(part.children))
        else:
            found.extend(File(name, "application/octet-stream", data) for name, data in uuencoded(part.raw))
    return found


def _content(part: Part) -> bytes:
    return part.raw if part.kind.startswith("message/") and not part.is_encoded else part.content


def answer(kind: bytes, raw: bytes) -> dict[str, object]:
    """Return the files of a mail as JSON can carry them."""
    if kind != worker.MAIL:
        raise ValueError("only mails have files")
    return {"files": [[one.name, one.kind, base64.b64encode(one.content).decode()] for one in files(raw)]}


if __name__ == "__main__":
    # The same loop under the same limits; only what is answered differs.
    worker.answer = answer
    worker.main()
