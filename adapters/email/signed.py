"""Signed addresses: where replies to a ticket come back to, and where bounces of a message do. Pure.

Called by `compose` (which writes them) and `incoming` (which reads them). It must never tell a ticket's number by an
address whose signature doesn't fit. Everything is in lower case letters and digits, because mail servers fold case.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence

from shared.numbers import normalised

_LETTERS = 16
"""Of a signature: 80 bits, which nobody guesses by mail, within the 64 characters of a local part."""
_BOUNCE = "r"
"""Marks the tag of a bounce address; a reply's begins with the digits of its year."""


class Signer:
    """Signs with the newest key and believes any of them."""

    def __init__(self, address: str, keys: Sequence[str]) -> None:
        """Prepare; `address` is the dedicated one, `keys` the newest first."""
        self._local, _, self.domain = address.partition("@")
        self._keys = [key.encode() for key in keys]

    def reply_address(self, number: str) -> str:
        """Return where a reply about the ticket of this number comes back to (R2)."""
        return self._address(f"{number.lower()}-{self._signature(self._keys[0], f'reply:{number}')}")

    def token(self, message: str) -> str:
        """Return the name of a message to a customer that can stand in an address and in a Message-ID."""
        return self._signature(self._keys[0], f"message:{message}")

    def bounce_address(self, token: str) -> str:
        """Return where what a server has to say about this message comes back to."""
        return self._address(f"{_BOUNCE}-{token}")

    def number_in(self, addresses: Iterable[str]) -> str:
        """Return the ticket's number in the first address that we signed, or an empty text."""
        for tag in self._tags(addresses):
            number, _, signature = tag.rpartition("-")
            found = normalised(number)
            if found and any(
                hmac.compare_digest(signature.encode(), self._signature(key, f"reply:{found}").encode())
                for key in self._keys
            ):
                return found
        return ""

    def tokens_in(self, addresses: Iterable[str]) -> list[str]:
        """Return the tokens of the bounce addresses among these; whether we made one, only the outbox knows."""
        return [tag[2:] for tag in self._tags(addresses) if tag.startswith(f"{_BOUNCE}-")]

    def is_ours(self, address: str) -> bool:
        """Return whether a mail to this address is for us, signed or not."""
        local, _, domain = address.lower().rpartition("@")
        return domain == self.domain and local.partition("+")[0] == self._local

    def _address(self, tag: str) -> str:
        return f"{self._local}+{tag}@{self.domain}"

    def _tags(self, addresses: Iterable[str]) -> Iterable[str]:
        for address in addresses:
            if self.is_ours(address):
                tag = address.lower().rpartition("@")[0].partition("+")[2]
                if tag:
                    yield tag

    @staticmethod
    def _signature(key: bytes, what: str) -> str:
        digest = hmac.new(key, what.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest).decode().lower()[:_LETTERS]
