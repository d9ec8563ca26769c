"""What is wrong with what an adapter publishes, record by record: for whoever writes one, in any language. Pure.

Called by `sav adapter check`. It judges by the published language alone. An error is something that intake or notify
refuses, or that makes a second ticket; a warning is legal, and rarely meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from adapters.telephone import e164
from shared.codec import in_one_sentence
from shared.events.notify import ChannelWatermark, Delivery
from shared.events.requests import CLICKS, Request
from shared.numbers import normalised
from shared.policy.model import Policy
from shared.topics import DOOR_LIMIT_BYTES, TOPIC_LIMIT_BYTES

MODELS: Mapping[str, type[BaseModel]] = {
    "email": Request,
    "phone": Request,
    "portal": Request,
    "deliveries": Delivery,
    "channels": ChannelWatermark,
}
"""What each topic of an adapter carries, by the last word of its name."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one record."""

    where: str
    """Partition and offset, or the line of a file."""
    level: Literal["error", "warning"]
    rule: str
    """A stable word: `encoding`, `schema`, `size`, `key`…"""
    says: str


@dataclass
class Checker:
    """Judges the records of one topic, one after another: what belongs together may lie far apart."""

    topic: str
    policy: Policy
    now: datetime
    said: dict[str, str] = field(default_factory=dict)
    """Words by key."""
    records: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)

    def check(self, where: str, key: bytes | None, value: bytes | None) -> list[Finding]:
        """Return what is wrong with one record."""
        self.records += 1
        return [Finding(where, level, rule, says) for level, rule, says in self._check(key, value)]

    def _check(self, key: bytes | None, value: bytes | None) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
        if value is None:
            yield "error", "encoding", "the record has no value"
            return
        is_request = MODELS[self.topic] is Request
        limit = DOOR_LIMIT_BYTES if is_request else TOPIC_LIMIT_BYTES
        if len(value) + len(key or b"") > limit:
            yield "error", "size", f"{len(value)} bytes with a key of {len(key or b'')}; the topic takes {limit}"
        document, trouble = _document(value)
        if document is None:
            yield "error", "encoding", trouble
            return
        unknown = sorted(_unknown(document, MODELS[self.topic]))
        if unknown:
            yield "warning", "unknown", f"fields that nobody reads: {', '.join(unknown)}"
        try:
            model = MODELS[self.topic].model_validate({"channel": self.topic, **document} if is_request else document)
        except ValidationError as error:
            yield "error", "schema", in_one_sentence(error)
            return
        self.documents.append(document)
        if isinstance(model, Request):
            yield from self._request(key, model)
        elif isinstance(model, Delivery):
            yield from self._delivery(key, model)

    def _request(self, key: bytes | None, said: Request) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
        if said.channel != self.topic:
            yield "error", "channel", f"channel {said.channel!r} on the topic of {self.topic}"
        reception = self.policy.reception
        if said.received_at < self.now - reception.oldest or said.received_at > self.now + reception.ahead:
            yield "error", "received_at", f"{said.received_at.isoformat()} is not believed: is it in seconds, in UTC?"
        if len(said.personal.text) > reception.text_limit:
            yield "error", "size", f"a text of {len(said.personal.text)} characters; {reception.text_limit} are taken"
        if said.kind in CLICKS and normalised(said.ticket) is None:
            yield "error", "ticket", f"a {said.kind} whose ticket is no number of ours (check letter included)"
        if said.kind == "request" and said.ticket:
            yield "warning", "ticket", "a request that names a ticket: a reply is meant"
        yield from self._key(said)
        if key is None:
            yield "warning", "order", "the record has no key: what one customer says may overtake itself"
        yield from _contact(said)

    def _key(self, said: Request) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
        if not said.key:
            yield "warning", "key", "no idempotency key: a copy of this record is a second ticket"
            return
        words = said.model_dump_json(exclude={"received_at", "key"})
        if self.said.setdefault(said.key, words) != words:
            yield "error", "idempotency", f"key {said.key!r} came with other words before: two requests, not one"

    def _delivery(self, key: bytes | None, said: Delivery) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
        if key != said.ticket.encode():
            yield "error", "key", "the record's key is the ticket's id"
        if said.at > self.now + self.policy.reception.ahead:
            yield "error", "at", f"{said.at.isoformat()} is in the future"


def _document(value: bytes) -> tuple[dict[str, Any] | None, str]:
    if value.startswith(_BOM):
        return None, "begins with a byte order mark"
    try:
        found = json.loads(value.decode("utf-8"))
    except UnicodeDecodeError:
        return None, "is not UTF-8"
    except ValueError:
        return None, "is not JSON"
    if not isinstance(found, dict):
        return None, "is not a JSON object"
    return found, ""


def _unknown(document: Mapping[str, Any], model: type[BaseModel]) -> Iterator[str]:
    for name, value in document.items():
        known = model.model_fields.get(name)
        if known is None:
            # A channel's word may say which of its doors speaks.
            if not (model is ChannelWatermark and name == "instance"):
                yield name
        elif name == "personal" and isinstance(value, dict):
            personal = known.annotation
            assert isinstance(personal, type) and issubclass(personal, BaseModel)
            yield from (f"personal.{inner}" for inner in value if inner not in personal.model_fields)


def _contact(said: Request) -> Iterator[tuple[Literal["error", "warning"], str, str]]:
    personal = said.personal
    if personal.email and not _EMAIL.fullmatch(personal.email):
        yield "warning", "email", "personal.email is no bare address: nobody is recognised or answered by it"
    if personal.phone and not _E164.fullmatch(personal.phone):
        hint = e164(personal.phone)
        better = f", as {hint}" if _E164.fullmatch(hint) else ""
        yield "warning", "phone", f"personal.phone is not in E.164{better}"
    if said.kind in ("request", "reply") and not personal.text.strip():
        yield "warning", "text", "no words: triage takes it for Critique (R8)"
    if not (personal.email or personal.phone or said.customer or said.ticket or said.channel == "phone"):
        yield "warning", "contact", "nothing by which the customer is known or reached"


@dataclass(frozen=True, slots=True)
class Golden:
    """A request that every adapter's writer can send through the channel, and what must come of it."""

    name: str
    do: str
    text: str
    """The words, as they are to arrive."""
    expect: Mapping[str, Any]
    times: int = 1
    """How often it is sent: the records of one are to be the same request."""


def golden_from(raw: str) -> tuple[Golden, ...]:
    """Return the golden requests of a file like `golden.json`."""
    return tuple(Golden(**one) for one in json.loads(raw))


def compare(golden: Golden, documents: list[dict[str, Any]]) -> str:
    """Return what is wrong with what came of a golden request, empty where nothing is."""
    found = [one for one in documents if (one.get("personal") or {}).get("text") == golden.text]
    if not found:
        return "did not arrive with these very words"
    keys = {one.get("key", "") for one in found}
    if golden.times > 1 and (len(keys) > 1 or "" in keys):
        return f"sent {golden.times} times, it came under {len(keys)} keys: each would be a ticket"
    wrong = [f"{path} is {_at(found[0], path)!r}, not {value!r}" for path, value in golden.expect.items()
             if _at(found[0], path) != value]  # fmt: skip
    return "; ".join(wrong)


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
