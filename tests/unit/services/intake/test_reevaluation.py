"""R7, as intake keeps it: the customer is told where the delay changes, and it only ever changes for the better."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.intake.app import STAGE
from services.intake.decide import Facts
from services.intake.rules import is_raised
from services.intake.state import IntakeState
from shared.events.base import Criticality
from shared.events.intake import AcknowledgementAsked
from tests.requirements import requirement
from tests.unit.services.builders import (
    CLASSES,
    MONDAY,
    NUMBER,
    classified,
    contract,
    promised,
    reclassified,
    request,
)
from tests.unit.services.harness import AROUND, HOUR, MINUTE, SECOND, Story, kinds_of, story, the

INTAKE = story(STAGE, Facts(NUMBER, contract("premium")))
ORDER = ("informatif", "standard", "critique")
CHARGE_OF_CRITIQUE = MONDAY + HOUR
"""Premium, Critique: an hour from the first report, at any hour."""


def acknowledged_as(criticality: Criticality) -> Story[IntakeState, Facts]:
    return INTAKE.once(request(), at=MONDAY).once(classified(criticality), at=MONDAY + MINUTE)


def raise_at(at: datetime) -> AcknowledgementAsked:
    outcome = acknowledged_as("standard").when(reclassified("standard", "critique"), at=at + MINUTE, said_at=at)
    return the(AcknowledgementAsked, outcome)


@requirement("R7")
@pytest.mark.parametrize("was", CLASSES)
@pytest.mark.parametrize("now", CLASSES)
def test_a_class_is_raised_only_where_it_is_higher(was: Criticality, now: Criticality) -> None:
    assert is_raised(was, now) is (ORDER.index(now) > ORDER.index(was))


@requirement("R7")
@pytest.mark.parametrize("was", CLASSES)
@pytest.mark.parametrize("now", CLASSES)
def test_the_customer_is_told_of_a_raise_and_of_nothing_else(was: Criticality, now: Criticality) -> None:
    outcome = acknowledged_as(was).when(reclassified(was, now), at=MONDAY + HOUR)

    assert kinds_of(outcome) == (["AcknowledgementAsked"] if is_raised(was, now) else ["Ignored"])


@requirement("R7")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_raise_promises_from_the_first_report_until_that_is_past_and_then_from_the_raise(
    off: timedelta, said: str
) -> None:
    raised_at = CHARGE_OF_CRITIQUE + off

    asked = raise_at(raised_at)

    start = MONDAY if said == "just before" else raised_at
    assert (asked.because, asked.generation) == ("raised", 2)
    # Each delay by itself: the on-site one of the first report is not past yet, and counts.
    assert asked.promise.take_charge_by == promised("critique", start).take_charge_by
    assert asked.promise.on_site_by == promised("critique", MONDAY).on_site_by


@requirement("R7")
def test_a_raise_counts_from_when_triage_raised_it_however_late_it_is_heard_of() -> None:
    raised_at = MONDAY + 3 * HOUR

    outcome = acknowledged_as("standard").when(
        reclassified("standard", "critique"), at=MONDAY + 9 * HOUR, said_at=raised_at
    )

    assert the(AcknowledgementAsked, outcome).promise.take_charge_by == promised("critique", raised_at).take_charge_by


@requirement("R7")
def test_a_raise_after_a_lowering_tells_the_customer_nothing_better_than_was_promised_already() -> None:
    ticket = acknowledged_as("critique").once(reclassified("critique", "standard"), at=MONDAY + HOUR)

    outcome = ticket.when(reclassified("standard", "critique"), at=MONDAY + 2 * HOUR)

    assert kinds_of(outcome) == ["Ignored"]


@requirement("R7")
def test_each_raise_is_told_once() -> None:
    raise_twice = reclassified("standard", "critique")
    ticket = acknowledged_as("standard").once(raise_twice, at=MONDAY + HOUR)

    assert kinds_of(ticket.when(raise_twice, at=MONDAY + HOUR + SECOND)) == ["Ignored"]


@requirement("R7")
def test_two_raises_are_told_one_after_the_other() -> None:
    ticket = acknowledged_as("informatif").once(reclassified("informatif", "standard"), at=MONDAY + MINUTE)

    asked = the(AcknowledgementAsked, ticket.when(reclassified("standard", "critique"), at=MONDAY + 2 * MINUTE))

    assert (asked.generation, asked.promise.criticality) == (3, "critique")
