"""R5 to R8: a class for every ticket, the highest in doubt, and no stated delay made worse."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.audit.lives import DAY, MINUTE, confirmed_life, promise, reopened_life
from tests.unit.audit.story import SECOND, Story, paris, written

NINE = paris("2026-03-03 09:00")


def test_a_ticket_without_a_class_is_found() -> None:
    story = confirmed_life()
    story.drop("triage.ticket-classified")

    assert story.broken("classified") == ["classified 0 times"]


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

    assert story.broken("classified") == ["classified 2 times"]


def test_a_class_that_the_procedure_does_not_know_is_found() -> None:
    story = confirmed_life()
    story.find("triage.ticket-classified")["data"]["criticality"] = "urgent"

    assert story.broken("classified") == ["'urgent' is no class of the procedure"]


def test_a_re_evaluation_before_the_class_is_found() -> None:
    story = reopened_life()
    story.find("triage.ticket-classified", "t3")["seq"] = 9

    assert story.broken("classified") == ["re-evaluated before it was classified"]


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


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 0), (0 * SECOND, 0), (SECOND, 1)])
@pytest.mark.parametrize("name", ["take_charge_by", "on_site_by"])
def test_a_stated_delay_that_got_worse_is_found(name: str, off: timedelta, broken: int) -> None:
    story = confirmed_life()
    stated = promise("standard", NINE)[name]
    story.find("dispatch.handling-queued")["data"][name] = written(stated + off)

    assert len(story.broken("stated-delay-kept")) == broken


def test_the_last_word_of_dispatch_counts() -> None:
    story = confirmed_life()
    story.find("dispatch.handling-queued")["data"]["on_site_by"] = written(NINE + 30 * DAY)
    story.say("dispatch.promise-recomputed", NINE + MINUTE, **promise("standard", NINE))

    assert story.broken("stated-delay-kept") == []


def test_a_delay_stated_after_the_technician_came_binds_nobody() -> None:
    story = confirmed_life()
    asked = story.find("intake.acknowledgement-asked")
    asked["data"]["promise"]["take_charge_by"] = written(NINE + MINUTE)
    assert len(story.broken("stated-delay-kept")) == 1

    asked["time"] = story.find("dispatch.taken-charge")["time"]
    assert story.broken("stated-delay-kept") == []
