"""Whole lives: a request, acknowledged, classified, repaired remotely, confirmed and surveyed, as fast as it goes.

Called by `bench.main`. It plays customers, technicians and the mail relay through the real topics, and answers at once.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from adapters.door import to_record
from shared import ids
from shared.codec import Envelope, decode, encode, open_payload, sealed_data
from shared.events import dispatch, intake, notify, survey
from shared.events.base import Command
from shared.events.requests import Request, RequestPersonal
from shared.personal import ClearSeal
from shared.topics import PARTITIONS, read_by

HEARD = ("sav.intake", "sav.dispatch", "sav.notify", "sav.survey")
PATIENCE_SECONDS = 120
"""Nothing new for this long: the round is broken, and saying so beats waiting."""
TELL_SECONDS = 15
"""Between two lines of progress: a round takes minutes, and whoever waits should see that it moves."""
DESK_SECONDS = 0.25
"""Between two looks at how far the desk has come: a thousandth of a round."""
TEXT = "La caméra du quai ne répond plus, le reste du site est surveillé."
_SEAL = ClearSeal()


@dataclass
class Round:
    """What one round measured."""

    lives: int
    seconds: float
    acknowledgements: list[float] = field(default_factory=list)
    """Seconds from the request's acceptance by the broker to the acknowledgement asked for, as the driver saw both."""

    @property
    def per_second(self) -> float:
        """Whole lives per second."""
        return self.lives / self.seconds


