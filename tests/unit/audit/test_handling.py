"""R9 to R11 and I11: visits with a reason, departures with parts, resources promised once, misses announced."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.audit.lives import (
    HOUR,
    SENSOR,
    TECHNICIAN,
    reopened_life,
    silent_life,
)
from tests.unit.audit.story import SECOND, Story, paris, written

VISIT = paris("2026-03-06 10:00")


@pytest.mark.parametrize(
    ("outcome", "reason", "broken"),
    [
        ("failed", "remote-insufficient", 0),
        ("impossible", "remote-insufficient", 0),
        ("worked", "remote-insufficient", 0),
        (None, "remote-insufficient", 1),
        (None, "hardware-failure", 0),
        (None, "network-lost", 0),
        (None, "safety", 0),
        (None, "", 1),
        ("worked", "", 1),
        ("failed", "", 0),
    ],
)
def test_a_visit_has_a_failed_remote_attempt_or_a_reason(outcome: str | None, reason: str, broken: int) -> None:
    story = silent_life()
    story.find("dispatch.visit-needed", "t2")["data"]["reason"] = reason
    if outcome is None:
        story.drop("dispatch.remote-action-recorded", "t2")
    else:
        story.find("dispatch.remote-action-recorded", "t2")["data"]["outcome"] = outcome

    assert len(story.broken("visit-has-reason")) == broken


def test_a_remote_attempt_after_the_planning_does_not_count() -> None:
    story = silent_life()
    story.find("dispatch.remote-action-recorded", "t2")["seq"] = 99

    assert len(story.broken("visit-has-reason")) == 1


def test_a_remote_attempt_of_an_earlier_resolution_does_not_count() -> None:
    story = reopened_life()
    story.say("dispatch.remote-action-recorded", VISIT, "t3", outcome="failed")
    story.say("dispatch.ticket-resolved", VISIT, "t3", resolution=4, how="remote")
    story.say("dispatch.visit-needed", VISIT, "t3", visit=1, reason="remote-insufficient")
    story.say("dispatch.visit-planned", VISIT, "t3", visit=1, ask="a", technician="x", start=VISIT, end=VISIT + HOUR)

    assert len(story.broken("visit-has-reason")) == 1


def test_a_visit_that_nobody_needed_is_found() -> None:
    story = silent_life()
    story.drop("dispatch.visit-needed", "t2")

    assert story.broken("visit-has-reason") == ["la visite 1 a été planifiée sans besoin consigné"]


def test_the_need_of_another_visit_is_no_need_of_this_one() -> None:
    story = silent_life()
    story.find("dispatch.visit-needed", "t2")["data"]["visit"] = 2

    assert story.broken("visit-has-reason") == ["la visite 1 a été planifiée sans besoin consigné"]


def test_a_departure_without_a_reserved_part_is_found() -> None:
    story = silent_life()
    story.drop("dispatch.part-reserved", "t2")

    assert story.broken("departure-has-parts") == ["un technicien est parti pour la visite 1 sans sensor réservé"]


def test_a_part_reserved_after_the_departure_is_too_late() -> None:
    story = silent_life()
    story.find("dispatch.part-reserved", "t2")["seq"] = 99

    assert len(story.broken("departure-has-parts")) == 1


def test_a_reservation_given_up_before_the_departure_does_not_count() -> None:
    story = silent_life()
    departure = story.find("dispatch.technician-mobilised", "t2")
    story.say("dispatch.reservation-released", VISIT, "t2", ask="ask-1", resource=SENSOR)["seq"] = departure["seq"]
    departure["seq"] = 99

    assert story.broken("departure-has-parts") == ["un technicien est parti pour la visite 1 sans sensor réservé"]


@pytest.mark.parametrize(("quantity", "broken"), [(0, 2), (1, 2), (2, 0), (3, 1)])
def test_two_parts_need_two_reserved_and_two_granted(quantity: int, broken: int) -> None:
    story = silent_life()
    story.find("dispatch.visit-needed", "t2")["data"]["parts"][0]["quantity"] = 2
    story.find("dispatch.technician-mobilised", "t2")["data"]["parts"][0]["quantity"] = quantity
    story.find("dispatch.part-reserved", "t2")["data"]["quantity"] = quantity
    story.find("resources.reservation-granted", SENSOR)["data"]["quantity"] = 2

    assert len(story.broken("departure-has-parts")) == broken


def test_a_reservation_that_no_stock_granted_is_found() -> None:
    story = silent_life()
    story.drop("resources.reservation-granted", SENSOR)

    assert story.broken("departure-has-parts") == [
        "sensor compte comme réservé, et aucun stock n’a accordé la demande ask-1"
    ]


def test_a_departure_without_the_part_in_the_bag_is_found() -> None:
    story = silent_life()
    story.find("dispatch.technician-mobilised", "t2")["data"]["parts"] = []

    assert story.broken("departure-has-parts") == ["un technicien est parti pour la visite 1 sans sensor"]


def test_a_departure_whose_time_was_given_up_is_found() -> None:
    story = silent_life()
    departure = story.find("dispatch.technician-mobilised", "t2")
    story.say("dispatch.reservation-released", VISIT, "t2", ask="ask-2", resource=TECHNICIAN)["seq"] = departure["seq"]
    departure["seq"] = 99

    assert story.broken("departure-has-parts") == [
        "un technicien est parti pour la visite 1, qui n’était pas planifiée pour lui"
    ]


def test_a_departure_without_a_plan_for_that_technician_is_found() -> None:
    story = silent_life()
    story.find("dispatch.visit-planned", "t2")["data"]["technician"] = "tech-9"

    assert story.broken("departure-has-parts") == [
        "un technicien est parti pour la visite 1, qui n’était pas planifiée pour lui"
    ]


def test_a_part_that_left_with_one_visit_is_not_there_for_the_next() -> None:
    story = silent_life()
    parts = [{"part": "sensor", "quantity": 1}]
    slot = {"ask": "ask-3", "start": VISIT + 72 * HOUR, "end": VISIT + 74 * HOUR}
    story.say("dispatch.visit-needed", VISIT, "t2", visit=2, reason="hardware-failure", parts=parts)
    story.say("dispatch.visit-planned", VISIT, "t2", visit=2, technician="tech-2", parts=parts, **slot)
    story.say("dispatch.technician-mobilised", VISIT, "t2", visit=2, technician="tech-2", parts=parts)

    assert story.broken("departure-has-parts") == ["un technicien est parti pour la visite 2 sans sensor réservé"]


def grant(story: Story, ask: str, off: timedelta, ticket: str = "t9") -> None:
    story.say(
        "resources.reservation-granted", VISIT, TECHNICIAN,
        ticket=ticket, ask=ask, resource=TECHNICIAN, quantity=1, start=VISIT + off, end=VISIT + off + HOUR,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("off", "broken"),
    [
        (-HOUR - SECOND, 0), (-HOUR, 0), (-HOUR + SECOND, 1), (0 * HOUR, 1), (2 * HOUR - SECOND, 1), (2 * HOUR, 0),
        (2 * HOUR + SECOND, 0),
    ],
)  # fmt: skip
def test_visits_of_a_technician_may_touch_and_never_overlap(off: timedelta, broken: int) -> None:
    story = silent_life()  # which has tech-2 from 10:00 to 12:00
    grant(story, "ask-9", off)

    assert len(story.broken("technician-in-one-place")) == broken


@pytest.mark.parametrize(
    ("slot", "broken"),
    [
        ({}, 1),
        ({"start": VISIT}, 1),
        ({"end": VISIT}, 1),
        ({"start": VISIT, "end": VISIT}, 1),
        ({"start": VISIT, "end": VISIT - SECOND}, 1),
        ({"start": VISIT, "end": VISIT + SECOND}, 0),
    ],
)
def test_a_technician_is_granted_a_time(slot: dict[str, datetime], broken: int) -> None:
    story = Story()
    story.say(
        "resources.reservation-granted",
        VISIT,
        TECHNICIAN,
        ticket="t9",
        ask="a",
        resource=TECHNICIAN,
        quantity=1,
        **slot,
    )

    assert len(story.broken("technician-in-one-place")) == broken


def test_a_visit_given_back_makes_room() -> None:
    story = silent_life()
    story.say(
        "resources.reservation-given-back", VISIT, TECHNICIAN,
        ticket="t2", ask="ask-2", resource=TECHNICIAN, quantity=1,
    )  # fmt: skip
    grant(story, "ask-9", 0 * HOUR)

    assert story.broken("technician-in-one-place") == []


def test_the_same_ask_answered_again_overlaps_nothing() -> None:
    story = Story()
    grant(story, "ask-9", 0 * HOUR)
    grant(story, "ask-9", 0 * HOUR)

    assert story.broken("technician-in-one-place") == []


def test_a_visit_at_another_time_than_the_agenda_says_is_found() -> None:
    story = silent_life()
    story.find("dispatch.visit-planned", "t2")["data"]["start"] = written(VISIT + SECOND)

    assert len(story.broken("visit-in-agenda")) == 1


def test_a_visit_planned_on_another_ask_than_was_granted_is_found() -> None:
    story = silent_life()
    story.find("dispatch.visit-planned", "t2")["data"]["ask"] = "ask-1"

    assert len(story.broken("visit-in-agenda")) == 1


def take_part(story: Story, ask: str, quantity: int = 1) -> None:
    story.say("resources.reservation-granted", VISIT, SENSOR, ticket="t9", ask=ask, resource=SENSOR, quantity=quantity)


def test_the_last_part_is_promised_once() -> None:
    story = silent_life()
    assert story.broken("part-promised-once") == []

    take_part(story, "ask-9")
    assert story.broken("part-promised-once") == ["la demande ask-9 de t9 a obtenu 1 pour 0 libre(s)"]


@pytest.mark.parametrize(("quantity", "broken"), [(0, 1), (1, 0), (2, 0), (3, 1)])
def test_no_more_parts_are_promised_than_came_in(quantity: int, broken: int) -> None:
    story = silent_life()
    story.say("resources.stock-received", VISIT, SENSOR, delivery="BL-2", resource=SENSOR, quantity=2)
    take_part(story, "ask-9", quantity)

    assert len(story.broken("part-promised-once")) == broken


@pytest.mark.parametrize(("ask", "broken"), [("ask-1", 0), ("ask-never-answered", 1)])
def test_only_what_had_been_promised_comes_back(ask: str, broken: int) -> None:
    story = silent_life()
    story.say("resources.reservation-given-back", VISIT, SENSOR, ticket="t2", ask=ask, resource=SENSOR, quantity=1)
    take_part(story, "ask-9")

    assert len(story.broken("part-promised-once")) == broken


def test_a_refusal_takes_nothing_from_the_stock() -> None:
    story = Story()
    story.say("resources.stock-received", VISIT, SENSOR, delivery="BL-1", resource=SENSOR, quantity=1)
    story.say("resources.reservation-refused", VISIT, SENSOR, ticket="t9", ask="a", resource=SENSOR, quantity=1, free=1)
    take_part(story, "ask-9")

    assert story.broken("part-promised-once") == []


def test_a_delivery_note_counted_twice_is_found() -> None:
    story = silent_life()
    story.say("resources.stock-received", VISIT, SENSOR, delivery="BL-1", resource=SENSOR, quantity=1)

    assert story.broken("part-promised-once") == ["la livraison BL-1 a été comptée deux fois"]


def test_stock_that_nobody_declared_is_found() -> None:
    story = silent_life()
    story.find("resources.receive-stock", SENSOR)["data"]["quantity"] = 2

    assert story.broken("stock-declared") == ["la livraison BL-1 de 1 n’a été déclarée par personne"]
