"""The model of the outside: virtual time, and a run that is a function of its seed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from simulate import virtual
from simulate.chance import Chance
from simulate.faults import KINDS, Plan

START = datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_a_week_of_virtual_time_passes_at_once_and_to_the_second() -> None:
    async def sleep_a_week() -> float:
        await asyncio.sleep(7 * 86_400)
        return asyncio.get_running_loop().time()

    assert virtual.run(sleep_a_week()) == pytest.approx(7 * 86_400)


def test_what_waits_for_nobody_is_a_deadlock_and_not_a_hang() -> None:
    async def wait_for_nobody() -> None:
        await asyncio.Event().wait()

    with pytest.raises(virtual.Deadlock):
        virtual.run(wait_for_nobody())


def test_a_clock_that_is_wrong_shows_it_and_the_true_time_stays() -> None:
    async def look() -> tuple[datetime, datetime]:
        clock = virtual.VirtualClock(START)
        clock.wrong_by = timedelta(days=6)
        await asyncio.sleep(60)
        return clock.now(), clock.true()

    shown, true = virtual.run(look())
    assert true == START + timedelta(minutes=1)
    assert shown == true + timedelta(days=6)


def test_taking_one_kind_of_fault_away_leaves_the_others_as_they_were() -> None:
    whole = Plan(Chance(7), KINDS, swarm=False)
    without = Plan(Chance(7), [kind for kind in KINDS if kind != "crash"], swarm=False)

    assert without.rates == {kind: rate for kind, rate in whole.rates.items() if kind != "crash"}
    assert [whole.of("late").random() for _ in range(5)] == [without.of("late").random() for _ in range(5)]


def test_no_fault_happens_after_faults_have_stopped() -> None:
    plan = Plan(Chance(7), KINDS, swarm=False)
    plan.stop()

    assert not any(plan.at_a_call("journal.insert") for _ in range(20_000))
    assert not any(plan.strikes("copies") for _ in range(20_000))


ONE_SEED = """
import json
from simulate.run import Asked, simulate
result = simulate(Asked(seed=11, days=5, tickets=2))
print(json.dumps([result.digest, result.steps, sorted(result.seen.items())]))
"""


def test_the_same_seed_leaves_the_same_trace_in_two_processes_with_different_hash_seeds() -> None:
    # given two processes in which every set and every hash is ordered differently
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_SEED],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        for hash_seed in ("1", "4242")
    ]
    # when both run the same seed, crashes, copies and all
    said = [json.loads(run.communicate(timeout=100)[0]) for run in runs]
    # then every call of every port happened in the same order at the same virtual instant
    assert said[0] == said[1]
    assert said[0][1] > 1_000
