"""Signed links: what a customer holds instead of an account (R12, R14). Pure; keys and instants are handed in.

Called by the portal (reads them) and by whoever sends messages (`in_text` puts them where notify names a page). A link
is bound to its purpose, its ticket, its resolution and an end, and nothing of it is kept anywhere: it never stands on a
topic or in a journal, for whoever reads those for years must not be able to answer for a customer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

Purpose = Literal["d", "c", "s", "r"]
"""`d`: the ticket's page (dossier), `c`: is it solved (confirmation), `s`: the survey, `r`: what was just received."""

LIFETIME = timedelta(days=90)
"""From the message that carries it. The longest use of one: asked on a Friday, reminded after two working days, closed
after five days of silence, surveyed two days later, and the survey runs for thirty: 45 days; twice that, because a
customer may find the mail again. A key may go as long after its last use."""
TOKEN_CHARACTERS = 300
"""Ours have about 110; what is longer is not looked at."""
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is about."""

    purpose: Purpose
    about: str
    """The ticket's number; for `r`, where there is none yet, the ticket's id."""
    resolution: int
    """0 where the purpose has none."""
    expires_at: datetime
    note: str = ""
    """For `r`: the instant at which it was received, ISO 8601."""


class Links:
    """Makes and reads the links of one environment."""

    def __init__(self, keys: Sequence[str], environment: str) -> None:
        """`keys` newest first: the first one signs, all are believed. ValueError without any."""
        if not keys:
            raise ValueError("links need at least one key (SAV_PORTAL_KEYS)")
        self._by_purpose = {one: _serializer(keys, f"sav.link.{environment}.{one}") for one in get_args(Purpose)}

    def token(self, purpose: Purpose, about: str, resolution: int, at: datetime, note: str = "") -> str:
        """Return the token of a link given at `at` (aware): the same for the same arguments of one day."""
        ends = -(-(at + LIFETIME - _EPOCH) // _DAY)  # whole days, rounded up: a message that is sent again has the same
        parts: list[Any] = [about, resolution, ends]
        return str(self._by_purpose[purpose].dumps([*parts, note] if note else parts))

    def path(self, purpose: Purpose, about: str, resolution: int, at: datetime, note: str = "") -> str:
        """Return the path of a link's page on the portal."""
        return f"/{purpose}/{self.token(purpose, about, resolution, at, note)}"

    def read(self, purpose: str, token: str, now: datetime) -> Link | None:
        """Return what a link is about; None where it is empty, altered, over, or of another purpose: all alike."""
        serializer = self._by_purpose.get(purpose)
        if serializer is None or not token or len(token) > TOKEN_CHARACTERS or not _is_canonical(token):
            return None
        try:
            about, resolution, ends, *note = serializer.loads(token)
        except BadData:
            return None
        expires_at = _EPOCH + ends * _DAY
        return Link(purpose, about, resolution, expires_at, *note) if now < expires_at else None  # type: ignore[arg-type]

    def in_text(self, text: str, base: str, at: datetime) -> str:
        """Return a message with each page that it names as `<base>/<purpose>/<number>/<resolution>` made a signed link.

        `at` is when the message was decided (its event's time), so that every attempt sends the same words.
        """
        named = re.compile(rf"{re.escape(base)}/(?P<purpose>[dcs])/(?P<number>[0-9A-Z-]{{12}})/(?P<resolution>\d+)\b")

        def signed(match: re.Match[str]) -> str:
            purpose: Any = match["purpose"]
            return base + self.path(purpose, match["number"], int(match["resolution"]), at)

        return named.sub(signed, text)


def _serializer(keys: Sequence[str], salt: str) -> URLSafeSerializer:
    # The purpose is the salt: each has a signing key of its own, derived from the same secret.
    how = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    # The library signs with the last key of its list; our settings have the newest first, as those of the mail.
    return URLSafeSerializer([*reversed(keys)], salt=salt, signer_kwargs=how)


def _is_canonical(token: str) -> bool:
    """Tell whether the signature is written the one way: base64 has four spellings of a last letter."""
    signature = token.rpartition(".")[2]
    try:
        return base64_encode(base64_decode(signature)).decode() == signature
    except (BadData, ValueError):
        return False
