"""Sees every record and every append at the instant at which it is written, and checks there what must always hold.

Its checks read JSON and the journal's plain documents; they import none of the code that wrote them. What it finds is
a `Breach`: the name of the promise, the ticket, and a sentence.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.runtime.ports import Document, Partition, Position, Record
from simulate.trace import Trace

WAITING = ("early", "gap", "held")
STAGE_TOPICS = frozenset(f"sav.{stage}" for stage in ("intake", "triage", "dispatch", "closure", "survey", "notify"))
"""Topics whose events a reader takes in the order of their seq."""

_OUTCOMES = {
    "closure.ticket-closed": ("closed", "cause"),
    "closure.ticket-reopened": ("reopened", "because"),
    "closure.waiting-resumed": ("resumed", "because"),
    "intake.acknowledgement-asked": ("acknowledged", "because"),
    "dispatch.clock-resumed": ("clock resumed by", "because"),
}
"""Events whose reason is worth counting."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise."""

    promise: str
    ticket: str
    sentence: str
    at: float
    """Virtual seconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One record with what it says, and when it came."""

    record: Record
    at: float
    data: dict[str, Any]
    """The decoded JSON object; empty where it is none."""

    @property
    def subject(self) -> str:
        """The ticket or resource that it is about."""
        return str(self.data.get("subject") or self.data.get("ticket") or self.data.get("entity") or "")


@dataclass
class StageBook:
    """What one stage's journal says, append by append."""

    versions: dict[str, int] = field(default_factory=dict)
    positions: set[Position] = field(default_factory=set)
    """Records that an append names as a cause."""
    marks: dict[tuple[str, str], int] = field(default_factory=dict)
    """By (entity, source): the last seq consumed in line."""
    decided: dict[tuple[str, str], int] = field(default_factory=dict)
    """By (entity, message id): the append that decided it."""
    settled: dict[tuple[str, str], int] = field(default_factory=dict)
    """By (entity, message id): the append that decided or ignored it."""
    ids: set[tuple[str, str]] = field(default_factory=set)
    """(entity, message id) of every cause."""
    waiting: dict[tuple[str, str], str] = field(default_factory=dict)
    """By (entity, message id): how it waits now."""
    said: dict[tuple[str, int], Document] = field(default_factory=dict)
    """By (entity, seq): the event as it must be published."""
    spoken: dict[str, int] = field(default_factory=dict)
    """By entity: the last seq."""
    armed: dict[str, list[Any]] = field(default_factory=dict)
    """By entity: the deadlines armed after its last append."""
    spent: set[str] = field(default_factory=set)
    """Ids of the deadlines that an append consumed."""
    dead: set[str] = field(default_factory=set)
    """Places of dead letters."""


