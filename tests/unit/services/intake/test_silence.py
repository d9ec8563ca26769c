"""R13, as intake keeps it: a customer was silent only where every channel said so and nothing lies unread."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.intake.app import STAGE
from services.intake.decide import Facts
from services.intake.rules import is_silence_proved
from shared.events.intake import CustomerSilent, NeedsAttention, SilenceProofAsked
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, NUMBER, classified, contract, request, silence_asked
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, SECOND, kinds_of, story, the

INTAKE = story(STAGE, Facts(NUMBER, contract()))
TICKET = INTAKE.once(request(), at=MONDAY).once(classified(), at=MONDAY + MINUTE)
UNTIL = MONDAY + 9 * DAY
ASKED_AT = UNTIL + MINUTE
FIVE_MINUTES = 5 * MINUTE


def heard(until: datetime | None, unsettled: int = 0) -> Facts:
    return Facts(heard_until=until, unsettled=unsettled)


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_silence_is_proved_once_every_channel_was_heard_up_to_the_end_of_the_five_days(
    off: timedelta, said: str
) -> None:
    outcome = TICKET.when(silence_asked(UNTIL), at=ASKED_AT, facts=heard(UNTIL + off))

    assert is_silence_proved(UNTIL + off, UNTIL, unsettled=0) is (said != "just before")
    if said == "just before":
        assert kinds_of(outcome) == ["SilenceProofAsked"]
    else:
        assert the(CustomerSilent, outcome) == CustomerSilent(resolution=1, until=UNTIL)


@requirement("R13")
def test_a_channel_that_never_spoke_proves_nothing() -> None:
    assert kinds_of(TICKET.when(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))) == ["SilenceProofAsked"]


@requirement("R13")
@pytest.mark.parametrize(("unsettled", "proved"), [(0, True), (1, False), (2, False)])
def test_a_request_that_lies_dead_and_unread_keeps_silence_back(unsettled: int, proved: bool) -> None:
    assert is_silence_proved(UNTIL, UNTIL, unsettled) is proved


@requirement("R13")
def test_a_silence_not_proved_yet_is_looked_at_again_five_minutes_later() -> None:
    noted = the(SilenceProofAsked, TICKET.when(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None)))

    assert (noted.first_asked_at, noted.look_again_at) == (ASKED_AT, ASKED_AT + FIVE_MINUTES)


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_next_look_is_at_its_instant(off: timedelta, said: str) -> None:
    waiting = TICKET.once(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))

    assert ("silence" in waiting.due_at(ASKED_AT + FIVE_MINUTES + off)) is (said != "just before")


@requirement("R13")
def test_a_later_look_that_hears_enough_proves_the_silence_that_was_asked_for() -> None:
    waiting = TICKET.once(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))

    outcome = waiting.when_due("silence", facts=heard(UNTIL + HOUR))

    assert the(CustomerSilent, outcome).until == UNTIL
    assert "silence" not in waiting.once_due("silence", facts=heard(UNTIL)).armed()


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_person_is_called_where_silence_is_not_proved_after_a_day(off: timedelta, said: str) -> None:
    waiting = TICKET.once(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))

    outcome = waiting.when_due("silence", at=ASKED_AT + DAY + off, facts=heard(None))

    called = ["NeedsAttention"] if said != "just before" else []
    assert kinds_of(outcome) == ["SilenceProofAsked", *called]


@requirement("R13")
def test_the_person_is_called_once_and_intake_goes_on_looking() -> None:
    waiting = TICKET.once(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))
    called = waiting.once_due("silence", at=ASKED_AT + DAY, facts=heard(None))

    outcome = called.when_due("silence", facts=heard(None))

    assert kinds_of(outcome) == ["SilenceProofAsked"]
    assert the(SilenceProofAsked, outcome).first_asked_at == ASKED_AT


@requirement("R13")
def test_a_question_about_another_silence_calls_a_person_anew() -> None:
    waiting = TICKET.once(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))
    called = waiting.once_due("silence", at=ASKED_AT + DAY, facts=heard(None))

    later = called.once(silence_asked(UNTIL + 9 * DAY), at=ASKED_AT + 9 * DAY, facts=heard(None))

    outcome = later.when_due("silence", at=ASKED_AT + 10 * DAY, facts=heard(None))
    assert the(NeedsAttention, outcome).about == "silence-unproven"


@requirement("R13")
def test_words_of_the_customer_stand_before_the_proof_on_the_same_topic() -> None:
    waiting = TICKET.once(silence_asked(UNTIL), at=ASKED_AT, facts=heard(None))

    assert kinds_of(waiting.when(request("reply", UNTIL - SECOND, key="m-2"), at=ASKED_AT)) == ["CustomerReplied"]
