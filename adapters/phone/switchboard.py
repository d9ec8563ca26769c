"""What every page and webhook of the phone adapter is built from. Made by `sav phone serve`; tests hand in fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.kept import Kept
from adapters.phone.calls import Calls, Door
from adapters.phone.mapping import Mappings
from adapters.phone.pager import Pager
from adapters.phone.recordings import Recordings
from adapters.phone.settings import PhoneSettings
from adapters.phone.to_call import CallsToMake
from adapters.web.nonces import Nonces
from adapters.web.pages import Pages
from adapters.web.tickets import Tickets
from shared.events.notify import Delivery
from shared.policy.book import Policies
from shared.policy.model import Policy
from shared.registry import Registry
from shared.runtime.ports import Clock


class ReportingDoor(Door, Protocol):
    """A door that takes reports of what became of a message, too."""

    async def report(self, delivery: Delivery) -> object:
        """Return once it is durable. Raises `NotAccepted`."""
        ...


@dataclass(frozen=True)
class Switchboard:
    """The phone adapter's parts."""

    settings: PhoneSettings
    environment: str
    policies: Policies
    registry: Callable[[], Registry]
    door: ReportingDoor
    calls: Calls
    tickets: Tickets
    to_call: CallsToMake
    mappings: Mappings
    nonces: Nonces
    pages: Pages
    clock: Clock
    kept: Kept
    recordings: Recordings
    pager: Pager
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep

    @property
    def policy(self) -> Policy:
        """The version that holds for who calls now."""
        return self.policies.book.current(self.clock.now())
