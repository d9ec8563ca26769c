"""The databases that services would have beside a story, as plain documents; tests break one thing at a time in them.

Used by the auditor's tests of stores alone. It imports nothing of the services.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from audit.checks import STORE_CHECKS
from audit.checks.inputs import READERS
from audit.checks.read_model import SHOWN
from audit.finding import Finding
from audit.gather import history_of
from audit.history import History
from audit.ledger import Ledger
from audit.model import Record, instant
from audit.shelf import Shelf
from audit.stores import CLAIMS
from audit.wire import STAGES
from tests.unit.audit.story import Doc, Story, paris

EVERY_SERVICE = (*STAGES, "desk")
_ASKS = ("sav.dispatch.reservation-asked.v1", "sav.dispatch.reservation-released.v1")
_ANSWERS = ("sav.resources.reservation-granted.v1", "sav.resources.reservation-refused.v1")


@dataclass
class Books:
    """Documents by (service, collection), as the auditor's `Stores` hands them out."""

    collections: defaultdict[tuple[str, str], list[Doc]] = field(default_factory=lambda: defaultdict(list))
    services: Collection[str] = EVERY_SERVICE

    async def documents(self, service: str, collection: str) -> AsyncIterator[Mapping[str, object]]:
        for document in self.collections[service, collection]:
            yield document

    def append(self, stage: str, entity: str = "t1") -> Doc:
        """The one append that a stage made of an entity."""
        (found,) = [one for one in self.collections[stage, "journal"] if one["_id"] == f"{entity}#000001"]
        return found

    def row(self, service: str, collection: str, name: str) -> Doc:
        (found,) = [one for one in self.collections[service, collection] if one["_id"] == name]
        return found

    def arm(self, stage: str, kind: str, due_at: datetime, entity: str = "t1") -> str:
        """A live deadline: in the last append, and as a document of its own."""
        self.append(stage, entity)["timers"].append([kind, 1, due_at])
        return self.arm_only(stage, kind, due_at, entity)

    def arm_only(self, stage: str, kind: str, due_at: datetime, entity: str = "t1") -> str:
        name = f"{entity}|{kind}|000001"
        self.collections[stage, "timers"].append(
            {"_id": name, "entity": entity, "kind": kind, "generation": 1, "due_at": due_at}
        )
        return name

    def ledger(self) -> Ledger:
        shelf = Shelf(frozenset(self.services))
        for (service, collection), documents in self.collections.items():
            if service not in self.services:
                continue
            for one in documents:
                if collection == "journal":
                    shelf.put_append(service, one)
                elif collection == "timers":
                    shelf.put_timer(service, one)
                elif collection == "dead":
                    shelf.put_dead(service, one)
                elif collection in CLAIMS:
                    shelf.put_claim(collection, one)
                else:
                    shelf.put_ticket(one)
        return shelf.closed()

    def history(self, story: Story, now: datetime | None = None) -> History:
        return history_of(keyed(story), now, self.ledger())

    def look(self, check: str, story: Story, now: datetime | None = None) -> Finding:
        (found,) = [one for one in STORE_CHECKS if one.name == check]
        return found.run(self.history(story, now))

    def broken(self, check: str, story: Story, now: datetime | None = None) -> list[str]:
        return [violation.sentence for violation in self.look(check, story, now).violations]


def keyed(story: Story) -> list[Record]:
    """The story's records, each under the key that its document names."""
    return [replace(record, key=_subject(record).encode()) for record in story.records()]


def _subject(record: Record) -> str:
    value = record.value or b""
    return str(json.loads(value).get("subject", "")) if value.startswith(b"{") else ""


