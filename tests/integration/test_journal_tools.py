"""`sav journal republish` and `sav state verify` beside stages that run on real engines."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from cli.tools import stage_named
from shared.personal import ClearSeal
from shared.runtime.mongo import MongoJournal, Store
from shared.runtime.ports import Partition, Record
from shared.runtime.settings import Settings
from shared.runtime.verify import Verifier
from tests.requirements import requirement
from tests.support.stages import Customers, Stages, classified

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def stages(kafka: str, mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """Intake and triage, running."""
    stages = Stages(kafka, mongo_uri, tmp_path_factory.mktemp("tools"))
    stages.create_topics()
    with stages.started("intake", "triage"):
        yield stages


def settings_of(stages: Stages) -> Settings:
    return Settings(kafka=stages.kafka, mongo=stages.mongo, environment=stages.environment)


async def sav(stages: Stages, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does."""
    environment = os.environ | {
        "SAV_KAFKA": stages.kafka,
        "SAV_MONGO": stages.mongo,
        "SAV_ENVIRONMENT": stages.environment,
    }
    command = [sys.executable, "-m", "cli", *words]
    return await asyncio.to_thread(
        lambda: subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    )


async def tickets_of(customers: Customers, count: int) -> list[str]:
    """Send mails; return their keys once each has its ticket, its class and its acknowledgement asked for."""
    keys = [uuid4().hex for _ in range(count)]
    for key in keys:
        await customers.send(key)
    await customers.until(lambda: customers.done(keys))
    return keys


@requirement("R2")
async def test_a_journal_that_is_published_again_changes_nothing_and_arms_what_was_lost(stages: Stages) -> None:
    async with Customers(stages) as customers:
        # given tickets, of which one has lost its armed deadline
        keys = await tickets_of(customers, 5)
        ticket = customers.tickets(keys[0])[0]
        settings = settings_of(stages)
        with MongoClient[dict[str, Any]](stages.mongo) as client:
            timers = client[settings.database("intake")]["timers"]
            armed = {row["_id"] for row in timers.find({"entity": ticket})}
            assert armed
            timers.delete_many({"entity": ticket})
            copies = len(customers.records["sav.intake"])
            # when intake's journal is published again, whole
            done = await sav(stages, "journal", "republish", "intake", "--all", "--json")
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            # then every event is there twice, byte for byte (the listener checks), and opens nothing
            wanted = copies + told["events"]
            await customers.until(lambda: len(customers.records["sav.intake"]) >= wanted)
            more = await tickets_of(customers, 1)
            customers.check([*keys, *more])
            # and the deadline is armed as it was
            assert {row["_id"] for row in timers.find({"entity": ticket})} == armed
    verdict = await sav(stages, "state", "verify", "intake", "triage", "--json")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


async def test_a_span_must_be_named_and_a_trial_publishes_nothing(stages: Stages) -> None:
    async with Customers(stages) as customers:
        await tickets_of(customers, 1)
        nothing_named = await sav(stages, "journal", "republish", "intake")
        assert nothing_named.returncode == 2 and "--all" in nothing_named.stderr
        copies = len(customers.records["sav.intake"])
        trial = await sav(stages, "journal", "republish", "intake", "--all", "--dry-run", "--json")
        assert json.loads(trial.stdout)["events"] >= 2
        await tickets_of(customers, 1)
        assert len(customers.records["sav.intake"]) == copies + 2


class NothingTold:
    """Topics that lost everything."""

    async def ends(self) -> dict[Partition, int]:
        return {}

    async def read_to(self, _: Mapping[Partition, int]) -> AsyncIterator[list[Record]]:
        none: list[list[Record]] = []
        for records in none:
            yield records


async def test_what_the_topics_do_not_say_is_a_difference(stages: Stages) -> None:
    async with Customers(stages) as customers:
        (key,) = await tickets_of(customers, 1)
        ticket = customers.tickets(key)[0]
    settings = settings_of(stages)
    store = Store(settings.mongo, settings.database("intake"))
    try:
        verifier = Verifier(stage_named("intake"), ClearSeal(), MongoJournal(store), NothingTold(), rounds=0)
        verdict = await verifier.verify(lambda *_: None)
    finally:
        store.close()
    said = {one.entity: one.says for one in verdict.differences}
    assert said[ticket] == "the journal has 2 events, the topics 0"


def test_an_unknown_stage_is_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "state", "verify", "billing"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "intake, triage" in done.stderr


@requirement("R2")
async def test_a_person_lets_go_what_is_held(stages: Stages) -> None:
    async with Customers(stages) as customers:
        # given a ticket that is held for an event which only newer code understands
        (key,) = await tickets_of(customers, 1)
        ticket = customers.tickets(key)[0]
        newer = classified(2, ticket, type="sav.triage.ticket-reclassified.v9")
        await customers.put("sav.triage", newer, ticket.encode())
        await customers.until(lambda: "needs-attention" in customers.types("intake", ticket))
        # when a person lets it go
        done = await sav(stages, "journal", "release", "intake", ticket, "--by", "A-01")
        assert done.returncode == 0, done.stderr
        # then intake has tried it again; it is for newer code still, and goes on to wait
        with MongoClient[dict[str, Any]](stages.mongo) as client:
            journal = client[settings_of(stages).database("intake")]["journal"]

            def outcomes() -> list[str]:
                rows = journal.find({"_id": {"$gte": f"{ticket}#", "$lt": f"{ticket}$"}}).sort("_id", 1)
                return [cause["outcome"] for row in rows for cause in row["causes"]]

            await customers.until(lambda: "released" in outcomes())
            assert outcomes().count("held") == 1
