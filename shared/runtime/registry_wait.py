"""Waits for a version of the registry that a ticket names and that this replica has not read yet (R4).

For a stage's shell that looks a ticket's contract up: `await world.registry_at(contract.version)`. An import is on the
topic before any ticket can name it, so what is missing is on its way. Most stages never ask: what they need of the
contract stands in `TicketOpened`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from shared.errors import HoldTicket
from shared.registry import RegistryBook

WAIT_SECONDS = 10.0
"""The topic is followed with half a second's delay; this is twenty looks, and a sixth of a batch's 60 s."""
LOOK_SECONDS = 0.1
"""Between two looks at the book: a look costs a microsecond."""


class RegistryWait:
    """One replica's waiting: each version that does not come is waited for once, not once a message."""

    def __init__(
        self,
        book: RegistryBook,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book = book
        self._monotonic = monotonic
        self._sleep = sleep
        self._waited_for: set[str] = set()

    async def reach(self, version: str) -> RegistryBook:
        """Return the book once it has this version. Raises `HoldTicket` after `WAIT_SECONDS`: a person looks."""
        until = self._monotonic() + WAIT_SECONDS
        while not self._book.knows(version):
            if version in self._waited_for or self._monotonic() >= until:
                self._waited_for.add(version)
                raise HoldTicket(f"version {version} of the registry is not there")
            await self._sleep(LOOK_SECONDS)
        self._waited_for.discard(version)
        return self._book
