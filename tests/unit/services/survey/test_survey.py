"""R14 and R15: one invitation per closing, 24 hours after it and within 48; the first answer counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.survey.app import STAGE
from services.survey.rules import is_late, latest_at, send_at
from services.survey.state import SurveyState
from shared.events.closure import Cause
from shared.events.survey import (
    SurveyAnswered,
    SurveyCancelled,
    SurveyExpired,
    SurveyInvited,
    SurveyPlanned,
)
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    SCORES,
    bounced,
    classified,
    closed,
    opened,
    reopened,
    replied,
    resolved,
    survey_answer,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, POLICY, SECOND, Said, Story, kinds_of, story, the

SURVEY: Story[SurveyState, None] = story(STAGE, None)
CLOSED_AT = MONDAY
SEND_AT = CLOSED_AT + 24 * HOUR
LATEST_AT = CLOSED_AT + 48 * HOUR
EXPIRES_AT = SEND_AT + 30 * DAY
ANSWERED_AT = SEND_AT + 3 * HOUR


def planned(cause: Cause = "confirmed") -> Story[SurveyState, None]:
    return SURVEY.once(closed(CLOSED_AT, cause=cause), at=CLOSED_AT)


def invited() -> Story[SurveyState, None]:
    return planned().once_due("send:1")


def answered() -> Story[SurveyState, None]:
    return invited().once(survey_answer(ANSWERED_AT), at=ANSWERED_AT)


def expired() -> Story[SurveyState, None]:
    return invited().once_due("expire:1")


@requirement("R14")
@pytest.mark.parametrize("cause", ["confirmed", "silence"])
def test_every_closing_plans_a_survey_24_hours_later(cause: Cause) -> None:
    event = the(SurveyPlanned, SURVEY.when(closed(CLOSED_AT, cause=cause), at=CLOSED_AT + HOUR))

    assert (event.send_at, event.latest_at, event.cause) == (SEND_AT, LATEST_AT, cause)
    assert (send_at(CLOSED_AT, POLICY), latest_at(CLOSED_AT, POLICY)) == (SEND_AT, LATEST_AT)


@requirement("R14")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_invitation_leaves_24_hours_after_the_closing(off: timedelta, said: str) -> None:
    assert planned().due_at(SEND_AT + off) == (set() if said == "just before" else {"send:1"})


@requirement("R14")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_invitation_is_late_from_the_second_after_48_hours_and_says_so(off: timedelta, said: str) -> None:
    at = LATEST_AT + off

    event = the(SurveyInvited, planned().when_due("send:1", at=at))

    assert event.late is is_late(at, LATEST_AT) is (said == "just after")
    assert event.latest_at == LATEST_AT


@requirement("R14")
def test_an_invitation_is_never_sent_twice() -> None:
    assert "send:1" not in invited().armed()
    assert kinds_of(invited().when(closed(CLOSED_AT), at=CLOSED_AT)) == ["Ignored"]
    assert "send" in STAGE.irreversible


@requirement("R14")
@pytest.mark.parametrize(
    "ticket", [planned(), invited(), answered(), expired()], ids=["planned", "invited", "answered", "expired"]
)
def test_one_closing_has_one_survey_for_ever(ticket: Story[SurveyState, None]) -> None:
    assert kinds_of(ticket.when(closed(CLOSED_AT), at=EXPIRES_AT)) == ["Ignored"]


@requirement("R14")
def test_a_reopening_before_the_invitation_cancels_the_survey() -> None:
    outcome = planned().when(reopened(), at=SEND_AT - SECOND)

    event = the(SurveyCancelled, outcome)
    assert (event.resolution, event.already_sent) == (1, False)
    assert planned().once(reopened(), at=SEND_AT - SECOND).armed() == {}


@requirement("R14")
def test_a_reopening_after_the_invitation_says_that_it_was_sent_and_sends_no_other_for_that_closing() -> None:
    ticket = invited().once(reopened(), at=SEND_AT + SECOND)

    assert the(SurveyCancelled, invited().when(reopened(), at=SEND_AT + SECOND)).already_sent
    assert ticket.armed() == {}
    assert kinds_of(ticket.when(closed(CLOSED_AT), at=SEND_AT + DAY)) == ["Ignored"]


@requirement("R14")
@pytest.mark.parametrize("ticket", [answered(), expired()], ids=["answered", "expired"])
def test_a_reopening_after_the_answer_or_the_expiry_undoes_nothing(ticket: Story[SurveyState, None]) -> None:
    assert kinds_of(ticket.when(reopened(), at=EXPIRES_AT)) == ["Ignored"]


@requirement("R14")
def test_a_reopening_of_what_was_never_closed_cancels_nothing() -> None:
    assert kinds_of(SURVEY.when(reopened(undoes_closing=False), at=MONDAY)) == ["Ignored"]


@requirement("R14")
def test_the_next_closing_of_a_reopened_ticket_has_a_survey_of_its_own() -> None:
    again = planned().once(reopened(), at=SEND_AT - SECOND).once(closed(SEND_AT, 2), at=SEND_AT)

    assert again.armed() == {"send:2": SEND_AT + DAY}
    assert the(SurveyInvited, again.when_due("send:2")).resolution == 2


@requirement("R14", "R15")
def test_an_answer_carries_the_three_scores_and_the_comment() -> None:
    event = the(SurveyAnswered, invited().when(survey_answer(ANSWERED_AT), at=ANSWERED_AT + HOUR))

    assert (event.scores, event.answered_at, event.resolution) == (SCORES, ANSWERED_AT, 1)
    assert event.personal is not None
    assert event.personal.text == "Rapide et clair."


@requirement("R14")
def test_the_first_answer_counts() -> None:
    assert kinds_of(answered().when(survey_answer(ANSWERED_AT + HOUR, request="s-2"), at=EXPIRES_AT)) == ["Ignored"]
    assert answered().armed() == {}


@requirement("R14")
def test_an_answer_that_overtakes_its_invitation_waits_for_it() -> None:
    assert kinds_of(SURVEY.when(survey_answer(CLOSED_AT), at=CLOSED_AT)) == ["Early"]
    assert kinds_of(planned().when(survey_answer(CLOSED_AT), at=CLOSED_AT)) == ["Early"]
    assert kinds_of(invited().when(survey_answer(CLOSED_AT, resolution=2), at=CLOSED_AT)) == ["Early"]


@requirement("R14")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_invitation_without_an_answer_expires_after_30_days(off: timedelta, said: str) -> None:
    assert invited().due_at(EXPIRES_AT + off) == (set() if said == "just before" else {"expire:1"})
    assert the(SurveyExpired, invited().when_due("expire:1")).resolution == 1


@requirement("R14")
def test_an_answer_after_the_expiry_counts_all_the_same() -> None:
    assert kinds_of(expired().when(survey_answer(EXPIRES_AT + DAY), at=EXPIRES_AT + DAY)) == ["SurveyAnswered"]


@requirement("R14")
def test_an_answer_to_an_invitation_that_left_before_the_reopening_counts() -> None:
    ticket = invited().once(reopened(), at=ANSWERED_AT)

    assert kinds_of(ticket.when(survey_answer(ANSWERED_AT), at=ANSWERED_AT + HOUR)) == ["SurveyAnswered"]


@requirement("R14")
def test_an_answer_to_an_invitation_that_never_left_does_not_count() -> None:
    ticket = planned().once(reopened(), at=SEND_AT - SECOND)

    assert kinds_of(ticket.when(survey_answer(ANSWERED_AT), at=ANSWERED_AT)) != ["SurveyAnswered"]


@requirement("R14")
@pytest.mark.parametrize(
    "said",
    [opened(), classified(), resolved(), replied(MONDAY), bounced(MONDAY, "survey", 1, 1)],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize(
    "ticket", [SURVEY, planned(), invited(), answered()], ids=["none", "planned", "invited", "answered"]
)
def test_nothing_else_that_is_said_of_a_ticket_moves_its_survey(ticket: Story[SurveyState, None], said: Said) -> None:
    assert kinds_of(ticket.when(said, at=ANSWERED_AT)) == ["Ignored"]
