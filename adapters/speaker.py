"""Says on `sav.channels` how far everything that one door accepted is in Kafka: the ground of a proven silence (R13).

Called by `accept`. It must never say more than `until` allows, and asks for that before each word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog
from pydantic import Field

from adapters.line import Away, Line, Refused
from shared.events.base import Channel
from shared.events.notify import ChannelWatermark
from shared.runtime.clock import clock_named
from shared.runtime.ports import Outgoing
from shared.runtime.settings import Settings

log = structlog.get_logger()

SAY_SECONDS = 60.0
"""Between two words on `sav.channels`: 86,400 records in its sixty days are read in seconds; a silence is five days."""


class _Word(ChannelWatermark):
    """A channel may have several doors (replicas, LMTP beside IMAP): each speaks for itself."""

    instance: str = Field(min_length=1)


class Speaker:
    """Speaks for one door."""

    def __init__(self, line: Line, channel: Channel, instance: str, until: Callable[[], datetime | None]) -> None:
        """Prepare; `until` tells how far may be said now, or None for nothing yet."""
        self._line = line
        self._channel = channel
        self._instance = instance
        self._until = until
        self._lock = asyncio.Lock()
        self.said: datetime | None = None

    async def run(self) -> None:
        """Speak again and again."""
        while True:
            try:
                await self.say()
            except Exception as error:  # noqa: BLE001 - a word that was not said only makes the next one later
                log.error("not_said", channel=self._channel, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(SAY_SECONDS)

    async def say(self) -> None:
        """Say how far it is, if it is further than last time."""
        async with self._lock:
            until = self._until()
            if until is None or (self.said is not None and until <= self.said):
                return
            word = _Word(adapter=self._channel, until=until, instance=self._instance)
            try:
                # Not through the spool: an old word is of no use to anybody.
                await self._line.publish(
                    Outgoing("sav.channels", self._channel.encode(), word.model_dump_json().encode())
                )
                self.said = word.until
            except (Away, Refused) as error:
                log.warning("not_said", channel=self._channel, error=str(error))


async def say_gone(settings: Settings, channel: Channel, instance: str, spool: Literal["empty", "lost"]) -> None:
    """Say for a door that will never open again that nobody need wait for it; an operator has looked at its spool.

    Raises `Away` or `Refused`. A door that opens again speaks for itself again.
    """
    line = Line(settings, f"{settings.environment}-operator")
    try:
        await line.connect()
        word = _Word(adapter=channel, until=clock_named(settings.clock).now(), instance=instance, spool=spool)
        await line.publish(Outgoing("sav.channels", channel.encode(), word.model_dump_json().encode()))
    finally:
        await line.close()
