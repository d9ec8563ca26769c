"""Clocks that stand still come out again, with their stretches; what no contract allows, and a wrong end, do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.prove import _lines, as_document
from prove.clocks import Clock
from prove.proof import Proof
from shared.events.base import Command, Criticality, Event, Tier
from shared.events.dispatch import (
    ClockPaused,
    ClockResumed,
    DeclareResolved,
    HandlingQueued,
    OnCallNeeded,
    PauseClock,
    PauseReason,
    PromiseRecomputed,
    RecordRemoteAction,
    ResumeClock,
    TakeCharge,
    TicketResolved,
)
from tests.requirements import requirement
from tests.unit.prove.ticket import CALENDARS, TIERS, Ticket
from tests.unit.services.builders import CLASSES, MONDAY, classified, reclassified, reopened, request
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, POLICY, SECOND, paris

REASONS: tuple[PauseReason, ...] = get_args(PauseReason)


def taken(tier: Tier = "none", criticality: Criticality = "standard", at: datetime = MONDAY) -> Ticket:
    """A ticket of Monday 10:00, classified a minute later and taken at 11:00."""
    ticket = Ticket(tier)
    ticket.received(request(at=at))
    ticket.triaged(classified(criticality), at + MINUTE)
    ticket.told(TakeCharge(by="T-01"), at + HOUR)
    return ticket


def wait(ticket: Ticket, at: datetime, reason: PauseReason = "waiting-for-customer") -> None:
    ticket.told(PauseClock(by="T-01", reason=reason, note="Code d'accès demandé."), at)


def waited() -> Ticket:
    """It stands still from Monday 12:00 until the customer's answer on Tuesday 10:00."""
    ticket = taken()
    wait(ticket, MONDAY + 2 * HOUR)
    ticket.received(request("reply", MONDAY + DAY), MONDAY + DAY + MINUTE)
    return ticket


def clock(proof: Proof, name: str) -> Clock:
    return [one for one in proof.clocks if one.name == name][-1]


@requirement("R10")
def test_a_clock_shows_its_stretches_with_the_pause_between_them_and_who_ended_it() -> None:
    ticket = waited()

    proof = ticket.proof(MONDAY + 2 * DAY)

    assert proof.holds, proof
    restored = clock(proof, "Remise en service")
    assert restored.delay == POLICY.delays["none"]["standard"].restored.duration  # type: ignore[union-attr]
    assert restored.counted[0] == (MONDAY, MONDAY + 2 * HOUR)
    assert restored.counted[1][0] == MONDAY + DAY
    (pause,) = restored.pauses
    assert (pause.start, pause.end, pause.ended_by) == (MONDAY + 2 * HOUR, MONDAY + DAY, "customer")
    assert clock(proof, "Prise en charge").pauses == ()


@requirement("R10")
def test_a_pause_that_goes_on_shows_as_such_and_the_clock_waits() -> None:
    ticket = taken()
    wait(ticket, MONDAY + 2 * HOUR)

    proof = ticket.proof(MONDAY + 200 * DAY)

    assert proof.holds
    assert clock(proof, "Remise en service").standing == "paused"
    assert clock(proof, "Remise en service").pauses[0].end is None
    assert clock(proof, "Prise en charge").standing == "kept"


def altered(ticket: Ticket, kind: type[Event], **change: object) -> Proof:
    for key, word in ticket.life.words.items():
        if isinstance(word.event, kind):
            ticket.life.words[key] = word._replace(event=word.event.model_copy(update=change))
    return ticket.proof(MONDAY + DAY)


@requirement("R10")
@pytest.mark.parametrize("field", ["on_site_by", "restored_by"])
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_deadline_that_a_pause_moved_to_the_wrong_second_does_not_agree(
    field: str, off: timedelta, said: str
) -> None:
    ticket = waited()
    (resumed,) = ticket.heard(ClockResumed)

    proof = altered(ticket, ClockResumed, **{field: getattr(resumed, field) + off})

    assert proof.holds == (said == "exactly at")


@requirement("R10")
def test_a_pause_that_the_contract_does_not_name_is_not_accepted() -> None:
    ticket = waited()

    proof = altered(ticket, ClockPaused, clocks=("take-charge", "on-site", "restored"))

    assert not proof.holds
    assert "attente n° 1 (réponse du client attendue) : le contrat ne la prévoit pas pour « prise en charge »" in (
        proof.unproved
    )


