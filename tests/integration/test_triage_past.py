"""`sav triage replay`, `corrections` and `refill-sites` on topics that a real triage has written (R6, R7)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

import cli.triage
from services.triage.app import PART as TRIAGE
from services.triage.site_book import FAULTS, PLACES
from shared.codec import Envelope, encode, sealed_data
from shared.events.base import Payload
from shared.events.triage import Reclassify
from shared.personal import ClearSeal
from shared.runtime.mongo import Store
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.integration.test_desk import made, unmade
from tests.requirements import requirement
from tests.support.kafka import until
from tests.support.services import running
from tests.unit.services.builders import MONDAY, opened

pytestmark = pytest.mark.kafka
PATIENCE_SECONDS = 60
SITE = "S-7"
TEXTS = {
    "t1": "L'image de la caméra 4 est floue.",
    "t2": "Le lecteur 4 est capricieux.",
    "t3": "Comment ajouter un badge ?",
}


def words(ticket: str, seq: int, payload: Payload, policy: str = "") -> bytes:
    data = sealed_data(payload, ticket, ClearSeal())
    name = f"{ticket}-{type(payload).__name__}"
    return encode(Envelope(name, payload.type_name, "urn:test/intake", ticket, MONDAY, data, seq=seq, policy=policy))


def request(ticket: str) -> bytes:
    event = opened(text=TEXTS[ticket])
    return words(ticket, 1, event.model_copy(update={"contract": event.contract.model_copy(update={"site": SITE})}))


async def run(*arguments: str) -> dict[str, Any]:
    """Run one command of `sav triage` as an operator does, with an event loop of its own."""
    answer = await asyncio.to_thread(CliRunner().invoke, cli.triage.app, [*arguments, "--json"])
    assert answer.exit_code == 0, answer.output
    # The runner hears the whole process, so the log of the service that runs beside it too.
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


async def shows(found: Callable[[dict[str, Any]], bool], *arguments: str) -> bool:
    return found(await run(*arguments))


@requirement("R5", "R6", "R7")
async def test_what_a_real_triage_has_said_is_replayed_corrected_and_remembered(
    kafka: str, mongo_uri: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings(
        kafka=kafka, mongo=mongo_uri, environment=f"t{uuid4().hex[:8]}", replica="one", session_timeout_ms=6_000
    )
    for name, value in (("KAFKA", kafka), ("MONGO", mongo_uri), ("ENVIRONMENT", settings.environment)):
        monkeypatch.setenv(f"SAV_{name}", value)
    grid = json.loads(files("services.triage").joinpath("grid.fr.json").read_text(encoding="utf-8"))
    tried = tmp_path / "essai.json"
    fewer = [one for one in grid["regles"] if one["id"] != "C-SERIE"]
    tried.write_text(json.dumps(grid | {"version": "essai", "regles": fewer}), encoding="utf-8")
    await made(kafka, settings.prefix)
    try:
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer, running(Service(TRIAGE, settings)):
            # given three tickets of one site, of which two tell of an isolated fault
            for ticket in TEXTS:
                await producer.send_and_wait(f"{settings.prefix}sav.intake", request(ticket), key=ticket.encode())
            replay = ("replay", "--grid", str(tried))
            await until(lambda: shows(lambda one: one["tickets"] == len(TEXTS), *replay), PATIENCE_SECONDS)
            # when a technician lowers the one that was raised by the other
            first = await run(*replay)
            (change,) = first["changes"]
            raised = change["ticket"]
            command = Reclassify(by="T-01", criticality="standard", reason="Vu à distance : isolée.")
            name = f"{settings.prefix}sav.commands"
            await producer.send_and_wait(name, words(raised, 1, command), key=raised.encode())
            # then the report names the rule, and the dry run the reasons of both sides
            await until(lambda: shows(lambda one: bool(one["rules"]), "corrections"), PATIENCE_SECONDS)
            (series,) = [one for one in (await run("corrections"))["rules"] if one["rule"] == "C-SERIE"]
            assert (series["decided"], series["lowered"], series["tickets"]) == (1, 1, [raised])
            assert (first["grid"], change["lowered"]) == ("essai", True)
            assert "C-SERIE" in {one["rule"] for one in change["was"]["reasons"]}
            assert {one["rule"] for one in change["would_be"]["reasons"]} == {"S-DEGRADE"}
            assert (await run("replay", "--grid", str(tried), "--since", "2100-01-01T00:00:00Z"))["tickets"] == 0
            # and a book that is lost can be filled again
            store = Store(settings.mongo_for("triage"), settings.database("triage"))
            places = store.collection(FAULTS.collection)
            kept = await places.find({}).sort("_id", 1).to_list(PLACES)
            assert [one["before"] for one in kept] == [0, 1]
            await places.drop()
            assert await run("refill-sites") == {"noted": 2}
            again = await places.find({}).sort("_id", 1).to_list(PLACES)
            assert [(one["_id"], one["before"]) for one in again] == [(one["_id"], one["before"]) for one in kept]
            store.close()
    finally:
        await unmade(kafka, settings.prefix)
