"""From records, in any order and with copies, to the history that the checks read.

Called by `audit.main` and by tests. It never stops at a bad record: what can't be read is itself a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from audit.history import (
    BEGINNING,
    COMMANDS,
    DEAD_TOPICS,
    DELIVERIES,
    DUE_TOPICS,
    REGISTRY,
    REQUEST_TOPICS,
    STAGE_TOPICS,
    WATERMARKS,
    Fault,
    History,
)
from audit.ledger import Ledger
from audit.model import Delivery, Document, Event, Record, Request, Unreadable, digest, load
from audit.rota import Rota
from audit.ticket_numbers import bare
from audit.wire import delivery_of, event_of, request_of, stage_event_of, watermark_of

Key = TypeVar("Key")
Kept = TypeVar("Kept")


def history_of(records: Iterable[Record], now: datetime | None = None, ledger: Ledger | None = None) -> History:
    """Return the history in these records, in any order, beside what the databases hold where they were read. `now`
    (with a time zone) is when the audit takes place, on the system's own clock; left out, the latest instant at which
    a stage said anything."""
    shelf = _Shelf()
    for record in sorted(records, key=lambda one: (one.topic, one.partition, one.offset)):
        shelf.put(record)
    return shelf.closed(now, ledger)


class _Shelf:
    """Gathers records one by one; a `History` is what comes of it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.unread: list[Record] = []
        self.unread_inputs: list[Record] = []
        self.dead: defaultdict[str, set[str]] = defaultdict(set)
        self.published: set[tuple[str, str, str]] = set()
        self.events: dict[tuple[str, str, int], Event] = {}
        self.by_id: dict[str, Event] = {}
        self.commands: dict[str, Event] = {}
        self.deliveries: list[Delivery] = []
        self.watermarks: list[Document] = []
        self.rota = Rota()
        self.known: set[str] = set()
        self.faults: list[Fault] = []
        self.clashes: list[Fault] = []
        self.stage_records = 0
        self.latest = BEGINNING
        self.begun: set[tuple[str, int]] = set()
        self.cut: set[tuple[str, int]] = set()
        self.whole_since: dict[str, datetime] = {}

    def put(self, record: Record) -> None:
        """Read one record, of any topic; topics that the auditor doesn't know pass."""
        partition = (record.topic, record.partition)
        if partition not in self.begun and record.offset > 0:
            self.cut.add(partition)
        self.begun.add(partition)
        try:
            at = self._read(record)
        except Unreadable as error:
            self._blame(record, str(error))
            return
        if at is not None and partition in self.cut:
            self.cut.remove(partition)
            self.whole_since[record.topic] = max(at, self.whole_since.get(record.topic, BEGINNING))

    def _read(self, record: Record) -> datetime | None:
        if record.topic in STAGE_TOPICS:
            return self._stage_event(record)
        if record.topic in REQUEST_TOPICS:
            self.requests.append(request := request_of(record))
            return request.received_at
        if record.topic == COMMANDS:
            command = event_of(record)
            self._note_published(record, command)
            self.commands.setdefault(command.id, command)
            self.known.add(command.id)
            return command.time
        if record.topic == DELIVERIES:
            self.deliveries.append(delivery := delivery_of(record))
            self.known.add(delivery.text("message"))
            return delivery.instant("at")
        if record.topic == WATERMARKS:
            self.watermarks.append(watermark := watermark_of(record))
            return watermark.instant("until")
        if record.topic == REGISTRY:
            self.rota.take(Document(load(record)))
        elif record.topic in DEAD_TOPICS:
            self.dead[DEAD_TOPICS[record.topic]].add(digest(record.value or b""))
        elif record.topic in DUE_TOPICS:
            timer = Document(load(record))
            self.known |= {timer.text("id"), timer.text("_id")}
        return None

    def _stage_event(self, record: Record) -> datetime:
        self.stage_records += 1
        event = stage_event_of(record)
        self._note_published(record, event)
        writer = STAGE_TOPICS[record.topic]
        if event.stage != writer or not event.name.startswith(f"{writer}."):
            sentence = (
                f"{event.name} de source {event.stage!r} se trouve en {record.where}, où seul {writer} peut écrire"
            )
            self.faults.append(Fault(record.where, event.subject, sentence))
        first = self.events.setdefault((event.subject, event.stage, event.seq), event)
        if first.id != event.id or first.whole != event.whole:
            difference = "un autre contenu" if first.id == event.id else "un autre identifiant"
            sentence = f"le rang {event.seq} de {event.stage} en {event.where} a {difference} qu’en {first.where}"
            self.clashes.append(Fault(event.where, event.subject, sentence))
        other = self.by_id.setdefault(event.id, event)
        if (other.subject, other.stage, other.seq) != (event.subject, event.stage, event.seq):
            sentence = f"l’identifiant {event.id} désigne l’événement en {event.where} et un autre en {other.where}"
            self.clashes.append(Fault(event.where, event.subject, sentence))
        self.known |= {event.id, event.text("request"), event.text("message")}
        self.latest = max(self.latest, event.time)
        return event.time

    def _note_published(self, record: Record, event: Event) -> None:
        self.published.add((record.topic, (record.key or b"").decode(errors="replace"), event.digest))

    def _blame(self, record: Record, sentence: str) -> None:
        if record.topic in REQUEST_TOPICS:
            self.unread.append(record)
        elif record.topic in (COMMANDS, DELIVERIES):
            self.unread_inputs.append(record)
        elif record.topic in STAGE_TOPICS:
            subject = (record.key or b"").decode(errors="replace")
            self.faults.append(
                Fault(record.where, subject, f"l’enregistrement en {record.where} est illisible : {sentence}")
            )

    def closed(self, now: datetime | None, ledger: Ledger | None) -> History:
        """Return what was gathered."""
        streams: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
        named: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
        by_name: defaultdict[str, list[Event]] = defaultdict(list)
        for _, event in sorted(self.events.items()):
            streams[event.subject, event.stage].append(event)
            named[event.subject, event.name].append(event)
            by_name[event.name].append(event)
        commands: defaultdict[str, list[Event]] = defaultdict(list)
        commands_to: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
        for command in self.commands.values():
            commands[command.name].append(command)
            commands_to[command.subject, command.name].append(command)
        about: defaultdict[str, list[Request]] = defaultdict(list)
        for request in self.requests:
            if request.text("ticket"):
                about[bare(request.text("ticket"))].append(request)
        return History(
            now=now or self.latest,
            requests=tuple(self.requests),
            requests_about=_fixed(about),
            unread_requests=tuple(self.unread),
            dead=frozenset(self.dead["intake"]),
            streams=_fixed(streams),
            named=_fixed(named),
            by_name=_fixed(by_name),
            commands=_fixed(commands),
            commands_to=_fixed(commands_to),
            deliveries=tuple(self.deliveries),
            watermarks=tuple(self.watermarks),
            known_ids=frozenset(self.known - {""}),
            whole_since=self.whole_since,
            faults=tuple(self.faults),
            clashes=tuple(self.clashes),
            stage_records=self.stage_records,
            dead_of={stage: frozenset(found) for stage, found in self.dead.items()},
            unread_inputs=tuple(self.unread_inputs),
            published=frozenset(self.published),
            rota=self.rota,
            ledger=ledger,
        )


def _fixed(found: Mapping[Key, list[Kept]]) -> dict[Key, tuple[Kept, ...]]:
    return {key: tuple(kept) for key, kept in found.items()}
