"""The fault proxy does what its rows rely on, and nothing when nothing is asked of it. On the loopback alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.proxy import HOST, Proxy

SOON = 5.0
"""Seconds that nothing here comes near: a loaded machine may take tenths."""
NOT_YET = 0.1
"""How long a test waits to see that nothing comes."""


@asynccontextmanager
async def echo() -> AsyncIterator[Proxy]:
    """A server that answers every piece with the same bytes, behind a proxy."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def said(reader: asyncio.StreamReader, count: int, seconds: float = SOON) -> bytes:
    async with asyncio.timeout(seconds):
        return await reader.readexactly(count)


async def test_with_no_fault_every_byte_passes_both_ways() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        body = bytes(range(256)) * 1000
        writer.write(body)

        assert await said(reader, len(body)) == body
        writer.close()


@pytest.mark.parametrize(("up", "down"), [(True, True), (True, False), (False, True)])
async def test_what_is_held_back_arrives_late_and_whole(up: bool, down: bool) -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        proxy.hold(up=up, down=down)
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            await said(reader, 5, NOT_YET)

        proxy.heal()

        assert await said(reader, 5) == b"hello"
        writer.close()


async def test_a_lost_answer_resets_the_connection_and_the_server_heard_the_question() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        proxy.lose_answers = True
        writer.write(b"hello")

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said(reader, 5)
        assert proxy.lost == 1  # an answer came, so the question was heard
        writer.close()


async def test_after_a_cut_exactly_so_many_bytes_have_passed() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        proxy.cut_after = 3
        writer.write(b"hello")
        async with asyncio.timeout(SOON):
            await proxy.was_cut.wait()
        with pytest.raises(TimeoutError):
            await said(reader, 1, NOT_YET)

        proxy.heal()

        assert await said(reader, 3) == b"hel"  # what the cut took is gone for good, as with a killed sender
        writer.close()


async def test_behind_a_large_piece_nothing_more_passes_and_small_ones_do_before() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        proxy.cut_behind = 100
        writer.write(b"ping")
        assert await said(reader, 4) == b"ping"
        writer.write(b"x" * 200)
        async with asyncio.timeout(SOON):
            await proxy.was_cut.wait()

        proxy.heal()

        assert await said(reader, 200) == b"x" * 200
        writer.close()


async def test_refused_connections_are_reset_and_others_live_on_until_they_are_reset_too() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"a")
        assert await said(reader, 1) == b"a"
        proxy.refuse = True
        refused, other = await asyncio.open_connection(HOST, proxy.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said(refused, 1)
        writer.write(b"b")
        assert await said(reader, 1) == b"b"

        proxy.reset()

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said(reader, 1)
        for one in (writer, other):
            one.close()


async def test_a_server_that_is_away_is_a_reset_connection() -> None:
    async with echo() as proxy:
        proxy.target = 1  # nobody listens there
        reader, writer = await asyncio.open_connection(HOST, proxy.port)

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said(reader, 1)
        writer.close()


async def test_a_delay_holds_every_piece_for_its_time() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        proxy.delay = 0.05
        began = asyncio.get_running_loop().time()
        writer.write(b"hello")

        assert await said(reader, 5) == b"hello"
        assert asyncio.get_running_loop().time() - began >= 0.1  # there and back
        writer.close()
