"""Messages whose channel is the telephone: whom to call, what to say, and what came of it (R3, R13).

Filled by what notify asks for; read and settled by the operators' page. A call that a person made and recorded
counts as delivered: from there the five days of a reminder run, so nothing but that person's word says it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal, Protocol

from adapters.phone.pager import Pager
from adapters.web.listening import Listener
from shared.errors import GoRound
from shared.events.base import Instant, Model
from shared.events.notify import Delivery, DeliveryStatus, MessageKind, MessageToSend, StaffMessageToSend
from shared.runtime.mongo import Store
from shared.runtime.ports import Clock

Outcome = Literal["reached", "wrong-number"]
SHOWN = 50
"""Calls on the page: a morning's work; the oldest come first, and the rest when these are made."""
STORE_SECONDS = 5.0


class ToCall(Model):
    """One call to make."""

    message: str
    ticket: str
    kind: MessageKind
    generation: int
    resolution: int
    phone: str = ""
    name: str = ""
    subject: str = ""
    text: str = ""
    asked_at: Instant
    settled: bool = False


class CallsToMake(Protocol):
    """Where they lie. Every method raises `GoRound` where the store is away."""

    async def add(self, call: ToCall) -> None:
        """Add one; one that is there stays as it is."""
        ...

    async def open(self) -> list[ToCall]:
        """Return the oldest that nobody has settled."""
        ...

    async def read(self, message: str) -> ToCall | None:
        """Return one."""
        ...

    async def settle(self, message: str) -> None:
        """Note that one is done with."""
        ...


class PhoneOutbox(Listener):
    """Writes down what operators have to say by telephone."""

    def __init__(self, calls: CallsToMake, pager: Pager, clock: Clock) -> None:
        super().__init__(clock)
        self._calls, self._pager = calls, pager

    async def tell_staff(self, ticket: str, sent: StaffMessageToSend) -> None:
        """Call who is on call. Raises `NotAccepted`."""
        if sent.kind == "page":
            await self._pager.call(ticket, sent)

    async def act(self, ticket: str, sent: MessageToSend, said_at: datetime) -> None:
        """Write one down. Raises `GoRound`."""
        if sent.channel != "phone":
            return
        personal = sent.personal
        told = {name: getattr(personal, name) for name in ("phone", "name", "subject", "text")} if personal else {}
        named = {name: getattr(sent, name) for name in ("message", "kind", "generation", "resolution")}
        await self._calls.add(ToCall(ticket=ticket, asked_at=said_at, **named, **told))


def reports_of(call: ToCall, outcome: Outcome, operator: str, at: datetime) -> tuple[Delivery, ...]:
    """Return what is reported of a call that was made at `at` (aware)."""
    statuses: tuple[DeliveryStatus, ...] = ("accepted", "delivered") if outcome == "reached" else ("failed",)
    return tuple(
        Delivery(
            message=call.message,
            ticket=call.ticket,
            kind=call.kind,
            generation=call.generation,
            resolution=call.resolution,
            channel="phone",
            status=status,
            at=at,
            reason=f"appel de {operator}",
        )
        for status in statuses
    )


class StoredCallsToMake:
    """Calls to make in the phone adapter's own database."""

    def __init__(self, store: Store) -> None:
        self._calls: Any = store.collection("to_call")

    async def add(self, call: ToCall) -> None:
        """Add one; one that is there stays as it is."""
        fresh = {"$setOnInsert": call.model_dump(exclude={"message"})}
        await _in_time(lambda: self._calls.update_one({"_id": call.message}, fresh, upsert=True))

    async def open(self) -> list[ToCall]:
        """Return the oldest that nobody has settled."""
        rows = self._calls.find({"settled": False}).sort("asked_at", 1).limit(SHOWN)
        return [_of(row) for row in await _in_time(lambda: rows.to_list(None))]

    async def read(self, message: str) -> ToCall | None:
        """Return one."""
        row = await _in_time(lambda: self._calls.find_one({"_id": message}))
        return None if row is None else _of(row)

    async def settle(self, message: str) -> None:
        """Note that one is done with."""
        await _in_time(lambda: self._calls.update_one({"_id": message}, {"$set": {"settled": True}}))


def _of(row: dict[str, Any]) -> ToCall:
    return ToCall.model_validate({**row, "message": row["_id"]})


async def _in_time(work: Callable[[], Awaitable[Any]]) -> Any:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await work()
    except Exception as error:  # drivers are the runtime's; whatever they raise, it is looked at again
        raise GoRound(f"store: {type(error).__name__}") from error
