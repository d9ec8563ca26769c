"""Everything that was recorded, in memory, arranged for the checks: events by ticket and stage in the order of `seq`.

Built once by `audit.gather`; read by every check; changed by none. It takes some 3 kB an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.ledger import DESK, Ledger
from audit.model import Delivery, Document, Event, Record, Request
from audit.rota import Rota
from audit.wire import CHANNELS, STAGES

REQUEST_TOPICS = tuple(f"sav.requests.{channel}" for channel in CHANNELS)
STAGE_TOPICS = {f"sav.{stage}": stage for stage in STAGES} | {"sav.resources.asks": "dispatch"}
"""Topics of events, and the one stage that may write each."""
COMMANDS = "sav.commands"
DELIVERIES = "sav.deliveries"
WATERMARKS = "sav.channels"
REGISTRY = "sav.registry"
DEAD_TOPICS = {f"sav.{stage}.dead": stage for stage in (*STAGES, DESK)}
"""Topics of what could not be read, and the reader who put it there."""
DUE_TOPICS = tuple(f"sav.{stage}.due" for stage in STAGES)
TOPICS = (*REQUEST_TOPICS, *STAGE_TOPICS, COMMANDS, DELIVERIES, WATERMARKS, REGISTRY, *DEAD_TOPICS, *DUE_TOPICS)
"""All that the auditor reads."""

BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that is not what its topic promises."""

    where: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class History:
    """The recorded past of one environment."""

    now: datetime
    """When the audit takes place on the system's own clock: what is due later is pending."""
    requests: tuple[Request, ...]
    requests_about: Mapping[str, tuple[Request, ...]]
    """The same by the ticket number that they name, bare."""
    unread_requests: tuple[Record, ...]
    """Records on the request topics that say nothing the auditor understands."""
    dead: frozenset[str]
    """Digests of the values that intake put among its dead."""
    streams: Mapping[tuple[str, str], tuple[Event, ...]]
    """By (subject, stage), in the order of `seq`, each `seq` once."""
    named: Mapping[tuple[str, str], tuple[Event, ...]]
    """The same by (subject, name)."""
    by_name: Mapping[str, tuple[Event, ...]]
    """The same by name alone, ticket after ticket."""
    commands: Mapping[str, tuple[Event, ...]]
    """Commands by name, each id once."""
    commands_to: Mapping[tuple[str, str], tuple[Event, ...]]
    """The same by (subject, name)."""
    deliveries: tuple[Delivery, ...]
    watermarks: tuple[Document, ...]
    """What adapters said of all that they had accepted until an instant."""
    known_ids: frozenset[str]
    """Everything that an event may have been caused by."""
    whole_since: Mapping[str, datetime]
    """Topics whose beginning has expired, and since when what lies on them is whole."""
    faults: tuple[Fault, ...]
    """Unreadable records on topics of our own stages, and records of another writer."""
    clashes: tuple[Fault, ...]
    """Two contents under one (subject, stage, seq), or one id for two events."""
    stage_records: int
    dead_of: Mapping[str, frozenset[str]]
    """The same digests by the stage that could not read them."""
    unread_inputs: tuple[Record, ...]
    """Records of deliveries and of commands that say nothing the auditor understands."""
    published: frozenset[tuple[str, str, str]]
    """Topic, key and digest of every record of a stage and of every command."""
    rota: Rota
    """Who works here and whose turn it is to be on call."""
    ledger: Ledger | None = None
    """What the databases hold; None where the audit reads the topics alone."""

    def of(self, subject: str, name: str) -> tuple[Event, ...]:
        """Return the events of this name of a ticket (or resource), in the order of `seq`."""
        return self.named.get((subject, name), ())

    def every(self, name: str) -> tuple[Event, ...]:
        """Return the events of this name of all tickets, each ticket's in the order of `seq`."""
        return self.by_name.get(name, ())

    def opened(self) -> Iterator[Event]:
        """Yield the first opening of each ticket."""
        return (event for event in self.every("intake.ticket-opened") if event is self.of(event.subject, event.name)[0])

    def is_whole_at(self, topic: str, at: datetime) -> bool:
        """Return whether the topic still holds what was written to it at this instant."""
        return at >= self.whole_since.get(topic, BEGINNING)
