"""Registry imports on a real Kafka: whole or not at all, and a running intake that opens tickets under each version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from cli.registry import app
from shared.engines.choose import Engines
from shared.errors import StopService
from shared.registry.imports import Plan
from shared.registry.joining import Wanted, join
from shared.runtime import registry_topic
from shared.runtime.registry_topic import import_registry, plan_import, read_book
from shared.runtime.settings import Settings
from tests.requirements import requirement
from tests.support.stages import Customers, Stages

pytestmark = [pytest.mark.kafka]

SAMPLES = Path(__file__).parents[2] / "samples" / "registry"
FILES = {path.name: path.read_bytes() for path in SAMPLES.glob("*.csv")}
TODAY = date(2026, 11, 23)
BANK = "cordeliers@banque-rivoise.example"


def wanted(formula: bytes = b"premium", bank: bytes = b"Banque Rivoise") -> Wanted:
    """The sample registry, with the bank under another name or contract."""
    rows = FILES["contrats.csv"].replace(b"Banque Rivoise;premium", bank + b";" + formula)
    found, faults = join({**FILES, "contrats.csv": rows}, ("france", "alsace-moselle", "continuous"))
    assert faults == []
    return found


@pytest.fixture(scope="module")
def stages(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """One environment: every test imports a bank of another name, so that none needs the others."""
    made = Stages(engines.kafka(), engines.mongo("tests"), tmp_path_factory.mktemp("registry"))
    made.create_topics()
    return made


def settings_of(stages: Stages) -> Settings:
    return Settings(kafka=stages.kafka, mongo=stages.mongo, environment=stages.environment)


@requirement("R4")
async def test_a_ticket_keeps_the_contract_that_it_was_opened_under(stages: Stages) -> None:
    settings = settings_of(stages)
    first = await import_registry(settings, wanted(bank=b"Banque Rivoise SA"), TODAY)
    assert first is not None
    with stages.started("intake"):
        await _opens_tickets_under(first, stages)


async def _opens_tickets_under(first: Plan, stages: Stages) -> None:
    settings = settings_of(stages)
    async with Customers(stages) as customers:
        await customers.send("m-1", personal={"email": BANK, "text": "La sirène sonne"})
        await customers.until(lambda: len(customers.tickets("m-1")) == 1)
        second = await import_registry(settings, wanted(b"standard"), TODAY)
        assert second is not None
        last = await _until_opened_under(customers, second)

        before = _contract_of(customers, "m-1")
        assert (before["tier"], before["version"]) == ("premium", first.version)
        assert last["tier"] == "standard"
    book = await read_book(settings)
    kept = book.contract("C-1001", "S-1001", before["version"])
    assert kept is not None and kept.tier == "premium"
    assert book.version == second.version
    assert await plan_import(settings, wanted(b"standard"), TODAY) is None


async def _until_opened_under(customers: Customers, version: Plan) -> Mapping[str, Any]:
    """Write again until intake has read the new version: it follows the topic with half a second's delay."""
    for number in range(2, 100):
        key = f"m-{number}"
        await customers.send(key, personal={"email": BANK, "text": "La sirène sonne encore"})
        await customers.until(lambda key=key: len(customers.tickets(key)) == 1)  # type: ignore[misc]
        if (contract := _contract_of(customers, key))["version"] == version.version:
            return contract
    raise AssertionError("intake never read the second import")


def _contract_of(customers: Customers, key: str) -> Mapping[str, Any]:
    [ticket] = customers.tickets(key)
    contract: Mapping[str, Any] = customers.events["intake", ticket][1]["data"]["contract"]
    return contract


async def test_an_import_that_died_before_its_end_marker_changes_nothing_and_is_finished_by_the_next(
    stages: Stages,
) -> None:
    settings = settings_of(stages)
    first = await import_registry(settings, wanted(bank=b"Banque morte"), TODAY)
    half = await plan_import(settings, wanted(b"standard", b"Banque morte"), TODAY)
    assert first is not None and half is not None
    await _publish(settings, half.records())

    died = await read_book(settings)
    again = await import_registry(settings, wanted(b"standard", b"Banque morte"), TODAY)

    assert (died.version, died.unfinished()) == (first.version, {half.version: 1})
    assert again == half
    assert (await read_book(settings)).version == half.version


async def _publish(settings: Settings, records: list[tuple[bytes, bytes]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all") as producer:
        for key, value in records:
            await producer.send_and_wait(f"{settings.prefix}sav.registry", value, key=key)


async def test_an_import_that_another_overtook_says_so_and_changes_nothing(
    stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(stages)
    ours = await plan_import(settings, wanted(b"standard", b"Banque lente"), TODAY)
    theirs = await import_registry(settings, wanted(bank=b"Banque lente"), TODAY)
    assert theirs is not None

    async def planned_before(*_: object) -> Plan | None:
        return ours

    monkeypatch.setattr(registry_topic, "plan_import", planned_before)
    with pytest.raises(StopService, match="un autre import"):
        await import_registry(settings, wanted(b"standard", b"Banque lente"), TODAY)

    assert (await read_book(settings)).version == theirs.version


def test_the_command_imports_once_and_says_what_it_did(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAV_KAFKA", stages.kafka)
    monkeypatch.setenv("SAV_ENVIRONMENT", stages.environment)
    folder, run = str(SAMPLES), CliRunner().invoke

    tried = run(app, ["import", folder, "--dry-run"])
    made = run(app, ["import", folder, "--json"])
    again = run(app, ["import", folder])
    shown = json.loads(run(app, ["show", "--json"]).stdout)

    assert {tried.exit_code, made.exit_code, again.exit_code} == {0}
    assert json.loads(made.stdout)["version"] in {shown["version"], None}  # None: another test left just that
    assert "rien à changer" in again.stdout
    assert shown["counts"]["contract"] == 46


def test_the_command_says_that_kafka_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAV_KAFKA", "127.0.0.1:9")  # the port of discard: nothing answers there

    told = CliRunner().invoke(app, ["show"])

    assert told.exit_code == 2
    assert "127.0.0.1:9" in told.stderr
