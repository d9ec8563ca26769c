"""One part of a mail: what its header says it is, and where its content lies. Pure; made by `tree`, read by the rest.

It must never raise on what a mail contains: a type that can't be read is plain text, which a person can read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.email.headers import Fields, first, raw_values, value_and_parameters
from adapters.email.transfer import content

_KIND = re.compile(r"[\w.+\-!#$&^]+/[\w.+\-!#$&^]+")
_MAJOR = {"text": "text/plain", "plain": "text/plain", "html": "text/html"}
"""What a type without its other half is taken for."""
_LEAVES = ("application/", "audio/", "image/", "video/", "message/", "font/", "model/")


@dataclass(slots=True)
class Part:
    """A leaf, a multipart or a mail in a mail."""

    mail: bytes
    start: int = 0
    end: int = 0
    fields: Fields = field(default_factory=list)
    kind: str = "text/plain"
    """Type and subtype in lower case."""
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    """As the sender named it: to be shown as text only, never a path (R2)."""
    encoding: str = ""
    children: list[Part] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        """The content as it stands in the mail."""
        return self.mail[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The content out of its transfer encoding."""
        return content(self.raw, self.encoding)

    @property
    def is_multipart(self) -> bool:
        """Whether it is there to hold other parts."""
        return self.kind.startswith("multipart/")

    @property
    def is_encoded(self) -> bool:
        """Whether its lines are not yet those that its sender had."""
        return self.encoding in ("base64", "quoted-printable")

    def walk(self) -> Iterator[Part]:
        """Yield this part and every part in it, in their order, however deep."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    def understand(self) -> None:
        """Read from the header fields what the part is; called once they are all there."""
        self.encoding = first(self.fields, "content-transfer-encoding").strip("\"' ;").lower()
        said = next(iter(raw_values(self.fields, "content-type")), "")
        kind, self.parameters = value_and_parameters(said)
        if match := _KIND.match(kind):
            self.kind = match.group()
        elif kind.startswith("multipart"):
            self.kind = "multipart/mixed"
        elif kind:
            self.kind = _MAJOR.get(kind.strip("/ "), "text/plain")
        for value in raw_values(self.fields, "content-disposition"):
            self.disposition, named = value_and_parameters(value)
            self.filename = named.get("filename") or named.get("name") or ""
            if self.disposition:
                break
        self.filename = self.filename or self.parameters.get("name") or self.parameters.get("filename") or ""

    @property
    def is_attachment(self) -> bool:
        """Whether it is something beside the words: a file, a picture, a mail that came along."""
        if self.is_multipart:
            return False
        if self.disposition.startswith("attach") or self.kind.startswith(_LEAVES):
            return True
        return bool(self.filename) or not self.kind.startswith("text/")
