"""What `docs/adapters.md` shows works as it stands there: each example is taken out of the page and run."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.engines.choose import Engines
from shared.engines.kafka_embedded import to_stderr
from shared.engines.kafka_jars import kafka_jars
from shared.ids import request_id
from tests.requirements import requirement
from tests.support.stages import Customers, Stages

pytestmark = [pytest.mark.kafka]
PAGE = Path(__file__).parent.parent.parent / "docs" / "adapters.md"
RUN_SECONDS = 60
"""Of one example: two seconds alone, more where a compiler starts beside other test runs."""


@pytest.fixture(scope="module")
def stages(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """A real intake."""
    made = Stages(engines.kafka(), engines.mongo("tests"), tmp_path_factory.mktemp("adapters-page"))
    made.create_topics()
    with made.started("intake"):
        yield made


def example(language: str, nth: int = 0) -> str:
    """Return an example of the page in a language."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(found) > nth, f"the page has no example {nth} in {language}"
    return found[nth]


async def run(command: Sequence[str | Path], stages: Stages, *folders: Path) -> None:
    """Run an example as its reader would, with nothing but the two variables that the page names."""
    ours = {"SAV_KAFKA": stages.kafka, "SAV_ENVIRONMENT": stages.environment}
    path = os.pathsep.join([*map(str, folders), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**_without_ours(os.environ), **ours, "PATH": path}
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("SAV_")}


def opened(customers: Customers, words: str) -> list[dict[str, Any]]:
    """Return what was said when the tickets were opened in which these words stand."""
    said = [event for (stage, _), events in customers.events.items() if stage == "intake" for event in events.values()]
    found = [one["data"] for one in said if one["type"] == "sav.intake.ticket-opened.v1"]
    return [one for one in found if words in one["personal"]["data"].get("text", "")]


@requirement("R1", "R2")
async def test_the_example_in_python_becomes_one_ticket_however_often_it_is_run(stages: Stages, tmp_path: Path) -> None:
    program = tmp_path / "publish.py"
    program.write_text(example("python"), "utf-8")

    for nonce in ("form-1", "form-1", "form-2"):
        await run([sys.executable, program, nonce], stages)

    async with Customers(stages) as customers:
        await customers.until(lambda: len(opened(customers, "plus aucune caméra")) >= 2)
        tickets = opened(customers, "plus aucune caméra")
        expected = {request_id(stages.environment, "portal", nonce) for nonce in ("form-1", "form-2")}
        assert sorted(one["request"] for one in tickets) == sorted(expected)
        assert {(one["channel"], one["form"]["equipment"]) for one in tickets} == {("portal", "camera")}


@requirement("R1", "R2")
async def test_the_example_in_the_shell_becomes_a_ticket(stages: Stages) -> None:
    await run(["sh", "-euc", example("sh")], stages)

    async with Customers(stages) as customers:
        await customers.until(lambda: opened(customers, "La sirène de l'entrepôt") != [])
        assert [one["channel"] for one in opened(customers, "La sirène de l'entrepôt")] == ["phone"]


STAND_IN = """
import argparse, asyncio, sys
from aiokafka import AIOKafkaProducer

asked = argparse.ArgumentParser(allow_abbrev=False)
asked.add_argument("--bootstrap-server", required=True)
asked.add_argument("--topic", required=True)
named = asked.parse_args()

async def publish():
    async with AIOKafkaProducer(bootstrap_servers=named.bootstrap_server, acks="all") as producer:
        for line in sys.stdin.buffer:
            await producer.send_and_wait(named.topic, line.rstrip(b"\\r\\n"))

asyncio.run(publish())
"""
"""Kafka's console producer as far as the page uses it: each line is a record without a key. Its own jar is not here."""


@requirement("R1", "R2")
async def test_the_example_for_kafkas_own_producer_becomes_a_ticket(stages: Stages, tmp_path: Path) -> None:
    script = tmp_path / "kafka-console-producer.sh"
    (tmp_path / "stand_in.py").write_text(STAND_IN, "utf-8")
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/stand_in.py" "$@"\n', "utf-8")
    script.chmod(0o755)

    await run(["sh", "-euc", example("sh", 1)], stages, tmp_path)

    async with Customers(stages) as customers:
        await customers.until(lambda: opened(customers, "Le badge du hall") != [])
        (ticket,) = opened(customers, "Le badge du hall")
        assert (ticket["channel"], ticket["request"]) == ("phone", request_id(stages.environment, "phone", "call-43"))


@requirement("R1", "R2")
@pytest.mark.skipif(shutil.which("javac") is None, reason="the example in Java needs a JDK, and there is none here")
async def test_the_example_in_java_becomes_a_ticket(stages: Stages, tmp_path: Path) -> None:
    program = tmp_path / "Publish.java"
    program.write_text(example("java"), "utf-8")
    libraries = os.pathsep.join(str(jar) for jar in kafka_jars(to_stderr))

    await run(["java", "-Xmx128m", "-cp", libraries, program, "form-77"], stages)

    async with Customers(stages) as customers:
        await customers.until(lambda: opened(customers, "Le portail ne s'ouvre plus") != [])
        (ticket,) = opened(customers, "Le portail ne s'ouvre plus")
        assert ticket["request"] == request_id(stages.environment, "portal", "form-77")
