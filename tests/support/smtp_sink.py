"""An SMTP server that does what a test tells it: refuses, hangs, drops the line, is slow, or holds its last answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass
class Sink:
    """What it answers to each command, by the command's first word; `HANG` and `DROP` are acts. It takes all else.

    A word followed by an address answers in conversations about that recipient alone; `SLOW` sends 10 bytes a second.
    """

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """Of each mail, where its bounces are to come."""
    commands: list[str] = field(default_factory=list)
    port: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """A mail's final dot has been read, whatever was answered."""
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        """Listen on a free port of the loopback."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=1 << 22)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._closing.set()
        for writer in self._open:
            writer.close()
        if self._server is not None:
            self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        sender = recipient = ""
        try:
            if not await self._say(writer, "CONNECT", "220 sink"):
                return
            while line := (await reader.readline()).decode("utf-8", "replace").strip():
                self.commands.append(line)
                word = line.split(" ")[0].upper()
                if word == "MAIL":
                    sender = line.partition("<")[2].partition(">")[0]
                if word == "RCPT":
                    recipient = line.partition("<")[2].partition(">")[0]
                usual = {"EHLO": "250-sink\r\n250 DSN", "DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 ok")
                if not await self._say(writer, word, usual, recipient):
                    return
                if word == "DATA" and "DATA" not in self.answers:
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    self.senders.append(sender)
                    self.arrived.set()
                    if not await self._say(writer, "DOT", "250 queued", recipient):
                        return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter, word: str, usual: str, recipient: str = "") -> bool:
        answer = self.answers.get(f"{word} {recipient}", self.answers.get(word, usual))
        if answer == "HANG":
            await self._closing.wait()
            return False
        if answer == "DROP":
            return False
        if answer == "SLOW":
            for byte in usual.encode():
                writer.write(bytes([byte]))
                await asyncio.sleep(0.1)
            answer = ""
        writer.write(answer.encode() + b"\r\n")
        await writer.drain()
        return True
