"""How far everything that the adapters accepted has been folded in: the ground of 'the customer was silent' (R13).

An adapter says on `sav.channels` "all that I accepted before T is on my topic". Whoever reads that topic then takes
the end offsets of it, and believes T once the whole group has committed past them: committed means that every word
is in a journal. Used by intake (requests) and notify (deliveries).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.events.notify import ChannelWatermark
from shared.runtime.ports import Consumer, Partition

LOOK_AGAIN_SECONDS = 0.5
"""One look asks the broker some twenty questions; a batch with many askers shares it."""


@dataclass
class _Adapter:
    said: datetime | None = None
    gone: bool = False
    looked_for: tuple[datetime, Mapping[Partition, int]] | None = None
    passed: datetime | None = None


@dataclass
class ChannelWatch:
    """What each declared adapter has said, and how much of it this group has passed."""

    channels: Sequence[str]
    topics: Mapping[str, Sequence[Partition]]
    """Where each adapter's words lie."""
    consumer: Consumer
    monotonic: Callable[[], float]
    _adapters: dict[tuple[str, str], _Adapter] = field(default_factory=dict)
    """By channel and door: a channel is heard as far as the door that is furthest behind says."""
    _looked_at: float = -LOOK_AGAIN_SECONDS

    def note(self, value: bytes) -> None:
        """Take one record of `sav.channels`. An invalid one raises ValueError."""
        watermark = ChannelWatermark.model_validate_json(value)
        adapter = self._adapters.setdefault((watermark.adapter, watermark.instance), _Adapter())
        adapter.said = watermark.until
        adapter.gone = watermark.spool != "open"

    async def heard_until(self) -> datetime | None:
        """Return the instant up to which every word of every channel is in a journal; None where one never spoke."""
        if self.monotonic() - self._looked_at >= LOOK_AGAIN_SECONDS:
            for (channel, _), adapter in list(self._adapters.items()):
                if channel in self.channels:
                    await self._look(adapter, self.topics[channel])
            self._looked_at = self.monotonic()
        found = [heard for channel in self.channels for heard in self._doors(channel)]
        speaking = [adapter.passed for adapter in found if not adapter.gone]
        if not speaking or None in speaking:
            return None
        return min(instant for instant in speaking if instant is not None)

    def _doors(self, channel: str) -> list[_Adapter]:
        """The doors of a channel; one of which nothing was ever heard counts as a door that never spoke."""
        return [adapter for (name, _), adapter in self._adapters.items() if name == channel] or [_Adapter()]

    async def _look(self, adapter: _Adapter, partitions: Sequence[Partition]) -> None:
        if adapter.said is None:
            return
        if adapter.looked_for is None:
            # In this order: the ends are taken after the adapter's word was read, so they lie behind what it speaks of.
            adapter.looked_for = (adapter.said, await self.consumer.end_offsets(partitions))
        until, ends = adapter.looked_for
        committed = await self.consumer.committed([at for at, end in ends.items() if end])
        if all(committed[at] >= end for at, end in ends.items() if end):
            adapter.passed, adapter.looked_for = until, None
