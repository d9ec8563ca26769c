"""R5 and R8: a class for every ticket, the highest in doubt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.audit.lives import MINUTE, confirmed_life, reopened_life
from tests.unit.audit.story import SECOND, Story, paris

NINE = paris("2026-03-03 09:00")


def test_a_ticket_without_a_class_is_found() -> None:
    story = confirmed_life()
    story.drop("triage.ticket-classified")

    assert story.broken("classified") == ["classé 0 fois"]


@pytest.mark.parametrize(("off", "pending", "broken"), [(-SECOND, 1, 0), (0 * SECOND, 0, 1)])
def test_triage_has_ten_minutes(off: timedelta, pending: int, broken: int) -> None:
    story = Story()
    story.request(NINE)
    story.say("intake.ticket-opened", NINE, number="x", request="r", channel="email", received_at=NINE)

    finding = story.look("classified", NINE + 10 * MINUTE + off)

    assert (finding.pending, len(finding.violations)) == (pending, broken)


def test_a_ticket_classified_twice_is_found() -> None:
    story = confirmed_life()
    story.say("triage.ticket-classified", NINE, criticality="critique", doubt=False)

    assert story.broken("classified") == ["classé 2 fois"]


def test_a_class_that_the_procedure_does_not_know_is_found() -> None:
    story = confirmed_life()
    story.find("triage.ticket-classified")["data"]["criticality"] = "urgent"

    assert story.broken("classified") == ["'urgent' n’est pas une classe de la procédure"]


def test_a_re_evaluation_before_the_class_is_found() -> None:
    story = reopened_life()
    story.find("triage.ticket-classified", "t3")["seq"] = 9

    assert story.broken("classified") == ["réévalué avant d’être classé"]


@pytest.mark.parametrize(
    ("criticality", "doubt", "broken"), [("critique", True, 0), ("standard", True, 1), ("standard", False, 0)]
)
def test_doubt_means_critique(criticality: str, doubt: bool, broken: int) -> None:
    story = confirmed_life()
    story.find("triage.ticket-classified")["data"].update(criticality=criticality, doubt=doubt)

    assert len(story.broken("doubt-is-critique")) == broken


def test_doubt_at_new_words_of_the_customer_means_critique_too() -> None:
    story = reopened_life()
    story.find("triage.ticket-reclassified", "t3")["data"]["criticality"] = "standard"

    assert len(story.broken("doubt-is-critique")) == 1
