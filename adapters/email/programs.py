"""The three programs of the mail, each from its settings to a graceful stop: receive, fetch, send.

Called by `sav mail`. Nothing is decided here: it connects the rooms beside it with the engines.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial

import structlog

from adapters import measured
from adapters.accept import Acceptor
from adapters.email import measures as mail_measures
from adapters.email.child import Parsers
from adapters.email.fetch import Fetcher, fetch_patiently
from adapters.email.incoming import Incoming, Takes
from adapters.email.mailbox import Mailbox
from adapters.email.memory import Memory
from adapters.email.outbox import Outbox
from adapters.email.receive import Handler, Receiver
from adapters.email.relay import Relay
from adapters.email.send import Sender
from adapters.email.settings import MailSettings
from adapters.email.signed import Signer
from adapters.email.unpack import Unpackers
from adapters.kept import KeptInFolder
from adapters.web.links import Links
from adapters.web.settings import PortalSettings
from shared.errors import GoRound, StopService
from shared.events.requests import Request, RequestPersonal
from shared.policy.book import Policies
from shared.registry import RegistryBook
from shared.runtime import measures
from shared.runtime.clock import clock_named
from shared.runtime.kafka import KafkaConsumer
from shared.runtime.mongo import MongoClaims, MongoGraves, MongoTimers
from shared.runtime.policies import PolicyFiles
from shared.runtime.ports import Clock
from shared.runtime.service import PAUSES, STOP_SECONDS, connect
from shared.runtime.telemetry import Telemetry
from shared.runtime.whole_topic import WholeTopic
from shared.topics import BY_NAME

log = structlog.get_logger()

DATABASE = "mail"
"""The mail programs share one: what one sends, another hears bounces of."""
LOOK_SECONDS = 0.5
"""Between two looks for what is due: the tightest promise is 30 minutes."""


class _Program:
    """What the three have in common."""

    name = ""
    """As `sav mail` calls it."""

    def __init__(self, settings: MailSettings) -> None:
        """Prepare. Raises ValueError where the settings name no usable signing key."""
        self.settings = settings
        self.telemetry = Telemetry(settings, f"mail-{self.name}")
        self.clock = clock_named(settings.clock)
        self.signer = Signer(settings.mail_address, settings.keys)
        self.stopping = asyncio.Event()

    def stop(self) -> None:
        """Finish what is in hand, then stop."""
        self.stopping.set()

    async def run(self) -> None:
        """Run until `stop`."""
        async with self.telemetry:
            await self.go()
        log.info("stopped", program=self.name)

    async def go(self) -> None:
        """What this program does."""
        raise NotImplementedError

    async def repeat(self, act: Callable[[], Awaitable[object]], pause: float) -> None:
        """Act until told to stop; wait longer after each failure in a row."""
        failed = 0
        while not self.stopping.is_set():
            wait = pause
            try:
                await act()
                failed = 0
            except GoRound as error:
                wait = max(pause, PAUSES[min(failed, len(PAUSES) - 1)])
                failed += 1
                log.warning("go_round", error=str(error), wait=wait)
            if wait:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self.stopping.wait()


class _Incoming(_Program):
    """What the two ways in have in common."""

    @asynccontextmanager
    async def door(self, *, polls: bool) -> AsyncIterator[tuple[Acceptor, Takes, Memory]]:
        """Open the door and everything behind it."""
        settings = self.settings
        policies = PolicyFiles(settings.policy, time.monotonic)
        broker, store = await connect(settings, DATABASE)
        await broker.stop()  # it told that the topics are there; the door has a line of its own
        acceptor = Acceptor(settings, "email", settings.mail_spool, clock=self.clock, polls=polls)
        memory = Memory(MongoClaims(store))
        kept = KeptInFolder(settings.mail_kept)
        try:
            async with acceptor, Parsers() as parsers, Unpackers() as files:
                counted = mail_measures.CountedDoor(acceptor, self.telemetry)
                name, most = settings.environment, partial(_most_characters, policies, self.clock)
                incoming = Incoming(name, counted, parsers, files, memory, kept, self.signer, most)
                measured.spool(self.telemetry, acceptor)
                mail_measures.ready_to_take(self.telemetry, store)
                yield acceptor, mail_measures.MeasuredIncoming(incoming, self.telemetry), memory
        finally:
            store.close()


def _most_characters(policies: Policies, clock: Clock) -> int:
    return policies.book.current(clock.now()).reception.text_limit


class Receive(_Incoming):
    """`sav mail receive`: listens for the company's mail server."""

    name = "receive"

    async def go(self) -> None:
        """Listen."""
        settings = self.settings
        protocol = settings.mail_listen_protocol
        async with self.door(polls=False) as (acceptor, incoming, _):
            handler = Handler(incoming, acceptor.receiving, self.signer, one_recipient=protocol == "lmtp")
            receiver = Receiver(handler, protocol, settings.mail_listen_host, settings.mail_listen_port)
            async with receiver as port:
                log.info("ready", program="receive", protocol=protocol, port=port)
                await self.stopping.wait()
            await handler.finished(STOP_SECONDS)


