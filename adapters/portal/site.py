"""What every page of the portal is built from, and what they share. Made by `sav portal serve`; tests hand in fakes.

It must never answer that something was taken before the door said so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from adapters.accept import NotAccepted
from adapters.door import TooLarge, Unreadable
from adapters.web.limits import Limits, Share, callers_of
from adapters.web.links import Links
from adapters.web.nonces import Nonces
from adapters.web.pages import Pages, address_of
from adapters.web.photos import Photos
from adapters.web.settings import PortalSettings
from adapters.web.tickets import Ticket, Tickets, TicketsAway
from shared.events.requests import Request
from shared.policy.book import Policies
from shared.policy.model import Policy
from shared.runtime.ports import Clock

log = structlog.get_logger()

LOOKS, LOOK_SECONDS = 10, 0.25
"""How often the read model is looked at before a page is shown without what was just sent: intake and the desk take
well under a second, and a person waits two and a half without wondering."""


class Door(Protocol):
    """Takes a request so that it is durable: `adapters.accept.Acceptor`."""

    async def accept(self, request: Request) -> object:
        """Return once it is. Raises `NotAccepted`, `TooLarge`."""
        ...

    def receiving(self) -> AbstractContextManager[datetime]:
        """Yield the instant at which something comes in."""
        ...


@dataclass(frozen=True)
class Site:
    """The portal's parts."""

    settings: PortalSettings
    environment: str
    policies: Policies
    door: Door
    tickets: Tickets
    links: Links
    nonces: Nonces
    pages: Pages
    photos: Photos
    limits: Limits
    clock: Clock
    sleep: Callable[[float], Any] = asyncio.sleep

    @property
    def policy(self) -> Policy:
        """The version that holds for who asks now."""
        return self.policies.book.current(self.clock.now())

    def allows(self, request: HttpRequest, what: str, times: int, seconds: float) -> bool:
        """Tell whether this caller may ask once more."""
        callers = callers_of(address_of(request), self.settings.network_times)
        return self.limits.allows(Share(what, times, seconds), *callers)

    def may_look(self, request: HttpRequest) -> bool:
        """Tell whether this caller may see one more page of a link."""
        return self.allows(request, "pages", self.settings.pages_a_minute, 60)

    def too_often(self) -> Response:
        """Return the page for who asks too often, with a person's number."""
        text = "Trop de pages ont été demandées depuis votre connexion en peu de temps. Réessayez dans une minute."
        return self.pages.show("stopped.html", 429, title="Un instant, s’il vous plaît", text=text)

    def invalid(self) -> Response:
        """Return the one page of every link that is none."""
        return self.pages.show("invalid.html", 404)

    async def take(self, request: Request) -> str:
        """Let a request in; return why it could not be, as a French sentence, empty where it could."""
        try:
            await self.door.accept(request)
        except (TooLarge, Unreadable):
            return "Votre message est trop long pour être envoyé en une fois : raccourcissez-le, ou appelez-nous."
        except NotAccepted:
            log.error("refused_at_the_door", kind=request.kind)
            return "Nous n’avons pas pu enregistrer votre envoi : réessayez dans une minute, ou appelez-nous."
        return ""

    async def look(self, find: Callable[[], Any], seen: Callable[[Ticket], bool]) -> Ticket | None:
        """Return the ticket once it shows what is waited for, or as it is after `LOOKS`. Raises `TicketsAway`."""
        ticket: Ticket | None = None
        for look in range(LOOKS):
            if look:
                await self.sleep(LOOK_SECONDS)
            ticket = await find()
            if ticket is not None and seen(ticket):
                return ticket
        return ticket

    async def ticket(self, number: str, seen: Callable[[Ticket], bool] = lambda _: True) -> Ticket | None:
        """Return a ticket by number, None where the read model is away or does not know it yet."""
        try:
            if not number:
                return None
            once = await self.tickets.by_number(number)
            if once is None or seen(once):
                return once
            return await self.look(lambda: self.tickets.by_number(number), seen)
        except TicketsAway as error:
            log.warning("read_model_away", error=str(error))
            return None
