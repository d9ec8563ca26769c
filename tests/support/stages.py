"""Real stages as processes on real engines: customers send to them, and every word on the topics is heard."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.engines.supervise import Child, spawn
from shared.ids import event_id, request_id, ticket_id
from shared.topics import BY_NAME

PATIENCE_SECONDS = 90.0
"""What takes a second or two alone may take tens of them on two cores shared by several test runs."""
SESSION_MS = 3_000
"""How long a killed replica's partitions wait for it: long enough for a machine that is busy with something else."""


@dataclass
class Stages:
    """An environment of its own on given engines, and the processes that were started in it."""

    kafka: str
    mongo: str
    folder: Path
    environment: str = field(default_factory=lambda: f"t{uuid4().hex[:8]}")
    running: list[Child] = field(default_factory=list)

    def create_topics(self) -> None:
        """Create every topic, as an operator does."""
        command = [sys.executable, "-m", "cli", "topics", "create"]
        subprocess.run(command, env=os.environ | self._variables(), check=True, timeout=100, stdout=subprocess.PIPE)

    def start(self, service: str, replica: str = "", failpoint: str = "") -> Child:
        """Start one replica of a stage."""
        name = replica or service
        variables = self._variables() | {"SAV_REPLICA": name, "SAV_FAILPOINT": failpoint}
        command = [sys.executable, "-m", "cli", "run", service]
        child = spawn(name, command, log=self.folder / f"{name}.log", environment=variables)
        self.running.append(child)
        return child

    def _variables(self) -> dict[str, str]:
        return {
            "SAV_KAFKA": self.kafka,
            "SAV_MONGO": self.mongo,
            "SAV_ENVIRONMENT": self.environment,
            "SAV_SESSION_TIMEOUT_MS": str(SESSION_MS),
        }

    def stop_all(self) -> None:
        """Let whatever runs go, in good order where it can."""
        for child in self.running:
            child.thaw()
            child.stop(grace=30)
        self.running.clear()

    @contextmanager
    def started(self, *services: str) -> Iterator[list[Child]]:
        """Run these stages for a while."""
        children = [self.start(service) for service in services]
        try:
            yield children
        finally:
            self.stop_all()

    def request(self, key: str) -> str:
        """Return the id that a mail of this key becomes known by."""
        return request_id(self.environment, "email", key)

    def ticket(self, key: str) -> str:
        """Return the id of the ticket that it opens."""
        return ticket_id(self.environment, self.request(key))


