"""The quickest rows of the fault matrix on real processes, and `sav audit` itself; `make chaos` plays the others.

Deaths, freezes and killed engines under load are in `test_killed.py`. These rows need the fault proxy before the store
alone, so they share the session's broker.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.engines.choose import Engines
from shared.engines.mongo_embedded import EmbeddedMongo
from tests.chaos.engines import Kit, port_of
from tests.chaos.proxy import Proxy
from tests.chaos.scene import Scene, scene
from tests.chaos.table import ROWS, play_one
from tests.requirements import requirement

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
QUICK = ("F2", "F21", "F29")
"""An insert that is cut off in the middle, one whose answer is lost, and a relay that says not now and never."""


@dataclass
class SessionKafka:
    """The session's broker, which no test here stops."""

    address: str

    def start(self) -> str:
        return self.address

    def kill(self) -> None:
        raise AssertionError("the session's broker is not ours to kill")


@pytest.fixture
async def kit(engines: Engines, tmp_path: Path) -> AsyncIterator[Kit]:
    """The session's broker, and a store of our own behind a proxy."""
    store = EmbeddedMongo(tmp_path / "store")
    store.start()
    try:
        async with Proxy(port_of(store)) as proxy, Proxy(1) as nothing:
            yield Kit(tmp_path, SessionKafka(engines.kafka()), store, nothing, proxy)
    finally:
        store.stop()


@requirement("R2")
@pytest.mark.parametrize("name", QUICK)
async def test_a_row_of_the_fault_matrix_leaves_nothing_that_the_auditor_finds(kit: Kit, name: str) -> None:
    (row,) = [row for row in ROWS if row.id == name]

    played = await play_one(kit, row)

    assert played.good, played.error
    assert played.report is not None
    states = {one.invariant.id: one.state for one in played.report.standings}
    assert {states[watched] for watched in row.watch.split()} == {"kept"}


async def test_the_command_reads_topics_and_databases_and_tells_what_a_stopped_stage_has_not_taken(kit: Kit) -> None:
    # given requests that intake alone has taken
    async with scene(kit, "audit", ("intake",)) as stage:
        stage.cast.enter("intake")
        for key in ("one", "two"):
            await stage.customers.send(key)
        await stage.customers.until(lambda: all(stage.customers.tickets(key) for key in ("one", "two")))
        # when an operator audits
        ended = sav_audit(stage, "--json")
        # then everything that intake did is found to be right, and what the others did not take is told, by ticket
        assert ended.returncode == 1, ended.stderr
        told = {one["id"]: one for one in json.loads(ended.stdout)["invariants"]}
        assert {name for name, one in told.items() if one["state"] == "BROKEN"} == {"I28", "I30", "I41"}
        assert told["I25"]["state"] == told["I26"]["state"] == told["I44"]["state"] == "kept"
        # and to people in French
        text = sav_audit(stage).stdout
        assert f"VIOLÉ I28 [events-taken] dossier {stage.customers.tickets('one')[0]}" in text


def sav_audit(stage: Scene, *options: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "SAV_KAFKA": stage.kit.kafka.address,
        "SAV_MONGO": stage.kit.store.address,
        "SAV_ENVIRONMENT": stage.cast.environment,
    }
    command = [sys.executable, "-m", "cli", "audit", *options]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=120, check=False)
