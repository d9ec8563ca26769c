"""What could never be read: kept raw on the stage's dead topic, and counted until a person settles it.

Pure. Called by the loop of every stage and by the desk's.
"""

from __future__ import annotations

from base64 import b64encode

import orjson

from shared.runtime.ports import Document, Outgoing, Record
from shared.topics import TOPIC_LIMIT_BYTES

DEAD_HEADERS_BYTES = 128 * 1024
"""Of a dead record's own headers: half of what a dead topic takes beyond the record itself, twice what brokers like."""
REASON_CHARACTERS = 1_000
"""A reason is read by people in a list; the record itself is kept."""


def grave(record: Record, reason: str, at: object) -> Document:
    """Return the small document that keeps count of a dead record until a person settles it."""
    name = f"{record.topic}/{record.partition}/{record.offset}"
    shown = reason[:REASON_CHARACTERS]
    return {"_id": name, "reason": shown, "at": at, "size": len(record.value or b""), "settled": None}


def dead_letter(stage: str, record: Record, reason: str) -> Outgoing:
    """Return the dead record as it came, with its reason and everything that a replay needs."""
    value = record.value or b""
    kept = "as it came" if len(value) <= TOPIC_LIMIT_BYTES else f"its first {TOPIC_LIMIT_BYTES} bytes of {len(value)}"
    headers = (
        ("sav-reason", reason[:REASON_CHARACTERS]),
        ("sav-topic", record.topic),
        ("sav-partition", str(record.partition)),
        ("sav-offset", str(record.offset)),
        ("sav-headers", _headers_as_text(record)),
        ("sav-value", "null" if record.value is None else kept),
    )
    return Outgoing(f"sav.{stage}.dead", record.key, value[:TOPIC_LIMIT_BYTES], headers)


def _headers_as_text(record: Record) -> str:
    """Return the record's own headers so that a replay can put them back: any bytes, and null."""
    told = [[name, None if value is None else b64encode(value).decode()] for name, value in record.headers]
    text = orjson.dumps(told).decode()
    return text if len(text) <= DEAD_HEADERS_BYTES else f"{len(text)} bytes: too long to be kept here"
