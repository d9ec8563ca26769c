"""R15: every record of a survey says by itself what the ticket was at its closing, and nothing personal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.survey.app import STAGE
from services.survey.rules import was_kept
from services.survey.state import SurveyState
from shared.events.base import Event, Personal, TicketFacts
from shared.events.closure import TicketClosed
from shared.events.intake import AcknowledgementNoted
from shared.events.survey import (
    SurveyAnswered,
    SurveyCancelled,
    SurveyExpired,
    SurveyInvited,
    SurveyPlanned,
    TicketAtClosing,
)
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    classified,
    closed,
    reclassified,
    reopened,
    survey_answer,
    ticket_facts,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, SECOND, Story, kinds_of, story, the

SURVEY: Story[SurveyState, None] = story(STAGE, None)
CLOSED_AT = MONDAY
SEND_AT = CLOSED_AT + DAY
ANSWERED_AT = SEND_AT + 3 * HOUR
OPENED_AT = CLOSED_AT - 5 * HOUR


def acknowledgement(
    generation: int = 1, at: datetime = OPENED_AT + MINUTE, *, late: bool = False
) -> AcknowledgementNoted:
    return AcknowledgementNoted(generation=generation, accepted_at=at, late=late)


HEARD = SURVEY.once(classified(), at=OPENED_AT).once(acknowledgement(), at=OPENED_AT + MINUTE)
PLANNED = HEARD.once(closed(CLOSED_AT, cause="silence"), at=CLOSED_AT)
INVITED = PLANNED.once_due("send:1")
RECORDS: list[Event] = [
    the(SurveyPlanned, HEARD.when(closed(CLOSED_AT, cause="silence"), at=CLOSED_AT)),
    the(SurveyInvited, PLANNED.when_due("send:1")),
    the(SurveyAnswered, INVITED.when(survey_answer(ANSWERED_AT), at=ANSWERED_AT)),
    the(SurveyExpired, INVITED.when_due("expire:1")),
    the(SurveyCancelled, INVITED.when(reopened(), at=ANSWERED_AT)),
]


def facts_of(ticket: Story[SurveyState, None], said: TicketClosed | None = None) -> TicketAtClosing:
    """The facts of the invitation to the survey of a closing."""
    return the(SurveyInvited, ticket.once(said or closed(CLOSED_AT), at=CLOSED_AT).when_due("send:1")).ticket


@requirement("R15")
@pytest.mark.parametrize("event", RECORDS, ids=lambda one: type(one).__name__)
def test_each_record_says_by_itself_what_was_closed_how_when_and_what_was_promised_and_kept(event: Event) -> None:
    told = event.model_dump()

    assert (told["resolution"], told["cause"], told["closed_at"]) == (1, "silence", CLOSED_AT)
    assert told["ticket"] == ticket_facts(CLOSED_AT).model_dump() | {
        "acknowledged_at": OPENED_AT + MINUTE,
        "acknowledged_in_time": True,
        "taken_charge_in_time": True,
        "on_site_in_time": None,
        "restored_in_time": True,
    }


@requirement("R15")
@pytest.mark.parametrize("event", RECORDS[1:], ids=lambda one: type(one).__name__)
def test_what_follows_the_invitation_says_when_it_left(event: Event) -> None:
    assert event.model_dump()["invited_at"] == SEND_AT


@requirement("R15")
def test_a_survey_that_was_cancelled_before_it_left_says_that_nobody_was_invited() -> None:
    event = the(SurveyCancelled, PLANNED.when(reopened(), at=SEND_AT - SECOND))

    assert (event.invited_at, event.already_sent) == (None, False)


@requirement("R15")
def test_the_comment_is_all_that_is_said_of_the_person_who_answered() -> None:
    who = Personal(name="Mme Martin", email="martin@client.example", phone="+33639980001", address="Metz", text="Bien.")
    answer = survey_answer(ANSWERED_AT).model_copy(update={"personal": who})

    event = the(SurveyAnswered, INVITED.when(answer, at=ANSWERED_AT))

    assert event.personal == Personal(text="Bien.")


@requirement("R15")
@pytest.mark.parametrize("personal", [None, Personal(name="Mme Martin")], ids=["nothing", "only a name"])
def test_an_answer_without_a_comment_has_nothing_sealed(personal: Personal | None) -> None:
    answer = survey_answer(ANSWERED_AT).model_copy(update={"personal": personal})

    assert the(SurveyAnswered, INVITED.when(answer, at=ANSWERED_AT)).personal is None


@requirement("R15")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_class_counts_in_the_record_up_to_the_instant_of_the_closing(off: timedelta, said: str) -> None:
    raised = HEARD.once(reclassified("standard", "critique"), at=CLOSED_AT + off)

    facts = facts_of(raised)

    assert facts.first_criticality == "standard"
    assert facts.last_criticality == ("standard" if said == "just after" else "critique")


@requirement("R15")
def test_a_class_that_is_heard_of_after_the_closing_but_changed_before_it_is_in_the_invitation() -> None:
    planned = HEARD.once(closed(CLOSED_AT), at=CLOSED_AT)
    late = planned.once(reclassified("standard", "critique"), at=CLOSED_AT + HOUR, said_at=CLOSED_AT - HOUR)

    assert the(SurveyPlanned, HEARD.when(closed(CLOSED_AT), at=CLOSED_AT)).ticket.last_criticality == "standard"
    assert the(SurveyInvited, late.when_due("send:1")).ticket.last_criticality == "critique"


@requirement("R15")
def test_what_is_heard_after_the_invitation_changes_no_later_record_of_that_survey() -> None:
    later = INVITED.once(acknowledgement(2, CLOSED_AT - HOUR, late=True), at=ANSWERED_AT)

    invited = the(SurveyInvited, PLANNED.when_due("send:1"))
    assert the(SurveyAnswered, later.when(survey_answer(ANSWERED_AT), at=ANSWERED_AT)).ticket == invited.ticket


@requirement("R15")
def test_a_class_given_again_is_not_noted_twice() -> None:
    raised = HEARD.once(reclassified("standard", "critique"), at=OPENED_AT + HOUR)

    assert kinds_of(raised.when(reclassified("standard", "critique"), at=OPENED_AT + HOUR)) == ["Ignored"]
    assert kinds_of(HEARD.when(reclassified("standard", "standard"), at=OPENED_AT + HOUR)) == ["Ignored"]
    assert kinds_of(raised.when(reclassified("critique", "standard"), at=OPENED_AT + 2 * HOUR)) == ["ClassNoted"]


@requirement("R3", "R15")
def test_one_late_acknowledgement_among_several_is_a_promise_that_was_not_kept() -> None:
    twice = HEARD.once(acknowledgement(2, OPENED_AT + 2 * HOUR, late=True), at=OPENED_AT + 2 * HOUR)

    facts = facts_of(twice)

    assert (facts.acknowledged_at, facts.acknowledged_in_time) == (OPENED_AT + MINUTE, False)
    assert kinds_of(twice.when(acknowledgement(2, OPENED_AT + 2 * HOUR, late=True), at=CLOSED_AT)) == ["Ignored"]


@requirement("R3", "R15")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_acknowledgement_counts_up_to_the_instant_of_the_closing(off: timedelta, said: str) -> None:
    facts = facts_of(SURVEY.once(acknowledgement(at=CLOSED_AT + off), at=CLOSED_AT + off))

    assert (facts.acknowledged_at is None) is (facts.acknowledged_in_time is None) is (said == "just after")


@requirement("R4", "R15")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_promise_is_kept_up_to_its_instant(off: timedelta, said: str) -> None:
    by = CLOSED_AT - HOUR

    assert was_kept(by + off, by) is (said != "just after")
    assert was_kept(None, by) is None
    assert facts_of(HEARD, _closed_with(taken_charge_at=by + off)).taken_charge_in_time is (said != "just after")


@requirement("R10", "R15")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_visit_is_in_time_up_to_the_instant_that_was_promised(off: timedelta, said: str) -> None:
    facts = facts_of(HEARD, _closed_with(on_site_at=CLOSED_AT + DAY + off))

    assert facts.on_site_in_time is (said != "just after")


@requirement("R15")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_what_was_restored_by_the_instant_that_was_promised_was_in_time(off: timedelta, said: str) -> None:
    facts = facts_of(HEARD, _closed_with(resolved_at=CLOSED_AT + off, restored_by=CLOSED_AT))

    assert facts.restored_in_time is (said != "just after")


def _closed_with(**changed: datetime) -> TicketClosed:
    facts: TicketFacts = ticket_facts(CLOSED_AT).model_copy(update=changed)
    return closed(CLOSED_AT).model_copy(update={"ticket": facts})
