"""Runs the phone adapter: its door, the calls, the registry in memory, until SIGTERM. Called by `sav phone serve`."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import structlog

from adapters import measured
from adapters.accept import Acceptor
from adapters.kept import KeptInFolder
from adapters.phone.app import application
from adapters.phone.calls import Calls, StoredCalls
from adapters.phone.mapping import read_mappings
from adapters.phone.pager import Pager
from adapters.phone.recordings import Recordings
from adapters.phone.settings import PhoneSettings
from adapters.phone.switchboard import Switchboard
from adapters.phone.to_call import PhoneOutbox, StoredCallsToMake
from adapters.web.listening import listen_for_ever, say_why
from adapters.web.nonces import Nonces
from adapters.web.pages import Pages
from adapters.web.serving import serve
from adapters.web.tickets import DeskTickets
from shared.errors import StopService
from shared.registry import RegistryBook
from shared.runtime.clock import clock_named
from shared.runtime.mongo import Store
from shared.runtime.policies import PolicyFiles
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry
from shared.runtime.whole_topic import WholeTopic
from shared.topics import BY_NAME

log = structlog.get_logger()

AGAIN_SECONDS = 5.0
"""Between two attempts to reach Kafka for the registry: until then every caller is unknown, and still gets a ticket."""


async def serve_phone(settings: Settings, phone: PhoneSettings) -> None:
    """Serve until SIGTERM. Raises `StopService` where the keys or the spool's folder say that nothing may be served."""
    if not phone.all_keys:
        raise StopService("SAV_PHONE_KEYS is empty: no telephone system can be believed (openssl rand -hex 32)")
    store = Store(settings.mongo_for("phone"), settings.database("phone"))
    desk = Store(settings.mongo_for("desk"), settings.database("desk"))
    clock, book, kept = clock_named(settings.clock), RegistryBook(), KeptInFolder(phone.kept)
    policies = PolicyFiles(settings.policy, time.monotonic)
    company = policies.book.current(clock.now()).company
    registry = WholeTopic(
        settings.kafka, settings.prefix + "sav.registry", BY_NAME["sav.registry"].partitions, book.take
    )
    telemetry = Telemetry(settings, "phone")
    published = measured.arrivals(telemetry, clock)
    try:
        async with telemetry, Acceptor(settings, "phone", phone.spool, published=published) as acceptor:
            measured.spool(telemetry, acceptor)
            door = measured.MeasuredDoor(acceptor, telemetry)
            tickets = DeskTickets(desk)
            calls = Calls(StoredCalls(store), door, tickets, clock, settings.environment)
            to_call = StoredCallsToMake(store)
            pager = Pager(phone.pager, phone.all_keys[0], door, clock)
            board = Switchboard(
                settings=phone,
                environment=settings.environment,
                policies=policies,
                registry=book.current,
                door=door,
                calls=calls,
                tickets=tickets,
                to_call=to_call,
                mappings=read_mappings(phone.mappings),
                nonces=Nonces(phone.all_keys, settings.environment),
                pages=Pages("adapters.phone", company, ""),
                clock=clock,
                kept=kept,
                recordings=Recordings(kept, phone.recordings),
                pager=pager,
            )
            listening = asyncio.create_task(listen_for_ever(settings, "phone", PhoneOutbox(to_call, pager, clock)))
            listening.add_done_callback(say_why)
            tasks = [listening, asyncio.create_task(_follow(registry)), asyncio.create_task(calls.tell_for_ever())]
            try:
                measured.ready_as_it_serves(telemetry)
                app = measured.MeasuredPages(application(board), telemetry)
                await serve(app, phone.host, phone.port, phone.proxies)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await registry.stop()
    finally:
        store.close()
        desk.close()


async def _follow(registry: WholeTopic) -> None:
    """Read the registry whole as soon as Kafka answers; a call that comes before is a stranger's."""
    while True:
        try:
            await registry.start()
        except Exception as error:  # noqa: BLE001 - drivers are the runtime's; whatever they raise, calls go on
            log.warning("registry_away", error=type(error).__name__)
            with suppress(Exception):
                await registry.stop()
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return
