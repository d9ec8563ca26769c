"""A stage that lacks the version that a ticket names waits for it, and not for ever."""

from __future__ import annotations

from datetime import date

import pytest

from shared.errors import HoldTicket
from shared.registry import RegistryBook
from shared.registry.imports import plan
from shared.runtime.registry_wait import LOOK_SECONDS, WAIT_SECONDS, RegistryWait
from tests.requirements import requirement
from tests.unit.registry.files import joined, with_files

IMPORT = plan("", {}, joined(with_files()), date(2026, 11, 23))
assert IMPORT is not None
VERSION = IMPORT.version


class Clock:
    """Seconds that pass only while somebody sleeps; the import arrives at a given one."""

    def __init__(self, book: RegistryBook, arrives_at: float) -> None:
        self.book = book
        self.arrives_at = arrives_at
        self.seconds = 0.0
        self.looks = 0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.looks += 1
        if self.seconds >= self.arrives_at and not self.book.knows(VERSION):
            assert IMPORT is not None
            for _, value in [*IMPORT.records(), IMPORT.end_marker()]:
                self.book.take(value)


def waiting(arrives_at: float) -> tuple[RegistryWait, Clock]:
    book = RegistryBook()
    clock = Clock(book, arrives_at)
    return RegistryWait(book, clock.now, clock.sleep), clock


@requirement("R4")
@pytest.mark.parametrize("arrives_at", [LOOK_SECONDS, 1.0, WAIT_SECONDS - 1])
async def test_a_version_that_is_on_its_way_is_waited_for(arrives_at: float) -> None:
    wait, clock = waiting(arrives_at)

    book = await wait.reach(VERSION)

    assert book.contract("C-1", "S-1", VERSION) is not None
    assert arrives_at <= clock.seconds < arrives_at + 2 * LOOK_SECONDS


async def test_what_is_known_already_is_not_waited_for() -> None:
    wait, clock = waiting(0)

    await wait.reach("")
    await wait.reach("empty")

    assert clock.looks == 0


async def test_a_version_that_does_not_come_holds_the_ticket_and_is_waited_for_once() -> None:
    wait, clock = waiting(1e9)

    with pytest.raises(HoldTicket, match=VERSION):
        await wait.reach(VERSION)
    waited = clock.seconds
    with pytest.raises(HoldTicket):
        await wait.reach(VERSION)

    assert WAIT_SECONDS <= waited < WAIT_SECONDS + 2 * LOOK_SECONDS
    assert clock.seconds == waited


async def test_a_version_that_came_after_all_is_found_when_the_ticket_is_released() -> None:
    wait, clock = waiting(WAIT_SECONDS * 2)
    with pytest.raises(HoldTicket):
        await wait.reach(VERSION)

    await clock.sleep(WAIT_SECONDS * 2)

    assert (await wait.reach(VERSION)).version == VERSION
