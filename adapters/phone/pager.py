"""Calls who is on call: hands the call to the telephone system, and takes its answer (R1).

Run by the phone adapter. notify decides whom to call and when it is the next one's turn; this only says whether the
call went out. A call that cannot go out is reported at once, so that nobody waits ten minutes for it.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from adapters.phone.signature import SIGNATURE, TIMESTAMP, signature
from shared.events.base import Model
from shared.events.notify import Delivery, StaffMessageToSend
from shared.runtime.ports import Clock

log = structlog.get_logger()

CALL_SECONDS = 10.0
"""For the telephone system to take a call: it rings by itself afterwards, and the person has ten minutes."""

Post = Callable[[str, bytes, Mapping[str, str]], None]
"""Posts a body to an address. Raises OSError where it is not taken."""


class Reports(Protocol):
    """Where it is said what became of a call."""

    async def report(self, delivery: Delivery) -> object:
        """Return once it is durable. Raises `NotAccepted`."""
        ...


class Answer(Model):
    """What the telephone system says of a call: somebody accepted it, or nobody did."""

    message: str
    accepted: bool


class Pager:
    """The calls to who is on call."""

    def __init__(self, address: str, key: str, door: Reports, clock: Clock, post: Post | None = None) -> None:
        """`address` is the telephone system's; empty: no call can go out. `post` is for tests."""
        self._address, self._key, self._door, self._clock = address, key, door, clock
        self._post = post or _over_http

    async def call(self, ticket: str, sent: StaffMessageToSend) -> None:
        """Hand a call over; one that comes when it is the next one's turn calls nobody. Raises `NotAccepted`."""
        now = self._clock.now()
        if sent.answer_by is not None and sent.answer_by <= now:
            return
        personal = sent.personal
        body = json.dumps(
            {
                "message": sent.message,
                "number": personal.phone if personal else "",
                "say": personal.text if personal else "",
                "answer_by": sent.answer_by.isoformat() if sent.answer_by else None,
            },
            ensure_ascii=False,
        ).encode()
        stamp = str(int(now.timestamp()))
        headers = {"content-type": "application/json", TIMESTAMP: stamp, SIGNATURE: signature(self._key, stamp, body)}
        try:
            if not self._address:
                raise OSError("SAV_PHONE_PAGER names no address")
            await asyncio.to_thread(self._post, self._address, body, headers)
        except OSError as error:  # urllib's own errors are OSErrors
            log.error("page_failed", ticket=ticket, person=sent.person, error=f"{type(error).__name__}: {error}")
            await self._door.report(_report(sent.message, "failed", self._clock, str(error)))

    async def answered(self, answer: Answer) -> None:
        """Report what came of a call. Raises ValueError for a message that is no call, `NotAccepted`."""
        status = "delivered" if answer.accepted else "failed"
        await self._door.report(_report(answer.message, status, self._clock, ""))


def _report(message: str, status: str, clock: Clock, reason: str) -> Delivery:
    """The message's name says which ticket, which call and whom (`shared.ids.message_id`)."""
    ticket, kind, generation, resolution, _person = message.split(":")
    if kind != "page":
        raise ValueError(f"{kind} is no call to who is on call")
    said = {"message": message, "ticket": ticket, "kind": kind, "generation": generation, "resolution": resolution}
    return Delivery.model_validate(
        said | {"channel": "phone", "status": status, "at": clock.now(), "reason": reason[:200]}
    )


def _over_http(address: str, body: bytes, headers: Mapping[str, str]) -> None:
    asked = urllib.request.Request(address, body, dict(headers), method="POST")  # noqa: S310 - the settings' own address
    with urllib.request.urlopen(asked, timeout=CALL_SECONDS):  # noqa: S310 - as above; an error status is an OSError
        return
