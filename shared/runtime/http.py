"""Serves `/metrics`, `/healthz` and `/readyz` of one process: three answers to GET, and nothing else.

Started by `telemetry` in the process's own event loop, so that a loop that is stuck answers nobody. Plain asyncio: a
web framework would bring a server that takes the signals of the process for itself. It must only listen where
operations are; it knows no login and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from shared.errors import StopService

REQUEST_SECONDS = 5
"""A probe or a scrape sends its few lines at once; whoever does not is hung up on."""
ANSWER_SECONDS = 8
"""Below the ten seconds that Prometheus waits by default."""
REQUEST_BYTES = 8 * 1024
"""A request line and headers; a longer head is refused."""

_REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}
TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = TEXT


Page = Callable[[], Awaitable[Answer]]


class Operations:
    """The three addresses of a process, while it is entered."""

    def __init__(self, host: str, port: int, pages: Mapping[str, Page]) -> None:
        self._host, self._asked_port, self._pages = host, port, pages
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that it listens on; asked for as 0, the system chose it."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises `StopService` where the port is taken: it would be another process's health that is read."""
        try:
            self._server = await asyncio.start_server(self._meet, self._host, self._asked_port, limit=REQUEST_BYTES)
        except OSError as error:
            reason = f"cannot listen on {self._host}:{self._asked_port} (SAV_HTTP_HOST, SAV_HTTP_PORT): {error}"
            raise StopService(reason) from error

    async def stop(self) -> None:
        """Listen no more; an answer that is being sent is not waited for."""
        if self._server is not None:
            self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whatever a caller does is its own affair: nothing of it may reach the process's work, or its log.
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            answer, with_body = await self._answer(head)
            writer.write(_bytes_of(answer, with_body))
            async with asyncio.timeout(REQUEST_SECONDS):
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _answer(self, head: bytes) -> tuple[Answer, bool]:
        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        if method not in ("GET", "HEAD"):
            return Answer(405, b"GET or HEAD\n"), True
        page = self._pages.get(rest.partition(" ")[0].partition("?")[0])
        if page is None:
            return Answer(404, "".join(f"{one}\n" for one in self._pages).encode()), method == "GET"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await page(), method == "GET"
        except TimeoutError:
            return Answer(503, b"no answer in time\n"), method == "GET"


def _bytes_of(answer: Answer, with_body: bool) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (answer.body if with_body else b"")
