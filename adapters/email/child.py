"""Parsing untrusted mail in child processes: a small pool, each child under limits of time and memory.

Called by what takes mail in (LMTP, IMAP) and by `sav email`. It must never let one mail stop the others: what breaks
its child, or takes too long, is answered `Unreadable`, so that its raw bytes become a ticket of the highest class (R8).
A child that won't even start is no mail's fault: `NoChild`, and the mail is not accepted (451).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from pydantic import TypeAdapter

from adapters.email.mail import Mail
from adapters.email.worker import HEADER, LENGTH, MAIL, READY, REPLY

WORKER = (sys.executable, "-m", "adapters.email.worker")
LARGEST_BYTES = 26_214_400
"""25 MiB: what the large providers let through, with its encoding; the door tells a sender of more."""
WALL_SECONDS = 20.0
"""Four times the child's CPU seconds, for a machine under load; a sender waits 60 s and more for our answer."""
START_SECONDS = 30.0
"""Until a child is there: 0.3 s on a quiet machine."""
ENDING_SECONDS = 5.0
"""From the end of a child's pipe to the child's own end: the kernel closes files first, then tells the parent."""
MAILS_A_CHILD = 500
"""Then it is replaced, so that what a mail may have left in it is short-lived: its start is spread over 500 mails."""
LARGEST_ANSWER = 8 * LARGEST_BYTES
"""JSON writes a character beyond ASCII in six; what claims to be longer is no answer of ours."""

_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ")
"""What a program needs to start and to read text as its parent does; no key or password is called so."""

Reason = Literal["too large", "too slow", "it ended its parser"]
_MAIL = TypeAdapter(Mail)


class NoChild(RuntimeError):
    """No parser can be started: nothing is accepted until one can."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail that no limits allow to be read; its raw bytes go to a person."""

    reason: Reason


class Parsers:
    """A pool of children, as an asynchronous context; each mail has a child for itself while it is read."""

    def __init__(self, size: int = 2, wall_seconds: float = WALL_SECONDS, command: Sequence[str] = WORKER) -> None:
        self._free = asyncio.Semaphore(size)
        self._idle: list[_Child] = []
        self._wall_seconds = wall_seconds
        self._command = command

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End every idle child; those at work end with their task."""
        while self._idle:
            await self._idle.pop().end()

    async def mail(self, raw: bytes) -> Mail | Unreadable:
        """Return what a raw mail says, or why it can't be read. Raises `NoChild`."""
        said = await self._asked(MAIL, raw)
        return said if isinstance(said, Unreadable) else _MAIL.validate_json(said)

    async def own_words(self, raw: bytes) -> str | Unreadable:
        """Return the own words of a bare text (UTF-8, plain or HTML), or why it can't be read. Raises `NoChild`."""
        said = await self._asked(REPLY, raw)
        return said if isinstance(said, Unreadable) else str(json.loads(said)["text"])

    async def _asked(self, kind: bytes, raw: bytes) -> bytes | Unreadable:
        if len(raw) > LARGEST_BYTES:
            return Unreadable("too large")
        async with self._free:
            said = await self._once(kind, raw)
            # A child may have been ended by something else (an operator, the machine's memory): one more time.
            if said == Unreadable("it ended its parser"):
                said = await self._once(kind, raw)
            return said

    async def _once(self, kind: bytes, raw: bytes) -> bytes | Unreadable:
        child = self._idle.pop() if self._idle else await _Child.started(self._command)
        is_sound = False
        try:
            async with asyncio.timeout(self._wall_seconds):
                said = await child.ask(kind, raw)
            is_sound = True
        except TimeoutError:
            return Unreadable("too slow")
        except (EOFError, OSError):
            return Unreadable("too slow" if await child.ended() == -signal.SIGXCPU else "it ended its parser")
        except ValueError:
            return Unreadable("it ended its parser")
        finally:
            if is_sound and child.asked < MAILS_A_CHILD:
                self._idle.append(child)
            else:
                await child.end()
        return said


def environment(whole: Mapping[str, str]) -> dict[str, str]:
    """Return what of a process's variables its children get: what Python needs, and none of our secrets.

    A mail that takes its parser over could read them otherwise, `SAV_MAIL_KEYS` before all.
    """
    return {name: value for name, value in whole.items() if name in _INHERITED or name.startswith("PYTHON")}


class _Child:
    """One process and its two pipes."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._into, self._out_of = process.stdin, process.stdout
        self.asked = 0

    @classmethod
    async def started(cls, command: Sequence[str]) -> _Child:
        """Start one and wait until it is ready."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment(os.environ)
            )
        except OSError as error:
            raise NoChild(f"no process for parsing mail can be started: {error}") from error
        child = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                is_ready = await child._out_of.read(1) == READY
        except TimeoutError:
            is_ready = False
        if not is_ready:
            await child.end()
            raise NoChild(f"the process for parsing mail did not come up within {START_SECONDS:.0f} s")
        return child

    async def ask(self, kind: bytes, raw: bytes) -> bytes:
        """Hand over one mail and wait for what is said of it."""
        self.asked += 1
        self._into.write(HEADER.pack(kind, len(raw)) + raw)
        await self._into.drain()
        (length,) = LENGTH.unpack(await self._out_of.readexactly(LENGTH.size))
        if length > LARGEST_ANSWER:
            raise ValueError("longer than any answer")
        return await self._out_of.readexactly(length)

    async def ended(self) -> int:
        """Wait for a child that closed its pipe. Returns its exit status, negative for the signal that ended it.

        It is not killed at once: `kill` polls first, and what it reaps so asyncio tells as status 255.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS):
                return await self._process.wait()
        return await self.end()

    async def end(self) -> int:
        """Kill it where it still lives. Returns its exit status; 255 where it ended in the very moment of our kill."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        return await self._process.wait()
