"""What an adapter's door shows of itself: wrappers that count at the seams, and no rule.

Called by the adapters while they put themselves together. A wrapper returns and raises just what it wraps; a process
without an operations port counts in vain, and pays nothing that one could measure.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.accept import Accepted, Acceptor, Door
from adapters.spool import Spooled
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.runtime.ports import Clock
from shared.runtime.telemetry import Telemetry

_REASONS = {
    400: "unreadable",
    401: "unproven",  # no signature, no password
    404: "unknown",
    409: "unproven",  # a page that was not ours, or too old: it is shown once more
    413: "too-large",
    422: "unreadable",
    429: "too-often",
    500: "failed",
    503: "not-kept",
}


class MeasuredDoor:
    """A door that counts the requests that it lets in."""

    def __init__(self, door: Door, telemetry: Telemetry) -> None:
        self._door, self._metrics, self._service = door, telemetry.metrics, telemetry.service
        self._metrics.begin("sav_door_accepted_total", self._service)

    async def accept(self, request: Request) -> Accepted:
        """Return once the request is durable, and counted. Raises `TooLarge`, `NotAccepted`."""
        accepted = await self._door.accept(request)
        self._metrics.add("sav_door_accepted_total", self._service, accepted.where)
        return accepted

    async def report(self, delivery: Delivery) -> Accepted:
        """Return once the report is durable. Raises `NotAccepted`."""
        return await self._door.report(delivery)

    def receiving(self, at: datetime | None = None) -> AbstractContextManager[datetime]:
        """Yield the instant at which something comes in."""
        return self._door.receiving(at)

    def heard(self, until: datetime) -> None:
        """All that came before `until` has been accepted."""
        self._door.heard(until)


class MeasuredPages:
    """An application whose refusals of what was sent are counted by reason; a page that is only looked at is none."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app, self._metrics, self._service = app, telemetry.metrics, telemetry.service
        self._metrics.begin("sav_door_refused_total", self._service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                reason = _REASONS.get(message["status"], "other")
                self._metrics.add("sav_door_refused_total", self._service, reason)
            await send(message)

        await self._app(scope, receive, counted if scope.get("method") == "POST" else send)


def arrivals(telemetry: Telemetry, clock: Clock) -> Callable[[Spooled], None]:
    """Return what a door tells of each record that Kafka has, so that it is seen how long the requests took."""
    telemetry.metrics.begin("sav_door_arrival_seconds", telemetry.service)

    def observe(record: Spooled) -> None:
        if record.topic.startswith("sav.requests."):
            seconds = (clock.now() - record.at).total_seconds()
            telemetry.metrics.observe("sav_door_arrival_seconds", telemetry.service, value=seconds)

    return observe


def spool(telemetry: Telemetry, acceptor: Acceptor) -> None:
    """Show what waits on a door's disk."""

    def show() -> None:
        telemetry.metrics.set("sav_door_spool_records", telemetry.service, to=acceptor.waiting)
        telemetry.metrics.set("sav_door_put_aside_records", telemetry.service, to=acceptor.put_aside)

    telemetry.metrics.before_scrape(show)


def ready_as_it_serves(telemetry: Telemetry) -> None:
    """Pages are ready as soon as they serve: what needs an engine that is away says so itself, and the rest goes on.

    A switchboard is told where to send a call from memory (R1); a form is accepted on the disk (R2).
    """

    async def unready() -> str:
        return ""

    telemetry.ready_unless(unready)
