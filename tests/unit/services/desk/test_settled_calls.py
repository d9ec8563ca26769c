"""What a person was called for about clocks and calls at night is answered by what happens, and by nothing else."""

from __future__ import annotations

import pytest

from services.desk.sections import ROOMS
from shared.events import notify
from shared.events.base import Event
from tests.requirements import requirement
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import at

ANSWERED = notify.PageAnswered(resolution=1, page=2, person="T-07", at=at())
TAKEN = notify.PagingEnded(resolution=1, because="taken")
GIVEN_UP = notify.PagingEnded(resolution=1, because="given-up")


@requirement("R1", "R10")
@pytest.mark.parametrize(
    ("stage", "event", "about", "settled"),
    [
        ("dispatch", lives.RESUMED, "paused:1", True),
        ("dispatch", lives.RESUMED, "paused:2", False),
        ("dispatch", lives.PAUSED, "paused:1", False),
        ("dispatch", lives.RESUMED, "unanswered:t/1", False),
        ("notify", ANSWERED, "page-unanswered:1", True),
        ("notify", ANSWERED, "page-unanswered:2", False),
        ("notify", TAKEN, "page-unanswered:1", True),
        ("notify", TAKEN, "nobody-on-call:1", True),
        ("notify", GIVEN_UP, "page-unanswered:1", False),
        ("notify", GIVEN_UP, "nobody-on-call:1", False),
        ("notify", ANSWERED, "unreachable:reminder:1:1", False),
    ],
)
def test_a_call_for_a_person_is_settled_by_its_own_answer(stage: str, event: Event, about: str, settled: bool) -> None:
    assert ROOMS[stage].settles(event, about) is settled
