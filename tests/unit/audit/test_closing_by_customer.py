"""R12: closed as confirmed only after the customer confirmed for good (I13, I16)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.audit.lives import CLICKED_AT, HOUR, MINUTE, click, confirmed_life, reopened_life
from tests.unit.audit.story import SECOND, TICK, Story, paris, written

CHECK = "closed-as-confirmed"
RESOLVED_AT = paris("2026-03-03 10:10")


def closing_at(story: Story, at: str) -> None:
    closing = story.find("closure.ticket-closed")
    closing["data"]["closed_at"] = closing["time"] = at


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 1), (-TICK, 1), (0 * TICK, 0), (TICK, 0)])
def test_a_click_is_final_two_minutes_later(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    closing_at(story, written(CLICKED_AT + 2 * MINUTE + off))

    assert len(story.broken(CHECK)) == broken


def test_a_closing_that_nobody_confirmed_is_found() -> None:
    story = confirmed_life()
    story.drop("intake.customer-confirmed")

    assert story.broken(CHECK) == ["clos comme confirmé, mais personne n’a confirmé la résolution 1"]


def test_a_confirmation_of_another_resolution_does_not_count() -> None:
    story = confirmed_life()
    story.find("intake.customer-confirmed")["data"]["resolution"] = 2

    assert len(story.broken(CHECK)) == 1


def test_a_confirmation_of_another_ticket_does_not_count() -> None:
    story = confirmed_life()
    story.find("intake.customer-confirmed")["subject"] = "t2"

    assert len(story.broken(CHECK)) == 1


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 1), (0 * SECOND, 0)])
def test_a_confirmation_comes_after_the_resolution(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    story.find("intake.customer-confirmed")["data"]["received_at"] = written(RESOLVED_AT + off)

    assert len(story.broken(CHECK)) == broken


def test_a_closing_of_what_was_never_resolved_is_found() -> None:
    story = confirmed_life()
    story.drop("dispatch.ticket-resolved")

    assert story.broken(CHECK) == ["clos comme confirmé, mais la résolution 1 n’a jamais été atteinte"]


@pytest.mark.parametrize(("off", "broken"), [(2 * MINUTE - SECOND, 1), (2 * MINUTE, 0), (SECOND, 1)])
def test_a_click_taken_back_in_time_closes_nothing(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    click(story, "take-back", CLICKED_AT + off, "t1", 1, "b")

    assert len(story.broken(CHECK)) == broken


@pytest.mark.parametrize(("seq", "broken"), [(1, 0), (99, 1)])
def test_of_a_click_and_a_take_back_at_one_instant_the_order_of_intake_decides(seq: int, broken: int) -> None:
    story = confirmed_life()
    click(story, "take-back", CLICKED_AT, "t1", 1, "b")
    story.find("intake.ticket-opened")["seq"] = 98
    story.find("intake.customer-took-back")["seq"] = seq

    assert len(story.broken(CHECK)) == broken


def test_a_click_after_one_taken_back_counts() -> None:
    story = confirmed_life()
    click(story, "take-back", CLICKED_AT - MINUTE, "t1", 1, "b")
    click(story, "confirmation", CLICKED_AT - 2 * MINUTE, "t1", 1, "c0")

    assert story.broken(CHECK) == []


def test_a_take_back_seen_too_late_is_put_right_by_reopening() -> None:
    story = confirmed_life()
    click(story, "take-back", CLICKED_AT + MINUTE, "t1", 1, "b")
    story.say("closure.ticket-reopened", CLICKED_AT + HOUR, resolution=1, because="reply-before-closing")

    assert story.broken(CHECK) == []


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 1), (0 * SECOND, 0), (-MINUTE, 1)])
def test_not_solved_before_the_closing_excludes_it(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    click(story, "denial", CLICKED_AT + 2 * MINUTE + off, "t1", 1, "d")

    assert len(story.broken(CHECK)) == broken


def test_not_solved_taken_back_excludes_nothing() -> None:
    story = confirmed_life()
    click(story, "denial", CLICKED_AT - MINUTE, "t1", 1, "d")
    click(story, "take-back", CLICKED_AT - SECOND, "t1", 1, "b")

    assert story.broken(CHECK) == []


def test_not_solved_seen_after_the_closing_is_put_right_by_reopening() -> None:
    story = confirmed_life()
    click(story, "denial", CLICKED_AT + MINUTE, "t1", 1, "d")
    story.say("closure.ticket-reopened", CLICKED_AT + HOUR, resolution=1, because="reply-before-closing")

    assert story.broken(CHECK) == []


def test_a_person_reading_solved_carries_a_closing() -> None:
    story = reopened_life()
    assert story.broken(CHECK) == []

    story.find("closure.read-reply", "t3")["data"]["meaning"] = "no-answer"
    assert story.broken(CHECK) == ["clos comme confirmé, mais personne n’a confirmé la résolution 3"]


@pytest.mark.parametrize(
    ("read_at", "broken"),
    [
        (paris("2026-03-10 10:00") - TICK, 1),
        (paris("2026-03-10 10:00"), 0),
        (paris("2026-03-10 12:02") + 5 * SECOND, 0),
        (paris("2026-03-10 12:02") + 5 * SECOND + TICK, 1),
    ],
)
def test_a_reading_carries_a_closing_from_the_resolution_to_the_closing_give_or_take_the_clocks(
    read_at: datetime, broken: int
) -> None:
    story = reopened_life()
    story.find("closure.read-reply", "t3")["time"] = written(read_at)

    assert len(story.broken(CHECK)) == broken


def test_a_reading_that_closure_refused_carries_nothing() -> None:
    story = reopened_life()
    command = story.find("closure.read-reply", "t3")["id"]
    story.say("closure.command-refused", paris("2026-03-10 12:01"), "t3", command=command, by="tech-1", reason="…")

    assert len(story.broken(CHECK)) == 1


@pytest.mark.parametrize(("off", "broken"), [(-TICK, 1), (0 * TICK, 0)])
def test_a_person_reading_not_solved_before_a_closing_excludes_it(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    story.command("closure.read-reply", CLICKED_AT + 2 * MINUTE + off, resolution=1, meaning="not-solved")

    assert len(story.broken(CHECK)) == broken


def test_a_cause_that_the_procedure_does_not_know_is_found() -> None:
    story = confirmed_life()
    story.find("closure.ticket-closed")["data"]["cause"] = "administrative"

    assert len(story.broken("closed-for-a-cause")) == 1


@pytest.mark.parametrize(("off", "broken"), [(5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_closing_dated_ahead_of_its_own_event_is_found(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    story.find("closure.ticket-closed")["time"] = written(CLICKED_AT + 2 * MINUTE - off)

    assert len(story.broken("closed-for-a-cause")) == broken
