"""A phone adapter without engines: a door that remembers, calls in memory, a clock that stands still."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from adapters.accept import Accepted, NotAccepted
from adapters.phone.app import application
from adapters.phone.call import Call
from adapters.phone.calls import Calls, CallsAway, Conflict
from adapters.phone.mapping import read_mappings
from adapters.phone.pager import Pager
from adapters.phone.recordings import Recordings
from adapters.phone.settings import PhoneSettings
from adapters.phone.signature import signature
from adapters.phone.switchboard import Switchboard
from adapters.phone.to_call import ToCall
from adapters.web.nonces import Nonces
from adapters.web.pages import Pages
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.registry import Registry
from shared.testing.clock import SetClock
from tests.unit.portal.kit import ENVIRONMENT, HandTickets, RememberingDoor
from tests.unit.services.desk.told import MONDAY

KEY, PASSWORD = "p" * 40, "mot-de-passe"
REGISTRY = Registry.model_validate_json((Path(__file__).parents[3] / "samples" / "registry.json").read_text("utf-8"))


class HoldingDoor(RememberingDoor):
    """Remembers what it holds back silence for, and what is reported."""

    def __init__(self, clock: SetClock) -> None:
        super().__init__(clock)
        self.held: list[datetime] = []
        self.reports: list[Delivery] = []
        self.loses_answers = False

    @contextmanager
    def receiving(self, at: datetime | None = None) -> Iterator[datetime]:
        instant = at or self._clock.now()
        self.held.append(instant)
        yield instant
        self.held.remove(instant)

    async def accept(self, request: Request) -> Accepted:
        accepted = await super().accept(request)
        if self.loses_answers:
            raise NotAccepted("it is safe, and nobody was told")
        return accepted

    async def report(self, delivery: Delivery) -> object:
        self.reports.append(delivery)
        return delivery


class MemoryCalls:
    """Calls in memory, by version."""

    def __init__(self) -> None:
        self.there: dict[str, Call] = {}
        self.away = False
        self.meanwhile: list[Callable[[], None]] = []

    async def read(self, name: str) -> Call | None:
        self._or_away()
        return self.there.get(name)

    async def write(self, call: Call) -> None:
        self._or_away()
        if self.meanwhile:
            self.meanwhile.pop(0)()
        known = self.there.get(call.id)
        if (known.version if known else 0) != call.version - 1:
            raise Conflict
        self.there[call.id] = call

    async def unsettled(self) -> list[Call]:
        self._or_away()
        return [one for one in self.there.values() if one.is_open or one.has_words_left()]

    def _or_away(self) -> None:
        if self.away:
            raise CallsAway("test")


class MemoryKept:
    """A content-addressed store in memory."""

    def __init__(self) -> None:
        self.there: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self.there[name] = content
        return name

    def get(self, name: str) -> bytes:
        return self.there[name]


class MemoryCallsToMake:
    """Calls to make, in memory."""

    def __init__(self) -> None:
        self.there: dict[str, ToCall] = {}

    async def add(self, call: ToCall) -> None:
        self.there.setdefault(call.message, call)

    async def open(self) -> list[ToCall]:
        return sorted((one for one in self.there.values() if not one.settled), key=lambda one: one.asked_at)

    async def read(self, message: str) -> ToCall | None:
        return self.there.get(message)

    async def settle(self, message: str) -> None:
        if message in self.there:
            self.there[message] = self.there[message].model_copy(update={"settled": True})


class Phone:
    """The phone adapter with everything around it at hand."""

    def __init__(self, at: datetime = MONDAY, **settings: Any) -> None:
        self.clock = SetClock(at)
        self.door = HoldingDoor(self.clock)
        self.store, self.tickets, self.to_call = MemoryCalls(), HandTickets(), MemoryCallsToMake()
        self.kept, self.recordings, self.asked_for = MemoryKept(), dict[str, bytes](), list[str]()
        self.handed, self.switchboard_is_away = list[tuple[str, bytes, dict[str, str]]](), False
        self.restart(**settings)

    def restart(self, **settings: Any) -> None:
        """A process that begins with what the store and the topics have."""
        policy = read_policy()
        self.calls = Calls(self.store, self.door, self.tickets, self.clock, ENVIRONMENT)
        given: dict[str, Any] = {"keys": KEY, "operator_password": PASSWORD, "desk": "100"}
        self.pager = Pager("https://standard.example/appels", KEY, self.door, self.clock, self._handed)
        self.board = Switchboard(
            settings=PhoneSettings.model_validate(given | settings),
            environment=ENVIRONMENT,
            policies=PolicyBook([policy]),
            registry=lambda: REGISTRY,
            door=self.door,
            calls=self.calls,
            tickets=self.tickets,
            to_call=self.to_call,
            mappings=read_mappings(),
            nonces=Nonces([KEY], ENVIRONMENT),
            pages=Pages("adapters.phone", policy.company, ""),
            clock=self.clock,
            kept=self.kept,
            recordings=Recordings(self.kept, "cdn.operateur.example", self._recording),
            pager=self.pager,
            sleep=self._nap,
        )
        self.app = application(self.board)

    def _handed(self, address: str, body: bytes, headers: Mapping[str, str]) -> None:
        if self.switchboard_is_away:
            raise OSError("away")
        self.handed.append((address, body, dict(headers)))

    def _recording(self, address: str) -> bytes:
        self.asked_for.append(address)
        if address not in self.recordings:
            raise OSError("404")
        return self.recordings[address]

    async def _nap(self, _seconds: float) -> None:
        return

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
        """A signed call by HTTP, as the telephone system makes it."""
        timestamp = str(int(self.clock.now().timestamp()))
        signed = {"x-sav-timestamp": timestamp, "x-sav-signature": signature(KEY, timestamp, body)}
        sent = signed | {"content-type": "application/json"} | (headers or {})
        encoded = {name.encode(): value.encode() for name, value in sent.items()}
        return TestClient(self.app, base_url="https://phone.example").post(path, content=body, headers=encoded)

    def event(self, event: str, call: str = "c-1", **more: str) -> httpx2.Response:
        """One event in our own words."""
        said = {"call": call, "event": event, "number": "+33199001001"} | more
        return self.post("/phone/events/sav", json.dumps(said).encode())

    def operator(self, name: str = "A-01", password: str = PASSWORD) -> TestClient:
        """An operator's browser, signed in."""
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        return TestClient(
            self.app,
            base_url="https://phone.example",
            headers={"authorization": f"Basic {basic}"},
            follow_redirects=True,
        )
