"""The way in by LMTP or SMTP, behind the company's own mail server: 250 only for what is durable (R2).

Called by `sav mail receive`. It must never relay: it takes mail for the dedicated address, signed or not, and for
nothing else. In doubt it answers 451, and the company's server keeps the mail and tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.email.child import LARGEST_BYTES
from adapters.email.incoming import Arrival, Later, Never, Takes
from adapters.email.signed import Signer

log = structlog.get_logger()

LINE_BYTES = 1 << 20
"""RFC 5321 allows 998 bytes a line, and real mails have longer ones: refusing them would lose a customer's words."""
IDLE_SECONDS = 300
"""RFC 5321, 4.5.3.2: what a client may let pass between two commands."""

Receiving = Callable[[], AbstractContextManager[datetime]]


class _Lmtp(LMTP):
    line_length_limit = LINE_BYTES


class _Smtp(SMTP):
    line_length_limit = LINE_BYTES


class Handler:
    """What aiosmtpd asks at each step of a conversation."""

    def __init__(self, incoming: Takes, receiving: Receiving, signer: Signer, *, one_recipient: bool) -> None:
        self._incoming = incoming
        self._receiving = receiving
        self._signer = signer
        self._one_recipient = one_recipient
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def finished(self, seconds: float) -> None:
        """Wait, bounded, for the mails in hand to get their answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: object, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take our own addresses alone."""
        if not self._signer.is_ours(address):
            return "550 5.7.1 Relais refusé / relaying denied"
        if self._one_recipient and envelope.rcpt_tos:
            # LMTP answers for each recipient, which the library does not: they come one after another.
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: object, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer once the mail is durable, or say that it is not."""
        self._in_hand += 1
        self._idle.clear()
        try:
            return await self._answer(envelope)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()

    async def _answer(self, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        try:
            with self._receiving() as at:
                recipients = tuple(str(one).lower() for one in envelope.rcpt_tos)
                said = await self._incoming.take(Arrival(envelope.content, recipients, at))
        except Never as error:
            return f"552 5.3.4 {error}"
        except Later as error:
            return f"451 4.3.0 {error}"
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not lose a mail: its sender keeps it
            log.error("mail_not_accepted", error=f"{type(error).__name__}")
            return "451 4.3.0 réessayez plus tard / try again later"
        return f"250 2.0.0 OK ({said})"


class Receiver:
    """The listening socket, as an asynchronous context."""

    def __init__(self, handler: Handler, protocol: str, host: str, port: int) -> None:
        """Prepare; port 0 means any free one."""
        self._handler = handler
        self._protocol = _Lmtp if protocol == "lmtp" else _Smtp
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._open: set[Any] = set()

    def _conversation(self) -> SMTP:
        return self._protocol(
            self._handler,
            data_size_limit=LARGEST_BYTES,
            enable_SMTPUTF8=True,
            hostname="sav",
            ident="SAV",
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )

    async def __aenter__(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.get_running_loop().create_server(self._conversation, self._host, self._port)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        """Take no new conversation; a mail in hand gets its answer, or its sender tries again."""
        if self._server is not None:
            self._server.close()
