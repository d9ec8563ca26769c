"""Services within the test's own process, on real engines: for what is asked of them while they run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.runtime.service import Runs

PATIENCE_SECONDS = 60.0
"""To end in good order: what takes a second alone may take tens of them on two cores shared by several test runs."""


@asynccontextmanager
async def running(service: Runs) -> AsyncIterator[None]:
    """A service while the block lasts, stopped as a signal would."""
    task = asyncio.create_task(service.run())
    try:
        yield
    finally:
        service.stop()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await task