class Customers:
    """Sends requests and hears all that the stages say; outlives a broker that is away."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._prefix = f"{stages.environment}."
        self.records: dict[str, list[ConsumerRecord]] = defaultdict(list)
        self.events: dict[tuple[str, str], dict[int, dict[str, Any]]] = defaultdict(dict)
        """What a stage said of a ticket, by seq."""
        self._bodies: dict[tuple[str, str], dict[int, bytes]] = defaultdict(dict)
        self._opened: dict[str, set[str]] = defaultdict(set)

    async def __aenter__(self) -> Self:
        # Larger than any limit of the broker, so that it is the broker who refuses.
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._stages.kafka, acks="all", enable_idempotence=True, max_request_size=4 * 1024 * 1024
        )
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._stages.kafka, auto_offset_reset="earliest")
        await self._producer.start()
        await self._consumer.start()
        heard = ("sav.intake", "sav.triage", "sav.intake.dead", "sav.triage.dead")
        self._consumer.assign(
            [TopicPartition(self._prefix + name, n) for name in heard for n in range(BY_NAME[name].partitions)]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()
        await self._consumer.stop()

    async def send(self, key: str, text: str = "La caméra du hall ne répond plus", **other: object) -> None:
        """Send a mail, and wait until it is accepted."""
        await self.put("sav.requests.email", mail(key, text, other), key.encode())

    async def put(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int | None = None,
    ) -> ConsumerRecord:
        """Write anything, and wait until it is accepted."""
        return await self._producer.send_and_wait(
            self._prefix + topic, value, key=key, headers=list(headers), partition=partition
        )

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Listen until something is so; fails after a while, with what was heard so far."""
        deadline = time.monotonic() + seconds
        while not condition():
            told = {topic: len(records) for topic, records in self.records.items()}
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s; heard {told}"
            with suppress(KafkaError):
                for records in (await self._consumer.getmany(timeout_ms=100)).values():
                    for record in records:
                        self._hear(record)
            await asyncio.sleep(0)

    def _hear(self, record: ConsumerRecord) -> None:
        topic = record.topic.removeprefix(self._prefix)
        self.records[topic].append(record)
        stage = topic.rpartition(".")[2]
        if f'"source":"sav/{self._stages.environment}/{stage}"'.encode() in (record.value or b""):
            self._keep(stage, record.value)

    def _keep(self, stage: str, body: bytes) -> None:
        """Keep an event by its seq. A copy that differs from the first fails the test."""
        event = json.loads(body)
        ticket, seq = event["subject"], event["seq"]
        first = self._bodies[stage, ticket].setdefault(seq, body)
        assert first == body, f"{ticket}: two events of {stage} have seq {seq}"
        self.events[stage, ticket][seq] = event
        if event["type"] == "sav.intake.ticket-opened.v1":
            self._opened[event["data"]["request"]].add(ticket)

    def tickets(self, key: str) -> list[str]:
        """Return the tickets that a mail of this key opened."""
        return sorted(self._opened[self._stages.request(key)])

    def types(self, stage: str, ticket: str) -> list[str]:
        """Return the types of what a stage said of a ticket, in order of seq; a hole is an empty word."""
        events = self.events[stage, ticket]
        last = max(events, default=0)
        return [events[seq]["type"].split(".")[2] if seq in events else "" for seq in range(1, last + 1)]

    def done(self, keys: Iterable[str]) -> bool:
        """Tell whether every mail has a ticket that is classified, and whose acknowledgement was asked for."""
        tickets = [ticket for key in keys for ticket in self.tickets(key) or ("",)]
        return all("acknowledgement-asked" in self.types("intake", ticket) for ticket in tickets)

    def check(self, keys: Iterable[str]) -> None:
        """Nothing lost and nothing twice: one ticket a mail, one class, one acknowledgement, no holes."""
        for key in keys:
            tickets = self.tickets(key)
            assert len(tickets) == 1, f"{key} opened {len(tickets)} tickets"
            assert self.types("intake", tickets[0]) == ["ticket-opened", "acknowledgement-asked"], key
            assert self.types("triage", tickets[0]) == ["ticket-classified"], key
        assert self.dead("triage") == []

    def dead(self, stage: str = "intake") -> list[tuple[str, str, str]]:
        """Return topic, place and reason of each record that a stage could not read; a letter's copy is left out."""
        records = self.records[f"sav.{stage}.dead"]
        letters = [{name: value.decode() for name, value in one.headers} for one in records]
        return sorted(
            {(one["sav-topic"], f"{one['sav-partition']}/{one['sav-offset']}", one["sav-reason"]) for one in letters}
        )


def mail(key: str, text: str = "Bonjour", other: Mapping[str, object] | None = None) -> bytes:
    """Return the document that the mail adapter publishes."""
    request = {"kind": "request", "channel": "email", "key": key, "received_at": datetime.now(UTC).isoformat()}
    personal = {"email": "client@example.org", "text": text}
    return json.dumps({**request, "personal": personal, **(other or {})}, ensure_ascii=False).encode()


def classified(seq: int, ticket: str = "t1", **changed: object) -> bytes:
    """What triage would say of a ticket."""
    kind = "sav.triage.ticket-classified.v1"
    data = {"criticality": "critique", "doubt": False, "reasons": [], "would_change": "", "grid": "g1"}
    event = {
        "specversion": "1.0",
        "id": event_id("x", ticket, "triage", max(seq, 0), kind),
        "type": kind,
        "source": "sav/x/triage",
        "subject": ticket,
        "time": "2026-03-03T09:00:00Z",
        "seq": seq,
        "data": data,
    }
    return json.dumps(event | changed).encode()
