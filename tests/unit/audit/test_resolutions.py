"""R12 and R13: resolutions count up, close once, and no word of the customer after one leads to nothing (I15)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.audit.lives import CLICKED_AT, DENIED_AT, HOUR, MINUTE, click, closed, confirmed_life, reopened_life
from tests.unit.audit.lives import reply as replied
from tests.unit.audit.story import SECOND, TICK, Story, paris, written

RESOLVED_AT = paris("2026-03-03 10:10")
RESOLVED_AGAIN_AT = paris("2026-03-09 15:00")
REPLY_HEARD_AT = paris("2026-03-10 11:00:01")


def test_a_resolution_closed_twice_is_found() -> None:
    story = confirmed_life()
    closed(story, "t1", CLICKED_AT + HOUR, 1, "confirmed")

    assert story.broken("closed-once") == ["résolution 1 close 2 fois"]


def test_an_older_resolution_closed_after_a_newer_is_found() -> None:
    story = reopened_life()
    closed(story, "t3", paris("2026-03-11 10:00"), 1, "confirmed")

    assert story.broken("closed-once") == ["résolutions closes dans l’ordre [2, 3, 1]"]


def test_a_resolution_that_leaves_one_out_is_found() -> None:
    story = reopened_life()
    story.find("dispatch.ticket-resolved", "t3", resolution=3)["data"]["resolution"] = 4

    assert "la résolution 3 porte le numéro 4" in story.broken("resolutions-count-up")


def test_a_reply_given_to_nobody_is_found() -> None:
    story = reopened_life()
    story.drop("closure.reading-needed", "t3")

    assert story.broken("replies-are-read") == ["la réponse de 2026-03-10T10:00:00+00:00 n’a été donnée à personne"]


def test_an_automatic_reply_needs_no_reader() -> None:
    story = confirmed_life()
    replied(story, RESOLVED_AT + MINUTE, "t1", "out-of-office", automatic=True)

    assert story.broken("replies-are-read") == []


def test_a_second_resolution_without_a_reopening_is_found() -> None:
    story = reopened_life()
    story.drop("closure.ticket-reopened", "t3", resolution=1)

    assert story.broken("resolutions-count-up") == ["résolution 2 sans réouverture de la 1"]


@pytest.mark.parametrize(("off", "broken"), [(5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_the_reopening_comes_before_the_next_resolution_give_or_take_the_clocks(off: timedelta, broken: int) -> None:
    story = reopened_life()
    story.find("closure.ticket-reopened", "t3", resolution=1)["time"] = written(RESOLVED_AGAIN_AT + off)

    assert len(story.broken("resolutions-count-up")) == broken


def ignored_denial() -> Story:
    """A ticket whose 'not solved' led to nothing."""
    story = reopened_life()
    story.drop("closure.ticket-reopened", "t3", resolution=1)
    return story


@pytest.mark.parametrize(("off", "pending", "broken"), [(-TICK, 1, 0), (0 * TICK, 0, 1)])
def test_not_solved_has_two_minutes_and_an_hour_to_lead_to_something(off: timedelta, pending: int, broken: int) -> None:
    finding = ignored_denial().look("not-solved-reopens", DENIED_AT + HOUR + 2 * MINUTE + off)

    assert (finding.pending, len(finding.violations)) == (pending, broken)


@pytest.mark.parametrize(("off", "broken"), [(-5 * SECOND - TICK, 1), (-5 * SECOND, 0), (MINUTE, 0)])
def test_not_solved_may_go_to_a_person(off: timedelta, broken: int) -> None:
    story = ignored_denial()
    story.say("closure.needs-attention", DENIED_AT + off, "t3", reason="…", about="both")

    assert len(story.broken("not-solved-reopens")) == broken


def test_not_solved_may_go_to_a_reader() -> None:
    story = ignored_denial()
    story.say("closure.reading-needed", DENIED_AT + MINUTE, "t3", resolution=1, request="r-d-t3")

    assert story.broken("not-solved-reopens") == []


def test_not_solved_taken_back_reopens_nothing() -> None:
    story = ignored_denial()
    click(story, "take-back", DENIED_AT + MINUTE, "t3", 1, "b")

    assert story.broken("not-solved-reopens") == []


@pytest.mark.parametrize(("resolved_off", "checked"), [(-TICK, 1), (0 * TICK, 1), (TICK, 0)])
def test_not_solved_is_about_a_resolution_that_was_reached(resolved_off: timedelta, checked: int) -> None:
    story = reopened_life()
    story.find("dispatch.ticket-resolved", "t3", resolution=1)["time"] = written(DENIED_AT + resolved_off)

    assert story.look("not-solved-reopens").checked == checked


def test_not_solved_about_an_older_resolution_reopens_nothing() -> None:
    story = reopened_life()
    click(story, "denial", RESOLVED_AGAIN_AT + MINUTE, "t3", 1, "old")

    assert story.look("not-solved-reopens").checked == 1


def unread_reply() -> Story:
    """A ticket whose customer answered the closing question in words, which nobody was given."""
    story = reopened_life()
    story.drop("closure.reading-needed", "t3")
    return story


@pytest.mark.parametrize(("off", "pending", "broken"), [(-TICK, 1, 0), (0 * TICK, 0, 1)])
def test_a_reply_has_an_hour_to_reach_a_person(off: timedelta, pending: int, broken: int) -> None:
    finding = unread_reply().look("replies-are-read", REPLY_HEARD_AT + HOUR + off)

    assert (finding.pending, len(finding.violations)) == (pending, broken)


@pytest.mark.parametrize(("off", "broken"), [(-5 * SECOND - TICK, 1), (-5 * SECOND, 0), (MINUTE, 0)])
@pytest.mark.parametrize("name", ["ticket-reopened", "needs-attention"])
def test_a_reply_may_reopen_or_call_a_person(name: str, off: timedelta, broken: int) -> None:
    story = unread_reply()
    story.say(f"closure.{name}", REPLY_HEARD_AT + off, "t3", resolution=3, reason="…", about="…")

    assert len(story.broken("replies-are-read")) == broken


def test_the_reading_of_another_reply_is_no_reading_of_this_one() -> None:
    story = reopened_life()
    story.find("closure.reading-needed", "t3")["data"]["request"] = "r-b-t3"

    assert len(story.broken("replies-are-read")) == 1


@pytest.mark.parametrize(("off", "broken"), [(5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_reply_answers_a_question_that_was_asked_before(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    asked_at = RESOLVED_AT + SECOND
    replied(story, asked_at + off, "t1", "x")

    assert len(story.broken("replies-are-read")) == broken


def test_a_reply_while_the_ticket_is_handled_again_is_the_technicians() -> None:
    story = reopened_life()
    replied(story, DENIED_AT + HOUR, "t3", "x")

    assert story.broken("replies-are-read") == []
