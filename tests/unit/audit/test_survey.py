"""R14: once per closing, between 24 and 48 hours, never after the closing was undone (I20 to I23)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.audit.lives import CLICKED_AT, HOUR, MINUTE, UNDONE_AT, confirmed_life, message, reopened_life
from tests.unit.audit.story import SECOND, TICK, Story, written

CLOSED_AT = CLICKED_AT + 2 * MINUTE


def invited(story: Story, off: timedelta, taken: timedelta) -> None:
    story.find("survey.survey-invited")["time"] = written(CLOSED_AT + off)
    story.find("notify.message-accepted", kind="survey")["data"]["at"] = written(CLOSED_AT + taken)


@pytest.mark.parametrize(
    ("off", "taken", "broken", "late"),
    [
        (24 * HOUR - SECOND, 24 * HOUR, 1, 0),
        (24 * HOUR, 24 * HOUR + SECOND, 0, 0),
        (24 * HOUR, 48 * HOUR, 0, 0),
        (24 * HOUR, 48 * HOUR + SECOND, 0, 1),
        (48 * HOUR, 48 * HOUR, 0, 0),
        (48 * HOUR + SECOND, 48 * HOUR + SECOND, 0, 1),
    ],
)
def test_the_survey_leaves_between_24_and_48_hours_after_the_closing(
    off: timedelta, taken: timedelta, broken: int, late: int
) -> None:
    story = confirmed_life()
    invited(story, off, taken)

    finding = story.look("survey-in-time")

    assert (len(finding.violations), len(finding.late)) == (broken, late)


@pytest.mark.parametrize(("off", "pending", "broken"), [(0 * SECOND, 1, 0), (SECOND, 0, 1)])
def test_a_closing_that_was_never_surveyed_is_found(off: timedelta, pending: int, broken: int) -> None:
    story = confirmed_life()
    story.drop("survey.survey-invited")

    finding = story.look("survey-in-time", CLOSED_AT + 48 * HOUR + off)

    assert (finding.pending, len(finding.violations)) == (pending, broken)


def test_a_survey_that_no_channel_has_taken_is_late_once_48_hours_are_over() -> None:
    story = confirmed_life()
    story.drop("notify.message-accepted", kind="survey")

    assert story.look("survey-in-time", CLOSED_AT + 48 * HOUR).late == []
    assert len(story.look("survey-in-time", CLOSED_AT + 48 * HOUR + SECOND).late) == 1


def test_a_survey_that_no_channel_could_take_is_not_late() -> None:
    story = confirmed_life()
    failed = story.find("notify.message-accepted", kind="survey")
    failed["type"] = "sav.notify.message-failed.v1"

    assert story.look("survey-in-time", CLOSED_AT + 72 * HOUR).late == []


def test_a_closing_undone_before_its_survey_needs_none() -> None:
    story = reopened_life()

    finding = story.look("survey-in-time")

    assert (finding.checked, finding.pending, finding.violations) == (1, 1, [])


def again(story: Story, name: str) -> None:
    story.say(name, CLOSED_AT + 30 * HOUR, **story.find(name)["data"])


def test_a_second_invitation_is_found() -> None:
    story = confirmed_life()
    again(story, "survey.survey-invited")

    assert story.broken("survey-once") == ["invité de nouveau sur la résolution 1 (rang 3)"]


def test_a_second_answer_is_found() -> None:
    story = confirmed_life()
    again(story, "survey.survey-answered")

    assert story.broken("survey-once") == ["deux réponses comptent pour la résolution 1"]


def test_an_answer_of_somebody_who_was_not_invited_is_found() -> None:
    story = confirmed_life()
    story.drop("survey.survey-invited")

    assert story.broken("survey-once") == ["une réponse compte pour la résolution 1, sans invitation"]


def test_a_survey_without_a_closing_is_found() -> None:
    story = confirmed_life()
    story.drop("closure.ticket-closed")

    assert story.broken("survey-once") == ["invité sur la résolution 1, jamais close"]


def test_a_survey_about_a_closing_at_another_time_is_found() -> None:
    story = confirmed_life()
    story.find("survey.survey-invited")["data"]["closed_at"] = written(CLOSED_AT + SECOND)

    assert len(story.broken("survey-once")) == 1


def test_a_second_survey_message_is_found() -> None:
    story = confirmed_life()
    message(story, "survey", CLOSED_AT + 25 * HOUR, "t1", 1, generation=2)

    assert len(story.broken("survey-sent-once")) == 1


def test_a_second_survey_message_may_follow_one_that_came_back() -> None:
    story = confirmed_life()
    first = story.find("notify.message-accepted", kind="survey")["data"]
    story.say("notify.message-bounced", CLOSED_AT + 25 * HOUR, **first)
    message(story, "survey", CLOSED_AT + 25 * HOUR, "t1", 1, generation=2)

    assert story.broken("survey-sent-once") == []


def test_a_survey_message_to_nobody_invited_is_found() -> None:
    story = confirmed_life()
    story.drop("survey.survey-invited")

    assert len(story.broken("survey-sent-once")) == 1


def invite_undone(story: Story, at: timedelta) -> None:
    closed_at = story.find("closure.ticket-closed", "t3", resolution=2)["data"]["closed_at"]
    story.say("survey.survey-invited", UNDONE_AT + at, "t3", resolution=2, closed_at=closed_at, cause="confirmed")


def test_a_survey_after_its_cancelling_is_found() -> None:
    story = reopened_life()
    invite_undone(story, 0 * SECOND)

    assert "l’enquête sur la résolution 2 a été annulée, puis est partie" in story.broken("survey-not-after-undoing")


def test_a_survey_after_its_closing_was_undone_is_found_without_a_cancelling() -> None:
    story = reopened_life()
    story.drop("survey.survey-cancelled", "t3")
    invite_undone(story, HOUR)

    assert len(story.broken("survey-not-after-undoing")) == 1


@pytest.mark.parametrize(("off", "broken"), [(5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_survey_leaves_before_its_closing_is_undone_give_or_take_the_clocks(off: timedelta, broken: int) -> None:
    story = reopened_life()
    story.drop("survey.survey-cancelled", "t3")
    invite_undone(story, off)

    assert len(story.broken("survey-not-after-undoing")) == broken


def test_a_survey_that_had_left_when_its_closing_was_undone_is_nobodys_fault() -> None:
    story = reopened_life()
    story.drop("survey.survey-cancelled", "t3")
    invite_undone(story, -MINUTE)

    assert story.broken("survey-not-after-undoing") == []


def test_a_cancelling_that_is_wrong_about_what_left_is_found() -> None:
    story = reopened_life()
    story.find("survey.survey-cancelled", "t3")["data"]["already_sent"] = True

    assert len(story.broken("survey-not-after-undoing")) == 1
