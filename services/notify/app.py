"""Notify's shell: how far every adapter's reports were heard, who works here and who is on call. No rule."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from services.notify.decide import Facts, deadlines, decide
from services.notify.state import NotifyState, evolve
from shared.decider import Due, Stage
from shared.events.closure import SilenceAsked
from shared.events.dispatch import OnCallNeeded, PromiseAtRisk, PromiseMissed
from shared.events.notify import Delivery, NeedsAttention
from shared.runtime.channel_watch import ChannelWatch
from shared.runtime.ports import Partition
from shared.runtime.reading import Incoming
from shared.runtime.service import Part, World
from shared.topics import PARTITIONS

STAGE: Stage[NotifyState, Facts] = Stage("notify", NotifyState(), decide, evolve, deadlines, NeedsAttention)


@dataclass
class NotifyShell:
    """What notify reads from outside."""

    world: World
    watch: ChannelWatch

    def note_channel(self, value: bytes) -> None:
        """Take one record of `sav.channels`."""
        self.watch.note(value)

    async def route(self, incoming: Incoming) -> Incoming:
        """Notify reads no requests."""
        return incoming

    async def facts(self, incoming: Incoming) -> Facts:
        """Return what was heard, for a question about bounces."""
        assert incoming.message is not None
        match incoming.message.payload:
            case SilenceAsked() | Due(kind="bounce-proof"):
                return Facts(await self.watch.heard_until(), await self.world.graves.unsettled())
            case OnCallNeeded() | PromiseAtRisk() | PromiseMissed() | Due() | Delivery(kind="page"):
                return Facts(staff=self.world.registry().staff)
            case _:
                return Facts()


def _shell(world: World) -> NotifyShell:
    reports = [Partition("sav.deliveries", n) for n in range(PARTITIONS)]
    channels = world.policies.book.current(world.clock.now()).channels
    topics: dict[str, Sequence[Partition]] = dict.fromkeys(channels, reports)
    return NotifyShell(world, ChannelWatch(channels, topics, world.consumer, time.monotonic))


PART = Part(STAGE, _shell)
