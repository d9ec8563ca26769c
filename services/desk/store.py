"""The desk's side of MongoDB, through the runtime's `Store` alone: tickets by version, by number, and page by page.

The loop writes here; `sav ticket` and the demo's view read. Reading never writes, and a page never skips: it begins
after a key.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.desk.generations import FIRST, Generations
from services.desk.projection import Ticket, from_document, to_document
from services.desk.shown import Phase
from services.desk.stages.intake import IntakeView
from shared.errors import GoRound
from shared.events.base import Criticality
from shared.runtime.breathing import breathing
from shared.runtime.mongo import WINDOW, Store, insert_new
from shared.runtime.ports import Document

PAGE = 50
"""Tickets of a page unless asked otherwise: a screen and a half."""
MESSAGE_CHARACTERS = 16_000_000
"""Of documents in one write: a third of what the server takes of one message (48 MB), for a character of French may
take two bytes and one document alone may be this big."""
REMEMBERED = 2_000
"""Tickets kept as they were last written, some 20 kB each, so 40 MB: what a ticket's next events are folded into."""
REMEMBERED_CHARACTERS = 100_000
"""Of a document's texts at most, ten times an ordinary one: a few huge tickets are loaded each time instead."""
NUMBERED_AT_ONCE = 1_000
"""Numbers noted in one message, 100 bytes each."""
_FORMER_INDEX = "number_1"
"""By which tickets were found by number until 2026-11."""
_DUPLICATE = 11000
_WRITE_CONCERN = {"w": "majority", "j": False}
"""Of a message of many documents: each that waited for the disk by itself would cost the embedded store half as much
again. One small write that waits stands behind them (`_to_disk`)."""
_LONG = dict.fromkeys(("sections", "story", "personal"), False)
"""What only a ticket's own page needs."""


class NotACursor(ValueError):
    """What was handed in as the place to go on from is none that a page gave."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tickets a list shows; None means all."""

    phase: Phase | None = None
    criticality: Criticality | None = None
    tier: str | None = None
    channel: str | None = None
    customer: str | None = None
    attention: bool | None = None
    late_at: datetime | None = None
    """Only those that have something late at this instant."""

    def query(self) -> Document:
        """Return the filter as the server takes it."""
        named = ("phase", "criticality", "tier", "channel", "customer", "attention")
        query = {name: value for name in named if (value := getattr(self, name)) is not None}
        if self.late_at is not None:
            query["late_after"] = {"$lt": self.late_at}
        return query


@dataclass(frozen=True, slots=True)
class Page:
    """Some tickets, newest first, and where the next page begins."""

    tickets: tuple[Document, ...]
    """Their plain fields, without sections, story and personal data."""
    after: str | None
    """Cursor of the next page; None where there is none."""


