"""R1: calls to who is on call that come too early, too late or never, that stop, or that wake somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from audit.history import History
from tests.unit.audit.lives import (
    DAY,
    HOUR,
    MINUTE,
    NOBODY_AT_THE_DESK,
    NUMBERS,
    RAISED_AT,
    opened,
    promise,
    reopened_life,
    taken,
)
from tests.unit.audit.story import SECOND, TICK, Story, paris, run, written

CALLED_AT = NOBODY_AT_THE_DESK + SECOND
NEXT_AT = CALLED_AT + 10 * MINUTE


def critical(at: datetime, tier: str = "premium", criticality: str = "critique") -> Story:
    """t1 is queued under a class at an instant, and nobody has taken it."""
    story = Story()
    opened(story, "t1", at - MINUTE, "phone", at + MINUTE, tier=tier)
    story.find("dispatch.handling-queued")["data"]["criticality"] = criticality
    story.find("dispatch.handling-queued")["time"] = written(at)
    return story


def call(story: Story, at: datetime) -> None:
    story.say("dispatch.on-call-needed", at, number=NUMBERS["t1"], resolution=1, criticality="critique")


NIGHT = paris("2026-03-04 03:00")
EVENING = paris("2026-03-03 17:59:59")
CLOSING = paris("2026-03-03 18:00")


@pytest.mark.parametrize(
    ("queued", "called", "broken"),
    [
        (NIGHT, NIGHT, 0),
        (NIGHT, NIGHT + SECOND, 0),
        (NIGHT, None, 1),
        (EVENING, CLOSING, 0),
        (EVENING, None, 1),
        (CLOSING, CLOSING, 0),
        (paris("2026-03-07 12:00"), paris("2026-03-07 12:00"), 0),
        (paris("2026-05-01 10:00"), paris("2026-05-01 10:00"), 0),
    ],
)
def test_who_is_on_call_is_called_when_the_desk_is_closed_and_not_before(
    queued: datetime, called: datetime | None, broken: int
) -> None:
    story = critical(queued)
    if called is not None:
        call(story, called)

    assert len(run("on-call-when-needed", story.history(queued + DAY)).violations) == broken


@pytest.mark.parametrize(
    ("tier", "criticality"), [("premium", "standard"), ("standard", "critique"), ("none", "critique")]
)
def test_a_call_for_what_is_not_served_at_any_hour_is_found(tier: str, criticality: str) -> None:
    story = critical(NIGHT, tier, criticality)
    assert run("on-call-only-then", story.history(NIGHT + DAY)).violations == []

    call(story, NIGHT)
    assert len(run("on-call-only-then", story.history(NIGHT + DAY)).violations) == 1


@pytest.mark.parametrize(("off", "broken"), [(-5 * SECOND - TICK, 1), (-5 * SECOND, 0), (0 * SECOND, 0), (DAY, 0)])
def test_a_call_while_the_desk_is_open_is_found(off: timedelta, broken: int) -> None:
    story = critical(EVENING)
    call(story, CLOSING + off)

    assert len(run("on-call-only-then", story.history(CLOSING + DAY)).violations) == broken


def test_a_call_for_a_ticket_that_somebody_has_is_found() -> None:
    story = critical(NIGHT)
    taken(story, "t1", NIGHT + MINUTE, "tech-1")
    call(story, NIGHT + 2 * MINUTE)

    assert len(run("on-call-only-then", story.history(NIGHT + DAY)).violations) == 1


def test_a_second_call_for_the_same_need_is_found() -> None:
    story = critical(NIGHT)
    call(story, NIGHT)
    call(story, NIGHT + MINUTE)

    assert len(run("on-call-only-then", story.history(NIGHT + DAY)).violations) == 1


@pytest.mark.parametrize(("after", "pending", "broken"), [(HOUR - TICK, 1, 0), (HOUR, 0, 0), (HOUR + TICK, 0, 1)])
def test_a_need_may_be_on_its_way_for_an_hour(after: timedelta, pending: int, broken: int) -> None:
    finding = run("on-call-when-needed", critical(NIGHT).history(NIGHT + after))

    assert (finding.pending, len(finding.violations)) == (pending, broken)


def test_what_is_taken_at_once_needs_nobody_else_and_what_is_taken_late_did() -> None:
    story = critical(NIGHT)
    taken(story, "t1", NIGHT + MINUTE, "tech-1")
    assert run("on-call-when-needed", story.history(NIGHT + DAY)).violations == []

    story.find("dispatch.taken-charge")["time"] = written(NIGHT + 2 * HOUR)
    assert len(run("on-call-when-needed", story.history(NIGHT + DAY)).violations) == 1


def test_a_lowered_class_needs_no_call_any_more_and_a_raise_at_night_needs_one() -> None:
    story = critical(EVENING)
    story.say("dispatch.promise-recomputed", EVENING, **promise("standard", EVENING))
    assert run("on-call-when-needed", story.history(EVENING + DAY)).violations == []

    story.say(
        "triage.ticket-reclassified", NIGHT, was="standard", criticality="critique", doubt=False, because="customer"
    )
    story.say("dispatch.promise-recomputed", NIGHT + SECOND, **promise("critique", EVENING))
    assert len(run("on-call-when-needed", story.history(NIGHT + DAY)).violations) == 1

    call(story, NIGHT + SECOND)
    assert run("on-call-when-needed", story.history(NIGHT + DAY)).violations == []


# -- what follows a call -----------------------------------------------------------------------------------------------


def unanswered() -> Story:
    story = reopened_life()
    story.drop("notify.page-answered", "t3")
    return story


@pytest.mark.parametrize(("after", "pending", "broken"), [(HOUR - TICK, 1, 0), (HOUR, 0, 1)])
def test_a_call_that_nothing_follows_is_found(after: timedelta, pending: int, broken: int) -> None:
    finding = run("page-followed", unanswered().history(NEXT_AT + 10 * MINUTE + after))

    assert (finding.pending, len(finding.violations)) == (pending, broken)


def test_calls_that_stop_after_the_first_person_are_found() -> None:
    story = unanswered()
    story.drop("notify.staff-message-to-send", "t3", person="tech-2")

    assert len(story.broken("page-followed")) == 1


def test_a_need_that_calls_nobody_is_found_unless_a_person_was_told() -> None:
    story = unanswered()
    story.drop("notify.staff-message-to-send", "t3")
    story.drop("notify.needs-attention", "t3", about="unreachable:closing:1:3")
    assert len(story.broken("page-followed")) == 1

    story.say("notify.needs-attention", CALLED_AT, "t3", reason="Personne.", about="nobody-on-call:1")
    assert story.broken("page-followed") == []


@pytest.mark.parametrize(("off", "broken"), [(-5 * SECOND - TICK, 1), (-5 * SECOND, 0), (0 * SECOND, 0)])
def test_the_next_one_is_not_called_before_ten_minutes_are_over(off: timedelta, broken: int) -> None:
    story = reopened_life()
    story.find("notify.staff-message-to-send", "t3", person="tech-2")["time"] = written(NEXT_AT + off)

    assert len(story.broken("page-followed")) == broken


def test_who_cannot_be_reached_is_followed_by_the_next_one_at_once() -> None:
    story = reopened_life()
    story.find("notify.staff-message-to-send", "t3", person="tech-2")["time"] = written(CALLED_AT + SECOND)
    story.deliver("t3-page-1", CALLED_AT + SECOND, "failed", "t3")

    assert story.broken("page-followed") == []


@pytest.mark.parametrize(("off", "late"), [(2 * MINUTE, 0), (2 * MINUTE + TICK, 1)])
def test_a_next_call_that_comes_late_is_counted_as_late(off: timedelta, late: int) -> None:
    story = reopened_life()
    story.find("notify.staff-message-to-send", "t3", person="tech-2")["time"] = written(NEXT_AT + off)

    finding = story.look("page-followed")

    assert (len(finding.late), finding.violations) == (late, [])


def test_a_call_after_somebody_answered_is_found() -> None:
    story = reopened_life()
    again = story.find("notify.staff-message-to-send", "t3", person="tech-2")["data"]
    story.say(
        "notify.staff-message-to-send", NEXT_AT + HOUR, "t3", **{**again, "message": "t3-page-3", "generation": 3}
    )

    assert len(story.broken("page-followed")) > 0


@pytest.mark.parametrize(("pages", "told", "broken"), [(2, True, 1), (3, True, 0), (3, False, 1)])
def test_calling_is_given_up_after_three_rounds_to_a_person(pages: int, told: bool, broken: int) -> None:
    story = unanswered()
    story.drop("notify.needs-attention", "t3", about="unreachable:closing:1:3")
    if pages == 3:
        last = story.find("notify.staff-message-to-send", "t3", person="tech-2")["data"]
        page = {**last, "message": "t3-page-3", "generation": 3}
        story.say("notify.staff-message-to-send", NEXT_AT + 10 * MINUTE, "t3", **page)
    end = NEXT_AT + (pages - 1) * 10 * MINUTE
    if told:
        story.say("notify.needs-attention", end, "t3", reason="Appeler.", about="page-unanswered:1")
    story.say("notify.paging-ended", end, "t3", resolution=1, because="given-up")

    assert len(story.broken("paging-not-given-up")) == broken


@pytest.mark.parametrize("change", [{"page": 1}, {"person": "tech-1"}, {"at": written(RAISED_AT)}, {"resolution": 2}])
def test_an_answer_that_no_channel_reported_is_found(change: dict[str, object]) -> None:
    story = reopened_life()
    story.find("notify.page-answered", "t3")["data"] |= change

    assert len(story.broken("page-answer-real")) == 1


# -- nobody else -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person", "broken"), [("tech-1", 0), ("boss", 0), ("tech-3", 1)])
def test_a_call_to_somebody_who_is_neither_on_the_rota_nor_a_manager_is_found(person: str, broken: int) -> None:
    story = reopened_life()
    story.find("notify.staff-message-to-send", "t3", generation=1, resolution=1)["data"]["person"] = person

    assert len(story.broken("nobody-else-woken")) == broken


@pytest.mark.parametrize(("off", "broken"), [(-DAY - TICK, 1), (-DAY, 0), (DAY - TICK, 0), (DAY, 1)])
def test_a_turn_on_call_lasts_from_its_beginning_until_just_before_its_end(off: timedelta, broken: int) -> None:
    story = reopened_life()
    earlier = {"person": "tech-9", "rank": 1, "starts": NIGHT - 9 * DAY, "ends": NIGHT - 8 * DAY}
    story.registered("duty", "tech-9@1", earlier)
    story.find("notify.staff-message-to-send", "t3", generation=1, resolution=1)["time"] = written(
        NOBODY_AT_THE_DESK + off
    )

    assert len(story.broken("nobody-else-woken")) == broken


def test_before_the_first_turn_that_is_known_and_without_a_registry_nobody_can_tell() -> None:
    story = reopened_life()
    story.find("notify.staff-message-to-send", "t3", generation=1, resolution=1)["time"] = written(
        NOBODY_AT_THE_DESK - 2 * DAY
    )
    assert run("nobody-else-woken", story.history()).pending == 1

    story.told = [(topic, one) for topic, one in story.told if topic != "sav.registry"]
    assert (story.look("nobody-else-woken").pending, story.broken("nobody-else-woken")) == (3, [])


def mailed(at: datetime, person: str) -> History:
    story = reopened_life()
    told = {"message": "t3-risk-1", "kind": "at-risk", "channel": "email", "generation": 1, "resolution": 0}
    story.say("notify.staff-message-to-send", at, "t3", person=person, **told)
    return story.history()


@pytest.mark.parametrize(
    ("at", "person", "broken"),
    [
        (paris("2026-03-09 08:29:59"), "boss", 1),
        (paris("2026-03-09 08:30"), "boss", 0),
        (paris("2026-03-09 17:59:59"), "boss", 0),
        (paris("2026-03-09 18:00"), "boss", 1),
        (paris("2026-03-08 03:00"), "tech-1", 0),
    ],
)
def test_a_letter_out_of_hours_to_somebody_who_is_not_on_call_is_found(at: datetime, person: str, broken: int) -> None:
    assert len(run("nobody-else-woken", mailed(at, person)).violations) == broken


def test_a_whole_registry_in_one_record_counts_too() -> None:
    story = reopened_life()
    story.told = [(topic, one) for topic, one in story.told if topic != "sav.registry"]
    turns = [{"person": "tech-1", "rank": 1, "starts": written(RAISED_AT), "ends": written(RAISED_AT + DAY)}]
    people = [{"id": one, "name": one, "role": "manager"} for one in ("tech-2", "boss")]
    story.told.append(("sav.registry", {"version": "1", "contracts": [], "people": people, "duties": turns}))

    finding = story.look("nobody-else-woken")

    assert (finding.checked, finding.pending, finding.violations) == (3, 0, [])
