"""The portal and the phone as they are run, while no engine is there: they show themselves, and count what they take.

No engine is started for it: what a door shows must be there above all while Kafka and MongoDB are away.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from shared.engines.supervise import Child, free_ports, spawn
from tests.requirements import requirement

KEY = "s" * 40
PATIENCE_SECONDS = 60.0
"""A process that starts in two seconds alone may take tens of them on two cores shared by several test runs."""


@contextmanager
def shown(adapter: str, folder: Path) -> Iterator[tuple[str, str]]:
    """`sav <adapter> serve` without engines: its own address, and that of its operations port."""
    door, operations, kafka, mongo = free_ports(4)
    name = f"SAV_{adapter.upper()}"
    variables = {
        "SAV_KAFKA": f"127.0.0.1:{kafka}",
        "SAV_MONGO": f"mongodb://127.0.0.1:{mongo}/?serverSelectionTimeoutMS=500",
        "SAV_REPLICA": adapter,
        "SAV_HTTP_PORT": str(operations),
        f"{name}_KEYS": KEY,
        f"{name}_PORT": str(door),
        f"{name}_SPOOL": str(folder / "spool"),
        "SAV_PORTAL_UPLOADS": str(folder / "uploads"),
    }
    command = [sys.executable, "-m", "cli", adapter, "serve"]
    child: Child = spawn(adapter, command, log=folder / f"{adapter}.log", environment=os.environ | variables)
    try:
        child.wait_until(lambda: _answers(f"http://127.0.0.1:{door}/healthz"), PATIENCE_SECONDS)
        yield f"http://127.0.0.1:{door}", f"http://127.0.0.1:{operations}"
    finally:
        child.stop(grace=30)
    assert child.exit_code == 0


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False


def metrics(operations: str) -> set[str]:
    return set(httpx2.get(f"{operations}/metrics").text.splitlines())


@requirement("R2")
def test_a_form_that_the_portal_takes_while_kafka_is_away_is_counted_and_waits_on_its_disk(tmp_path: Path) -> None:
    with shown("portal", tmp_path) as (door, operations), httpx2.Client(base_url=door, timeout=60) as browser:
        nonce = re.search(r'name="page" value="([^"]+)"', browser.get("/demande/autre").text)
        assert nonce is not None
        fields = {"message": "Plus rien ne répond.", "protected": "no", "phone": "0199001234"}

        assert browser.post("/demande/autre", data=fields).status_code == 409
        assert browser.post("/demande/autre", data=fields | {"page": nonce[1]}).status_code == 303

        assert metrics(operations) >= {
            'sav_door_accepted_total{service="portal",where="spool"} 1.0',
            'sav_door_accepted_total{service="portal",where="kafka"} 0.0',
            'sav_door_refused_total{reason="unproven",service="portal"} 1.0',
            'sav_door_spool_records{service="portal"} 1.0',
            'sav_door_arrival_seconds_count{service="portal"} 0.0',
        }
        assert httpx2.get(f"{operations}/readyz").status_code == 200
        assert browser.get("/metrics").status_code == 404


@requirement("R1", "R2")
def test_the_phone_shows_itself_and_what_it_does_not_believe(tmp_path: Path) -> None:
    with shown("phone", tmp_path) as (door, operations):
        assert httpx2.post(f"{door}/phone/events/sav", content=b"{}").status_code == 401

        assert metrics(operations) >= {
            'sav_door_refused_total{reason="unproven",service="phone"} 1.0',
            'sav_door_accepted_total{service="phone",where="kafka"} 0.0',
            'sav_door_put_aside_records{service="phone"} 0.0',
        }
        assert httpx2.get(f"{operations}/healthz").status_code == 200
        assert httpx2.get(f"{door}/metrics").status_code == 404
