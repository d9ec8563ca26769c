"""Hears the messages that notify asks for, record by record, in a group of the adapter's own.

Run beside the pages by the portal and the phone adapter. What cannot be read is kept for a person, and its neighbours
go on; a record counts as heard only once the adapter has done with it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

import structlog

from adapters.accept import NotAccepted
from shared.codec import decode, open_payload
from shared.errors import GoRound, HoldTicket, SendToDead
from shared.events.notify import MessageToSend, StaffMessageToSend
from shared.personal import ClearSeal
from shared.runtime.kafka import KafkaConsumer
from shared.runtime.mongo import MongoClaims, MongoGraves
from shared.runtime.ports import Clock, Consumer, Graves, Record
from shared.runtime.service import PAUSES, STOP_SECONDS, connect
from shared.runtime.settings import Settings

log = structlog.get_logger()

TAKEN = {"sav.notify": 200}
"""Records of one batch: most are of other channels, and are only looked at."""


class Listener:
    """Takes messages; an adapter says in `act` what it does with each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def act(self, ticket: str, sent: MessageToSend, said_at: datetime) -> None:
        """Do what one message asks; the same message may come again. Raises `GoRound`, `NotAccepted`."""
        raise NotImplementedError

    async def tell_staff(self, ticket: str, sent: StaffMessageToSend) -> None:
        """Do what one message to the company's own people asks: nothing, where another adapter does it."""

    async def take(self, consumer: Consumer, graves: Graves) -> None:
        """Take one batch of what notify says, and commit it. Raises `GoRound`."""
        batch = await consumer.take(TAKEN)
        try:
            for record in batch.records:
                await self.hear(record, graves)
            if batch.records:
                await consumer.commit(batch.next_offsets())
        except (GoRound, NotAccepted) as error:
            await consumer.seek_back(batch.first_offsets())
            raise GoRound(str(error)) from error

    async def hear(self, record: Record, graves: Graves) -> None:
        """Take one record."""
        try:
            envelope = decode(record.value)
            payload = open_payload(envelope, ClearSeal())
        except (SendToDead, HoldTicket) as error:
            name = f"{record.topic}/{record.partition}/{record.offset}"
            log.error("unreadable", record=name)
            await graves.bury([{"_id": name, "reason": str(error), "settled": None, "at": self._clock.now()}])
            return
        if isinstance(payload, MessageToSend):
            await self.act(envelope.subject, payload, envelope.time)
        elif isinstance(payload, StaffMessageToSend):
            await self.tell_staff(envelope.subject, payload)


async def listen_for_ever(settings: Settings, database: str, listener: Listener) -> None:
    """Listen until cancelled, as the group and with the database of that name; engines that are away are waited for."""
    broker, store = await connect(settings, database)
    claims, graves, busy = MongoClaims(store), MongoGraves(store), asyncio.Lock()
    consumer = KafkaConsumer(broker, settings, database, ["sav.notify"], busy, claims)
    failed = 0
    await broker.start()
    try:
        while True:
            try:
                async with busy:  # a rebalance waits for the batch in hand
                    await listener.take(consumer, graves)
                failed = 0
            except GoRound as error:
                log.warning("go_round", program=database, error=str(error))
                await asyncio.sleep(PAUSES[min(failed, len(PAUSES) - 1)])
                failed += 1
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await broker.stop()
                await consumer.close()
        store.close()


def say_why(listening: asyncio.Task[None]) -> None:
    """Log why a listener ended by itself: the pages go on, and what it answers for waits for a person."""
    if not listening.cancelled() and (error := listening.exception()) is not None:
        log.critical("listener_stopped", error=f"{type(error).__name__}: {error}")
