"""Fetches the recording of a voicemail while its address is still alive, and keeps it under its hash (R2).

Called by the webhook. Addresses come from payloads: only hosts that the settings name are asked, by HTTPS, within a
bounded time and size, and a redirection leads nowhere else. Without the recording the event goes on with its address.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

import structlog

from adapters.kept import Kept

log = structlog.get_logger()

RECORDING_BYTES = 25 * 1024 * 1024
"""A quarter of an hour as an uncompressed telephone recording; messages have three minutes at most."""
FETCH_SECONDS = 8.0
"""The telephone system waits for our answer meanwhile; most give up after ten seconds and say it again."""


class NotAllowed(ValueError):
    """The address is none that the settings allow."""


class Recordings:
    """Keeps recordings."""

    def __init__(self, kept: Kept, hosts: str, get: Callable[[str], bytes] | None = None) -> None:
        """`hosts` parted by commas; `get` is for tests: it returns what is at an address, or raises OSError."""
        self._kept = kept
        self._hosts = frozenset(host for one in hosts.split(",") if (host := one.strip().lower()))
        self._get = get or self._over_https

    async def kept_name(self, address: str) -> str:
        """Return `sha256:` and the hash of the recording once it is kept; the address itself where it cannot be."""
        if not self.is_allowed(address):
            return address
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                content = await asyncio.to_thread(self._get, address)
                if not content or len(content) > RECORDING_BYTES:
                    raise NotAllowed("empty, or larger than any message")
                return f"sha256:{await asyncio.to_thread(self._kept.put, content)}"
        except (OSError, TimeoutError, ValueError) as error:  # urllib's own errors are OSErrors
            log.warning("recording_not_kept", error=type(error).__name__)
            return address

    def is_allowed(self, address: str) -> bool:
        """Tell whether an address may be asked: HTTPS, a host that was named, no user and no other port."""
        try:
            parts = urlsplit(address)
            return (
                parts.scheme == "https"
                and (parts.hostname or "") in self._hosts
                and parts.port in (None, 443)
                and parts.username is None
            )
        except ValueError:
            return False

    def _over_https(self, address: str) -> bytes:
        opener = urllib.request.build_opener(_NoWayOut(self.is_allowed))
        with opener.open(address, timeout=FETCH_SECONDS) as answer:
            content: bytes = answer.read(RECORDING_BYTES + 1)
            return content


class _NoWayOut(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to where we would have asked ourselves."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._is_allowed = is_allowed

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Any:
        """Return the next request. Raises HTTPError where it would lead elsewhere."""
        if not self._is_allowed(newurl):
            raise urllib.error.HTTPError(newurl, code, "redirected elsewhere", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
