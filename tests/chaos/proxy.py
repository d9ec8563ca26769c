"""A small TCP proxy on the loopback that can do to a connection what networks do: delay it, hold it back one way or
both, cut it off after some bytes, lose an answer, reset it, refuse it.

Used by the chaos rows between a service and Kafka or the store. It knows nothing of what it carries.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK = 64 * 1024
HOST = "127.0.0.1"


class Proxy:
    """Listens on a port of its own for as long as it lives, and passes bytes on to `target`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.0
        """Seconds that every piece waits, in each direction."""
        self.refuse = False
        """New connections are reset at once."""
        self.lose_answers = False
        """The next answer of each connection is dropped, and the connection reset: what was asked for was done."""
        self.cut_after: int | None = None
        """Bytes that still pass towards the server; then nothing does, and `was_cut` is set."""
        self.cut_behind: int | None = None
        """The first piece of at least so many bytes still passes towards the server; then nothing does."""
        self.was_cut = asyncio.Event()
        self.connections = 0
        self.lost = 0
        """Answers lost so far."""
        self._up, self._down = _gate(), _gate()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hold(self, *, up: bool = True, down: bool = True) -> None:
        """Hold bytes back, as a network does that has lost its way: they arrive after `heal`, late."""
        if up:
            self._up.clear()
        if down:
            self._down.clear()

    def heal(self) -> None:
        """Let everything pass again."""
        self.delay, self.refuse, self.lose_answers = 0.0, False, False
        self.cut_after = self.cut_behind = None
        self.was_cut.clear()
        self._up.set()
        self._down.set()

    def reset(self) -> None:
        """Reset every connection there is (RST)."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refuse:
            writer.transport.abort()
            return
        try:
            to_reader, to_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, to_writer}
        self._writers |= both
        tasks = {
            asyncio.create_task(self._pump(reader, to_writer, self._up, up=True)),
            asyncio.create_task(self._pump(to_reader, writer, self._down, up=False)),
        }
        self._tasks |= tasks
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks -= tasks
            self._writers -= both
            for one in both:
                one.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event, *, up: bool
    ) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await gate.wait()
                if not up and self.lose_answers:
                    self.lost += 1
                    return  # the connection is reset behind us
                writer.write(self._allowed(piece) if up else piece)
                await writer.drain()
                await gate.wait()

    def _allowed(self, piece: bytes) -> bytes:
        if self.cut_behind is not None and len(piece) >= self.cut_behind:
            self._cut()
        if self.cut_after is None:
            return piece
        allowed = piece[: self.cut_after]
        self.cut_after -= len(allowed)
        if self.cut_after == 0:
            self._cut()
        return allowed

    def _cut(self) -> None:
        self.hold()
        self.was_cut.set()


def _gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
