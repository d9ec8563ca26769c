"""What becomes of messages whose channel is the portal: an acknowledgement is shown, all else is passed on (R3).

Runs beside the pages, in `sav portal serve`. The page of what was received shows number and delay to the person who has
just asked: that is an acknowledgement. A question, a reminder or a survey that nobody is told of is none (R13), so they
are reported as failed, and notify tries the next channel or calls a person. It never says `delivered`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.web.listening import Listener
from shared.events.notify import Delivery, DeliveryStatus, MessageToSend
from shared.runtime.ports import Clock

SHOWN = frozenset({"acknowledgement"})
"""Kinds that the page itself tells whoever asked."""

Report = Callable[[Delivery], Awaitable[object]]


class PortalOutbox(Listener):
    """Answers for the portal's messages."""

    def __init__(self, report: Report, clock: Clock) -> None:
        super().__init__(clock)
        self._report = report

    async def act(self, ticket: str, sent: MessageToSend, said_at: datetime) -> None:
        """Report on one; the same again is the same report, which notify knows."""
        del said_at  # it is shown, or it is not: when it was asked for changes nothing
        if sent.channel != "portal":
            return
        status: DeliveryStatus = "accepted" if sent.kind in SHOWN else "failed"
        await self._report(
            Delivery(
                message=sent.message,
                ticket=ticket,
                kind=sent.kind,
                generation=sent.generation,
                resolution=sent.resolution,
                channel="portal",
                status=status,
                at=self._clock.now(),
                reason="" if status == "accepted" else "le portail n’avertit personne",
            )
        )
