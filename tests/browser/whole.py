"""All stages as they are, on the fakes, behind a portal that a real browser can reach: a whole life without an engine.

Used by the tests of the browser. What the portal takes is decided by every stage before it answers; time stands still
until a test moves it; letters leave as the mail adapter sends them, with their links signed.
"""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

import orjson
import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

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
from adapters.web.tickets import Ticket, ticket_of
from services.desk.projection import Ticket as DeskTicket
from services.desk.projection import fold_all, to_document
from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.events.base import Command
from shared.events.notify import ChannelWatermark, Delivery, DeliveryStatus
from shared.events.requests import Request
from shared.personal import ClearSeal
from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.testing.broker import MemoryBroker
from shared.testing.clock import SetClock
from shared.testing.faults import CrashAt
from shared.topics import STAGES
from tests.unit.runtime.bench import ENVIRONMENT
from tests.unit.runtime.line import TRIAGE_WITH_ITS_GRID, Room
from tests.unit.services.desk.told import READER

KEY = "w" * 40
PHONE = "+33199009900"
T = TypeVar("T")


class Whole:
    """The company, the procedure and the portal."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self.clock = SetClock(at)
        self.broker = MemoryBroker()
        parts = {name: importlib.import_module(f"services.{name}.app").PART for name in STAGES}
        parts["triage"] = TRIAGE_WITH_ITS_GRID
        self._rooms = [Room(part, self.broker, self.clock, CrashAt()) for part in parts.values()]
        self._commands = 0
        self.refuses = False
        self.links = Links([KEY], ENVIRONMENT)
        self.policy = read_policy()
        self.site = Site(
            settings=PortalSettings(keys=SecretStr(KEY), phone=PHONE, pages_a_minute=1_000),
            environment=ENVIRONMENT,
            policies=PolicyBook([self.policy]),
            door=self,
            tickets=self,
            links=self.links,
            nonces=Nonces([KEY], ENVIRONMENT),
            pages=Pages("adapters.portal", self.policy.company, PHONE),
            photos=Photos(KeptInFolder(folder / "photos")),
            limits=Limits(lambda: 0.0),
            clock=self.clock,
        )

    # -- the door and the read model, as the portal sees them ----------------------------------------------------

    async def accept(self, request: Request) -> Accepted:
        if self.refuses:
            raise NotAccepted("away")
        key, value = to_record(request)
        self.broker.append(f"sav.requests.{request.channel}", value, key=key)
        await self.settle()
        return Accepted(request.key, "kafka")

    @contextmanager
    def receiving(self) -> Iterator[datetime]:
        yield self.clock.now()

    async def by_id(self, ticket: str) -> Ticket | None:
        told = [
            READER.read(record)
            for stage in STAGES
            if stage != "resources"
            for record in self.broker.records(f"sav.{stage}")
            if record.key == ticket.encode()
        ]
        if not told:
            return None
        document = to_document(fold_all(DeskTicket(ticket), told, lambda _stage, _body: told[0]))
        return ticket_of(document)

    async def by_number(self, number: str) -> Ticket | None:
        for ticket in {record.key for record in self.broker.records("sav.intake")}:
            found = await self.by_id((ticket or b"").decode())
            if found is not None and found.number == number:
                return found
        return None

    # -- what people of the company and time itself do -----------------------------------------------------------

    async def settle(self) -> None:
        """Let every stage work until none has anything to do."""
        idle = 0
        while idle < 2:  # what is due is published at the end of a round, and taken in the next
            idle = 0 if sum([await room.live() for room in self._rooms]) else idle + 1

    async def wait(self, by: timedelta) -> None:
        """Let time go by in small steps, as deadlines fall due."""
        end = self.clock.now() + by
        while self.clock.now() < end:
            self.clock.set(min(end, self.clock.now() + timedelta(hours=1)))
            await self.settle()

    async def do(self, ticket: str, command: Command) -> None:
        """Somebody of the company gives a command."""
        self._commands += 1
        name = ids.command_id(ENVIRONMENT, "browser", self._commands)
        data = sealed_data(command, ticket, ClearSeal())
        body = encode(Envelope(name, command.type_name, f"sav/{ENVIRONMENT}/desk", ticket, self.clock.now(), data))
        self.broker.append("sav.commands", body, key=ticket.encode())
        await self.settle()

    def said(self, stage: str, name: str) -> list[dict[str, Any]]:
        """Everything of one type that a stage said."""
        events = [orjson.loads(record.value or b"") for record in self.broker.records(f"sav.{stage}")]
        return [event for event in events if event["type"] == f"sav.{stage}.{name}.v1"]

    async def deliver(self, kind: str) -> str:
        """The mail adapter sends the last message of a kind, and it arrives; returns it as the customer reads it."""
        event = [one for one in self.said("notify", "message-to-send") if one["data"]["kind"] == kind][-1]
        data = event["data"]
        statuses: tuple[DeliveryStatus, ...] = ("accepted", "delivered")
        for status in statuses:
            named = {name: data[name] for name in ("message", "kind", "generation", "resolution", "channel")}
            report = Delivery(ticket=event["subject"], status=status, at=self.clock.now(), **named)
            self.broker.append("sav.deliveries", report.model_dump_json().encode(), key=event["subject"].encode())
        await self.settle()
        at = datetime.fromisoformat(event["time"])
        return self.links.in_text(data["personal"]["data"]["text"], self.policy.portal, at)

    def say_channels(self) -> None:
        """Every adapter says that all it took is on its topic."""
        for channel in self.policy.channels:
            word = ChannelWatermark(adapter=channel, until=self.clock.now())
            self.broker.append("sav.channels", word.model_dump_json().encode(), key=channel.encode())


class Served:
    """An application on a port of this machine, in a thread and event loop of its own."""

    def __init__(self, app: ASGIApp) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self._port = found.getsockname()[1]
        config = uvicorn.Config(app, host="127.0.0.1", port=self._port, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._server.serve()])

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something where the portal lives, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)


class ServedPortal(Served):
    """The portal with the whole company behind it."""

    def __init__(self, whole: Whole) -> None:
        super().__init__(application(whole.site))
        self.whole = whole

    def here(self, text: str) -> str:
        """A letter with the customers' address made this machine's."""
        return text.replace(self.whole.policy.portal, self.address)


def link_in(letter: str, which: Callable[[str], bool]) -> str:
    """The first address in a letter that is wanted."""
    return next(word for word in letter.split() if word.startswith("http") and which(word))
