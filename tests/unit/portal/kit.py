"""A portal without engines: a door that remembers, tickets at hand, a clock that stands still."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
from pydantic import SecretStr
from starlette.testclient import TestClient

from adapters.accept import Accepted, NotAccepted
from adapters.door import to_record
from adapters.kept import KeptInFolder
from adapters.portal.app import application
from adapters.portal.site import Site
from adapters.web.limits import Limits
from adapters.web.links import Links
from adapters.web.nonces import Nonces
from adapters.web.pages import Pages
from adapters.web.photos import Photos
from adapters.web.settings import PortalSettings
from adapters.web.tickets import Ticket, TicketsAway, ticket_of
from services.desk.projection import Ticket as DeskTicket
from services.desk.projection import fold_all, to_document
from shared import ids
from shared.events.base import Event
from shared.events.requests import Request
from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.testing.clock import SetClock
from tests.unit.services.desk.told import MONDAY, body_of, read

KEY = "k" * 40
PHONE = "+33199009900"
ENVIRONMENT = "test"


class RememberingDoor:
    """Takes everything, until told to refuse."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self.taken: list[Request] = []
        self.refuses = False

    async def accept(self, request: Request) -> Accepted:
        if self.refuses:
            raise NotAccepted("away")
        to_record(request)
        self.taken.append(request)
        return Accepted(request.key, "kafka")

    @contextmanager
    def receiving(self) -> Iterator[datetime]:
        yield self._clock.now()

    def distinct(self) -> set[tuple[str, str]]:
        """What intake tells apart: the key, and the words."""
        return {(one.key, one.model_dump_json(exclude={"received_at", "key"})) for one in self.taken}


class HandTickets:
    """Tickets that a test puts there."""

    def __init__(self) -> None:
        self.there: dict[str, Ticket] = {}
        self.away = False

    async def by_id(self, ticket: str) -> Ticket | None:
        self._or_away()
        return self.there.get(ticket)

    async def by_number(self, number: str) -> Ticket | None:
        self._or_away()
        return next((one for one in self.there.values() if one.number == number), None)

    def _or_away(self) -> None:
        if self.away:
            raise TicketsAway("test")


def know(tickets: HandTickets, *events: tuple[str, Sequence[Event]], ticket: str) -> Ticket:
    """Make a read model know a ticket by what its stages said, through the desk's own fold and document."""
    told = [
        read(stage, body_of(stage, seq, event, ticket=ticket))
        for stage, said in events
        for seq, event in enumerate(said, start=1)
    ]
    folded = fold_all(DeskTicket(ticket), told, lambda stage, body: read(stage, body.encode()))
    tickets.there[ticket] = known = ticket_of(json.loads(json.dumps(to_document(folded), default=str)))
    return known


class Portal:
    """The portal with everything around it at hand."""

    def __init__(self, folder: Path, at: datetime = MONDAY, **settings: Any) -> None:
        self.clock = SetClock(at)
        self.door = RememberingDoor(self.clock)
        self.tickets = HandTickets()
        self.seconds = 0.0
        self.naps: list[Callable[[], None]] = []
        """What happens during each of the page's waits for the read model."""
        self.uploads = folder / "uploads"
        policy = read_policy()
        self.links = Links([KEY], ENVIRONMENT)
        self.site = Site(
            settings=PortalSettings(keys=SecretStr(KEY), phone=PHONE, **settings),
            environment=ENVIRONMENT,
            policies=PolicyBook([policy]),
            door=self.door,
            tickets=self.tickets,
            links=self.links,
            nonces=Nonces([KEY], ENVIRONMENT),
            pages=Pages("adapters.portal", policy.company, PHONE),
            photos=Photos(KeptInFolder(self.uploads)),
            limits=Limits(lambda: self.seconds),
            clock=self.clock,
            sleep=self._nap,
        )
        self.app = application(self.site)

    async def _nap(self, _seconds: float) -> None:
        if self.naps:
            self.naps.pop(0)()

    def browser(self) -> TestClient:
        """Somebody's browser, over TLS; a page that fails is shown, as it would be."""
        return TestClient(
            self.app, base_url="https://portail.example", follow_redirects=True, raise_server_exceptions=False
        )

    def know(self, *events: tuple[str, Sequence[Event]], ticket: str = "t-1") -> Ticket:
        """Make the read model know a ticket."""
        return know(self.tickets, *events, ticket=ticket)

    def ticket_id(self, key: str) -> str:
        """The id of the ticket that a form's request opens."""
        return ids.ticket_id(ENVIRONMENT, ids.request_id(ENVIRONMENT, "portal", key))


def hidden(page: httpx2.Response, name: str = "page") -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found, f"no field {name} on the page"
    return html.unescape(found[1])


def links_of(page: httpx2.Response) -> list[str]:
    """Every address that a page names: links, forms, styles."""
    found = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    return [urljoin(str(page.url), html.unescape(one)) for one in found]


def words_of(page: httpx2.Response) -> str:
    """What a person reads on a page, spaces and line ends made one."""
    text = re.sub(r"<[^>]+>", " ", page.text.partition("<body>")[2])
    return re.sub(r"\s+", " ", html.unescape(text))


def in_order(said: Iterable[str], text: str) -> bool:
    """Tell whether these stand in a text in this order."""
    at = 0
    for one in said:
        at = text.find(one, at)
        if at < 0:
            return False
    return True
