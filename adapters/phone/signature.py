"""Whether a call of ours by HTTP comes from the telephone system: signed over its raw body, and just now. Pure.

Called by the webhook. The signature is `hex(HMAC-SHA256(key, "<timestamp>." + body))`, the timestamp in Unix seconds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

TIMESTAMP, SIGNATURE = "x-sav-timestamp", "x-sav-signature"
"""The headers that carry them."""
TOLERANCE = timedelta(minutes=5)
"""Between the two clocks, and for a delivery that is tried again; within it a copy says nothing new."""


def signature(key: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(keys: Sequence[str], timestamp: str, signed: str, body: bytes, now: datetime) -> bool:
    """Tell whether one of the keys signed this body within `TOLERANCE` of `now` (aware)."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    given = signed.removeprefix("sha256=").encode("utf-8", "replace")
    return any(hmac.compare_digest(signature(key, timestamp, body).encode(), given) for key in keys)
