"""Questions that share one message to a server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from shared.runtime.together import Together


class Server:
    """Notes every message; answers a name with itself in capitals."""

    def __init__(self) -> None:
        self.messages: list[list[str]] = []
        self.trouble: Exception | None = None

    async def answer(self, names: Sequence[str]) -> list[str]:
        """Return one answer for each."""
        self.messages.append(list(names))
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        return [name.upper() for name in names]


@pytest.fixture
def server() -> Server:
    return Server()


async def test_what_is_asked_in_one_turn_goes_in_one_message_and_each_gets_its_own_answer(server: Server) -> None:
    together = Together(server.answer)
    assert list(await asyncio.gather(*(together.ask(name) for name in "abca"))) == ["A", "B", "C", "A"]
    assert server.messages == [["a", "b", "c", "a"]]


async def test_what_is_asked_later_goes_in_a_message_of_its_own_and_never_waits(server: Server) -> None:
    together = Together(server.answer)
    assert await together.ask("a") == "A"
    assert await together.ask("b") == "B"
    assert server.messages == [["a"], ["b"]]


async def test_who_was_answered_together_asks_on_together(server: Server) -> None:
    together = Together(server.answer)

    async def twice(name: str) -> str:
        return await together.ask(await together.ask(name))

    assert list(await asyncio.gather(twice("a"), twice("b"))) == ["A", "B"]
    assert server.messages == [["a", "b"], ["A", "B"]]


async def test_a_failure_is_raised_to_everybody_who_asked_and_to_nobody_after(server: Server) -> None:
    together = Together(server.answer)
    server.trouble = ConnectionError("away")
    told = await asyncio.gather(together.ask("a"), together.ask("b"), return_exceptions=True)
    assert [str(one) for one in told] == ["away", "away"]
    server.trouble = None
    assert await together.ask("c") == "C"


async def test_one_who_gives_up_harms_no_neighbour(server: Server) -> None:
    together = Together(server.answer)
    given_up, patient = asyncio.create_task(together.ask("a")), asyncio.create_task(together.ask("b"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await patient == "B"
    assert given_up.cancelled()
