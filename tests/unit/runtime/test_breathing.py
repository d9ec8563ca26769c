"""Beside long work on the event loop, what else is ready gets its turn."""

from __future__ import annotations

import asyncio

from shared.runtime.breathing import BREATH, breathing


async def test_every_thing_comes_in_order_and_a_heartbeat_goes_between_them() -> None:
    beats: list[int] = []
    done: dict[int, int] = {}

    async def heart() -> None:
        while len(done) < 4 * BREATH:
            beats.append(len(done))
            await asyncio.sleep(0)

    beating = asyncio.create_task(heart())
    async for one in breathing(range(4 * BREATH)):
        done[one] = len(done)
    await beating

    assert list(done.items()) == [(n, n) for n in range(4 * BREATH)]
    assert beats == [BREATH, 2 * BREATH, 3 * BREATH]
