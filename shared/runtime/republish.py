"""Arms and publishes a span of a stage's journal again: for a topic or timers that were lost, restored or doubted.

Called by `sav journal republish` beside the running stage. Nothing happens twice: readers drop a copy by its `seq`,
and a deadline that is armed already, or consumed, is not armed again. It appends nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.events.base import Event
from shared.runtime import append as journal_format
from shared.runtime.append import Append
from shared.runtime.entity import fold
from shared.runtime.ports import Journal, Outgoing, Publisher, Timers

AT_ONCE = 50
"""Entities loaded together: some 50 kB each at most, and a page of the store's ids."""


class Entities(Journal, Protocol):
    """A journal that can also be walked."""

    async def entities(self, after: str, limit: int) -> list[str]:
        """Return ids of entities that have a journal, in order, after one of them."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """Which appends: of these entities (none: of all), made from `since` on and before `until` (UTC)."""

    entities: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, append: Append) -> bool:
        """Tell whether an append lies in the span."""
        return (self.since is None or append.at >= self.since) and (self.until is None or append.at < self.until)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done so far."""

    entities: int = 0
    events: int = 0
    timers: int = 0


async def republish(
    journal: Entities, timers: Timers, publisher: Publisher, span: Span, *, dry: bool = False
) -> AsyncIterator[Done]:
    """Arm the live deadlines of every entity with appends in the span, then publish those appends, in order.

    Yields after each group of entities. `dry` only counts. Raises `GoRound` where an engine is away: say it again.
    """
    done = Done()
    async for entities in _groups(journal, span):
        for entity, documents in (await journal.load(entities)).items():
            appends = [journal_format.from_document(one) for one in documents]
            wanted = [one for one in appends if span.holds(one)]
            if not wanted:
                continue
            # The domain state plays no part: an event that only newer code can read is published all the same.
            live = fold(entity, None, appends, lambda _: Event(), lambda *_: None).live_timers()
            outgoing = [
                Outgoing(topic, key.encode(), said.body)
                for one in wanted
                for said in one.events
                for topic, key in said.routes
            ]
            if not dry:
                await timers.arm([journal_format.timer_document(entity, one) for one in live])
                await publisher.publish(outgoing)
            done = Done(done.entities + 1, done.events + len(outgoing), done.timers + len(live))
        yield done


async def _groups(journal: Entities, span: Span) -> AsyncIterator[list[str]]:
    if span.entities:
        for start in range(0, len(span.entities), AT_ONCE):
            yield list(span.entities[start : start + AT_ONCE])
        return
    after = ""
    while found := await journal.entities(after, AT_ONCE):
        yield found
        after = found[-1]