class Witness:
    """Everything that was written, and the checks that need no end."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._loop = asyncio.get_running_loop()
        self.records: list[Seen] = []
        self.breaches: list[Breach] = []
        self.checked: defaultdict[str, int] = defaultdict(int)
        self.books: defaultdict[str, StageBook] = defaultdict(StageBook)
        self.events: dict[tuple[str, str, int], Seen] = {}
        """By (stage, subject, seq): the first of each event."""
        self.places: defaultdict[tuple[str, bytes | None], list[Position]] = defaultdict(list)
        self.of_newer_code: set[str] = set()
        """Tickets and resources of which newer code said something: they alone may be held."""
        self._requests: defaultdict[tuple[str, str], list[Position]] = defaultdict(list)
        """By (topic, what was said): a form sent twice says when each was accepted, and nothing else new."""
        self.listeners: list[Any] = []
        """Called with every record: the world outside."""

    def expect(self, promise: str, holds: bool, ticket: str, sentence: str) -> None:
        """Count an instance of a promise, and note a breach where it does not hold."""
        self.checked[promise] += 1
        if not holds:
            self.breaches.append(Breach(promise, ticket, sentence, self._loop.time()))

    def wrote(self, record: Record) -> None:
        """A record came to lie on a topic."""
        seen = Seen(record, self._loop.time(), _object(record.value))
        self.places[record.topic, record.value].append(record.position)
        self.records.append(seen)
        if record.topic.startswith("sav.requests."):
            self._requests[record.topic, _words(seen.data)].append(record.position)
        if isinstance(seen.data.get("seq"), int) and not record.topic.endswith((".dead", ".due")):
            self._event(seen)
        for listener in self.listeners:
            listener(seen)

    def _event(self, seen: Seen) -> None:
        stage = str(seen.data.get("source", "")).rpartition("/")[2]
        name = (stage, seen.subject, int(seen.data["seq"]))
        first = self.events.setdefault(name, seen)
        if first is seen:
            self._count(f"{stage}.{_short(seen.data)}", seen.data.get("data", {}))
        else:
            self.trace.seen["event published again"] += 1
        same = first.record.value == seen.record.value
        self.expect("I24 same seq, same bytes", same, seen.subject, f"seq {name[2]} of {stage} has two contents")
        known = self.books[stage].said.get((seen.subject, name[2]))
        self.expect(
            "I25 journal before topic",
            known is not None and bytes(known["body"]) == seen.record.value,
            seen.subject,
            f"seq {name[2]} of {stage} is on a topic, and no append says so",
        )

    def _count(self, name: str, data: dict[str, Any]) -> None:
        seen = self.trace.seen
        seen[f"event: {name}"] += 1
        if (outcome := _OUTCOMES.get(name)) is not None:
            word, field_name = outcome
            seen[f"outcome: {word} {data.get(field_name)}"] += 1

    # -- journals ----------------------------------------------------------------------------------------------------

    def appended(self, stage: str, document: Document) -> None:
        """An append came to be in a journal."""
        book = self.books[stage]
        entity, _, number = str(document["_id"]).rpartition("#")
        version = int(number)
        held = book.versions.get(entity, 0)
        self.expect("I26 appends 1, 2, 3…", version == held + 1, entity, f"{stage}: append {version} after {held}")
        book.versions[entity] = version
        book.armed[entity] = document["timers"]
        self._held(stage, entity, document)
        for cause in document["causes"]:
            self._cause(stage, entity, version, cause)
        for said in document["events"]:
            if said["seq"] is None:
                continue
            last = book.spoken.get(entity, 0)
            self.expect(
                "I26 events 1, 2, 3…", said["seq"] == last + 1, entity, f"{stage}: seq {said['seq']} after {last}"
            )
            book.spoken[entity] = said["seq"]
            book.said[entity, said["seq"]] = said

    def _held(self, stage: str, entity: str, document: Document) -> None:
        """F33: what only newer code can read is kept, a person is told once, and no other ticket waits for it."""
        if not any(cause["outcome"] == "held" for cause in document["causes"]):
            return
        alone = entity in self.of_newer_code
        self.expect("F33 what newer code says holds its ticket alone", alone, entity, f"{stage} holds it")
        if not any(one == entity and how == "held" for (one, _), how in self.books[stage].waiting.items()):
            told = any("needs-attention" in said["type"] for said in document["events"])
            self.expect("F33 a person is told what is held", told, entity, f"{stage} holds it in silence")

    def _cause(self, stage: str, entity: str, version: int, cause: Document) -> None:
        book, outcome, name = self.books[stage], str(cause["outcome"]), (entity, str(cause["id"]))
        book.positions.add(Position(*cause["at"]))
        waited = book.waiting.get(name)
        if outcome in WAITING:
            self.trace.seen[f"waited: {outcome}"] += 1
            book.waiting[name] = outcome
        else:
            book.waiting.pop(name, None)
            if waited:
                self.trace.seen[f"waited and went on: {waited}"] += 1
        if outcome in ("asked-again", "called-person", "released"):
            self.trace.seen[f"machinery: {outcome}"] += 1
        if outcome == "decided" and cause["source"] != "timer":
            once = book.decided.setdefault(name, version)
            self.expect(
                "I27 decided once", once == version, entity, f"{stage} decided {name[1]} in #{once} and #{version}"
            )
        if cause["source"] == "timer":
            fresh = name[1] not in book.spent
            self.expect("I17 a timer acts once", fresh, entity, f"{stage} acted twice on {name[1]}")
            book.spent.add(name[1])
        elif cause.get("seq") and outcome != "gap":
            self._in_line(stage, entity, cause, again=waited in WAITING and waited != "gap")
        elif name in book.ids and not waited and outcome != "released":
            self.expect("I2 one answer per key", False, entity, f"{stage} answered {name[1]} twice ({outcome})")
        book.ids.add(name)
        if outcome in ("decided", "ignored"):
            book.settled.setdefault(name, version)

    def _in_line(self, stage: str, entity: str, cause: Document, *, again: bool) -> None:
        book, source, seq = self.books[stage], str(cause["source"]), int(cause["seq"])
        mark = book.marks.get((entity, source), 0)
        if again and seq <= mark:
            return
        self.expect(
            "I27 in line", seq == mark + 1, entity, f"{stage} took seq {seq} of {source} when {mark} was the last one"
        )
        book.marks[entity, source] = max(mark, seq)

    # -- offsets -----------------------------------------------------------------------------------------------------

    def committed(self, group: str, between: Sequence[Record], at: Partition, offset: int) -> None:
        """A group committed an offset: every record before it is reflected (I28)."""
        if group == "desk":
            return
        book = self.books[group]
        for record in between:
            if record.offset >= offset:
                return
            if record.position in book.positions or self._may_be_passed(group, book, record):
                self.checked["I28 nothing committed unseen"] += 1
                continue
            self.expect(
                "I28 nothing committed unseen",
                False,
                str(_object(record.value).get("subject", "")),
                f"{group} committed {at.topic}/{at.partition}@{record.offset} and no append knows it",
            )

    def _may_be_passed(self, group: str, book: StageBook, record: Record) -> bool:
        if f"{record.topic}/{record.partition}/{record.offset}" in book.dead:
            return True
        data = _object(record.value)
        if record.topic.endswith(".due"):
            how = "spent" if str(data.get("id")) in book.spent else "left or cancelled"
            self.trace.seen[f"timer not taken: {how}"] += 1
            return True  # what is armed still has its timer: `liveness` sees that it acts in the end
        if record.topic == "sav.commands":
            verb = str(data.get("type")).split(".")
            if verb[1] != group or verb[2] in ("republish", "release"):
                return True
        if self._is_a_copy(book, record, data):
            self.trace.seen["copy dropped"] += 1
            return True
        return False

    def _is_a_copy(self, book: StageBook, record: Record, data: dict[str, Any]) -> bool:
        """Known by its seq, by its key, or by being the very bytes of a record that was taken."""
        subject, inner = str(data.get("subject", "")), data.get("data", {})
        if record.topic in STAGE_TOPICS:
            source = record.topic.removeprefix("sav.")
            waits = (subject, str(data.get("id"))) in book.ids
            return waits or int(data.get("seq", 10**9)) <= book.marks.get((subject, source), 0)
        keys = {
            "sav.resources.asks": (inner.get("resource"), f"{data.get('type')}:{inner.get('ask')}"),
            "sav.resources": (inner.get("ticket") or subject, data.get("id")),
            "sav.commands": (subject, data.get("id")),
            "sav.deliveries": (data.get("ticket"), f"{data.get('message')}:{data.get('channel')}:{data.get('status')}"),
        }
        if (key := keys.get(record.topic)) is not None:
            return key in book.ids
        same = self.places[record.topic, record.value]
        if record.topic.startswith("sav.requests."):
            same = self._requests[record.topic, _words(data)]
        return any(place in book.positions for place in same)


def _object(value: bytes | None) -> dict[str, Any]:
    try:
        document = json.loads(value or b"")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _words(data: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in data.items() if name != "received_at"}, sort_keys=True)


def _short(data: dict[str, Any]) -> str:
    parts = str(data.get("type", "")).split(".")
    return parts[2] if len(parts) == 4 else ""
