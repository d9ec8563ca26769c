"""The way in by IMAP: every mail of a mailbox accepted once, and marked as read only after that (R2).

Called by `sav mail fetch`. One mail that can't be fetched or read never stops the others: after some rounds it becomes
a ticket of the highest class. Which mails were accepted is remembered by their numbers, because a person may have read
one in the mailbox before we did.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from adapters.accept import Door
from adapters.email.child import LARGEST_BYTES
from adapters.email.incoming import Arrival, Later, Never, Takes
from adapters.email.mailbox import Look, MailboxAway
from adapters.email.memory import Memory
from shared.errors import GoRound
from shared.events.base import to_instant
from shared.runtime.ports import Clock

log = structlog.get_logger()

ROUNDS = 3
"""How often a mail is asked for that the server doesn't hand out, before a person is told."""
KEPT_OF_LARGE = 1 << 20
"""Bytes kept of a mail that is too large: its headers and the beginning of its words."""
OLDEST = timedelta(days=30)
"""A mail that lay unread longer than this when we first saw it counts from now: its promise can't be kept any more."""


def _no_beat() -> None:
    pass


class Box(Protocol):
    """A mailbox; every method blocks and raises `MailboxAway`."""

    @property
    def name(self) -> str:
        """What it is called in our notes."""
        ...

    def look(self) -> Look:
        """Return what is there."""
        ...

    def size(self, uid: int) -> tuple[int, datetime | None]:
        """Return a mail's size and when the mailbox took it."""
        ...

    def raw(self, uid: int, most: int) -> bytes:
        """Return a mail's bytes, at most this many."""
        ...

    def mark_seen(self, uid: int) -> None:
        """Mark a mail as read."""
        ...


class Fetcher:
    """Goes round a mailbox."""

    def __init__(
        self,
        box: Box,
        incoming: Takes,
        memory: Memory,
        acceptor: Door,
        clock: Clock,
        beat: Callable[[], None] = _no_beat,
    ) -> None:
        """Prepare; `beat` is called after each mail: a round of a full mailbox may take many minutes."""
        self._box = box
        self._incoming = incoming
        self._memory = memory
        self._acceptor = acceptor
        self._clock = clock
        self._beat = beat
        self._done: set[str] = set()
        self._failed: Counter[str] = Counter()
        self._last_round: datetime | None = None

    async def round(self) -> int:
        """Accept what is new and return how many mails that were. Raises `MailboxAway`, `GoRound`, `Later`."""
        began = self._clock.now()
        look = await asyncio.to_thread(self._box.look)
        folder = f"{self._box.name}/{look.validity}"
        first = await self._memory.first_uid(self._box.name, folder, look.next_uid)
        count, complete = 0, True
        for uid in look.uids:
            name = f"{folder}/{uid}"
            if name in self._done:
                continue
            self._beat()
            is_wanted = uid >= first or uid in look.unread
            if is_wanted and not await self._memory.was_fetched(name):
                taken = await self._take(name, uid)
                count, complete = count + taken, complete and taken
                if not taken:
                    continue
            self._done.add(name)
        if complete:
            self._acceptor.heard(began)
            self._last_round = began
        return count

    async def _take(self, name: str, uid: int) -> bool:
        """Accept one mail and mark it. Returns whether that is done; an engine that is away ends the round."""
        try:
            size, took_at = await asyncio.to_thread(self._box.size, uid)
            most = LARGEST_BYTES if size <= LARGEST_BYTES else KEPT_OF_LARGE
            raw = await asyncio.to_thread(self._box.raw, uid, most)
        except MailboxAway as error:
            self._failed[name] += 1
            if self._failed[name] < ROUNDS:
                log.warning("mail_not_fetched", uid=uid, error=str(error))
                return False
            size, took_at, raw = 0, None, f"IMAP: {name}: {error}".encode()
            await self._accept_unread(raw, took_at, "the mailbox does not hand it out")
        else:
            await self._accept(raw, size, took_at)
        await self._memory.note_fetched(name, self._clock.now())
        try:
            await asyncio.to_thread(self._box.mark_seen, uid)
        except MailboxAway as error:
            log.warning("not_marked", uid=uid, error=str(error))  # it was accepted, and that is noted
        return True

    async def _accept(self, raw: bytes, size: int, took_at: datetime | None) -> None:
        if size > LARGEST_BYTES:
            await self._accept_unread(raw, took_at, f"too large: {size} bytes")
            return
        with self._acceptor.receiving(self._instant(took_at)) as at:
            try:
                await self._incoming.take(Arrival(raw, (), at))
            except Never as error:
                # Nobody is there to be told: a person reads it.
                await self._incoming.keep_unread(Arrival(raw, (), at), str(error))

    async def _accept_unread(self, raw: bytes, took_at: datetime | None, reason: str) -> None:
        with self._acceptor.receiving(self._instant(took_at)) as at:
            await self._incoming.keep_unread(Arrival(raw, (), at), reason)

    def _instant(self, took_at: datetime | None) -> datetime:
        """When the mailbox took a mail (R3): not after now, and not before a round that would have seen it."""
        now = self._clock.now()
        at = to_instant(took_at) if took_at is not None else now
        if at > now or now - at > OLDEST:
            at = now
        return max(at, self._last_round) if self._last_round else at


async def fetch_patiently(round_: Callable[[], Awaitable[object]]) -> None:
    """One round, of which any failure is told and left to the next one."""
    try:
        count = await round_()
        if count:
            log.info("fetched", mails=count)
    except (MailboxAway, GoRound, Later) as error:
        log.warning("will_fetch_again", error=f"{type(error).__name__}: {error}")
