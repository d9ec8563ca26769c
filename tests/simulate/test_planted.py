"""Bugs planted on purpose are found, each by its promise's checker; `make mutants` hunts many more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.closure import decide as closure
from services.resources import decide as resources
from shared.runtime.loop import Loop
from shared.runtime.ports import Batch, Partition
from simulate.run import Asked, Result, simulate

ENOUGH = 8
"""Seeds: each of these bugs shows within a few of them."""


def first_broken(faults: tuple[str, ...], wanted: str) -> Result:
    for seed in range(1, ENOUGH + 1):
        result = simulate(Asked(seed=seed, tickets=4, faults=faults, swarm=False))
        if any(breach.promise.startswith(wanted) for breach in result.breaches):
            return result
    pytest.fail(f"{ENOUGH} seeds and nobody saw it")


def test_a_closing_after_four_days_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closure, "five_days_end", lambda delivered_at, _: delivered_at + timedelta(days=4))

    found = first_broken((), "I12")

    assert any("closed" in breach.sentence for breach in found.breaches)


def test_a_part_that_is_promised_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "free_quantity", lambda received, _: received)

    first_broken((), "audit part-promised-once")


def test_an_offset_beyond_what_was_done_is_found_when_it_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest: Callable[[Batch], dict[Partition, int]] = Batch.next_offsets

    monkeypatch.setattr(Batch, "next_offsets", lambda batch: {at: end + 1 for at, end in honest(batch).items()})

    first_broken((), "I28")


def test_events_that_nobody_publishes_after_a_crash_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(Loop, "_again", nothing)

    first_broken(("crash",), "I25 nothing unpublished")
