"""R2: what a request becomes, by whatever channel, and what replies and clicks become on a ticket, closed or not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.intake.app import STAGE
from services.intake.decide import Facts
from shared.events.base import Channel
from shared.events.intake import (
    CustomerConfirmed,
    CustomerDenied,
    CustomerReplied,
    CustomerTookBack,
    SurveyAnswerReceived,
    TicketOpened,
)
from shared.events.requests import RequestKind
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    NUMBER,
    SCORES,
    accepted,
    classified,
    closed,
    contract,
    promised,
    reopened,
    request,
)
from tests.unit.services.harness import DAY, HOUR, MINUTE, SECOND, Said, events_of, kinds_of, story, the

FACTS = Facts(NUMBER, contract(), email="martin@client.example", phone="+33199000001")
INTAKE = story(STAGE, FACTS)
TICKET = INTAKE.once(request(), at=MONDAY, known_as="r-1").once(classified(), at=MONDAY + MINUTE)
LATER = MONDAY + 12 * DAY
"""Long after any closing: intake does not know that the ticket is closed, closure does."""


@requirement("R1", "R2")
@pytest.mark.parametrize("channel", ["email", "phone", "portal"])
@pytest.mark.parametrize("kind", ["request", "reply"])
def test_every_channel_ends_in_a_ticket(channel: Channel, kind: RequestKind) -> None:
    outcome = INTAKE.when(request(kind, channel=channel), at=MONDAY, known_as="r-1")

    opened = the(TicketOpened, outcome)
    assert (opened.number, opened.channel, opened.request) == (NUMBER, channel, "r-1")
    assert opened.received_at == MONDAY


@requirement("R2")
def test_a_ticket_keeps_what_the_customer_said_and_who_said_it() -> None:
    opened = the(TicketOpened, INTAKE.when(request(text="Plus rien ne marche."), at=MONDAY))

    assert opened.personal is not None
    assert opened.personal.text == "Plus rien ne marche."
    assert (opened.personal.name, opened.personal.email) == ("Mme Martin", "martin@client.example")


@requirement("R3")
def test_a_ticket_can_be_answered_where_the_contract_says_though_the_customer_said_nothing() -> None:
    opened = the(TicketOpened, INTAKE.when(request(channel="phone"), at=MONDAY))

    assert opened.personal is not None
    assert (opened.personal.email, opened.personal.phone) == ("martin@client.example", "+33199000001")


@requirement("R2")
def test_a_reply_whose_number_leads_nowhere_opens_a_ticket_that_says_so() -> None:
    outcome = INTAKE.when(request("reply"), at=MONDAY, facts=Facts(NUMBER, contract(), "26-999-999-Z"))

    assert the(TicketOpened, outcome).unknown_reference == "26-999-999-Z"


@requirement("R2", "R4")
def test_a_ticket_is_opened_with_the_promise_of_every_class_from_the_first_report() -> None:
    opened = the(TicketOpened, INTAKE.when(request(), at=MONDAY + 3 * HOUR))

    assert opened.promises == {one: promised(one, MONDAY) for one in ("critique", "standard", "informatif")}


@requirement("R2")
def test_the_contract_of_the_opening_stays_whatever_the_registry_says_later() -> None:
    later = TICKET.once(request("reply", LATER), at=LATER, facts=Facts(NUMBER, contract("none")))

    assert later.state.opened is not None
    assert later.state.opened.contract == contract("premium")


@requirement("R2")
@pytest.mark.parametrize("kind", ["request", "reply"])
@pytest.mark.parametrize("automatic", [False, True])
def test_new_words_on_a_ticket_are_a_reply_and_never_a_second_ticket(kind: RequestKind, automatic: bool) -> None:
    outcome = TICKET.when(request(kind, LATER, key="m-2", text="Bonjour", automatic=automatic), at=LATER)

    reply = the(CustomerReplied, outcome)
    assert (reply.automatic, reply.received_at, reply.request) == (automatic, LATER, "m-2")
    assert reply.personal is not None
    assert reply.personal.text == "Bonjour"


@requirement("R12")
@pytest.mark.parametrize(
    ("kind", "event"),
    [("confirmation", CustomerConfirmed), ("denial", CustomerDenied), ("take-back", CustomerTookBack)],
)
@pytest.mark.parametrize("resolution", [1, 2])
def test_a_click_is_passed_on_with_the_resolution_that_it_is_about(
    kind: RequestKind, event: type[CustomerConfirmed | CustomerDenied | CustomerTookBack], resolution: int
) -> None:
    outcome = TICKET.when(request(kind, LATER, resolution=resolution, key="c-1"), at=LATER + HOUR)

    click = the(event, outcome)
    assert (click.resolution, click.received_at, click.request) == (resolution, LATER, "c-1")


@requirement("R14")
def test_the_answer_to_a_survey_is_passed_on_with_its_scores() -> None:
    answer = the(SurveyAnswerReceived, TICKET.when(request("survey-answer", LATER, text="Très bien"), at=LATER))

    assert (answer.scores, answer.resolution) == (SCORES, 1)
    assert answer.personal is not None
    assert answer.personal.text == "Très bien"


@requirement("R14")
def test_the_comment_of_a_survey_is_passed_on_where_the_adapter_gave_no_text() -> None:
    commented = request("survey-answer", LATER, text="")
    personal = commented.personal.model_copy(update={"comment": "Très bien"})

    answer = the(SurveyAnswerReceived, TICKET.when(commented.model_copy(update={"personal": personal}), at=LATER))

    assert answer.personal is not None
    assert answer.personal.text == "Très bien"


@requirement("R2")
@pytest.mark.parametrize("kind", ["confirmation", "denial", "take-back", "survey-answer"])
def test_a_click_that_overtakes_its_ticket_waits_for_it(kind: RequestKind) -> None:
    assert kinds_of(INTAKE.when(request(kind), at=MONDAY)) == ["Early"]


@requirement("R2")
@pytest.mark.parametrize(
    "said", [classified(), accepted(MONDAY), closed(MONDAY), reopened()], ids=lambda said: type(said).__name__
)
def test_what_other_stages_say_of_a_ticket_not_opened_yet_waits_for_it(said: Said) -> None:
    assert kinds_of(INTAKE.when(said, at=MONDAY)) == ["Early"]


@requirement("R2")
@pytest.mark.parametrize("kind", ["request", "reply", "confirmation", "denial", "take-back", "survey-answer"])
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
def test_what_a_customer_says_around_a_closing_is_always_passed_on_with_its_instant(
    kind: RequestKind, off: timedelta
) -> None:
    ticket = TICKET.once(closed(LATER), at=LATER)

    (event,) = events_of(ticket.when(request(kind, LATER + off), at=LATER + HOUR, known_as="late"))

    assert event.model_dump()["received_at"] == LATER + off
    assert event.model_dump()["request"] == "late"
