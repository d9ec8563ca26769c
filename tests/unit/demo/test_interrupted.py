"""Ctrl-C ends the demonstration even where a library that it is waiting in swallows the cancellation."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from demo.main import heed_interruption


async def _waits_in_a_library(*, that_swallows: bool) -> str:
    task = asyncio.current_task()
    assert task is not None
    if that_swallows:
        asyncio.get_running_loop().call_soon(task.cancel)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    heed_interruption()
    return "goes on"


async def test_a_swallowed_interruption_is_heeded_at_the_next_turn() -> None:
    task = asyncio.create_task(_waits_in_a_library(that_swallows=True))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_was_not_interrupted_goes_on() -> None:
    assert await asyncio.create_task(_waits_in_a_library(that_swallows=False)) == "goes on"
