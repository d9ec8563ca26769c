"""Replicas that start together at a group's very first start: no offset is taken for lost, and each is claimed.

On Kafka and on the model, for the simulator believes the model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.errors import GoRound, StopService
from shared.runtime.ports import Consumer, Document
from shared.testing.store import MemoryClaims, MemoryStore
from tests.contract.brokers import EVENTS, QUOTAS, TOPICS, Broker, shared_out
from tests.support.kafka import PATIENCE_SECONDS


class Claims(MemoryClaims):
    """Claims of which one can be made to wait for somebody quicker, or to fail."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.before_reading: Callable[[], Awaitable[None]] | None = None
        """What somebody else does right before the next look at a claim."""
        self.refused = 0
        """How many claims fail from now on."""
        self.made: set[str] = set()

    async def read(self, kind: str, name: str) -> Document | None:
        """Return what holds a name."""
        if (act := self.before_reading) is not None:
            self.before_reading = None
            await act()
        return await super().read(kind, name)

    async def claim(self, kind: str, name: str, content: Document) -> Document:
        """Claim a name, unless it is to fail."""
        if self.refused:
            self.refused -= 1
            raise GoRound("the store is away")
        self.made.add(name)
        return await super().claim(kind, name, content)


async def test_who_is_overtaken_between_its_two_looks_at_a_first_start_looks_again_instead_of_stopping(
    broker: Broker,
) -> None:
    # given a member that has just heard that its group has no offset yet
    claims = Claims()
    for partition in range(6):
        await broker.write(EVENTS, partition, b"%d" % partition)
    slow = await broker.member(claims=claims)
    others: list[Consumer] = []
    came: set[int] = set()

    async def take(member: Consumer) -> None:
        came.update(one.partition for one in (await member.take(QUOTAS)).records)
        await asyncio.sleep(0)

    async def join_and_begin() -> None:
        others.append(await broker.member(claims=claims))
        while not claims.made:
            await take(others[0])

    # when another joins, begins its half, and claims it, before the first asks what is claimed
    claims.before_reading = join_and_begin
    async with asyncio.timeout(3 * PATIENCE_SECONDS):
        while len(came) < 6:
            # then nobody stops for a person, and all is read
            for member in (slow, *others):
                await take(member)
    assert len(others) == 1
    # and each partition of every topic is claimed, by one or the other
    await shared_out([slow, *others])
    assert len(claims.made) == 6 * len(TOPICS)


async def test_an_offset_whose_claim_failed_at_the_first_start_is_claimed_at_the_next_look(broker: Broker) -> None:
    # given a group that begins while its store goes away
    claims = Claims()
    claims.refused = 1
    first = await broker.member(claims=claims)
    with pytest.raises(GoRound):
        await first.take(QUOTAS)
    # when it goes on, and its offsets are lost later
    await shared_out([first])
    await broker.leave(first)
    # then nothing is read before a person decides
    with pytest.raises(StopService, match=r"offset of .* is lost"):
        await shared_out([await broker.member("forgotten", claims)])
