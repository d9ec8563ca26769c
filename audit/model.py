"""What a record on a topic says, read tolerantly: unknown fields and types pass, nothing is corrected or guessed.

Called by `audit.gather`. Pure: bytes in, plain values out. It knows the wire format from its description alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

Data: TypeAlias = dict[str, object]

_CLEAR = "clear.v1"
"""The seal that seals nothing. What any other seal holds, the auditor can't read, and says so by not checking it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it lies on a topic; the topic's name is without the environment's prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None

    @property
    def where(self) -> str:
        """Where it lies, for a person who wants to look."""
        return f"{self.topic}/{self.partition}@{self.offset}"


class Unreadable(ValueError):
    """A record that doesn't say what its topic promises; the text says what is wrong with it."""


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """Fields of a JSON object, asked for by name; a missing or misshapen one reads as empty."""

    data: Data = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a text, or empty."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Return a whole number, or 0."""
        value = self.data.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def flag(self, name: str) -> bool:
        """Return whether the field is true."""
        return self.data.get(name) is True

    def instant_or_none(self, name: str) -> datetime | None:
        """Return an instant in UTC, cut to the millisecond, or None."""
        return instant(self.text(name))

    def instant(self, name: str) -> datetime:
        """Return an instant in UTC, cut to the millisecond. Raises `Unreadable` where there is none."""
        found = self.instant_or_none(name)
        if found is None:
            raise Unreadable(f"{name} n’est pas un instant")
        return found

    def inner(self, name: str) -> Document:
        """Return the object in this field."""
        value = self.data.get(name)
        return Document(value if isinstance(value, dict) else {})

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts in this field's list."""
        value = self.data.get(name)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def items(self, name: str) -> tuple[Document, ...]:
        """Return the objects in this field's list."""
        value = self.data.get(name)
        return tuple(Document(one) for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True)
class Event(Document):
    """An event of a stage, or a command of staff (which has no `seq`: 0)."""

    name: str = ""
    """`<stage>.<what happened>` of its type, without the version."""
    id: str = ""
    subject: str = ""
    """The ticket; for the aggregates' events, the resource."""
    stage: str = ""
    """Who said it: the last part of its source."""
    seq: int = 0
    time: datetime = _NEVER
    causation: str = ""
    where: str = ""
    whole: Data = field(default_factory=dict)
    """The document with its envelope: two copies are equal here, whatever the order of their fields."""
    digest: str = ""
    """Of the record's very bytes."""

    @property
    def personal(self) -> Document:
        """The personal object where it lies in clear; empty where it is sealed."""
        sealed = self.inner("personal")
        return sealed.inner("data") if sealed.text("seal") == _CLEAR else Document()


@dataclass(frozen=True, slots=True)
class Request(Document):
    """One thing that a customer said or clicked, as its adapter published it."""

    kind: str = "request"
    channel: str = ""
    received_at: datetime = _NEVER
    where: str = ""
    digest: str = ""

    @property
    def key(self) -> str:
        """Its idempotency key, or else its place."""
        return self.text("key") or self.where


_LONGEST_INSTANT = 40
"""Characters of an instant: RFC 3339 takes 35 at most; no more is remembered or parsed."""
_REMEMBERED = 200_000
"""Instants remembered: the same one stands in several events of a ticket."""


@lru_cache(maxsize=_REMEMBERED)
def instant(text: str) -> datetime | None:
    """Return the instant that a text names, in UTC and cut to the millisecond (stages keep no finer one), or None."""
    if not text or len(text) > _LONGEST_INSTANT:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def digest(value: bytes) -> str:
    """Return a short name of some bytes, equal for equal bytes alone."""
    return hashlib.sha256(value).hexdigest()


def canonical(data: Data) -> bytes:
    """Return a JSON object with its fields in order: the same content gives the same bytes."""
    return json.dumps(data, sort_keys=True, ensure_ascii=True).encode()


@dataclass(frozen=True, slots=True)
class Delivery(Document):
    """What an adapter said became of a message."""

    digest: str = ""
    where: str = ""


def load(record: Record) -> Data:
    """Return the JSON object of a record. Raises `Unreadable`."""
    return load_bytes(record.value or b"")


def load_bytes(value: bytes) -> Data:
    """Return the JSON object in some bytes. Raises `Unreadable`."""
    try:
        document = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unreadable("sa valeur n’est pas du JSON en UTF-8") from error
    if not isinstance(document, dict):
        raise Unreadable("sa valeur n’est pas un objet JSON")
    return document