@requirement("R10")
def test_a_pause_that_the_customer_is_said_to_have_ended_at_another_instant_is_not_accepted() -> None:
    ticket = waited()

    proof = altered(ticket, ClockResumed, at=MONDAY + DAY + SECOND)

    assert "attente n° 1 : finie par un mot que le client n'a pas dit" in proof.unproved


@requirement("R10")
def test_a_pause_ends_at_the_customers_next_word_not_at_a_later_one() -> None:
    ticket = taken()
    wait(ticket, MONDAY + 2 * HOUR)
    missed = request("reply", MONDAY + 5 * HOUR, key="m-2")
    ticket.received(missed, MONDAY + 5 * HOUR)
    (resumed,) = ticket.heard(ClockResumed)
    assert ticket.proof(MONDAY + DAY).holds

    for key, word in ticket.life.words.items():
        if isinstance(word.event, ClockResumed):
            later = word.event.model_copy(update={"because": "technician", "at": MONDAY + 8 * HOUR})
            ticket.life.words[key] = word._replace(at=MONDAY + 8 * HOUR, event=later)

    assert resumed.at == MONDAY + 5 * HOUR
    assert "attente n° 1 : le client avait répondu avant sa fin" in ticket.proof(MONDAY + DAY).unproved


@requirement("R10")
def test_an_end_without_a_beginning_is_not_accepted() -> None:
    ticket = waited()
    ticket.life.words = {key: one for key, one in ticket.life.words.items() if not isinstance(one.event, ClockPaused)}

    assert ticket.proof(MONDAY + DAY).unproved == ["fin de l'attente n° 1, qui n'avait pas commencé"]


@requirement("R10")
def test_restored_is_kept_by_the_last_resolution_and_runs_on_after_a_reopening() -> None:
    ticket = waited()
    action = RecordRemoteAction(by="T-01", action="vpn", outcome="worked")
    ticket.told(action, MONDAY + DAY + HOUR)
    ticket.told(DeclareResolved(by="T-01", how="remote"), MONDAY + DAY + 2 * HOUR)

    restored = clock(ticket.proof(MONDAY + 2 * DAY), "Remise en service")

    assert (restored.standing, restored.happened) == ("kept", MONDAY + DAY + 2 * HOUR)


@requirement("R10")
def test_warnings_come_out_at_the_shares_of_the_delay_and_a_wrong_one_does_not_agree() -> None:
    ticket = taken("standard", "critique")
    charge = clock(ticket.proof(MONDAY), "Prise en charge")
    assert [one.computed for one in charge.warnings] == [MONDAY + HOUR, MONDAY + 96 * MINUTE]

    (queued,) = ticket.heard(HandlingQueued)
    watch = queued.watches["take-charge"]
    wrong = watch.model_copy(update={"warnings": (MONDAY + HOUR, MONDAY + 97 * MINUTE)})
    proof = altered(ticket, HandlingQueued, watches={**queued.watches, "take-charge": wrong})

    assert not proof.holds
    assert not clock(proof, "Prise en charge").agrees


@requirement("R1")
@pytest.mark.parametrize(
    ("at", "page_at"),
    [
        (paris(2026, 11, 23, 17, 58, 59), paris(2026, 11, 23, 18, 0)),
        (paris(2026, 11, 23, 17, 59), paris(2026, 11, 23, 18, 0)),
        (paris(2026, 11, 23, 17, 59, 1), paris(2026, 11, 23, 18, 0, 1)),
        (paris(2026, 11, 24, 3, 0), paris(2026, 11, 24, 3, 1)),
    ],
)
def test_the_people_on_call_are_called_when_the_desk_closes_or_at_once_where_it_is_closed(
    at: datetime, page_at: datetime
) -> None:
    ticket = Ticket("premium")
    ticket.received(request(at=at))
    ticket.triaged(classified("critique"), at + MINUTE)

    proof = ticket.proof(at + 2 * MINUTE)
    assert proof.holds
    assert clock(proof, "Appel de l'astreinte").computed == page_at
    ticket.until(page_at)
    assert len(ticket.heard(OnCallNeeded)) == 1
    assert clock(ticket.proof(page_at), "Appel de l'astreinte").standing == "kept"


@requirement("R1")
@pytest.mark.parametrize("page_at", [None, MONDAY])
def test_a_call_at_another_instant_or_none_where_one_is_due_does_not_hold(page_at: datetime | None) -> None:
    night = paris(2026, 11, 24, 3, 0)
    ticket = Ticket("premium")
    ticket.received(request(at=night))
    ticket.triaged(classified("critique"), night + MINUTE)
    assert ticket.proof(night).holds

    assert not altered(ticket, HandlingQueued, page_at=page_at).holds


