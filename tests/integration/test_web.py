"""The portal and the phone adapter as they are run: processes of their own on real engines, stopped as a pod is."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from adapters.phone.signature import signature
from shared.engines.choose import Engines
from shared.engines.supervise import Child, spawn
from tests.requirements import requirement
from tests.support.stages import Customers, Stages

pytestmark = [pytest.mark.kafka]
KEY = "s" * 40
PATIENCE_SECONDS = 90.0
NUMBER = re.compile(r"\d\d-\d{3}-\d{3}-[A-Z]")


@pytest.fixture(scope="module")
def stages(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """The stages that an acknowledgement needs, and the desk; each test starts its adapter beside them."""
    made = Stages(engines.kafka(), engines.mongo("tests"), tmp_path_factory.mktemp("web"))
    made.create_topics()
    with made.started("intake", "triage", "notify", "desk"):
        yield made


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start(stages: Stages, adapter: str, port: int) -> Child:
    """Start `sav <adapter> serve`, and wait until it answers."""
    name = f"SAV_{adapter.upper()}"
    variables = {
        "SAV_KAFKA": stages.kafka,
        "SAV_MONGO": stages.mongo,
        "SAV_ENVIRONMENT": stages.environment,
        "SAV_REPLICA": adapter,
        f"{name}_KEYS": KEY,
        f"{name}_PORT": str(port),
        "SAV_PHONE_OPERATOR_PASSWORD": "essai",
        f"{name}_SPOOL": str(stages.folder / f"spool-{adapter}"),
        "SAV_PORTAL_UPLOADS": str(stages.folder / "uploads"),
    }
    command = [sys.executable, "-m", "cli", adapter, "serve"]
    child = spawn(adapter, command, log=stages.folder / f"{adapter}.log", environment=os.environ | variables)
    child.wait_until(lambda: _answers(port), PATIENCE_SECONDS)
    return child


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx2.TransportError:
        return False


@requirement("R1", "R2", "R3")
def test_a_form_sent_to_the_portals_process_is_acknowledged_and_sigterm_ends_it_in_good_order(stages: Stages) -> None:
    port = free_port()
    child = start(stages, "portal", port)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
            nonce = re.search(r'name="page" value="([^"]+)"', browser.get("/demande/autre").text)
            assert nonce is not None
            fields = {"message": "Plus rien ne répond.", "protected": "no", "phone": "0199001234", "page": nonce[1]}
            browser.post("/demande/autre", data=fields, timeout=60)
            answer = browser.post("/demande/autre", data=fields, timeout=60)
            assert answer.status_code == 200
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not (found := NUMBER.search(answer.text)):
                assert time.monotonic() < deadline, "no number"
                answer = browser.get(str(answer.url), timeout=60)
            way = re.search(r'href="(/d/[^"]+)"', answer.text)
            assert way is not None
            # Who left only a number is acknowledged by the portal itself: it reports so, and intake notes it.
            while "Accusé de réception remis" not in (page := browser.get(way[1], timeout=60).text):
                assert time.monotonic() < deadline, "not acknowledged"
                time.sleep(0.5)
            assert found[0] in page
    finally:
        child.stop(grace=30)
    assert child.exit_code == 0


@requirement("R1", "R2")
async def test_a_voicemail_told_to_the_phones_process_becomes_a_ticket(stages: Stages) -> None:
    port = free_port()
    child = await asyncio.to_thread(start, stages, "phone", port)
    try:
        body = (
            b'{"call": "c-1", "event": "voicemail", "number": "0199001234", "transcription": "La porte reste ouverte."}'
        )
        stamp = str(int(time.time()))
        headers = {"x-sav-timestamp": stamp, "x-sav-signature": signature(KEY, stamp, body)}
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as telephone:
            for _ in range(3):
                answer = await telephone.post("/phone/events/sav", content=body, headers=headers, timeout=60)
                assert answer.status_code == 204
            deadline = time.monotonic() + PATIENCE_SECONDS
            # Who called left no address: the acknowledgement is a call to make, and the operators' list has it.
            while "1 appel à passer" not in (await telephone.get("/poste/rappels", auth=("A-01", "essai"))).text:
                assert time.monotonic() < deadline, "nobody is asked to call"
                await asyncio.sleep(0.5)
        async with Customers(stages) as customers:
            await customers.until(lambda: _opened(customers) != [])
            assert len(_opened(customers)) == 1
    finally:
        await asyncio.to_thread(child.stop, 30)
    assert child.exit_code == 0


def check(stages: Stages, channel: str) -> dict[str, int]:
    """What `sav adapter check` says of all that a channel's adapter has published here."""
    ours = {"SAV_KAFKA": stages.kafka, "SAV_ENVIRONMENT": stages.environment}
    command = [sys.executable, "-m", "cli", "adapter", "check", channel, "--json"]
    done = subprocess.run(command, env=os.environ | ours, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, int] = json.loads(done.stdout)
    return found


def _opened(customers: Customers) -> list[str]:
    said = [event for (stage, _), events in customers.events.items() if stage == "intake" for event in events.values()]
    words = [one["data"].get("personal", {}).get("data", {}).get("text") for one in said]
    return [one for one in words if one == "La porte reste ouverte."]


def test_nothing_is_served_without_keys(tmp_path: Path) -> None:
    for adapter in ("portal", "phone"):
        command = [sys.executable, "-m", "cli", adapter, "serve"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
        assert (done.returncode, b"_KEYS is empty" in done.stderr) == (3, True)