def books_of(story: Story) -> Books:
    """The databases of services that have done all that the story tells, one append an entity."""
    books = Books()
    events: dict[tuple[str, str], list[tuple[Record, Doc]]] = defaultdict(list)
    causes: dict[tuple[str, str], list[Doc]] = defaultdict(list)
    home = next((doc["subject"] for topic, doc in story.told if topic == "sav.intake" and isinstance(doc, dict)), "t1")
    for record in keyed(story):
        if not (record.value or b"").startswith(b"{"):
            continue
        document = json.loads(record.value or b"")
        stage = record.topic.removeprefix("sav.")
        if stage in STAGES:
            events[stage, document["subject"]].append((record, document))
            _heard(causes, stage, record, document)
        elif record.topic == "sav.commands":
            owner = document["type"].split(".")[1]
            causes[owner, document["subject"]].append(_cause("commands", document["id"], record))
        elif record.topic == "sav.deliveries":
            name = f"{document['message']}:{document['status']}"
            causes["notify", document["ticket"]].append(_cause("deliveries", name, record))
        elif record.topic.startswith("sav.requests."):
            # Whose it became is told by the claims; here one ticket's journal is as good as another's.
            causes["intake", home].append(_cause("requests", f"r-{document['key']}", record))
    for stage, entity in sorted(events.keys() | causes.keys()):
        books.collections[stage, "journal"].append(
            _append(entity, events.get((stage, entity), []), causes[stage, entity])
        )
    _claim(books, events)
    _show(books, events)
    return books


def _heard(causes: dict[tuple[str, str], list[Doc]], stage: str, record: Record, document: Doc) -> None:
    for reader in READERS.get(stage, ()):
        causes[reader, document["subject"]].append(_cause(stage, document["id"], record, document["seq"]))
    if document["type"] in _ASKS:
        ask = f"{document['type']}:{document['data']['ask']}"
        causes["resources", document["data"]["resource"]].append(_cause("asks", ask, record))
    if document["type"] in _ANSWERS:
        causes["dispatch", document["data"]["ticket"]].append(_cause("answers", document["id"], record))


def _cause(source: str, name: str, record: Record, seq: int | None = None) -> Doc:
    place = [record.topic, record.partition, record.offset]
    cause: Doc = {"source": source, "id": name, "at": place, "outcome": "decided"}
    return cause | ({"seq": seq} if seq else {})


def _append(entity: str, events: list[tuple[Record, Doc]], causes: list[Doc]) -> Doc:
    named = {cause["id"] for cause in causes}
    unnamed = sorted({event["causationid"] for _, event in events} - named)
    others = [{"source": "started", "id": one, "at": ["-", 0, 0], "outcome": "decided"} for one in unnamed]
    times = [at for _, event in events if (at := instant(event["time"])) is not None]
    at = max(times, default=paris("2026-03-03 10:00"))
    return {
        "_id": f"{entity}#000001",
        "format": 1,
        "causes": [*others, *causes],
        "events": [
            {"type": event["type"], "id": event["id"], "seq": event["seq"], "body": record.value,
             "routes": [[record.topic, entity]]}
            for record, event in events
        ],
        "waiting": [],
        "timers": [],
        "at": at,
        "versions": {},
    }  # fmt: skip


def _claim(books: Books, events: Mapping[tuple[str, str], list[tuple[Record, Doc]]]) -> None:
    for (stage, ticket), said in events.items():
        for _, event in said if stage == "intake" else ():
            data: dict[str, Any] = event["data"]
            if "number" in data:
                books.collections["intake", "numbers"].append({"_id": data["number"], "ticket": ticket})
            if "request" in data:
                books.collections["intake", "requests"].append({"_id": data["request"], "ticket": ticket})


def _show(books: Books, events: Mapping[tuple[str, str], list[tuple[Record, Doc]]]) -> None:
    for ticket in sorted({ticket for stage, ticket in events if stage in SHOWN}):
        mine = {stage: [event for _, event in events[stage, ticket]] for stage in SHOWN if (stage, ticket) in events}
        opened = mine["intake"][0]["data"]
        classes = [one["data"]["criticality"] for one in mine["triage"] if "criticality" in one["data"]]
        steps = [one["type"] for one in mine.get("closure", [])]
        is_closed = bool(steps) and steps[-1] == "sav.closure.ticket-closed.v1"
        books.collections["desk", "tickets"].append(
            {
                "_id": ticket,
                "version": 1,
                "format": 1,
                "number": opened["number"],
                "channel": opened["channel"],
                "criticality": classes[-1],
                "phase": "closed" if is_closed else "queued",
                "sections": json.dumps({stage: {"seq": len(said), "hold": ""} for stage, said in mine.items()}),
                "story": json.dumps([{}] * sum(len(said) for said in mine.values())),
            }
        )
