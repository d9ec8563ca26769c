"""Long work on the event loop, with a breath now and then: heartbeats and probes go on beside a batch of thousands.

Used by the loops of the stages and of the desk. What is ready while they breathe may run, a rebalance too: a caller
looks again whether its batch is still its own before it writes, or writes only over the version that it read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

BREATH = 50
"""Things between two turns of the event loop: tickets at half a millisecond, so some 25 ms; the session is lost after
ten seconds, and a machine in distress is a hundred times slower."""


async def breathing(things: Iterable[T]) -> AsyncIterator[T]:
    """Yield each of them."""
    for n, one in enumerate(things, start=1):
        yield one
        if n % BREATH == 0:
            await asyncio.sleep(0)
