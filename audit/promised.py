"""What dispatch held a ticket's promises to be, word after word, and the pauses between. Pure; several checks share it.

Used by `audit.checks.promises` and `audit.checks.pauses`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from audit import open_time
from audit.history import History
from audit.model import Event, instant

FIELDS = {"take-charge": "take_charge_by", "on-site": "on_site_by", "restored": "restored_by"}
"""By promise, the field in which dispatch says when it falls due."""
STATEMENTS = ("dispatch.handling-queued", "dispatch.promise-recomputed", "dispatch.clock-resumed")


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count, with what began it and what ended it."""

    begun: Event
    ended: Event | None

    def stops(self, promise: str) -> bool:
        """Return whether it stops the clock of a promise."""
        return promise in self.begun.texts("clocks")


def in_order(history: History, ticket: str, *names: str) -> list[Event]:
    """Return events of one stage about a ticket, in the order of `seq`."""
    return sorted((event for name in names for event in history.of(ticket, name)), key=lambda event: event.seq)


def statements(history: History, ticket: str) -> list[Event]:
    """Return every event in which dispatch says when promises fall due."""
    return in_order(history, ticket, *STATEMENTS)


def pauses(history: History, ticket: str) -> Iterator[Pause]:
    """Yield the pauses of a ticket, each with the end that comes next."""
    ends = history.of(ticket, "dispatch.clock-resumed")
    for begun in history.of(ticket, "dispatch.clock-paused"):
        yield Pause(begun, next((end for end in ends if end.number("pause") == begun.number("pause")), None))


def before(history: History, event: Event) -> Event | None:
    """Return what dispatch had last said of its promises before it said this."""
    said = [one for one in statements(history, event.subject) if one.seq < event.seq]
    return said[-1] if said else None


def calendar_of(event: Event, promise: str) -> str:
    """Return the calendar on which a statement counts a promise; empty where it is none that the auditor knows."""
    name = event.inner("watches").inner(promise).text("calendar")
    return name if name in open_time.KNOWN else ""


def since(event: Event, promise: str) -> datetime | None:
    """Return from when on a statement counts a promise."""
    return event.inner("watches").inner(promise).instant_or_none("since")


def warnings(event: Event, promise: str) -> list[datetime]:
    """Return when a statement has a promise said to be at risk."""
    told = event.inner("watches").inner(promise).texts("warnings")
    return [at for at in map(instant, told) if at is not None]


def moved(history: History, ticket: str, promise: str, due: datetime, said_at: datetime) -> datetime | None:
    """Return where the pauses since `said_at` move a deadline; None where that cannot be told."""
    for pause in pauses(history, ticket):
        at, end = pause.begun.instant("at"), pause.ended
        if not pause.stops(promise) or due <= at or (end is not None and end.instant("at") <= said_at):
            continue
        calendar = calendar_of(end, promise) if end is not None else ""
        if end is None or not calendar:
            return None
        said = before(history, end)
        begun = max(at, (since(said, promise) if said is not None else None) or at)
        due = open_time.later(calendar, end.instant("at"), open_time.left(calendar, begun, due))
    return due


def earlier_deadlines(history: History, event: Event, promise: str, due: datetime) -> set[datetime]:
    """Return a deadline and those that pauses moved to it: a warning of one was a warning of all."""
    found, field = {due}, FIELDS[promise]
    for end in reversed(history.of(event.subject, "dispatch.clock-resumed")):
        said = before(history, end)
        if end.seq < event.seq and said is not None and end.instant_or_none(field) in found:
            found.add(said.instant_or_none(field) or due)
    return found
