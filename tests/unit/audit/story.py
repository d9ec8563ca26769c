"""Builds recorded histories by hand, as plain documents: what stages, channels and people would have put on the topics.

Used by the auditor's tests alone. It imports nothing of the services, so that it can't agree with them by accident.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from audit.checks import CHECKS
from audit.finding import Finding
from audit.gather import history_of
from audit.history import History
from audit.model import Record

Doc = dict[str, Any]
SECOND = timedelta(seconds=1)
TICK = timedelta(milliseconds=1)
"""The finest difference that stages keep."""


def paris(text: str) -> datetime:
    """Return the instant of a date and time in Paris, such as `2026-03-03 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Story:
    """Documents by topic, in the order in which they were told; a test may change them before they become a history."""

    told: list[tuple[str, Doc | bytes]] = field(default_factory=list)
    _seq: Counter[tuple[str, str]] = field(default_factory=Counter)

    def say(self, name: str, at: datetime, ticket: str = "t1", /, **data: Any) -> Doc:
        """A stage says something: the next `seq` of that ticket in that stage."""
        stage = name.partition(".")[0]
        self._seq[ticket, stage] += 1
        seq = self._seq[ticket, stage]
        event = _envelope(f"{ticket}/{stage}/{seq}", name, f"/sav/test/{stage}", ticket, at, data)
        event |= {"seq": seq, "causationid": f"{ticket}/intake/1"}
        self.told.append((f"sav.{stage}", event))
        return event

    def command(self, name: str, at: datetime, ticket: str = "t1", /, **data: Any) -> Doc:
        """A person of the company asks for something."""
        command = _envelope(f"command-{len(self.told)}", name, "/sav/test/desk", ticket, at, {"by": "tech-1", **data})
        self.told.append(("sav.commands", command))
        return command

    def request(self, at: datetime, channel: str = "email", kind: str = "request", key: str = "m1", **more: Any) -> Doc:
        """A customer says or clicks something."""
        document = {"v": 1, "kind": kind, "channel": channel, "key": key, "received_at": written(at), **_plain(more)}
        self.told.append((f"sav.requests.{channel}", document))
        return document

    def deliver(self, message: str, at: datetime, status: str, ticket: str = "t1") -> Doc:
        """A channel says what became of a message."""
        document = {"v": 1, "message": message, "ticket": ticket, "status": status, "at": written(at)}
        self.told.append(("sav.deliveries", document))
        return document

    def watermark(self, channel: str, until: datetime, spool: str = "open") -> Doc:
        """An adapter says that all it accepted until then is told."""
        document = {"v": 1, "adapter": channel, "until": written(until), "spool": spool}
        self.told.append(("sav.channels", document))
        return document

    def registered(self, kind: str, name: str, data: Doc) -> Doc:
        """The registry says something of a person or of a turn on call."""
        record = {"kind": kind, "id": name, "version": "1", "data": _plain(data)}
        self.told.append(("sav.registry", record))
        return record

    def raw(self, topic: str, value: bytes) -> None:
        self.told.append((topic, value))

    def find(self, name: str, ticket: str = "t1", /, **data: Any) -> Doc:
        """The one event or command of this name whose data has these values, to change it."""
        (found,) = self._matching(name, ticket, data)
        return found

    def drop(self, name: str, ticket: str = "t1", /, **data: Any) -> None:
        """Unsay every event or command of this name whose data has these values; there must be one."""
        found = [id(document) for document in self._matching(name, ticket, data)]
        assert found
        self.told = [(topic, document) for topic, document in self.told if id(document) not in found]

    def _matching(self, name: str, ticket: str, data: Doc) -> Iterator[Doc]:
        wanted = _plain(data)
        for _, document in self.told:
            if not isinstance(document, dict) or document.get("type") != f"sav.{name}.v1":
                continue
            if document["subject"] == ticket and wanted.items() <= document["data"].items():
                yield document

    def history(self, now: datetime | None = None) -> History:
        """The history that the auditor makes of it."""
        return history_of(self.records(), now)

    def records(self) -> list[Record]:
        places: Counter[str] = Counter()
        records = []
        for topic, document in self.told:
            value = document if isinstance(document, bytes) else json.dumps(document).encode()
            records.append(Record(topic, 0, places[topic], None, value))
            places[topic] += 1
        return records

    def look(self, check: str, now: datetime | None = None) -> Finding:
        """What one check finds in it."""
        return run(check, self.history(now))

    def broken(self, check: str, now: datetime | None = None) -> list[str]:
        """The sentences of what one check finds broken."""
        return [violation.sentence for violation in self.look(check, now).violations]


def run(check: str, history: History) -> Finding:
    (found,) = [one for one in CHECKS if one.name == check]
    return found.run(history)


def _envelope(name: str, what: str, source: str, subject: str, at: datetime, data: Doc) -> Doc:
    return {
        "specversion": "1.0",
        "id": name,
        "type": f"sav.{what}.v1",
        "source": source,
        "subject": subject,
        "time": written(at),
        "datacontenttype": "application/json",
        "data": _plain(data),
    }


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
