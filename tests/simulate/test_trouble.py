"""Faults of a whole house: each happens where it is asked for, the product does what it promises, and all goes on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from shared.events.catalogue import ENTRIES, known_in_another_version
from simulate import virtual
from simulate.future import Future, todays_code
from simulate.run import Asked, Result, simulate

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
DAY = 86_400.0


def run(fault: str, seed: int) -> Result:
    result = simulate(Asked(seed=seed, tickets=3, faults=(fault,), swarm=False))
    assert result.clean, "\n".join(f"{one.promise}: {one.ticket}: {one.sentence}" for one in result.breaches)
    return result


def test_a_replica_that_is_told_to_stop_finishes_what_is_in_hand() -> None:
    result = run("stop", 1)

    assert result.seen["stopped in good order"] > 5
    assert result.checked["a stop in good order leaves nothing in hand"] > 5


def test_what_newer_code_says_is_held_shown_to_a_person_and_let_go_when_it_can_be_read() -> None:
    result = run("future", 1)

    assert result.seen["fault: future"]
    assert result.seen["held, and a person was told"]
    assert result.seen["waited and went on: held"] > 0


def test_a_group_whose_offset_is_lost_reads_nothing_until_a_person_says_where() -> None:
    result = run("offsets", 3)

    assert result.seen["fault: offsets"] == result.seen["an operator reset an offset"] > 0
    assert result.seen["stopped for a person"] >= result.seen["fault: offsets"]


def test_records_gone_before_a_group_read_them_are_said_again_by_their_owner() -> None:
    result = run("retention", 2)

    assert result.seen["fault: retention"] > 0
    assert result.seen["event published again"] > 0


def test_a_form_that_comes_byte_by_byte_and_twice_is_one_request() -> None:
    assert run("slow", 1).seen["fault: slow"] > 0


def test_newer_code_that_is_taken_for_a_stranger_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.codec.known_in_another_version", lambda _: False)

    result = simulate(Asked(seed=1, tickets=3, faults=("future",), swarm=False))

    assert not result.clean


def test_a_clock_that_smears_a_leap_second_is_half_a_second_ahead_at_noon_and_steps_back_at_the_end() -> None:
    async def look() -> list[timedelta]:
        clock = virtual.VirtualClock(START)
        clock.slew(1 / DAY)
        found = []
        for _ in range(2):
            await asyncio.sleep(DAY / 2)
            found.append(clock.now() - clock.true())
        clock.slew(0.0)
        return [*found, clock.now() - clock.true()]

    assert virtual.run(look()) == [timedelta(seconds=0.5), timedelta(seconds=1), timedelta(0)]


def test_newer_code_says_the_same_under_a_type_that_only_newer_code_can_read() -> None:
    name = "sav.triage.ticket-classified.v1"
    value = json.dumps({"type": name, "subject": "t1", "data": {"é": 1}}, ensure_ascii=False).encode()
    future = Future()

    with todays_code():
        aged = future.ages(value)
        assert aged is not None
        newer = json.loads(aged)["type"]
        # today's code knows that it is its own, in another version; what was said is still known
        assert known_in_another_version(newer)
        assert future.said_today(aged) == value
        assert future.subjects == {"t1"}
        # the same record again is the same record
        assert future.ages(aged) is None
        # and once newer code is here, it reads it
        future.arrive()
        assert ENTRIES[newer] is ENTRIES[name]
    assert newer not in ENTRIES
    assert future.ages(b"not JSON") is None