class Lives:
    """The outside of the system."""

    def __init__(self, kafka: str, environment: str, say: Callable[[str], None] = lambda _: None) -> None:
        self._say = say
        self._kafka, self._environment, self._prefix = kafka, environment, f"{environment}."
        self._count = itertools.count()
        self._sent_at: dict[str, float] = {}
        self._numbers: dict[str, str] = {}
        self._requests: dict[str, str] = {}
        self._seen: set[tuple[str, str, int]] = set()
        self._sending: list[asyncio.Future[Any]] = []
        self._hold = False
        self.ended: set[str] = set()
        self.queued: set[str] = set()
        self.acknowledgements: list[float] = []

    async def start(self) -> None:
        """Connect, and hear every stage from now on."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka, enable_idempotence=True, acks="all", linger_ms=2
        )
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, auto_offset_reset="latest")
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka)
        await self._admin.start()
        await self._producer.start()
        await self._consumer.start()
        partitions = [TopicPartition(self._prefix + topic, n) for topic in HEARD for n in range(PARTITIONS)]
        self._consumer.assign(partitions)
        await self._consumer.seek_to_end(*partitions)

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._producer.stop()
        await self._admin.close()

    async def open(self, count: int) -> set[str]:
        """Open tickets and leave them waiting for a technician; return their ids."""
        self._hold = True
        before = set(self.queued)
        for _ in range(count):
            await self._request()
        await self._until(lambda: len(self.queued) - len(before), count, "opened")
        self._hold = False
        return self.queued - before

    async def run(self, count: int, cold: Iterable[str] = ()) -> Round:
        """Let so many lives begin, and these tickets go on; return once every one has ended and the desk shows it."""
        waiting = set(cold)
        ended = len(self.ended)
        self.acknowledgements = []
        start = time.perf_counter()
        for ticket in waiting:
            await self._repair(ticket)
        for _ in range(count):
            await self._request()
        whole = count + len(waiting)
        await self._until(lambda: len(self.ended) - ended, whole, "ended")
        await self._until_the_desk_shows_it()
        return Round(whole, time.perf_counter() - start, self.acknowledgements)

    async def trickle(self, per_second: float, seconds: float) -> list[float]:
        """Send requests at a steady pace, whatever the answers do; return each one's delay to its acknowledgement."""
        self.acknowledgements = []
        self._hold = True
        start, count = time.perf_counter(), round(per_second * seconds)
        for n in range(count):
            while (wait := start + n / per_second - time.perf_counter()) > 0:
                await self._listen(min(wait, 0.005))
            await self._request()
        await self._until(lambda: len(self.acknowledgements), count, "acknowledged")
        self._hold = False
        return self.acknowledgements

    # -- hearing -------------------------------------------------------------------------------------------------

    async def _until(self, done: Callable[[], int], wanted: int, what: str) -> None:
        last, since = -1, time.perf_counter()
        told = since
        while done() < wanted:
            await self._listen(0.02)
            now = time.perf_counter()
            if len(self._seen) != last:
                last, since = len(self._seen), now
            if now - since > PATIENCE_SECONDS:
                raise TimeoutError(f"nothing new for {PATIENCE_SECONDS} s: {done()} of {wanted} {what}")
            if now - told > TELL_SECONDS:
                told = now
                self._say(f"  {done()} of {wanted} {what}")

    async def _until_the_desk_shows_it(self) -> None:
        """A read model that lags behind is work that is not done yet."""
        topics = [TopicPartition(self._prefix + one.name, n) for one in read_by("desk") for n in range(one.partitions)]
        ends = await self._consumer.end_offsets(topics)
        start = time.perf_counter()
        while True:
            known = await self._admin.list_consumer_group_offsets(f"{self._prefix}desk")
            behind = sum(end > (known[at].offset if at in known else 0) for at, end in ends.items())
            if not behind:
                return
            if time.perf_counter() - start > PATIENCE_SECONDS:
                raise TimeoutError(f"the desk is behind in {behind} partitions after {PATIENCE_SECONDS} s")
            await asyncio.sleep(DESK_SECONDS)

    async def _listen(self, seconds: float) -> None:
        found = await self._consumer.getmany(timeout_ms=max(1, int(seconds * 1000)), max_records=2000)
        for records in found.values():
            for record in records:
                await self._hear(record.value)
        if self._sending:
            await asyncio.gather(*self._sending)
            self._sending.clear()

    async def _hear(self, value: bytes) -> None:
        envelope = decode(value)
        assert envelope.seq is not None
        at = (envelope.stage, envelope.subject, envelope.seq)
        if at in self._seen:
            return
        self._seen.add(at)
        payload = open_payload(envelope, _SEAL)
        match payload:
            case intake.TicketOpened():
                self._numbers[envelope.subject], self._requests[envelope.subject] = payload.number, payload.request
            case intake.AcknowledgementAsked(generation=1):
                sent = self._sent_at.pop(self._requests.get(envelope.subject, ""), None)
                if sent is not None:
                    self.acknowledgements.append(time.perf_counter() - sent)
            case dispatch.HandlingQueued():
                self.queued.add(envelope.subject)
                if not self._hold:
                    await self._repair(envelope.subject)
            case notify.MessageToSend():
                await self._deliver(payload, envelope.subject)
            case survey.SurveyInvited():
                self.ended.add(envelope.subject)
            case _:
                pass

    # -- acting --------------------------------------------------------------------------------------------------

    async def _request(self) -> None:
        n = next(self._count)
        key = f"bench-{time.time_ns()}-{n}"
        request = Request(
            kind="request",
            channel="email",
            key=key,
            received_at=datetime.now(UTC),
            personal=RequestPersonal(name="Mme Martin", email=f"client{n}@client.example", subject="Caméra", text=TEXT),
        )
        record_key, value = to_record(request)
        self._sent_at[ids.request_id(self._environment, "email", key)] = time.perf_counter()
        await self._send("sav.requests.email", value, record_key)

    async def _repair(self, ticket: str) -> None:
        await self._command(ticket, dispatch.TakeCharge(by="T-01"))
        await self._command(ticket, dispatch.RecordRemoteAction(by="T-01", action="restart", outcome="worked"))
        await self._command(ticket, dispatch.DeclareResolved(by="T-01", how="remote", summary="Redémarrée."))

    async def _command(self, ticket: str, command: Command) -> None:
        name = ids.command_id(self._environment, "bench", ticket, command.type_name)
        data, at = sealed_data(command, ticket, _SEAL), datetime.now(UTC)
        body = encode(Envelope(name, command.type_name, f"sav/{self._environment}/desk", ticket, at, data))
        await self._send("sav.commands", body, ticket.encode())

    async def _deliver(self, sent: notify.MessageToSend, ticket: str) -> None:
        report = notify.Delivery(
            message=sent.message,
            ticket=ticket,
            kind=sent.kind,
            generation=sent.generation,
            resolution=sent.resolution,
            channel=sent.channel,
            status="delivered",
            at=datetime.now(UTC),
        )
        await self._send("sav.deliveries", report.model_dump_json().encode(), ticket.encode())
        if sent.kind == "confirmation-request":
            await self._confirm(ticket, sent.resolution)

    async def _confirm(self, ticket: str, resolution: int) -> None:
        click = Request(
            kind="confirmation",
            channel="portal",
            key=f"{ticket}-confirmation",
            received_at=datetime.now(UTC),
            ticket=self._numbers[ticket],
            resolution=resolution,
            personal=RequestPersonal(name="Mme Martin"),
        )
        key, value = to_record(click)
        await self._send("sav.requests.portal", value, key)

    async def _send(self, topic: str, value: bytes, key: bytes) -> None:
        self._sending.append(await self._producer.send(self._prefix + topic, value, key=key))
