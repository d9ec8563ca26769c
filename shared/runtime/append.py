"""One append of a journal: all that one batch did to one ticket, as one document that is inserted once.

Pure. The document's fields are the journal's format: readers ship before writers, `FORMAT` says which it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.errors import StopService
from shared.runtime.ports import Document, Position, Record

FORMAT = 1
"""Version of this document's shape; an append of a higher one stops the service before it misreads anything."""

CauseOutcome = Literal["decided", "ignored", "early", "gap", "held", "released", "asked-again", "called-person"]
WAITING: frozenset[str] = frozenset({"early", "gap", "held"})


@dataclass(frozen=True, slots=True)
class Cause:
    """A record that this append answers, and how."""

    source: str
    """A stage, or `requests`, `deliveries`, `commands`, `asks`, `answers`, `timer`."""
    id: str
    position: Position
    outcome: CauseOutcome
    seq: int | None = None
    reason: str = ""
    digest: str = ""
    """Of the content, for what is known by a key: the same key with other content is told."""


@dataclass(frozen=True, slots=True)
class Said:
    """An event (or a command of the machinery) as it is published, byte for byte, each time."""

    type: str
    id: str
    body: bytes
    routes: tuple[tuple[str, str], ...]
    seq: int | None


@dataclass(frozen=True, slots=True)
class Waits:
    """A record that waits, kept raw so that it can be read again by later code."""

    kind: Literal["early", "gap", "held"]
    reason: str
    since: datetime
    record: Record
    entity: str
    id: str
    source: str
    seq: int | None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Armed:
    """A deadline that is armed: `generation` is the number of the append that armed it."""

    kind: str
    generation: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Append:
    """What one batch did to one entity."""

    entity: str
    version: int
    causes: tuple[Cause, ...]
    events: tuple[Said, ...]
    waiting: tuple[Waits, ...]
    timers: tuple[Armed, ...]
    """Every deadline armed after this append."""
    at: datetime
    versions: dict[str, str]

    @property
    def id(self) -> str:
        """The journal's key, which is the optimistic version."""
        return append_id(self.entity, self.version)


def append_id(entity: str, version: int) -> str:
    """Return the `_id` of the append number `version` of an entity."""
    return f"{entity}#{version:06d}"


def timer_id(entity: str, kind: str, generation: int) -> str:
    """Return the `_id` of an armed deadline."""
    return f"{entity}|{kind}|{generation:06d}"


def timer_document(entity: str, armed: Armed) -> Document:
    """Return the document of an armed deadline."""
    return {
        "_id": timer_id(entity, armed.kind, armed.generation),
        "entity": entity,
        "kind": armed.kind,
        "generation": armed.generation,
        "due_at": armed.due_at,
    }


def to_document(append: Append) -> Document:
    """Return the append as it is stored. Instants keep the milliseconds that the store keeps, no more."""
    return {
        "_id": append.id,
        "format": FORMAT,
        "causes": [_cause_document(one) for one in append.causes],
        "events": [
            {"type": e.type, "id": e.id, "seq": e.seq, "body": e.body, "routes": [list(route) for route in e.routes]}
            for e in append.events
        ],
        "waiting": [_waits_document(one) for one in append.waiting],
        "timers": [[t.kind, t.generation, t.due_at] for t in append.timers],
        "at": append.at,
        "versions": append.versions,
    }


def _cause_document(cause: Cause) -> Document:
    document: Document = {
        "source": cause.source,
        "id": cause.id,
        "at": list(cause.position),
        "outcome": cause.outcome,
    }
    if cause.seq:
        document["seq"] = cause.seq
    if cause.reason:
        document["reason"] = cause.reason
    if cause.digest:
        document["digest"] = cause.digest
    return document


def _waits_document(waits: Waits) -> Document:
    record = waits.record
    return {
        "kind": waits.kind,
        "reason": waits.reason,
        "since": waits.since,
        "entity": waits.entity,
        "id": waits.id,
        "source": waits.source,
        "seq": waits.seq,
        "digest": waits.digest,
        "at": list(record.position),
        "key": record.key,
        "value": record.value,
        "timestamp_ms": record.timestamp_ms,
    }


def from_document(document: Document) -> Append:
    """Return the append that a document holds; one of a newer format raises `StopService`."""
    if document["format"] > FORMAT:
        raise StopService(
            f"{document['_id']} was written in journal format {document['format']}; this code knows {FORMAT}"
        )
    entity, _, version = document["_id"].rpartition("#")
    return Append(
        entity=entity,
        version=int(version),
        causes=tuple(
            Cause(
                c["source"],
                c["id"],
                Position(*c["at"]),
                c["outcome"],
                c.get("seq"),
                c.get("reason", ""),
                c.get("digest", ""),
            )
            for c in document["causes"]
        ),
        events=tuple(
            Said(e["type"], e["id"], bytes(e["body"]), tuple((route[0], route[1]) for route in e["routes"]), e["seq"])
            for e in document["events"]
        ),
        waiting=tuple(_waits(one) for one in document["waiting"]),
        timers=tuple(Armed(kind, generation, due_at) for kind, generation, due_at in document["timers"]),
        at=document["at"],
        versions=document["versions"],
    )


def _waits(d: Document) -> Waits:
    value = None if d["value"] is None else bytes(d["value"])
    key = None if d["key"] is None else bytes(d["key"])
    topic, partition, offset = d["at"]
    record = Record(topic, partition, offset, key, value, d["timestamp_ms"])
    return Waits(d["kind"], d["reason"], d["since"], record, d["entity"], d["id"], d["source"], d["seq"], d["digest"])
