"""`sav review` on a real Kafka: the topic read whole from all its partitions, and the files of the month."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.engines.choose import Engines
from tests.requirements import requirement
from tests.support.stages import Customers, Stages
from tests.unit.review.records import OCTOBER, scores, survey
from tests.unit.services.harness import HOUR

pytestmark = [pytest.mark.kafka]
UNTIL = "2027-03-01T09:00:00+01:00"


@pytest.fixture(scope="module")
def stages(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """Topics alone: the review needs no service and no store."""
    made = Stages(engines.kafka(), "mongodb://nobody.invalid", tmp_path_factory.mktemp("review"))
    made.create_topics()
    return made


def review(stages: Stages, out: Path, *more: str, environment: str = "") -> subprocess.CompletedProcess[str]:
    variables = {"SAV_KAFKA": stages.kafka, "SAV_ENVIRONMENT": environment or stages.environment}
    command = [sys.executable, "-m", "cli", "review", "--out", str(out), *more]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False)


@requirement("R15")
async def test_the_month_is_read_from_every_partition_and_the_exit_status_tells_what_could_not_be_read(
    stages: Stages, tmp_path: Path
) -> None:
    # given tickets in all partitions, half of them answered, and a record that nobody can read
    async with Customers(stages) as analysts:
        for n in range(12):
            answer = scores(4, 4, 4) if n % 2 else None
            for value in survey(f"t{n}", OCTOBER + n * HOUR, answer=answer, expired=answer is None):
                await analysts.put("sav.survey", value, partition=n % 6)
        await analysts.put("sav.survey", b"{}", partition=5)
    # when the month is reviewed
    done = review(stages, tmp_path, "--month", "2026-10", "--until", UNTIL, "--json")
    # then all of it is counted, and what could not be read is said
    assert (done.returncode, "illisible" in done.stderr) == (1, True)
    october = json.loads(done.stdout)["figures"]["2026-10"]
    assert (october["closed"], october["answered"], october["rate"]) == (12, 6, 0.5)
    assert json.loads((tmp_path / "revue-2026-10.json").read_text("utf-8"))["figures"]["2026-10"] == october
    assert "octobre 2026" in (tmp_path / "revue-2026-10.html").read_text("utf-8")


@requirement("R15")
def test_nothing_is_written_where_the_topic_does_not_exist(stages: Stages, tmp_path: Path) -> None:
    done = review(stages, tmp_path / "nothing", "--month", "2026-10", environment="elsewhere")

    assert (done.returncode, "elsewhere.sav.survey n’existe pas" in done.stderr) == (2, True)
    assert not (tmp_path / "nothing").exists()