class Fetch(_Incoming):
    """`sav mail fetch`: goes round a mailbox."""

    name = "fetch"

    def __init__(self, settings: MailSettings) -> None:
        """Prepare. Raises ValueError where the settings name no usable key or certificates."""
        super().__init__(settings)
        self._box = Mailbox(settings)

    async def go(self) -> None:
        """Go round."""
        box = self._box
        async with self.door(polls=True) as (acceptor, incoming, memory):
            beat = partial(self.telemetry.health.beat, "batch")
            fetcher = Fetcher(box, incoming, memory, acceptor, self.clock, beat)
            round_ = mail_measures.rounds(self.telemetry, "batch", fetcher.round)
            log.info("ready", program="fetch", mailbox=self.settings.mail_imap_folder)
            try:
                await self.repeat(lambda: fetch_patiently(round_), self.settings.mail_imap_seconds)
            finally:
                await asyncio.to_thread(box.close)


class Send(_Program):
    """`sav mail send`: hands over what notify asks for."""

    name = "send"

    def __init__(self, settings: MailSettings) -> None:
        """Prepare. Raises ValueError where the settings name no usable key or certificates."""
        super().__init__(settings)
        self._relay = Relay(settings)

    def _with_links(self, policies: PolicyFiles) -> Callable[[str, datetime], str]:
        """Return what signs the customers' links. Raises `StopService` without the portal's keys: all would be dead."""
        keys = PortalSettings().all_keys
        if not keys:
            raise StopService("SAV_PORTAL_KEYS is empty: the links in the customers' mails could not be signed")
        links = Links(keys, self.settings.environment)
        return lambda text, at: links.in_text(text, policies.book.current(at).portal, at)

    async def go(self) -> None:
        """Hear, and send."""
        settings, registry = self.settings, RegistryBook()
        broker, store = await connect(settings, DATABASE)
        claims, timers, graves = MongoClaims(store), MongoTimers(store), MongoGraves(store)
        await timers.prepare()
        memory = Memory(claims)
        busy = asyncio.Lock()
        consumer = KafkaConsumer(broker, settings, DATABASE, ["sav.notify"], busy, claims)
        topic = BY_NAME["sav.registry"]
        book = WholeTopic(settings.kafka, settings.prefix + topic.name, topic.partitions, registry.take)

        def knows(address: str) -> bool:
            asking = Request(channel="email", received_at=self.clock.now(), personal=RequestPersonal(email=address))
            return bool(registry.current().contract_of(asking).customer)

        async def hear() -> None:
            async with busy:  # a rebalance waits for the batch in hand
                await sender.take(consumer, graves)

        policies = PolicyFiles(settings.policy, time.monotonic)
        outbox = Outbox(claims, timers, memory, self.signer, settings.replica, knows, self._with_links(policies))
        measures.dead_letters(self.telemetry, graves)
        measures.readiness(self.telemetry, consumer.assigned, broker, store)
        await book.start()
        await broker.start()
        try:
            async with Acceptor(settings, "email", settings.mail_spool, clock=self.clock, speaks=False) as acceptor:
                measured.spool(self.telemetry, acceptor)
                report = mail_measures.CountedDoor(acceptor, self.telemetry).report
                relay = mail_measures.MeasuredRelay(self._relay, self.telemetry)
                sender = Sender(settings, policies, outbox, memory, relay, report, self.clock)
                measures.timers_of_stage(self.telemetry, sender, timers, self.clock)
                log.info("ready", program="send")
                hearing = self.repeat(mail_measures.rounds(self.telemetry, "batch", hear), 0)
                working = self.telemetry.beating("sweeper", sender.work)
                await asyncio.gather(hearing, self.repeat(working, LOOK_SECONDS))
                with suppress(TimeoutError):
                    async with asyncio.timeout(STOP_SECONDS):
                        await sender.settle()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await book.stop()
                    await broker.stop()
                    await consumer.close()
            store.close()
