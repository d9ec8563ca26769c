"""Several replicas on one thread, each going on when it is its turn: any interleaving of their calls can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.errors import GoRound
from tests.unit.runtime.bench import Replica


class Turns:
    """Stops each replica before every call of a port, and lets one of them go on at a time."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, replica: Replica) -> None:
        """Let a replica live under a name, from its first call on."""
        replica.faults.turn = self._turn_of(name)
        self._lives[name] = asyncio.create_task(_live(replica))

    def _turn_of(self, name: str) -> Callable[[str], Awaitable[None]]:
        async def turn(operation: str) -> None:
            del operation
            self._waiting[name] = asyncio.get_running_loop().create_future()
            await self._waiting[name]

        return turn

    async def step(self, name: str) -> None:
        """Let it go on to its next call. What ends it is raised; a `GoRound` does not."""
        if name in self._waiting:
            self._waiting.pop(name).set_result(None)
        while name not in self._waiting:
            if self._lives[name].done():
                self._lives[name].result()
            await asyncio.sleep(0)

    async def kill(self, name: str) -> None:
        """End it wherever it is."""
        life = self._lives.pop(name)
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        self._waiting.pop(name, None)

    async def kill_all(self) -> None:
        """End every one of them."""
        for name in list(self._lives):
            await self.kill(name)


async def _live(replica: Replica) -> None:
    while True:
        try:
            await replica.loop.run_batch()
            await replica.sweeper.sweep()
        except GoRound:
            continue
