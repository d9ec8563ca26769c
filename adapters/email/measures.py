"""What the mail programs show of themselves: wrappers that count at the seams, and no rule.

Called by `programs` while it puts one together. A wrapper returns and raises just what it wraps; a program without an
operations port counts in vain, and pays nothing that one could measure.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from adapters.accept import Accepted, Door
from adapters.email.incoming import Arrival, Never, Takes
from adapters.email.relay import Outcome
from adapters.email.send import HandsOver
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.runtime.mongo import Store
from shared.runtime.telemetry import Telemetry

Act = Callable[[], Coroutine[Any, Any, object]]
_SAID = {"our own": "own"}
"""What `incoming` says, where the catalogue has another word."""


class MeasuredIncoming:
    """Counts what each mail became."""

    def __init__(self, incoming: Takes, telemetry: Telemetry) -> None:
        self._incoming, self._metrics, self._service = incoming, telemetry.metrics, telemetry.service
        self._metrics.begin("sav_mails_received_total", self._service)

    async def take(self, arrival: Arrival) -> str:
        """Take a mail, and count what it became."""
        return await self._counted(self._incoming.take(arrival))

    async def keep_unread(self, arrival: Arrival, reason: str) -> str:
        """Accept a mail for a person to read, and count it."""
        return await self._counted(self._incoming.keep_unread(arrival, reason))

    async def _counted(self, taking: Awaitable[str]) -> str:
        became = "later"  # also where it fails in a way that nobody foresaw: its sender is told 451
        try:
            said = await taking
            became = _SAID.get(said, said)
            return said
        except Never:
            became = "never"
            raise
        finally:
            self._metrics.add("sav_mails_received_total", self._service, became)


class MeasuredRelay:
    """Counts what is known after each conversation with the relay."""

    def __init__(self, relay: HandsOver, telemetry: Telemetry) -> None:
        self._relay, self._metrics = relay, telemetry.metrics
        self._metrics.begin("sav_mail_attempts_total")

    async def hand_over(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Hand over one message, and count the outcome."""
        outcome = await self._relay.hand_over(sender, recipient, mail)
        self._metrics.add("sav_mail_attempts_total", outcome.result)
        return outcome


class CountedDoor:
    """A door that counts the reports that go through it."""

    def __init__(self, door: Door, telemetry: Telemetry) -> None:
        self._door, self._metrics, self._service = door, telemetry.metrics, telemetry.service
        self._metrics.begin("sav_mail_reports_total", self._service)

    async def accept(self, request: Request) -> Accepted:
        """Return once the request is durable. Raises `TooLarge`, `NotAccepted`."""
        return await self._door.accept(request)

    async def report(self, delivery: Delivery) -> Accepted:
        """Return once the report is durable, and counted. Raises `NotAccepted`."""
        kept = await self._door.report(delivery)
        self._metrics.add("sav_mail_reports_total", self._service, delivery.status)
        return kept

    def receiving(self, at: datetime | None = None) -> AbstractContextManager[datetime]:
        """Yield the instant at which something comes in."""
        return self._door.receiving(at)

    def heard(self, until: datetime) -> None:
        """All that came before `until` has been accepted."""
        self._door.heard(until)


def rounds(telemetry: Telemetry, loop: str, act: Act) -> Act:
    """Return a loop's act whose every end is a beat, and counted as done or failed."""
    telemetry.metrics.begin("sav_rounds_total", telemetry.service)

    async def go() -> object:
        outcome = "failed"
        try:
            done = await act()
            outcome = "done"
            return done
        finally:
            telemetry.metrics.add("sav_rounds_total", telemetry.service, outcome)

    return telemetry.beating(loop, go)


def ready_to_take(telemetry: Telemetry, store: Store) -> None:
    """A way in is ready while its store answers: what Kafka can't take now waits on the disk, and is accepted."""

    async def unready() -> str:
        return "" if await store.ping() else "no answer: MongoDB"

    telemetry.ready_unless(unready)
