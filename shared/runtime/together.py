"""Questions that are asked in the same turn of the event loop, put to a server as one.

Used by `mongo`, where a message costs as much as eight questions in it. It must never keep a question for later: what
nobody else asks with goes alone, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Together(Generic[Q, A]):
    """Gathers questions for `answer`, which returns one answer for each, in their order."""

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._answer = answer
        self._asked: list[tuple[Q, asyncio.Future[A]]] = []
        self._telling: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """Return the answer; raises what `answer` raised for all of them."""
        told: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, told))
        if len(self._asked) == 1:
            # It stands behind every task that is ready now: whatever those ask goes with this.
            task = asyncio.create_task(self._tell())
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return await told

    async def _tell(self) -> None:
        asked, self._asked = self._asked, []
        waiting = [told for _, told in asked]
        try:
            answers = await self._answer([question for question, _ in asked])
        except Exception as error:  # noqa: BLE001 - it is theirs: each of them raises it
            for told in waiting:
                if not told.done():  # who was cancelled meanwhile wants no answer
                    told.set_exception(error)
            return
        except asyncio.CancelledError:
            for told in waiting:
                told.cancel()
            raise
        for told, answer in zip(waiting, answers, strict=True):
            if not told.done():
                told.set_result(answer)
