"""The three addresses of a process, and what they answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from shared.errors import StopService
from shared.runtime.health import STALLED_SECONDS, Health
from shared.runtime.http import Answer, Operations
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def asked(port: int, request: str) -> tuple[str, str]:
    """Send a request as it is; return the status line and the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return head.partition("\r\n")[0].removeprefix("HTTP/1.1 "), body


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"


@asynccontextmanager
async def served(telemetry: Telemetry) -> AsyncIterator[int]:
    """A telemetry's pages on a port that the system chooses."""
    pages = {"/metrics": telemetry._show, "/healthz": telemetry.healthy, "/readyz": telemetry.ready}
    operations = Operations("127.0.0.1", 0, pages)
    await operations.start()
    try:
        yield operations.port
    finally:
        await operations.stop()


def telemetry(seconds: Seconds | None = None) -> Telemetry:
    return Telemetry(Settings(), "triage", seconds or Seconds(), on=True)


async def nothing_in_the_way() -> str:
    return ""


async def test_metrics_are_served_as_prometheus_reads_them() -> None:
    async with served(telemetry()) as port:
        status, body = await asked(port, get("/metrics"))

    assert status == "200 OK"
    assert "# TYPE sav_measured_age_seconds gauge" in body


async def test_a_process_that_starts_is_alive_and_not_ready() -> None:
    async with served(telemetry()) as port:
        assert await asked(port, get("/healthz")) == ("200 OK", "ok\n")
        assert await asked(port, get("/readyz")) == ("503 Service Unavailable", "starting\n")


async def test_ready_says_what_stands_in_the_way() -> None:
    one = telemetry()

    async def no_store() -> str:
        return "no answer: MongoDB"

    one.ready_unless(no_store)
    async with served(one) as port:
        assert await asked(port, get("/readyz")) == ("503 Service Unavailable", "no answer: MongoDB\n")
        one.ready_unless(nothing_in_the_way)
        assert await asked(port, get("/readyz?verbose")) == ("200 OK", "ready\n")


async def test_whoever_cannot_find_out_whether_he_is_ready_is_not() -> None:
    one = telemetry()

    async def fails() -> str:
        raise ConnectionResetError

    one.ready_unless(fails)
    async with served(one) as port:
        assert await asked(port, get("/readyz")) == ("503 Service Unavailable", "not known: ConnectionResetError\n")


async def test_a_loop_without_a_finished_round_for_two_minutes_is_neither_healthy_nor_ready() -> None:
    seconds = Seconds()
    one = telemetry(seconds)
    one.ready_unless(nothing_in_the_way)
    one.health.beat("batch")
    async with served(one) as port:
        seconds.now += STALLED_SECONDS
        assert (await asked(port, get("/healthz")))[0] == "200 OK"
        seconds.now += 1
        assert await asked(port, get("/healthz")) == ("503 Service Unavailable", "no progress: batch: 121 s\n")
        assert (await asked(port, get("/readyz")))[0] == "503 Service Unavailable"
        one.health.beat("batch")
        assert (await asked(port, get("/healthz")))[0] == "200 OK"


async def test_a_round_that_fails_is_progress_too() -> None:
    seconds = Seconds()
    one = telemetry(seconds)

    async def fails() -> int:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await one.beating("batch", fails)()

    assert one.health.silent() == {"batch": 0.0}


def test_one_silent_loop_is_not_hidden_by_another_that_turns() -> None:
    seconds = Seconds()
    health = Health(seconds)
    health.beat("batch")
    seconds.now += STALLED_SECONDS + 5
    health.beat("sweeper")

    assert health.stalled() == "batch: 125 s"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/"), "404 Not Found"),
        (get("/metrics/"), "404 Not Found"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        ("DELETE /healthz HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        ("nonsense\r\n\r\n", "405 Method Not Allowed"),
        ("HEAD /healthz HTTP/1.1\r\n\r\n", "200 OK"),
    ],
)
async def test_nothing_but_a_get_of_the_three_is_answered(request_: str, status: str) -> None:
    async with served(telemetry()) as port:
        told, body = await asked(port, request_)

    assert told == status
    assert request_.startswith("HEAD") == (body == "")


async def test_a_head_of_a_megabyte_is_hung_up_on_and_the_next_caller_is_answered() -> None:
    async with served(telemetry()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000_000)
        with suppress(ConnectionError):  # hung up on while it was still talking
            assert await reader.read() == b""
        writer.close()
        assert (await asked(port, get("/healthz")))[0] == "200 OK"


async def test_a_port_that_is_taken_stops_the_service_with_the_setting_to_change() -> None:
    async def page() -> Answer:
        return Answer(200, b"")

    first = Operations("127.0.0.1", 0, {"/": page})
    await first.start()
    try:
        with pytest.raises(StopService, match="SAV_HTTP_PORT"):
            await Operations("127.0.0.1", first.port, {}).start()
    finally:
        await first.stop()


async def test_without_a_port_nothing_listens_and_nothing_is_measured() -> None:
    one = Telemetry(Settings(), "triage")

    async with one:
        assert not one.on
        assert one._tasks == []


async def test_a_measure_that_fails_leaves_the_others_and_the_age_of_measures_says_so() -> None:
    seconds = Seconds()
    one = telemetry(seconds)
    done: list[str] = []

    async def fails() -> None:
        raise ConnectionError

    async def works() -> None:
        done.append("works")

    one.measure(fails)
    one.measure(works)
    seconds.now += 30
    await one.measure_once()
    one._refresh()

    assert done == ["works"]
    assert one.metrics.value("sav_measured_age_seconds", "triage") == 30
    assert one.metrics.value("sav_ready", "triage") == 0
    one._measures.remove(fails)
    one.ready_unless(nothing_in_the_way)
    await one.measure_once()
    one._refresh()
    assert one.metrics.value("sav_measured_age_seconds", "triage") == 0
    assert one.metrics.value("sav_ready", "triage") == 1
