"""Bytes to events and back: CloudEvents 1.0 in structured JSON, with `seq` and `causationid` as extensions.

Called by the runtime, the adapters, the command line and the read model. It validates what comes in and says in one
sentence what is wrong; it never decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from shared.errors import HoldTicket, SendToDead
from shared.events.base import Payload
from shared.events.catalogue import known_in_another_version, model_of
from shared.personal import Seal, UnknownSeal

_SHOWN_ERRORS = 5
"""Errors of one document that its reason lists; a person mends those and sees the rest next time."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outside of an event: what is read before, and even without, understanding its data."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: dict[str, Any]
    seq: int | None = None
    causation: str = ""
    policy: str = ""
    """The version of the policy that it was decided under; empty where nothing was decided."""

    @property
    def stage(self) -> str:
        """The stage that said it: the last part of its source."""
        return self.source.rpartition("/")[2]


def encode(envelope: Envelope) -> bytes:
    """Return the structured JSON of an envelope, the same bytes for the same envelope."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "subject": envelope.subject,
        "time": envelope.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": envelope.data,
    }
    if envelope.seq is not None:
        document["seq"] = envelope.seq
    if envelope.causation:
        document["causationid"] = envelope.causation
    if envelope.policy:
        document["policy"] = envelope.policy
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def sealed_data(payload: Payload, owner: str, seal: Seal) -> dict[str, Any]:
    """Return the data of an event with its personal object sealed for `owner`."""
    data = payload.model_dump(mode="json", exclude={"personal"}, exclude_none=True)
    if payload.personal is not None:
        data["personal"] = seal.seal(owner, payload.personal.model_dump(mode="json", exclude_defaults=True))
    return data


def load_object(value: bytes | None) -> dict[str, Any]:
    """Return the JSON object in `value`; anything else raises `SendToDead` with a reason that a person can read."""
    if value is None:
        raise SendToDead("the record has no value (a tombstone), and this topic takes none")
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise SendToDead(f"the value is not JSON in UTF-8: {error}") from error
    if not isinstance(document, dict):
        raise SendToDead(f"the value is a JSON {type(document).__name__}, not an object")
    return document


def decode(value: bytes | None) -> Envelope:
    """Return the envelope in `value`. Raises `SendToDead`; the data is not looked into yet."""
    document = load_object(value)
    if document.get("specversion") != "1.0":
        raise SendToDead('not a CloudEvent: specversion must be "1.0"')
    texts = {}
    for name in ("id", "type", "source", "subject"):
        text = document.get(name)
        if not isinstance(text, str) or not text:
            raise SendToDead(f"the CloudEvent has no {name}")
        texts[name] = text
    seq = document.get("seq")
    if seq is not None and (not isinstance(seq, int) or isinstance(seq, bool) or seq < 1):
        raise SendToDead(f"seq is {seq!r}; the first event of a ticket in a stage has seq 1")
    data = document.get("data")
    if not isinstance(data, dict):
        raise SendToDead("the CloudEvent has no data object")
    return Envelope(
        **texts,
        time=_instant(document.get("time")),
        data=data,
        seq=seq,
        causation=str(document.get("causationid", "")),
        policy=str(document.get("policy", "")),
    )


def _instant(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise SendToDead(f"time {text!r} is not an RFC 3339 instant") from error
    if at.tzinfo is None:
        raise SendToDead(f"time {text!r} names no offset from UTC")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise SendToDead(f"time {text!r} lies beyond the calendar") from error


def open_payload(envelope: Envelope, seal: Seal) -> Payload | None:
    """Return the payload of an envelope, or None for a type that this code has never heard of.

    Raises `HoldTicket` where the type is ours in a newer version or sealed by newer code, `SendToDead` where its
    data does not fit its own type.
    """
    model = model_of(envelope.type)
    if model is None:
        if known_in_another_version(envelope.type):
            raise HoldTicket(f"{envelope.type} is a version that this code does not know")
        return None
    data = dict(envelope.data)
    if isinstance(sealed := data.get("personal"), dict) and "seal" in sealed:
        try:
            data["personal"] = seal.open(envelope.subject, sealed)
        except UnknownSeal as error:
            raise HoldTicket(str(error)) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SendToDead(f"{envelope.type}: {in_one_sentence(error)}") from error


def in_one_sentence(error: ValidationError) -> str:
    """Return what is wrong, field by field, without quoting the values (they may be personal)."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told = [
        f"{'.'.join(str(part) for part in one['loc']) or 'document'}: {one['msg']}" for one in found[:_SHOWN_ERRORS]
    ]
    more = f" (and {len(found) - _SHOWN_ERRORS} more)" if len(found) > _SHOWN_ERRORS else ""
    return "; ".join(told) + more
