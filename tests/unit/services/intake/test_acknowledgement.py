"""R3 and R4: by when the customer must hold the number, what the acknowledgement waits for, and when it counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.intake.app import STAGE
from services.intake.decide import Facts
from services.intake.rules import acknowledge_by, is_urgent
from services.intake.state import IntakeState
from shared.events.base import Criticality
from shared.events.intake import AcknowledgementAsked, AcknowledgementNoted, NeedsAttention, TicketOpened
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    NUMBER,
    accepted,
    classified,
    contract,
    failed,
    reclassified,
    request,
)
from tests.unit.services.harness import (
    AROUND,
    HOUR,
    MINUTE,
    POLICY,
    SECOND,
    Story,
    events_of,
    kinds_of,
    paris,
    story,
    the,
)

INTAKE = story(STAGE, Facts(NUMBER, contract()))
TEN_MINUTES = 10 * MINUTE
HALF_AN_HOUR = 30 * MINUTE


def received(at: datetime) -> Story[IntakeState, Facts]:
    """A request that a channel took at `at`, and that intake saw at once."""
    return INTAKE.once(request(at=at), at=at)


def asked(at: datetime, criticality: Criticality) -> AcknowledgementAsked:
    """What is asked for when triage speaks a minute after the request."""
    return the(AcknowledgementAsked, received(at).when(classified(criticality), at=at + MINUTE))


@requirement("R1", "R3")
@pytest.mark.parametrize(
    ("at", "by"),
    [
        (paris(2026, 11, 23, 8, 29, 59), paris(2026, 11, 23, 9, 0)),
        (paris(2026, 11, 23, 8, 30, 0), paris(2026, 11, 23, 9, 0)),
        (paris(2026, 11, 23, 8, 30, 1), paris(2026, 11, 23, 9, 0, 1)),
        (paris(2026, 11, 23, 10, 0, 0), paris(2026, 11, 23, 10, 30)),
        (paris(2026, 11, 23, 17, 59, 59), paris(2026, 11, 23, 18, 29, 59)),
        (paris(2026, 11, 23, 18, 0, 0), paris(2026, 11, 24, 9, 0)),
        (paris(2026, 11, 23, 18, 0, 1), paris(2026, 11, 24, 9, 0)),
        (paris(2026, 11, 27, 17, 45), paris(2026, 11, 27, 18, 15)),  # Friday: on the clock, past closing
        (paris(2026, 11, 27, 18, 0), paris(2026, 11, 30, 9, 0)),  # Friday evening: Monday
        (paris(2026, 11, 28, 10, 0), paris(2026, 11, 30, 9, 0)),  # Saturday
        (paris(2026, 11, 29, 23, 59, 59), paris(2026, 11, 30, 9, 0)),  # Sunday
        (paris(2026, 11, 23, 17, 59, 0), paris(2026, 11, 23, 18, 29)),  # 17:59 is in hours, 18:00 is not
        (paris(2026, 11, 27, 17, 59, 59), paris(2026, 11, 27, 18, 29, 59)),  # Friday, to the second
        (paris(2026, 11, 27, 18, 0, 1), paris(2026, 11, 30, 9, 0)),
        (paris(2026, 11, 30, 8, 29, 59), paris(2026, 11, 30, 9, 0)),  # Monday, just before the door opens
        (
            paris(2026, 12, 24, 17, 59, 59),
            paris(2026, 12, 24, 18, 29, 59),
        ),  # Christmas Eve, a Thursday, is a working day
        (paris(2026, 12, 24, 18, 0, 0), paris(2026, 12, 28, 9, 0)),  # then Christmas, a Friday, and the weekend
        (paris(2026, 12, 25, 10, 0), paris(2026, 12, 28, 9, 0)),
        (paris(2026, 12, 25, 23, 59, 59), paris(2026, 12, 28, 9, 0)),
        (paris(2026, 7, 13, 17, 59, 59), paris(2026, 7, 13, 18, 29, 59)),
        (paris(2026, 7, 13, 18, 0, 0), paris(2026, 7, 15, 9, 0)),  # the 14th of July, a Tuesday
        (paris(2026, 7, 14, 0, 0), paris(2026, 7, 15, 9, 0)),
        (paris(2026, 7, 14, 10, 0), paris(2026, 7, 15, 9, 0)),
        (paris(2026, 7, 14, 23, 59, 59), paris(2026, 7, 15, 9, 0)),
        (paris(2026, 4, 30, 18, 0, 0), paris(2026, 5, 4, 9, 0)),  # the 1st of May, a Friday
        (paris(2026, 5, 1, 10, 0), paris(2026, 5, 4, 9, 0)),
        (paris(2026, 3, 27, 17, 59, 59), paris(2026, 3, 27, 18, 29, 59)),
        (paris(2026, 3, 28, 20, 0), paris(2026, 3, 30, 9, 0)),  # over the night that the clock is put forward
        (paris(2026, 3, 29, 1, 59, 59), paris(2026, 3, 30, 9, 0)),
        (paris(2026, 3, 29, 3, 0), paris(2026, 3, 30, 9, 0)),
        (paris(2026, 10, 24, 20, 0), paris(2026, 10, 26, 9, 0)),  # and the one that it is put back
        (paris(2026, 10, 25, 0, 30), paris(2026, 10, 26, 9, 0)),
        (paris(2026, 10, 25, 2, 30) + HOUR, paris(2026, 10, 26, 9, 0)),  # the second half past two
    ],
)
def test_an_ordinary_request_is_acknowledged_within_half_an_hour_of_opening_time(at: datetime, by: datetime) -> None:
    assert asked(at, "standard").acknowledge_by == by
    assert asked(at, "informatif").acknowledge_by == by


@requirement("R3")
@pytest.mark.parametrize(
    "at",
    [
        paris(2026, 11, 23, 10, 0),
        paris(2026, 11, 23, 17, 45),
        paris(2026, 11, 23, 18, 0),
        paris(2026, 11, 23, 17, 59, 59),
        paris(2026, 11, 27, 18, 0, 1),
        paris(2026, 11, 28, 3, 0),
        paris(2026, 12, 24, 18, 0),
        paris(2026, 12, 25, 23, 45),
        paris(2026, 7, 14, 12, 0),
        paris(2026, 5, 1, 12, 0),
        paris(2026, 3, 29, 1, 45),  # half an hour on the clock, over the hour that is skipped
        paris(2026, 10, 25, 2, 45),  # and into the hour that comes twice
        paris(2026, 10, 25, 2, 45) + HOUR,
    ],
)
@pytest.mark.parametrize("tier", ["premium", "standard", "none"])
def test_an_urgent_request_is_acknowledged_within_half_an_hour_at_any_hour_whatever_the_contract(
    at: datetime, tier: str
) -> None:
    facts = Facts(NUMBER, contract().model_copy(update={"tier": tier}))
    opened = INTAKE.knowing(facts).once(request(at=at), at=at)

    outcome = opened.when(classified("critique"), at=at + MINUTE)

    assert the(AcknowledgementAsked, outcome).acknowledge_by == at + HALF_AN_HOUR


@requirement("R3")
@pytest.mark.parametrize("tier", ["premium", "standard", "none"])
@pytest.mark.parametrize(
    ("at", "by"),
    [
        (paris(2026, 11, 27, 17, 59, 59), paris(2026, 11, 27, 18, 29, 59)),
        (paris(2026, 11, 27, 18, 0), paris(2026, 11, 30, 9, 0)),
        (paris(2026, 12, 24, 18, 0), paris(2026, 12, 28, 9, 0)),
    ],
)
def test_a_premium_contract_s_ordinary_request_waits_for_the_opening_as_everybody_s_does(
    at: datetime, by: datetime, tier: str
) -> None:
    facts = Facts(NUMBER, contract().model_copy(update={"tier": tier}))
    opened = INTAKE.knowing(facts).once(request(at=at), at=at)

    outcome = opened.when(classified("standard"), at=at + MINUTE)

    assert the(AcknowledgementAsked, outcome).acknowledge_by == by


@requirement("R1", "R3")
@pytest.mark.parametrize(
    ("at", "by"),
    [
        (paris(2026, 4, 30, 17, 59, 59), paris(2026, 4, 30, 18, 29, 59)),
        (paris(2026, 4, 30, 18, 0), paris(2026, 5, 4, 9, 0)),
        (paris(2026, 5, 1, 10, 0), paris(2026, 5, 4, 9, 0)),  # the 1st of May: closed in Strasbourg as everywhere
        (paris(2026, 4, 3, 10, 0), paris(2026, 4, 3, 10, 30)),  # Good Friday: the company that answers is open
        (paris(2028, 12, 26, 10, 0), paris(2028, 12, 26, 10, 30)),  # and on a Tuesday after Christmas
    ],
)
def test_a_site_in_strasbourg_is_acknowledged_in_the_hours_of_the_company_that_answers(
    at: datetime, by: datetime
) -> None:
    strasbourg = Facts(NUMBER, contract(calendar="alsace-moselle"))
    opened = INTAKE.knowing(strasbourg).once(request(at=at), at=at)

    outcome = opened.when(classified("standard"), at=at + MINUTE)

    assert the(AcknowledgementAsked, outcome).acknowledge_by == by


@requirement("R3")
def test_only_critique_is_urgent() -> None:
    assert is_urgent("critique")
    assert not is_urgent("standard")
    assert not is_urgent("informatif")


@requirement("R3")
def test_the_half_hour_of_the_policy_file_is_a_setting() -> None:
    setting = POLICY.acknowledgement.model_copy(update={"within": timedelta(minutes=20)})
    policy = POLICY.model_copy(update={"acknowledgement": setting})

    assert acknowledge_by(MONDAY, urgent=False, policy=policy) == MONDAY + 20 * MINUTE


@requirement("R3")
def test_the_clock_runs_from_when_the_channel_took_the_request_not_from_when_intake_saw_it() -> None:
    ticket = INTAKE.once(request(at=MONDAY), at=MONDAY + 20 * MINUTE)

    outcome = ticket.when(classified("standard"), at=MONDAY + 21 * MINUTE)

    assert the(AcknowledgementAsked, outcome).acknowledge_by == MONDAY + HALF_AN_HOUR


@requirement("R4")
def test_the_acknowledgement_waits_for_triage() -> None:
    assert kinds_of(INTAKE.when(request(at=MONDAY), at=MONDAY)) == ["TicketOpened"]


@requirement("R4")
@pytest.mark.parametrize("criticality", ["critique", "standard", "informatif"])
def test_the_acknowledgement_states_the_delay_of_the_class_that_triage_gave(criticality: Criticality) -> None:
    ticket = received(MONDAY)
    opened = the(TicketOpened, INTAKE.when(request(at=MONDAY), at=MONDAY))

    outcome = ticket.when(classified(criticality), at=MONDAY + MINUTE)

    stated = the(AcknowledgementAsked, outcome)
    assert stated.promise == opened.promises[criticality]
    assert (stated.generation, stated.because) == (1, "classified")


@requirement("R4", "R8")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_triage_that_has_not_spoken_after_ten_minutes_is_late(off: timedelta, said: str) -> None:
    ticket = received(MONDAY)

    due = ticket.due_at(MONDAY + TEN_MINUTES + off)

    assert due == (set() if said == "just before" else {"triage-late"})


@requirement("R4", "R8")
@pytest.mark.parametrize("at", [MONDAY, paris(2026, 11, 28, 3, 0)])
def test_without_triage_the_acknowledgement_goes_out_as_critique(at: datetime) -> None:
    outcome = received(at).when_due("triage-late")

    stated = the(AcknowledgementAsked, outcome)
    assert (stated.because, stated.promise.criticality) == ("triage-late", "critique")
    assert stated.acknowledge_by == at + HALF_AN_HOUR


@requirement("R4")
def test_triage_that_spoke_in_time_leaves_nothing_to_be_late() -> None:
    ticket = received(MONDAY).once(classified("standard"), at=MONDAY + TEN_MINUTES - SECOND)

    assert "triage-late" not in ticket.armed()


@requirement("R4", "R7")
@pytest.mark.parametrize("criticality", ["critique", "standard", "informatif"])
def test_a_class_that_comes_after_the_critique_acknowledgement_worsens_nothing(criticality: Criticality) -> None:
    ticket = received(MONDAY).once_due("triage-late")

    assert kinds_of(ticket.when(classified(criticality), at=MONDAY + 11 * MINUTE)) == ["Ignored"]


@requirement("R3")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_acknowledgement_is_late_from_the_second_after_its_deadline(off: timedelta, said: str) -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)
    at = MONDAY + HALF_AN_HOUR + off

    noted = the(AcknowledgementNoted, ticket.when(accepted(at), at=at))

    assert (noted.late, noted.accepted_at) == (said == "just after", at)


@requirement("R3")
def test_it_counts_when_the_channel_took_the_message_not_when_intake_heard_of_it() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)

    noted = the(AcknowledgementNoted, ticket.when(accepted(MONDAY + 2 * MINUTE), at=MONDAY + 2 * HOUR))

    assert not noted.late


@requirement("R3")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_person_is_called_when_no_acknowledgement_was_taken_by_its_deadline(off: timedelta, said: str) -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)

    due = ticket.due_at(MONDAY + HALF_AN_HOUR + off)

    assert due == (set() if said == "just before" else {"acknowledgement-late"})
    called = the(NeedsAttention, ticket.when_due("acknowledgement-late"))
    assert called.about == "acknowledgement-late"


@requirement("R3")
def test_the_person_is_called_once() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE).once_due("acknowledgement-late")

    assert ticket.armed() == {}


@requirement("R3")
def test_an_acknowledgement_in_time_calls_nobody() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)

    assert ticket.once(accepted(MONDAY + 2 * MINUTE), at=MONDAY + 2 * MINUTE).armed() == {}


@requirement("R3")
def test_an_acknowledgement_that_no_channel_could_take_calls_a_person() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)

    outcome = ticket.when(failed(MONDAY + 2 * MINUTE, "acknowledgement", resolution=0), at=MONDAY + 2 * MINUTE)

    assert the(NeedsAttention, outcome).about == "acknowledgement-failed"


@requirement("R3")
def test_a_report_on_an_acknowledgement_is_noted_once() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)
    report = accepted(MONDAY + 2 * MINUTE)

    assert kinds_of(ticket.once(report, at=MONDAY + 2 * MINUTE).when(report, at=MONDAY + 3 * MINUTE)) == ["Ignored"]


@requirement("R3")
def test_a_report_on_an_acknowledgement_not_asked_for_yet_waits() -> None:
    assert kinds_of(received(MONDAY).when(accepted(MONDAY), at=MONDAY)) == ["Early"]


@requirement("R3")
@pytest.mark.parametrize("kind", ["appointment", "confirmation-request", "reminder", "closing", "survey"])
def test_other_messages_acknowledge_nothing(kind: str) -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)
    other = accepted(MONDAY + 2 * MINUTE).model_copy(update={"kind": kind})

    assert kinds_of(ticket.when(other, at=MONDAY + 2 * MINUTE)) == ["Ignored"]


@requirement("R3", "R7")
@pytest.mark.parametrize(
    "raised_at", [MONDAY + 2 * HOUR, paris(2026, 11, 23, 22, 0), paris(2026, 11, 28, 3, 0), paris(2026, 12, 25, 12, 0)]
)
def test_a_request_raised_to_critique_later_has_its_half_hour_from_then(raised_at: datetime) -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE).once(accepted(MONDAY + MINUTE), at=MONDAY + MINUTE)

    outcome = ticket.when(reclassified("standard", "critique"), at=raised_at + MINUTE, said_at=raised_at)

    assert the(AcknowledgementAsked, outcome).acknowledge_by == raised_at + HALF_AN_HOUR


@requirement("R3", "R7")
def test_a_raise_out_of_hours_need_not_wait_for_the_opening_of_the_first_deadline() -> None:
    evening = paris(2026, 11, 23, 20, 0)
    ticket = received(evening).once(classified(), at=evening + MINUTE)
    assert ticket.armed() == {"acknowledgement-late": paris(2026, 11, 24, 9, 0)}

    raised = ticket.once(reclassified("standard", "critique"), at=evening + HOUR)

    assert raised.armed() == {"acknowledgement-late": evening + HOUR + HALF_AN_HOUR}


@requirement("R3", "R7")
def test_a_late_first_acknowledgement_stays_late_when_the_ticket_is_raised_meanwhile() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)
    raised = ticket.once(reclassified("standard", "critique"), at=MONDAY + 20 * MINUTE)
    at = MONDAY + 40 * MINUTE  # ten minutes after the first deadline, ten before that of the raise

    noted = the(AcknowledgementNoted, raised.when(accepted(at, generation=1), at=at))

    assert noted.late


@requirement("R3", "R7")
def test_a_raise_does_not_postpone_the_alarm_on_a_first_acknowledgement_that_nobody_took() -> None:
    ticket = received(MONDAY).once(classified(), at=MONDAY + MINUTE)

    raised = ticket.once(reclassified("standard", "critique"), at=MONDAY + 20 * MINUTE)

    assert raised.armed()["acknowledgement-late"] == MONDAY + HALF_AN_HOUR


@requirement("R3")
def test_a_machine_s_message_that_opens_a_ticket_is_not_acknowledged_by_another_machine() -> None:
    ticket = INTAKE.once(request(at=MONDAY, automatic=True), at=MONDAY)
    looked_at = ticket.once(classified(), at=MONDAY + MINUTE)

    assert the(NeedsAttention, ticket.when(classified(), at=MONDAY + MINUTE)).about == "automatic"
    assert kinds_of(looked_at.when(reclassified("standard", "critique"), at=MONDAY + HOUR)) == ["Ignored"]
    assert set(ticket.armed()) == {"triage-late"}
    assert the(NeedsAttention, ticket.when_due("triage-late")).about == "automatic"
    assert looked_at.armed() == {}


def test_nothing_is_armed_before_the_ticket_is_opened() -> None:
    assert INTAKE.armed() == {}
    assert events_of(INTAKE.when(classified(), at=MONDAY)) == ()
