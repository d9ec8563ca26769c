"""Past tickets under another grid, and the rules that technicians corrected: for `sav triage`, on what topics hold.

It must never write, decide a ticket or read a topic: events are handed in, oldest first of each ticket; a copy of an
event (the same id) counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.triage.decide import request_of, site_of
from services.triage.grid import Grid
from services.triage.rules import classify
from shared.events.base import RANK, Criticality, Event
from shared.events.intake import TicketOpened
from shared.events.triage import Evidence, SiteKnown, TicketClassified, TicketReclassified


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a ticket, as a topic holds it."""

    ticket: str
    event_id: str
    at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class Told:
    """One reason of a class: the rule, the words it rests on, and what it says."""

    rule: str
    words: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Side:
    """A class with its reasons, under one version of the grid."""

    criticality: Criticality
    doubt: bool
    grid: str
    reasons: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A past ticket that another grid would have classed otherwise."""

    ticket: str
    number: str
    was: Side
    would_be: Side

    @property
    def lowered(self) -> bool:
        """Tell whether the other grid is the less careful one."""
        return RANK[self.would_be.criticality] < RANK[self.was.criticality]


@dataclass(slots=True)
class Replayed:
    """What a dry run found: tickets it looked at, and those that would have changed."""

    tickets: int = 0
    changes: list[Change] = field(default_factory=list)


def replay(history: Iterable[Happened], grid: Grid, since: datetime | None) -> Replayed:
    """Class again the tickets opened since an instant (UTC), each against what was recorded for it; dry (R6).

    The site's facts are those that were recorded with the class. Words after the first message have their own
    re-evaluation (R7) and are left out.
    """
    found = Replayed()
    for ticket, event, first in classed(history):
        if since is not None and event.received_at < since:
            continue
        found.tickets += 1
        was, would_be = _recorded(first), _under(event, first.site, grid)
        if was.criticality != would_be.criticality:
            found.changes.append(Change(ticket, event.number, was, would_be))
    return found


def classed(history: Iterable[Happened]) -> list[tuple[str, TicketOpened, TicketClassified]]:
    """Give the tickets that have a first class, with what opened them, in the order in which they were received."""
    opened: dict[str, TicketOpened] = {}
    first: dict[str, TicketClassified] = {}
    for one in history:
        match one.event:
            case TicketOpened() as event:
                opened.setdefault(one.ticket, event)
            case TicketClassified() as event:
                first.setdefault(one.ticket, event)
    found = [(ticket, opened[ticket], first[ticket]) for ticket in opened if ticket in first]
    return sorted(found, key=lambda one: (one[1].received_at, one[0]))


def _recorded(event: TicketClassified) -> Side:
    words = event.personal.evidence if isinstance(event.personal, Evidence) else {}
    reasons = tuple(Told(one.rule, words.get(one.rule, ()), one.says) for one in event.reasons)
    return Side(event.criticality, event.doubt, event.grid, reasons)


def _under(event: TicketOpened, known: SiteKnown | None, grid: Grid) -> Side:
    verdict = classify(request_of(event), grid, site_of(known))
    reasons = tuple(Told(one.rule, one.evidence, one.says) for one in verdict.reasons)
    return Side(verdict.criticality, verdict.doubt, verdict.version, reasons)


@dataclass(slots=True)
class RuleRecord:
    """How often a rule was among the reasons of a first class, and how often a technician then said otherwise (R7)."""

    rule: str
    decided: int = 0
    raised: int = 0
    lowered: int = 0
    tickets: list[str] = field(default_factory=list)
    """Ids of the corrected tickets, oldest first."""


def corrections(history: Iterable[Happened], since: datetime | None) -> list[RuleRecord]:
    """List the rules by how often technicians corrected a class they had given: raised first, a miss costs most (R7).

    A technician's first word about a ticket judges its first class; later ones judge how the trouble went on.
    """
    rules: dict[str, tuple[str, ...]] = {}
    judged: set[str] = set()
    records: defaultdict[str, RuleRecord] = defaultdict(lambda: RuleRecord(""))
    for one in _once(history):
        match one.event:
            case TicketClassified() as event if one.ticket not in rules and (since is None or one.at >= since):
                rules[one.ticket] = tuple(dict.fromkeys(reason.rule for reason in event.reasons))
                for rule in rules[one.ticket]:
                    records[rule].rule = rule
                    records[rule].decided += 1
            case TicketReclassified(because="technician") as event if one.ticket in rules.keys() - judged:
                judged.add(one.ticket)
                for rule in rules[one.ticket]:
                    _correct(records[rule], one.ticket, event)
    erred = [record for record in records.values() if record.tickets]
    return sorted(erred, key=lambda record: (-record.raised, -record.lowered, record.rule))


def _correct(record: RuleRecord, ticket: str, event: TicketReclassified) -> None:
    if RANK[event.criticality] > RANK[event.was]:
        record.raised += 1
    elif RANK[event.criticality] < RANK[event.was]:
        record.lowered += 1
    else:
        return
    record.tickets.append(ticket)


def _once(history: Iterable[Happened]) -> Iterator[Happened]:
    seen: set[str] = set()
    for one in history:
        if one.event_id not in seen:
            seen.add(one.event_id)
            yield one
