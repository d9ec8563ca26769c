"""The nonce that every page with a form carries: without it no POST is believed (R12).

Called by the portal and the operator's page. It is signed, bound to the page that it was made for, and names the
request that comes of it, so that a second click on the same page is the same request. It keeps nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

YOUNGEST = timedelta(seconds=2)
"""A person reads a question before answering it; a machine that fills in what it finds does not wait."""
OLDEST = timedelta(hours=12)
"""A page that was left open over a working day is still answered; the next morning it is asked again."""


@dataclass(frozen=True, slots=True)
class Nonce:
    """A page that somebody was shown."""

    name: str
    """The same for every click on that page: the idempotency key of what comes of it."""
    shown_at: datetime

    def is_too_young(self, now: datetime) -> bool:
        """Tell whether the answer came before anybody can have read the page."""
        return now - self.shown_at < YOUNGEST


class Nonces:
    """Makes and reads nonces."""

    def __init__(self, keys: Sequence[str], environment: str) -> None:
        """`keys` newest first, as for links."""
        how = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeSerializer([*reversed(keys)], salt=f"sav.nonce.{environment}", signer_kwargs=how)

    def new(self, page: str, now: datetime) -> str:
        """Return a nonce for a page, by the address that its form is sent to."""
        return str(self._serializer.dumps([secrets.token_urlsafe(12), round(now.timestamp() * 1000), _short(page)]))

    def read(self, text: str, page: str, now: datetime) -> Nonce | None:
        """Return the page that a form came from; None where it is not of this page, altered, or too old."""
        try:
            name, shown, of = self._serializer.loads(text)
        except BadData:
            return None
        shown_at = datetime.fromtimestamp(shown / 1000, now.tzinfo)
        if of != _short(page) or not shown_at - YOUNGEST <= now <= shown_at + OLDEST:
            return None
        return Nonce(name, shown_at)


def _short(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()[:16]
