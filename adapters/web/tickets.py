"""A ticket as its customer may see it, read from the desk's read model by its published shape.

Called by the portal and the operator's page. It reads two collections of the desk's database through the runtime's
`Store` and writes nothing. It shows no personal data: a link may have been passed on.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Literal, Protocol

import orjson
from pydantic import Field, ValidationError

from shared.events.base import Criticality, Instant, Model
from shared.runtime.mongo import Store

FORMAT = 1
"""Of the documents that this code can read; a later one is not guessed at."""
READ_SECONDS = 3.0
"""For one look: what a person waits for a page before doubting it."""


class TicketsAway(Exception):
    """The read model cannot be asked, or is newer than this code: the page does without it and says so."""


class Visit(Model):
    """An appointment."""

    start: Instant
    end: Instant


class Survey(Model):
    """The survey of one closing."""

    status: str = "planned"
    """`planned`, `invited`, `answered`, `expired` or `cancelled`."""


class _Intake(Model):
    opened_at: Instant | None = None
    acknowledge_by: Instant | None = None
    asked: int = 0
    noted: int = 0
    acknowledged_at: Instant | None = None
    stated: Criticality | None = None
    take_charge_by: Instant | None = None
    replies: int = 0
    pieces: tuple[str, ...] = ()
    """Photos, attachments and recordings: `sha256:` and a hash, a bare hash, or an address elsewhere. For staff."""


class _Dispatch(Model):
    taken_at: Instant | None = None
    visit_start: Instant | None = None
    visit_end: Instant | None = None
    on_site_by: Instant | None = None
    take_charge_by: Instant | None = None
    arrived_at: Instant | None = None
    missing: dict[str, str] = Field(default_factory=dict)
    how: str = ""
    resolved_at: Instant | None = None


class _Closure(Model):
    phase: str = "handling"
    resolution: int = 0
    answer: Literal["confirmed", "denied"] | None = None
    final_at: Instant | None = None
    until: Instant | None = None
    cause: str | None = None
    closed_at: Instant | None = None


class _Surveys(Model):
    surveys: dict[str, Survey] = Field(default_factory=dict)


class Ticket(Model):
    """What pages show of a ticket. Instants are UTC."""

    id: str
    number: str = ""
    phase: str = "received"
    criticality: Criticality | None = None
    intake: _Intake = _Intake()
    dispatch: _Dispatch = _Dispatch()
    closure: _Closure = _Closure()
    closure_seq: int = 0
    """How many events of closure are known: what changes when an answer counts."""
    survey: _Surveys = _Surveys()

    @property
    def visit(self) -> Visit | None:
        """The appointment that stands, or None."""
        dispatch = self.dispatch
        if dispatch.visit_start is None or dispatch.visit_end is None:
            return None
        return Visit(start=dispatch.visit_start, end=dispatch.visit_end)

    def survey_of(self, resolution: int) -> Survey | None:
        """Return the survey of a closing."""
        return self.survey.surveys.get(str(resolution))


class Tickets(Protocol):
    """Where pages look tickets up."""

    async def by_id(self, ticket: str) -> Ticket | None:
        """Return a ticket by its id, None where it is not there yet. Raises `TicketsAway`."""
        ...

    async def by_number(self, number: str) -> Ticket | None:
        """Return a ticket by its number, None where there is none. Raises `TicketsAway`."""
        ...


class DeskTickets:
    """The desk's read model, the live one at each look."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def by_id(self, ticket: str) -> Ticket | None:
        """Return a ticket by its id, None where it is not there yet. Raises `TicketsAway`."""
        return await self._find({"_id": ticket})

    async def by_number(self, number: str) -> Ticket | None:
        """Return a ticket by its number, None where there is none. Raises `TicketsAway`."""
        return await self._find({"number": number})

    async def _find(self, query: dict[str, str]) -> Ticket | None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                row = await self._store.collection("generations").find_one({"_id": "read-model"})
                tickets = self._store.collection(row["live"] if row else "tickets")
                document = await tickets.find_one(query, {"story": False, "personal": False})
        except Exception as error:  # drivers are the runtime's; whatever they raise, the page goes on without
            raise TicketsAway(type(error).__name__) from error
        return None if document is None else ticket_of(document)


def ticket_of(document: dict[str, Any]) -> Ticket:
    """Return the ticket in a document of the read model. Raises `TicketsAway` for a shape of newer code."""
    if document.get("format", 0) > FORMAT:
        raise TicketsAway(f"format {document['format']}")
    try:
        sections = orjson.loads(document["sections"])
        views = {
            stage: sections[stage]["view"] for stage in ("intake", "dispatch", "closure", "survey") if stage in sections
        }
        return Ticket.model_validate(
            {
                "id": document["_id"],
                "number": document.get("number") or "",
                "phase": document.get("phase") or "received",
                "criticality": document.get("criticality"),
                "closure_seq": sections.get("closure", {}).get("seq", 0),
                **views,
            }
        )
    except (KeyError, TypeError, orjson.JSONDecodeError, ValidationError) as error:
        raise TicketsAway(type(error).__name__) from error


def is_over(at: datetime | None, now: datetime) -> bool:
    """Tell whether an instant is reached."""
    return at is not None and now >= at
