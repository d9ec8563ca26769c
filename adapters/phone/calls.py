"""Keeps calls until they are told, and tells each once (R2). Called by the webhook, the operator's page and a timer.

What was heard of a call is in the store before the telephone system is answered. While a call may still become a
request, silence is not claimed past its beginning (R13). It never tells a call twice with other words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import Any, Protocol

import structlog

from adapters.accept import NotAccepted
from adapters.phone.call import Call, new_call
from adapters.phone.mapping import CallEvent
from adapters.web.tickets import Tickets, TicketsAway
from shared import ids
from shared.events.requests import Request
from shared.runtime.mongo import Store
from shared.runtime.ports import Clock

log = structlog.get_logger()

LOOK_SECONDS = 5.0
"""Between two looks for calls that are due: their shortest wait is two minutes."""
TRIES = 20
"""Two replicas that hear events of one call at once: each round one of them wins."""
STORE_SECONDS = 5.0
_DUPLICATE = 11000


class CallsAway(Exception):
    """The store cannot be asked: the telephone system must say it again."""


class Conflict(Exception):
    """Another replica wrote this call meanwhile."""


class CallStore(Protocol):
    """Where calls lie."""

    async def read(self, name: str) -> Call | None:
        """Return a call. Raises `CallsAway`."""
        ...

    async def write(self, call: Call) -> None:
        """Write the next version of a call. Raises `Conflict`, `CallsAway`."""
        ...

    async def unsettled(self) -> list[Call]:
        """Return the calls that may still be told. Raises `CallsAway`."""
        ...


class Door(Protocol):
    """Takes a request so that it is durable: `adapters.accept.Acceptor`."""

    async def accept(self, request: Request) -> object:
        """Return once it is. Raises `NotAccepted`, `TooLarge`."""
        ...

    def receiving(self, at: datetime | None = None) -> AbstractContextManager[datetime]:
        """Hold back the word of silence to an instant."""
        ...


class Calls:
    """The calls of one process."""

    def __init__(self, store: CallStore, door: Door, tickets: Tickets, clock: Clock, environment: str) -> None:
        self._store, self._door, self._tickets = store, door, tickets
        self._clock, self._environment = clock, environment
        self._held: dict[str, ExitStack] = {}

    async def hear(self, event: CallEvent) -> Call:
        """Keep what was said of a call, and tell it where it is whole. Raises `CallsAway`, `NotAccepted`."""
        call = await self._change(event.call, lambda call, now: call.with_event(event, now))
        return await self._tell_if_due(call)

    async def noted(self, name: str) -> Call:
        """Note that an operator's own note of a call was accepted: it needs no telling. Raises `CallsAway`."""
        return await self._change(name, lambda call, _now: call.model_copy(update={"noted": True}))

    async def tell_due(self) -> None:
        """Tell every call that is due by now. Raises `CallsAway`, `NotAccepted`."""
        calls = await self._store.unsettled()
        for name in set(self._held) - {call.id for call in calls}:
            self._let_go(name)  # another replica has told it
        for call in calls:
            self._hold(call)
            await self._tell_if_due(call)

    async def tell_for_ever(self) -> None:
        """Tell calls as they fall due, until cancelled."""
        while True:
            try:
                await self.tell_due()
            except (CallsAway, NotAccepted) as error:
                log.warning("calls_wait", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_SECONDS)

    def ticket_id(self, name: str) -> str:
        """Return the id of the ticket that a call (or a note of this key) opens."""
        return ids.ticket_id(self._environment, ids.request_id(self._environment, "phone", name))

    # -- telling -------------------------------------------------------------------------------------------------

    async def _tell_if_due(self, call: Call) -> Call:
        if not call.is_due(self._clock.now()):
            return call
        if call.has_words_left():
            return await self._tell_more(call)
        # First what will be said is fixed: what comes in meanwhile must not change a request that may be on its way.
        call = await self._change(call.id, lambda one, _now: one.decided())
        await self._door.accept(call.request())
        return await self._change(call.id, lambda one, _now: one.as_told())

    async def _tell_more(self, call: Call) -> Call:
        try:
            ticket = await self._tickets.by_id(self.ticket_id(call.id))
        except TicketsAway:
            return call
        if ticket is None or not ticket.number:
            return call  # looked at again in a moment
        await self._door.accept(call.more(ticket.number))
        return await self._change(call.id, lambda one, _now: one.model_copy(update={"told": "whole"}))

    # -- keeping -------------------------------------------------------------------------------------------------

    async def _change(self, name: str, change: Callable[[Call, datetime], Call]) -> Call:
        for _ in range(TRIES):
            now = self._clock.now()
            before = await self._store.read(name)
            call = change(before or new_call(name, now), now)
            if before is not None and call == before:
                return before
            call = call.model_copy(update={"version": call.version + 1})
            self._hold(call)
            try:
                await self._store.write(call)
            except Conflict:
                continue
            if not call.is_open:
                self._let_go(name)
            return call
        raise CallsAway("too many replicas write this call at once")

    def _hold(self, call: Call) -> None:
        if call.is_open and call.id not in self._held:
            stack = self._held[call.id] = ExitStack()
            stack.enter_context(self._door.receiving(call.first_at))

    def _let_go(self, name: str) -> None:
        stack = self._held.pop(name, None)
        if stack is not None:
            stack.close()


class StoredCalls:
    """Calls in the phone adapter's own database."""

    def __init__(self, store: Store) -> None:
        self._calls: Any = store.collection("calls")

    async def read(self, name: str) -> Call | None:
        """Return a call. Raises `CallsAway`."""
        row = await _in_time(lambda: self._calls.find_one({"_id": name}))
        return None if row is None else Call.model_validate({**row, "id": row["_id"]})

    async def write(self, call: Call) -> None:
        """Write the next version of a call: a filter on the one before, so that a lost race is a duplicate key."""
        row = call.model_dump(exclude={"id"}) | {"_id": call.id, "open": call.is_open or call.has_words_left()}
        before = {"_id": call.id, "version": call.version - 1}
        await _in_time(lambda: self._calls.replace_one(before, row, upsert=True))

    async def unsettled(self) -> list[Call]:
        """Return the calls that may still be told. Raises `CallsAway`."""
        rows = await _in_time(lambda: self._calls.find({"open": True}).to_list(None))
        return [Call.model_validate({**row, "id": row["_id"]}) for row in rows]


async def _in_time(work: Callable[[], Awaitable[Any]]) -> Any:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await work()
    except Exception as error:  # drivers are the runtime's: a duplicate key is told by its code alone
        if getattr(error, "code", None) == _DUPLICATE:
            raise Conflict from error
        raise CallsAway(type(error).__name__) from error
