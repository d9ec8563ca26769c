"""Remembers which tickets of a site count for the next ones: isolated faults of a day, calls of a panel in a month.

Called by the shell (`app`) while it gathers facts, and by `sav triage sites`. The book is a row of numbered places for
each site and window, every place claimed once and never changed, in triage's own database. A ticket counts the places
below its own, and finds its own again after a crash with the number that it first counted, so that a second look
gives the same facts. It must never judge: what is an isolated fault is asked of `rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.triage.rules import Verdict
from shared.events.intake import TicketOpened
from shared.events.triage import TicketClassified
from shared.runtime.ports import Claims, Document


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of places: the collection that holds them, and how long one counts."""

    collection: str
    window: timedelta


FAULTS = Row("site_faults", timedelta(days=1))  # 'on one site in a day', by the clock, so that midnight parts nothing
CALLS = Row("panel_calls", timedelta(days=30))  # 'this month', so that the 1st doesn't forget the 31st
PLACES = 12
"""Places of a site and window: one other fault, or a third call, already says all; 24 touches of the store at most."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SiteBook:
    """The rows of every site, on the stage's claims."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    async def faults_before(self, site: str, ticket: str, at: datetime) -> int:
        """Note an isolated fault received at `at` (UTC); return how many others the 24 hours before it had (R5)."""
        return await self._before(FAULTS, site, ticket, at)

    async def calls_with_this(self, site: str, ticket: str, at: datetime) -> int:
        """Note a panel's call received at `at` (UTC); return how many 30 days had, this one included (R6)."""
        return 1 + await self._before(CALLS, site, ticket, at)

    async def _before(self, row: Row, site: str, ticket: str, at: datetime) -> int:
        """Return what the ticket counted when it first took its place; raises `GoRound` while the store is away."""
        number = (at - _EPOCH) // row.window
        others = [one for one in await self._held(row, site, number - 1) if _counts(one, at, row)]
        for place in range(1, PLACES + 1):
            ours = {"ticket": ticket, "at": at, "before": len(others)}
            held = await self._claims.claim(row.collection, _name(site, number, place), ours)
            if held["ticket"] == ticket:
                return int(held["before"])
            others += [held] if _counts(held, at, row) else []
        return len(others)

    async def _held(self, row: Row, site: str, number: int) -> list[Document]:
        found: list[Document] = []
        for place in range(1, PLACES + 1):
            held = await self._claims.read(row.collection, _name(site, number, place))
            if held is None:
                break
            found.append(held)
        return found


def is_isolated(verdict: Verdict) -> bool:
    """Tell whether first words, read without the day's other faults, tell of one isolated fault (R5)."""
    return verdict.criticality == "standard"


async def note_again(book: SiteBook, tickets: Iterable[tuple[str, TicketOpened, TicketClassified]]) -> int:
    """Fill a lost book from what the topics hold, oldest ticket first; return how many places were looked after.

    A place that is already there stays as it is, so that it may be done twice, and while triage runs.
    """
    noted = 0
    for ticket, opened, classified in tickets:
        site = opened.contract.site
        if not site:
            continue
        in_series = any(one.rule == "C-SERIE" for one in classified.reasons)
        if classified.criticality == "standard" or in_series:
            await book.faults_before(site, ticket, opened.received_at)
            noted += 1
        if opened.automatic:
            await book.calls_with_this(site, ticket, opened.received_at)
            noted += 1
    return noted


def _name(site: str, number: int, place: int) -> str:
    return f"{site}/{number}/{place:02}"


def _counts(other: Document, at: datetime, row: Row) -> bool:
    """Tell whether another's place lies in the window up to `at`; what came later but was read first counts too."""
    return bool(other["at"] >= at - row.window)
