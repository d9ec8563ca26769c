"""Every request that intake's commits have passed, and what it became: the difference must be 0 (R2).

Accepted is what the committed offsets have passed, whatever the loop made of it. What a request became is what the
journal or a dead letter names. So a record that was skipped, or taken and forgotten, stays in the difference. Called by
`observed` as things happen; only `settle` reads the journal, for what this process did not write itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from shared.events.intake import TicketOpened
from shared.runtime.append import WAITING
from shared.runtime.ports import Document, Partition, Position
from shared.topics import BY_NAME

TICKET, FOLLOW_UP, COPY, SET_ASIDE, DEAD = "ticket", "follow-up", "copy", "set-aside", "dead"
AT_ONCE = 100
"""Requests settled from the journal in one measure: copies and what a crash left, a handful; 100 loads cost 0.1 s."""


class Way(NamedTuple):
    """Where a request goes: its ticket, and the id that the ticket knows it by."""

    entity: str
    id: str


class RequestLedger:
    """The two sides of the account, for one process."""

    def __init__(self, load: Callable[[Sequence[str]], Awaitable[Mapping[str, Sequence[Document]]]]) -> None:
        self._load = load
        self.accepted: Counter[str] = Counter()
        """By channel."""
        self.became: Counter[str] = Counter()
        self._passed: dict[Partition, int] = {}
        self._ways: dict[Position, Way] = {}
        self._named: dict[Position, str] = {}
        self._open: dict[Position, Way | None] = {}

    @property
    def unaccounted(self) -> int:
        """Accepted less all that requests became."""
        return self.accepted.total() - self.became.total()

    def moved(self) -> None:
        """Partitions have moved: what was in hand may be another replica's now, and what it commits is its own."""
        self._passed.clear()
        self._ways.clear()
        self._named.clear()

    def taken(self, firsts: Mapping[Partition, int]) -> None:
        """A batch begins here; of a partition that is new to us, everything counts from here on."""
        for at, offset in firsts.items():
            if _is_request(at.topic):
                self._passed.setdefault(at, offset)

    def routed(self, position: Position, entity: str, name: str) -> None:
        """A request was given its id and its ticket."""
        self._ways[position] = Way(entity, name)

    def appended(self, documents: Iterable[Document]) -> None:
        """Appends were inserted."""
        for document in documents:
            for position, became in _named_by(document):
                self._name(position, became)

    def buried(self, documents: Iterable[Document]) -> None:
        """Records were buried; a grave's name is topic/partition/offset."""
        for document in documents:
            topic, partition, offset = document["_id"].rsplit("/", 2)
            if _is_request(topic):
                self._name(Position(topic, int(partition), int(offset)), DEAD)

    def _name(self, position: Position, became: str) -> None:
        # What was set aside is named again when it is let go: it was counted when its offset was passed.
        passed = self._passed.get(Partition(position.topic, position.partition))
        if passed is not None and position.offset >= passed:
            self._named[position] = became

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """These offsets were committed: all that lies before them is accepted, and must be something by now."""
        for at, end in offsets.items():
            if not _is_request(at.topic):
                continue
            for offset in range(self._passed.get(at, end), end):
                self._account(Position(at.topic, at.partition, offset))
            self._passed[at] = max(end, self._passed.get(at, end))

    def _account(self, position: Position) -> None:
        self.accepted[position.topic.rpartition(".")[2]] += 1
        way, became = self._ways.pop(position, None), self._named.pop(position, None)
        if became is None:
            self._open[position] = way
        else:
            self.became[became] += 1

    async def settle(self) -> None:
        """Look up in the journal what this process did not write itself: copies, and what a crash left behind."""
        known = {position: way for position, way in self._open.items() if way is not None}
        for position, way in list(known.items())[:AT_ONCE]:
            became = _found((await self._load([way.entity]))[way.entity], position, way.id)
            if became:
                self.became[became] += 1
                del self._open[position]


def _is_request(topic: str) -> bool:
    return BY_NAME[topic].kind == "requests"


def _named_by(document: Document) -> Iterable[tuple[Position, str]]:
    """Yield the requests that an append names, with what each became, the last word last."""
    opens = any(event["type"] == TicketOpened.type_name for event in document["events"])
    for cause in document["causes"]:
        position = Position(*cause["at"])
        if not _is_request(position.topic):
            continue
        if cause["outcome"] in WAITING:
            yield position, SET_ASIDE
        elif cause["outcome"] == "decided":
            # The first request that is decided is the one that opens the ticket: nothing else is, before it.
            yield position, TICKET if opens else FOLLOW_UP
            opens = False


def _found(appends: Iterable[Document], position: Position, name: str) -> str:
    """Return what a request became by its ticket's journal: this very record, or an earlier one of the same id."""
    became = ""
    for document in appends:
        for at, what in _named_by(document):
            if at == position:
                return what
        if any(cause["id"] == name and cause["outcome"] != "ignored" for cause in document["causes"]):
            became = COPY
    return became
