"""Runs the portal: its door, the desk's read model and its pages, until SIGTERM. Called by `sav portal serve`."""

from __future__ import annotations

import asyncio
import time

from adapters import measured
from adapters.accept import Acceptor
from adapters.kept import KeptInFolder
from adapters.portal.app import application
from adapters.portal.outbox import PortalOutbox
from adapters.portal.site import Site
from adapters.web.limits import Limits
from adapters.web.links import Links
from adapters.web.listening import listen_for_ever, say_why
from adapters.web.nonces import Nonces
from adapters.web.pages import Pages
from adapters.web.photos import Photos
from adapters.web.serving import serve
from adapters.web.settings import PortalSettings
from adapters.web.tickets import DeskTickets
from shared.errors import StopService
from shared.runtime.clock import clock_named
from shared.runtime.mongo import Store
from shared.runtime.policies import PolicyFiles
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry


async def serve_portal(settings: Settings, portal: PortalSettings) -> None:
    """Serve until SIGTERM. Raises `StopService` where the keys or the spool's folder say that nothing may be served."""
    if not portal.all_keys:
        raise StopService("SAV_PORTAL_KEYS is empty: links and forms cannot be signed (openssl rand -hex 32)")
    store = Store(settings.mongo_for("desk"), settings.database("desk"))
    clock, policies = clock_named(settings.clock), PolicyFiles(settings.policy, time.monotonic)
    company = policies.book.current(clock.now()).company
    telemetry = Telemetry(settings, "portal")
    published = measured.arrivals(telemetry, clock)
    try:
        async with telemetry, Acceptor(settings, "portal", portal.spool, published=published) as acceptor:
            measured.spool(telemetry, acceptor)
            door = measured.MeasuredDoor(acceptor, telemetry)
            site = Site(
                settings=portal,
                environment=settings.environment,
                policies=policies,
                door=door,
                tickets=DeskTickets(store),
                links=Links(portal.all_keys, settings.environment),
                nonces=Nonces(portal.all_keys, settings.environment),
                pages=Pages("adapters.portal", company, portal.phone),
                photos=Photos(KeptInFolder(portal.uploads)),
                limits=Limits(time.monotonic),
                clock=clock,
            )
            answering = asyncio.create_task(listen_for_ever(settings, "portal", PortalOutbox(door.report, clock)))
            answering.add_done_callback(say_why)
            try:
                measured.ready_as_it_serves(telemetry)
                app = measured.MeasuredPages(application(site), telemetry)
                await serve(app, portal.host, portal.port, portal.proxies)
            finally:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
    finally:
        store.close()
