"""The outside that answers: what notify asks to be sent is taken and delivered, once each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.topics import PARTITIONS


class PostOffice:
    """Answers what notify asks to be sent: taken and delivered, once each, for as long as it is open."""

    def __init__(self, kafka: str, prefix: str, now: Callable[[], datetime]) -> None:
        self._kafka, self._prefix, self.now = kafka, prefix, now
        self.leaves: set[str] = set()
        """Channels that somebody else answers for: real programs of the mail."""
        self.answered: set[str] = set()
        self.kinds: list[str] = []

    async def run(self) -> None:
        """Answer until cancelled; a broker that is away is waited for."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, auto_offset_reset="earliest")
        producer = AIOKafkaProducer(bootstrap_servers=self._kafka, acks="all", enable_idempotence=True)
        await consumer.start()
        await producer.start()
        consumer.assign([TopicPartition(f"{self._prefix}sav.notify", n) for n in range(PARTITIONS)])
        try:
            while True:
                with suppress(KafkaError):
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        for record in records:
                            await self._hear(producer, record.value or b"")
        finally:
            await consumer.stop()
            await producer.stop()

    async def _hear(self, producer: AIOKafkaProducer, value: bytes) -> None:
        if b'"type":"sav.notify.message-to-send.v1"' not in value:
            return  # another event, or what a row wrote there that is none
        event = json.loads(value)
        data, ticket = event["data"], event["subject"]
        if data["message"] in self.answered or data["channel"] in self.leaves:
            return
        about = {name: data[name] for name in ("message", "kind", "generation", "resolution", "channel")}
        for status in ("accepted", "delivered"):
            report = {**about, "ticket": ticket, "status": status, "at": self.now().isoformat()}
            await self._deliver(producer, ticket, report)
        self.answered.add(data["message"])
        self.kinds.append(data["kind"])

    async def _deliver(self, producer: AIOKafkaProducer, ticket: str, report: Mapping[str, object]) -> None:
        await producer.send_and_wait(f"{self._prefix}sav.deliveries", json.dumps(report).encode(), key=ticket.encode())
