"""What the simulator asks of pauses and of calls, whatever faults delayed: each is broken once, and found."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.runtime.ports import Record
from simulate.trace import Trace
from simulate.waiting import check_waiting
from simulate.witness import Seen, Witness

START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDS = "R10 the customer's next word ends a pause"
EVERY = "R10 every pause ends"
CALLS = "R1 calling who is on call ends"


class Told:
    """What stages said of one ticket, with the append in which dispatch took each cause."""

    def __init__(self) -> None:
        self._said: list[tuple[str, dict[str, Any], str]] = []
        self._settled: dict[str, int] = {}

    def say(self, name: str, cause: str, **data: Any) -> Told:
        self._said.append((name, data, cause))
        return self

    def took(self, cause: str, append: int) -> Told:
        self._settled[cause] = append
        return self

    def broken(self) -> list[str]:
        return asyncio.run(self._judged())

    async def _judged(self) -> list[str]:
        witness = Witness(Trace(START, 1))
        for seq, (name, data, cause) in enumerate(self._said, start=1):
            stage = name.partition(".")[0]
            document = {"type": f"sav.{name}.v1", "id": f"e{seq}", "subject": "t1", "data": data, "causationid": cause}
            record = Record(f"sav.{stage}", 0, seq, b"t1", b"{}", 0)
            witness.events[stage, "t1", seq] = Seen(record, 0.0, document)
        witness.books["dispatch"].settled.update({("t1", cause): append for cause, append in self._settled.items()})
        found: list[str] = []
        check_waiting(witness, lambda promise, holds, _ticket, _sentence: None if holds else found.append(promise))
        return found


def paused() -> Told:
    return Told().say("dispatch.clock-paused", "c1", pause=1, at=START.isoformat()).took("c1", 5)


def answered(told: Told, after: timedelta, *, automatic: bool = False) -> Told:
    return told.say("intake.customer-replied", "r1", received_at=(START + after).isoformat(), automatic=automatic)


def resumed(told: Told, cause: str, append: int) -> Told:
    return told.say("dispatch.clock-resumed", cause, pause=1).took(cause, append)


@pytest.mark.parametrize(("append", "broken"), [(5, []), (6, [ENDS]), (8, [ENDS]), (9, []), (10, [])])
def test_a_word_that_dispatch_took_while_a_clock_stood_still_ended_it(append: int, broken: list[str]) -> None:
    told = resumed(answered(paused(), HOUR), "c2", 9).took("e2", append)

    assert told.broken() == broken


def test_the_word_that_ended_it_was_not_overlooked() -> None:
    assert resumed(answered(paused(), HOUR), "e2", 7).broken() == []


@pytest.mark.parametrize(
    ("after", "automatic", "broken"), [(-HOUR, False, []), (0 * HOUR, False, [ENDS]), (HOUR, True, [])]
)
def test_words_from_before_it_and_a_machines_end_nothing(after: timedelta, automatic: bool, broken: list[str]) -> None:
    told = resumed(answered(paused(), after, automatic=automatic), "c2", 9).took("e2", 7)

    assert told.broken() == broken


def test_a_pause_that_never_ends_is_found() -> None:
    assert paused().broken() == [EVERY]


def called() -> Told:
    told = Told().say("dispatch.on-call-needed", "d1", resolution=1)
    return told.say("notify.staff-message-to-send", "n1", kind="page", resolution=1)


@pytest.mark.parametrize(("end", "resolution", "broken"), [("page-answered", 1, []), ("paging-ended", 2, [CALLS])])
def test_calls_that_nothing_ends_are_found(end: str, resolution: int, broken: list[str]) -> None:
    assert called().broken() == [CALLS]
    assert called().say(f"notify.{end}", "x", resolution=resolution).broken() == broken
