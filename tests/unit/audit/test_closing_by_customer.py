"""R12: closed as confirmed only after the customer confirmed for good (I13, I16); what 'not solved' leads to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.audit.lives import CLICKED_AT, DENIED_AT, HOUR, MINUTE, click, closed, confirmed_life, reopened_life
from tests.unit.audit.lives import reply as replied
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

    assert story.broken(CHECK) == ["closed as confirmed, but nobody confirmed resolution 1"]


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

    assert story.broken(CHECK) == ["closed as confirmed, but resolution 1 was never reached"]


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
    assert story.broken(CHECK) == ["closed as confirmed, but nobody confirmed resolution 3"]


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


def test_a_resolution_closed_twice_is_found() -> None:
    story = confirmed_life()
    closed(story, "t1", CLICKED_AT + HOUR, 1, "confirmed")

    assert story.broken("closed-once") == ["resolution 1 closed 2 times"]


def test_an_older_resolution_closed_after_a_newer_is_found() -> None:
    story = reopened_life()
    closed(story, "t3", paris("2026-03-11 10:00"), 1, "confirmed")

    assert story.broken("closed-once") == ["its resolutions closed in the order [2, 3, 1]"]


def test_a_resolution_that_leaves_one_out_is_found() -> None:
    story = reopened_life()
    story.find("dispatch.ticket-resolved", "t3", resolution=3)["data"]["resolution"] = 4

    assert "resolution 3 is numbered 4" in story.broken("resolutions-count-up")


def test_a_second_resolution_without_a_reopening_is_found() -> None:
    story = reopened_life()
    story.drop("closure.ticket-reopened", "t3", resolution=1)

    assert story.broken("resolutions-count-up") == ["resolution 2 came without a reopening of 1"]


def test_not_solved_that_led_to_nothing_is_found() -> None:
    story = reopened_life()
    story.drop("closure.ticket-reopened", "t3", resolution=1)

    assert len(story.broken("not-solved-reopens")) == 1
    assert story.look("not-solved-reopens", DENIED_AT + MINUTE).pending == 1


def test_not_solved_may_go_to_a_person() -> None:
    story = reopened_life()
    story.drop("closure.ticket-reopened", "t3", resolution=1)
    story.say("closure.needs-attention", DENIED_AT + MINUTE, "t3", reason="…", about="both")

    assert story.broken("not-solved-reopens") == []


def test_a_reply_given_to_nobody_is_found() -> None:
    story = reopened_life()
    story.drop("closure.reading-needed", "t3")

    assert story.broken("replies-are-read") == ["the reply of 2026-03-10T10:00:00+00:00 was given to nobody"]


def test_an_automatic_reply_needs_no_reader() -> None:
    story = confirmed_life()
    replied(story, RESOLVED_AT + MINUTE, "t1", "out-of-office", automatic=True)

    assert story.broken("replies-are-read") == []
