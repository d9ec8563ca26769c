"""Intake's shell: where a request goes, its number, its contract, how far every channel was heard. No rule."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.decide import Facts, deadlines, decide
from services.intake.state import IntakeState, evolve
from shared import ids, numbers
from shared.decider import Due, Stage
from shared.errors import SendToDead
from shared.events.closure import SilenceAsked
from shared.events.intake import NeedsAttention
from shared.events.requests import CLICKS, Request
from shared.runtime.channel_watch import ChannelWatch
from shared.runtime.ports import Partition
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World
from shared.topics import PARTITIONS

STAGE: Stage[IntakeState, Facts] = Stage("intake", IntakeState(), decide, evolve, deadlines, NeedsAttention)

REQUESTS = "requests"
"""Claims: request id to the ticket that it goes to, and the digest of its first words."""
NUMBERS = "numbers"
"""Claims: ticket number to ticket."""


@dataclass
class IntakeShell:
    """What intake reads from outside."""

    world: World
    watch: ChannelWatch

    def note_channel(self, value: bytes) -> None:
        """Take one record of `sav.channels`."""
        self.watch.note(value)

    async def route(self, incoming: Incoming) -> Incoming:
        """Claim where a request goes, so that a copy never becomes both a reply and a new ticket (R2)."""
        request = _request_of(incoming)
        self._refuse_absurd(request)
        environment = self.world.settings.environment
        key = request.key or "/".join(str(part) for part in incoming.position)
        name = ids.request_id(environment, request.channel, key)
        target = await self._target(request, name)
        claim = await self.world.claims.claim(REQUESTS, name, {"ticket": target, "digest": incoming.digest})
        if claim["digest"] != incoming.digest:
            # The same key with other words of the customer is another request; both are kept (R2).
            name = ids.request_id(environment, request.channel, key, incoming.digest)
            target = await self._target(request, name)
            claim = await self.world.claims.claim(REQUESTS, name, {"ticket": target, "digest": incoming.digest})
        return incoming.of(claim["ticket"], name)

    async def _target(self, request: Request, name: str) -> str:
        number = numbers.normalised(request.ticket) if request.ticket else None
        known = await self.world.claims.read(NUMBERS, number) if number else None
        if known is not None:
            return str(known["ticket"])
        if request.kind in CLICKS:
            raise SendToDead(f"a {request.kind} for a ticket number that does not exist")
        return ids.ticket_id(self.world.settings.environment, name)

    def _refuse_absurd(self, request: Request) -> None:
        now = self.world.clock.now()
        reception = self.world.policies.book.current(now).reception
        if request.received_at < now - reception.oldest:
            raise SendToDead(f"received_at is more than {reception.oldest.days} days ago")
        if request.received_at > now + reception.ahead:
            raise SendToDead(f"received_at is more than {reception.ahead.days} day(s) in the future")
        size = len(request.personal.text)
        if size > reception.text_limit:
            raise SendToDead(f"the text has {size} characters; the limit is {reception.text_limit}")

    async def facts(self, incoming: Incoming) -> Facts:
        """Return the ticket's number and contract for a request, and what was heard for a question about silence."""
        assert incoming.message is not None
        payload = incoming.message.payload
        if isinstance(payload, Request):
            return await self._request_facts(incoming, payload)
        if isinstance(payload, SilenceAsked) or (isinstance(payload, Due) and payload.kind == "silence"):
            heard = await self.watch.heard_until()
            return Facts(heard_until=heard, unsettled=await self.world.graves.unsettled())
        return Facts()

    async def _request_facts(self, incoming: Incoming, request: Request) -> Facts:
        if request.kind in CLICKS:
            return Facts()
        given = numbers.normalised(request.ticket) if request.ticket else None
        number = await self._number(incoming.entity, request.received_at)
        unknown = request.ticket if request.ticket and given != number else ""
        registry = self.world.registry()
        email, phone = registry.contact_of(request)
        return Facts(number, registry.contract_of(request), unknown, email, phone)

    async def _number(self, ticket: str, received_at: datetime) -> str:
        """Claim the first free one of the numbers that this ticket may have; ask again, get the same."""
        year = received_at.astimezone(ZoneInfo("Europe/Paris")).year
        for candidate in numbers.candidates(ticket, year):
            held = await self.world.claims.claim(NUMBERS, candidate, {"ticket": ticket})
            if held["ticket"] == ticket:
                return candidate
        raise AssertionError("the candidates never end")


def _request_of(incoming: Incoming) -> Request:
    assert incoming.message is not None
    payload = incoming.message.payload
    assert isinstance(payload, Request)
    return payload


def _watch(world: World) -> ChannelWatch:
    # Which adapters must speak is asked once: one that is taken away or added is a deployment.
    policy = world.policies.book.current(world.clock.now())
    topics: dict[str, Sequence[Partition]] = {
        channel: [Partition(f"sav.requests.{channel}", n) for n in range(PARTITIONS)] for channel in policy.channels
    }
    return ChannelWatch(policy.channels, topics, world.consumer, time.monotonic)


def _shell(world: World) -> IntakeShell:
    return IntakeShell(world, _watch(world))


PART = Part(STAGE, _shell)
