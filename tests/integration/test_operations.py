"""What operations see of real services on real engines: ready, healthy, and the figures of one request's way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from services.desk.app import DeskService
from services.intake.app import PART as INTAKE
from shared.metrics.catalogue import BY_NAME
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.integration.test_desk import made, unmade
from tests.requirements import requirement
from tests.support.kafka import until
from tests.support.services import running
from tests.support.stages import mail

pytestmark = pytest.mark.kafka
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def settings(kafka: str, mongo_uri: str) -> Iterator[Settings]:
    """An environment of this module's own, with all its topics."""
    environment = f"t{uuid4().hex[:8]}"
    asyncio.run(made(kafka, f"{environment}."))
    yield Settings(kafka=kafka, mongo=mongo_uri, environment=environment, replica="one", session_timeout_ms=6_000)
    asyncio.run(unmade(kafka, f"{environment}."))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def asked(port: int, path: str) -> tuple[int, str]:
    """GET a page; 0 where nobody listens yet."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return 0, ""
    writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


async def shows(port: int, *lines: str) -> bool:
    """Tell whether every line is among the metrics now."""
    _, body = await asked(port, "/metrics")
    return set(lines) <= set(body.splitlines())


@requirement("R2")
async def test_one_request_is_seen_from_its_acceptance_to_its_open_ticket_and_after_a_restart_of_the_desk(
    settings: Settings,
) -> None:
    intake, desk = free_port(), free_port()
    async with AsyncExitStack() as stack:
        # given intake and the desk, with triage stopped
        for service in (
            Service(INTAKE, settings.model_copy(update={"http_port": intake})),
            DeskService(settings.model_copy(update={"http_port": desk})),
        ):
            await stack.enter_async_context(running(service))
        for port in (intake, desk):
            await until(lambda port=port: is_ready(port), PATIENCE_SECONDS)  # type: ignore[misc]
            assert await asked(port, "/healthz") == (200, "ok\n")
        # when a mail comes, twice
        producer = await stack.enter_async_context(AIOKafkaProducer(bootstrap_servers=settings.kafka))
        for _ in range(2):
            await producer.send_and_wait(f"{settings.prefix}sav.requests.email", mail("m1"), key=b"m1")
        # then each place shows its part of the way
        accounted = (
            'sav_requests_accepted_total{channel="email"} 2.0',
            'sav_requests_became_total{became="ticket"} 1.0',
            'sav_requests_became_total{became="copy"} 1.0',
            "sav_requests_unaccounted 0.0",
            'sav_dead_unsettled{service="intake"} 0.0',
            'sav_ready{service="intake"} 1.0',
        )
        await until(lambda: shows(intake, *accounted), PATIENCE_SECONDS)
        opened = (
            'sav_tickets_opened_total{channel="email"} 1.0',
            'sav_tickets_open{criticality="unclassified",phase="received",tier="none"} 1.0',
            'sav_consumer_lag_records{service="triage",topic="sav.intake"} 1.0',
            'sav_consumer_lag_records{service="intake",topic="sav.requests.email"} 0.0',
            'sav_oldest_unprocessed_seconds{service="intake"} 0.0',
        )
        await until(lambda: shows(desk, *opened), PATIENCE_SECONDS)
        # and nothing but the catalogue
        for port in (intake, desk):
            _, body = await asked(port, "/metrics")
            names = {line.split()[2] for line in body.splitlines() if line.startswith("# TYPE sav_")}
            assert names <= set(BY_NAME)
            assert "client@example.org" not in body
    assert (await asked(intake, "/healthz"))[0] == 0
    # and a desk that starts again counts from 0, and still knows the open ticket
    async with running(DeskService(settings.model_copy(update={"http_port": desk}))):
        known = opened[1]
        await until(lambda: shows(desk, known, 'sav_tickets_opened_total{channel="email"} 0.0'), PATIENCE_SECONDS)
        _, body = await asked(desk, "/metrics")
        oldest = 'sav_oldest_unacknowledged_seconds{criticality="unclassified",tier="none"} '
        (age,) = [float(line.removeprefix(oldest)) for line in body.splitlines() if line.startswith(oldest)]
        assert 0 < age < 1800


async def is_ready(port: int) -> bool:
    """Tell whether a process says that it is ready."""
    return (await asked(port, "/readyz"))[0] == 200
