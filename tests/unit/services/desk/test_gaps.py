"""What is missed for a minute is asked of its owner, once."""

from __future__ import annotations

from services.desk.gaps import ASK_AFTER_SECONDS, GapWatch, Missing
from services.desk.projection import Ticket, fold_all
from tests.unit.services.desk import lives
from tests.unit.services.desk.told import READER, TICKET, in_turn

TOLD = in_turn("dispatch", lives.HANDLED_ON_SITE)
GAP = fold_all(Ticket(TICKET), [TOLD[0], TOLD[2]], READER.again)
CLOSED_GAP = fold_all(GAP, [TOLD[1]], READER.again)
OTHER_GAP = fold_all(GAP, [TOLD[1], TOLD[4]], READER.again)
MISSING = Missing(TICKET, "dispatch", 2)


class Watched:
    """A watch with a clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.gaps = GapWatch(lambda: self.time)


def test_a_gap_is_asked_for_after_a_minute_and_not_before() -> None:
    watched = Watched()
    watched.gaps.note(GAP)

    watched.time += ASK_AFTER_SECONDS - 0.001
    assert watched.gaps.due() == []
    watched.time += 0.001
    assert watched.gaps.due() == [MISSING]


def test_seeing_the_gap_again_does_not_begin_the_minute_anew() -> None:
    watched = Watched()
    watched.gaps.note(GAP)
    watched.time += ASK_AFTER_SECONDS / 2
    watched.gaps.note(GAP)
    watched.time += ASK_AFTER_SECONDS / 2

    assert watched.gaps.due() == [MISSING]


def test_a_gap_that_closed_is_not_asked_for() -> None:
    watched = Watched()
    watched.gaps.note(GAP)
    watched.gaps.note(CLOSED_GAP)
    watched.time += ASK_AFTER_SECONDS

    assert watched.gaps.due() == []


def test_what_was_asked_for_once_is_not_asked_for_again_but_another_gap_is() -> None:
    watched = Watched()
    watched.gaps.note(GAP)
    watched.time += ASK_AFTER_SECONDS
    watched.gaps.asked(MISSING)
    watched.gaps.note(GAP)
    watched.time += ASK_AFTER_SECONDS
    assert watched.gaps.due() == []

    watched.gaps.note(OTHER_GAP)
    watched.time += ASK_AFTER_SECONDS
    assert watched.gaps.due() == [Missing(TICKET, "dispatch", 4)]