class DeskStore:
    """The tickets of one read model: the live one, or one that is being built."""

    def __init__(self, store: Store, name: str = FIRST) -> None:
        self._store = store
        self._generations = Generations(store)
        self._numbers: Any = store.collection("numbers")
        """Ticket number to ticket, the same in every read model, for a ticket keeps its number: an index of them would
        be written anew with every version of a ticket, and cost a third of it."""
        self._batches: Any = store.collection("batches")
        """How many were written: a write of the store's own concern, which waits for the disk."""
        self._turn_to(name)

    def _turn_to(self, name: str) -> None:
        self.name = name
        self._tickets: Any = self._store.collection(name)
        self._written: OrderedDict[str, Ticket] = OrderedDict()
        """As this replica wrote them last. Whoever else writes one since makes its version a conflict."""

    @property
    def rows(self) -> Any:
        """The collection itself, for questions of the metrics' own."""
        return self._tickets

    async def follow(self) -> None:
        """Turn to the read model that is live now; a rebuild may have switched since."""
        live = await self._generations.live()
        if live != self.name:
            self._turn_to(live)

    async def prepare(self) -> None:
        """Create the index of lists, by opening; each more would cost every write."""
        # Ascending though lists run backwards: in a descending one SecantusDB 0.7.0b3 finds nothing for "greater than".
        await self._tickets.create_index([("order", 1)])
        if _FORMER_INDEX in await self._tickets.index_information():
            await self._number_all()
            await self._tickets.drop_index(_FORMER_INDEX)

    async def _number_all(self) -> None:
        """Note the numbers of tickets that were written when an index found them."""
        rows = await self._tickets.find({"number": {"$gt": ""}}, {"number": 1}).to_list(None)
        known = [{"_id": row["number"], "ticket": row["_id"]} for row in rows]
        for start in range(0, len(known), NUMBERED_AT_ONCE):
            await insert_new(self._numbers, known[start : start + NUMBERED_AT_ONCE])

    async def load(self, ids: Sequence[str]) -> dict[str, Ticket]:
        """Return the tickets of these ids; one that is not there yet comes back empty.

        One that this replica wrote comes as it wrote it, though another may have written it since: that is found out
        by `write`.
        """
        found = {one: self._written.get(one) or Ticket(one) for one in ids}
        unknown = [one for one in ids if one not in self._written]
        for start in range(0, len(unknown), WINDOW):
            query = {"_id": {"$in": unknown[start : start + WINDOW]}}
            for document in await self._tickets.find(query).to_list(None):
                found[document["_id"]] = from_document(document)
        return found

    async def write(self, tickets: Iterable[Ticket]) -> set[str]:
        """Write each as its next version; return the ids that another replica wrote meanwhile.

        One message for many: a filter on the version that was read, with upsert, so that a version that is gone is a
        duplicate key and nothing else. Raises `GoRound` for any other refusal.
        """
        conflicts: set[str] = set()
        message: list[Document] = []
        size, small = 0, {}
        tickets = list(tickets)
        await self._number(tickets)
        async for ticket in breathing(tickets):
            self._written.pop(ticket.id, None)  # whatever happens now, it is not as it was written last
            written = replace(ticket, version=ticket.version + 1)
            document = to_document(written)
            length = sum(len(document[name]) for name in _LONG)
            if message and size + length > MESSAGE_CHARACTERS:
                conflicts |= await self._replace(message)
                message, size = [], 0
            message.append(document)
            size += length
            if length <= REMEMBERED_CHARACTERS:
                small[ticket.id] = written
        if message:
            conflicts |= await self._replace(message)
            await self._to_disk()
        self._remember({name: ticket for name, ticket in small.items() if name not in conflicts})
        return conflicts

    async def _number(self, tickets: Sequence[Ticket]) -> None:
        """Note the numbers that are new here, before the tickets: one that is found by nobody yet is not found."""
        before = {one.id: _number_of(self._written.get(one.id)) for one in tickets}
        numbers = {number: one.id for one in tickets if (number := _number_of(one)) and number != before[one.id]}
        await insert_new(self._numbers, [{"_id": number, "ticket": one} for number, one in numbers.items()])

    def _remember(self, written: dict[str, Ticket]) -> None:
        self._written.update(written)
        while len(self._written) > REMEMBERED:
            self._written.popitem(last=False)

    async def _replace(self, documents: Sequence[Document]) -> set[str]:
        # The server's own command rather than the driver's bulk: the runtime alone imports the driver, and a command
        # names the concern and the position of each refusal in plain values.
        updates = [
            {"q": {"_id": one["_id"], "version": one["version"] - 1}, "u": one, "upsert": True} for one in documents
        ]
        command = {"update": self.name, "updates": updates, "ordered": False, "writeConcern": _WRITE_CONCERN}
        answer = await self._tickets.database.command(command)
        errors = answer.get("writeErrors", [])
        if answer.get("writeConcernError") or any(one["code"] != _DUPLICATE for one in errors):
            raise GoRound(f"store: tickets not written: {(answer.get('writeConcernError') or errors[0])!r:.300}")
        return {documents[one["index"]]["_id"] for one in errors}

    async def _to_disk(self) -> None:
        """Wait until everything that was written before is on the disk: a server has one journal, in order."""
        await self._batches.update_one({"_id": "desk"}, {"$inc": {"written": 1}}, upsert=True)

    async def ids(self, after: str, limit: int) -> list[str]:
        """Return ids of tickets, in order, after one of them: for tools that walk them all."""
        rows = await self._tickets.find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id", 1).limit(limit).to_list(None)
        return [str(row["_id"]) for row in rows]

    async def ticket_by_id(self, ticket: str) -> Ticket | None:
        """Return a ticket by its id, or None."""
        document = await self._tickets.find_one({"_id": ticket})
        return from_document(document) if document else None

    async def ticket_by_number(self, number: str) -> Ticket | None:
        """Return a ticket by its number in its one form (`shared.numbers.normalised`), or None."""
        known = await self._numbers.find_one({"_id": number})
        return await self.ticket_by_id(known["ticket"]) if known else None

    async def tickets(self, filters: Filters, after: str | None = None, limit: int = PAGE) -> Page:
        """Return a page, newest first, that begins after a cursor. Raises `NotACursor`.

        A ticket keeps its place for life, so pages neither repeat nor miss one while others arrive. One whose opening
        was not heard of yet is in no list.
        """
        bounds = {"$lt": from_cursor(after)} if after else {"$gt": ""}
        query = filters.query() | {"order": bounds}
        # One more than asked says whether there is a next page.
        rows = await self._tickets.find(query, _LONG).sort("order", -1).limit(limit + 1).to_list(None)
        more = len(rows) > limit
        return Page(tuple(rows[:limit]), to_cursor(rows[limit - 1]["order"]) if more else None)

    async def counts(self) -> dict[tuple[Phase, Criticality | None], int]:
        """Return how many tickets there are by phase and criticality.

        One pass over the collection, without its long texts being read: 0.1 ms a ticket on the embedded store.
        """
        group = {"_id": {"phase": "$phase", "criticality": "$criticality"}, "count": {"$sum": 1}}
        rows = await self._tickets.aggregate([{"$group": group}]).to_list(None)
        return {(row["_id"]["phase"], row["_id"].get("criticality")): row["count"] for row in rows}


def _number_of(ticket: Ticket | None) -> str:
    """Return the number that intake gave a ticket; empty while that was not heard."""
    intake = ticket.sections.get("intake") if ticket else None
    return intake.view.number if intake and isinstance(intake.view, IntakeView) else ""


def to_cursor(order: str) -> str:
    """Return a place in a list as an opaque word."""
    return urlsafe_b64encode(order.encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> str:
    """Return the place that a cursor stands for. Raises `NotACursor`."""
    try:
        order = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        instant, separator, ticket = order.partition("|")
        datetime.fromisoformat(instant)
    except (ValueError, binascii.Error) as error:
        raise NotACursor(f"{cursor!r} is no cursor of a list of tickets") from error
    if not separator or not ticket or to_cursor(order) != cursor:
        raise NotACursor(f"{cursor!r} is no cursor of a list of tickets")
    return order