@requirement("R1")
def test_nobody_is_called_for_a_class_that_is_not_served_at_any_hour() -> None:
    night = paris(2026, 11, 24, 3, 0)
    ticket = Ticket("standard")
    ticket.received(request(at=night))
    ticket.triaged(classified("critique"), night + MINUTE)
    assert [one.name for one in ticket.proof(night).clocks if one.requirement == "R1"] == []

    assert altered(ticket, HandlingQueued, page_at=night).unproved == ["appel de l'astreinte : dite sans raison"]


MINUTES = st.integers(0, 3 * 24 * 60).map(lambda n: timedelta(minutes=n, milliseconds=137))
STEPS = st.lists(
    st.tuples(
        MINUTES,
        st.sampled_from(
            ("take", "wait", "refused", "go on", "reply", "machine", "time", *CLASSES, "solved", "reopened")
        ),
    ),
    max_size=9,
)


@requirement("R4", "R7", "R10")
@given(
    hour=st.integers(0, 7 * 24),
    tier=st.sampled_from(TIERS),
    calendar=st.sampled_from(CALENDARS),
    first=st.sampled_from(CLASSES),
    steps=STEPS,
    intake_first=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_paused_raised_lowered_and_answered_in_whatever_order_all_of_it_comes_out_again(
    hour: int, tier: Tier, calendar: str, first: Criticality, steps: list[tuple[timedelta, str]], intake_first: bool
) -> None:
    at = MONDAY + hour * HOUR
    ticket = Ticket(tier, calendar, intake_first=intake_first)
    ticket.received(request(at=at))
    at += MINUTE
    ticket.triaged(classified(first), at)
    was = first
    commands: dict[str, Callable[[], Command]] = {
        "take": lambda: TakeCharge(by="T-01"),
        "wait": lambda: PauseClock(by="T-01", reason="waiting-for-customer", note="?"),
        "refused": lambda: PauseClock(by="T-01", reason="access-refused", note="Fermé."),
        "go on": lambda: ResumeClock(by="T-01"),
        "solved": lambda: DeclareResolved(by="T-01", how="advice"),
    }
    for n, (after, step) in enumerate(steps):
        at += after
        ticket.until(at)
        if step in commands:
            ticket.told(commands[step](), at)
        elif step in ("reply", "machine"):
            ticket.received(request("reply", at, key=f"r-{n}", automatic=step == "machine"), at)
        elif step == "reopened" and (solved := len(ticket.heard(TicketResolved))):
            ticket.say("closure", reopened(solved), at)
        for now in CLASSES:
            if step == now != was:
                ticket.triaged(reclassified(was, now), at)
                was = now

    proof = ticket.proof(at)

    assert proof.unproved == []
    assert [one for one in proof.clocks if not one.agrees] == []
    promised = {
        delay.duration
        for delays in POLICY.delays[tier].values()
        for delay in (delays.take_charge, delays.on_site, delays.restored)
        if delay is not None
    }
    assert {one.delay for one in proof.clocks if one.requirement == "R4"} <= promised


@requirement("R10")
def test_what_operators_and_machines_read_names_the_pause_and_its_end() -> None:
    proof = waited().proof(MONDAY + 2 * DAY)
    restored = clock(proof, "Remise en service")

    lines = [line for line, _ in _lines(restored)]
    documents = as_document(proof)["clocks"]

    assert any("attente n° 1, réponse du client attendue" in line and "le client a répondu" in line for line in lines)
    assert isinstance(documents, list)
    (told,) = [one for one in documents if one["name"] == "Remise en service"]
    assert told["pauses"] == [
        {
            "number": 1,
            "reason": "waiting-for-customer",
            "start": (MONDAY + 2 * HOUR).isoformat(),
            "end": (MONDAY + DAY).isoformat(),
            "ended_by": "customer",
        }
    ]
    assert len(told["warnings"]) == len(POLICY.dispatch.warnings)


def test_a_pause_shows_once_where_a_raise_within_it_makes_another_promise() -> None:
    ticket = taken("none", "informatif")
    wait(ticket, MONDAY + 2 * HOUR)
    ticket.triaged(reclassified("informatif", "critique"), MONDAY + 3 * HOUR)
    ticket.received(request("reply", MONDAY + 4 * HOUR), MONDAY + 4 * HOUR)

    proof = ticket.proof(MONDAY + 5 * HOUR)

    assert proof.holds, proof
    assert len(ticket.heard(PromiseRecomputed)) >= 1
    assert len(clock(proof, "Remise en service").pauses) == 1
