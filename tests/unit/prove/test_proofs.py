"""What the stages announce comes out again when it is recomputed from their events alone; what was altered does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.clocks import standing_of
from prove.life import Life, Word
from prove.proof import Proof, prove
from services.closure.app import STAGE as CLOSURE
from services.dispatch.app import STAGE as DISPATCH
from services.intake.app import STAGE as INTAKE
from services.intake.decide import Facts
from shared.decider import Message
from shared.events.base import Criticality, Event, Tier
from shared.events.intake import AcknowledgementAsked, TicketOpened
from shared.events.requests import Request
from shared.policy.book import PolicyBook
from tests.requirements import requirement
from tests.unit.services.builders import (
    CLASSES,
    MONDAY,
    NUMBER,
    classified,
    contract,
    reclassified,
    request,
    resolved,
)
from tests.unit.services.harness import AROUND, HOUR, MINUTE, POLICY, events_of

BOOK = PolicyBook([POLICY])
TIERS: tuple[Tier, ...] = ("premium", "standard", "none")
CALENDARS = ("france", "alsace-moselle", "continuous")
INSTANTS = st.integers(0, 2 * 365 * 86_400_000).map(
    lambda ms: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
"""To the millisecond, which is the grain of every instant on the topics."""
DELAYS = st.integers(60_000, 20 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms))


class Ticket:
    """One ticket in intake and dispatch, and what they said of it."""

    def __init__(self, tier: Tier, calendar: str) -> None:
        self.life = Life("T-1")
        self._facts = Facts(NUMBER, contract(tier, calendar))
        self._intake, self._dispatch = INTAKE.initial, DISPATCH.initial
        self._seq = {"intake": 0, "dispatch": 0, "triage": 0}

    def say(self, stage: str, event: Event, at: datetime) -> None:
        """Let a stage say something; dispatch, which hears all of it, follows."""
        self._seq[stage] += 1
        self.life.hear(Word(stage, self._seq[stage], at, POLICY.version, event))
        if stage != "dispatch":
            self._dispatched(event, at)

    def received(self, asked: Request) -> None:
        """Intake hears a customer."""
        self._taken(asked, asked.received_at)

    def triaged(self, event: Event, at: datetime) -> None:
        """Triage says a class."""
        self.say("triage", event, at)
        self._taken(event, at)

    def _taken(self, said: Event | Request, at: datetime) -> None:
        outcome = INTAKE.decide(self._intake, Message("T-1", said, "m", at), self._facts, at, POLICY)
        for event in events_of(outcome):
            self._intake = INTAKE.evolve(self._intake, event)
            self.say("intake", event, at)

    def _dispatched(self, said: Event, at: datetime) -> None:
        outcome = DISPATCH.decide(self._dispatch, Message("T-1", said, "m", at), None, at, POLICY)
        for event in events_of(outcome):
            self._dispatch = DISPATCH.evolve(self._dispatch, event)
            self.say("dispatch", event, at)


def told(
    received: datetime, tier: Tier, calendar: str, first: Criticality, later: tuple[tuple[Criticality, timedelta], ...]
) -> Life:
    """Return the life of a ticket that is classified, and re-evaluated after each of these delays."""
    ticket = Ticket(tier, calendar)
    ticket.received(request(at=received))
    at, was = received + MINUTE, first
    ticket.triaged(classified(first), at)
    for now, delay in later:
        at += delay
        if now != was:
            ticket.triaged(reclassified(was, now), at)
        was = now
    return ticket.life


@requirement("R3", "R4", "R7")
@given(
    received=INSTANTS,
    tier=st.sampled_from(TIERS),
    calendar=st.sampled_from(CALENDARS),
    first=st.sampled_from(CLASSES),
    later=st.lists(st.tuples(st.sampled_from(CLASSES), DELAYS), max_size=3).map(tuple),
)
@settings(max_examples=150, deadline=None)
def test_every_deadline_that_is_announced_comes_out_again(
    received: datetime,
    tier: Tier,
    calendar: str,
    first: Criticality,
    later: tuple[tuple[Criticality, timedelta], ...],
) -> None:
    proof = prove(told(received, tier, calendar, first, later), BOOK, received)

    assert [one for one in proof.clocks if not one.agrees] == []
    assert {"Accusé de réception", "Prise en charge", "Intervention sur site"} <= {one.name for one in proof.clocks}
    assert proof.holds


def life() -> Life:
    return told(MONDAY, "premium", "france", "standard", ())


def altered(kind: type[Event], change: Callable[[Event], Event]) -> Proof:
    """Prove a life in which every event of a type says something else."""
    found = life()
    for key, word in found.words.items():
        if isinstance(word.event, kind):
            found.words[key] = word._replace(event=change(word.event))
    return prove(found, BOOK, MONDAY)


@requirement("R3")
def test_an_acknowledgement_deadline_that_is_a_second_off_does_not_agree() -> None:
    later = altered(
        AcknowledgementAsked,
        lambda one: one.model_copy(update={"acknowledge_by": one.acknowledge_by + timedelta(seconds=1)}),  # type: ignore[attr-defined]
    )

    assert not later.holds
    assert [one.name for one in later.clocks if not one.agrees] == ["Accusé de réception"]


@requirement("R4")
def test_a_contract_with_other_delays_than_were_announced_does_not_agree() -> None:
    other = altered(TicketOpened, lambda one: one.model_copy(update={"contract": contract("none")}))

    assert {one.name for one in other.clocks if not one.agrees} == {"Prise en charge", "Intervention sur site"}


def test_a_policy_that_is_not_here_proves_nothing() -> None:
    strange = life()
    strange.words = {key: word._replace(policy="2031-1") for key, word in strange.words.items()}

    proof = prove(strange, BOOK, MONDAY)

    assert not proof.holds
    assert proof.unproved == ["politique inconnue ici : 2031-1"]


def test_a_life_whose_beginning_is_missing_proves_nothing() -> None:
    headless = life()
    del headless.words["intake", 1]

    assert prove(headless, BOOK, MONDAY).unproved == ["l'ouverture du dossier n'est pas sur les topics"]


@pytest.mark.parametrize(("off", "said"), AROUND)
def test_what_happens_at_the_deadline_itself_has_kept_it(off: timedelta, said: str) -> None:
    by = MONDAY + HOUR

    assert standing_of(by + off, by, by + HOUR) == ("missed" if said == "just after" else "kept")


def test_what_has_not_happened_is_missed_once_its_deadline_has_passed_and_void_where_it_is_not_needed() -> None:
    assert standing_of(None, MONDAY, MONDAY) == "running"
    assert standing_of(None, MONDAY, MONDAY + MINUTE) == "missed"
    assert standing_of(None, MONDAY, MONDAY + MINUTE, needed=False) == "void"


@requirement("R13")
@given(asked=INSTANTS, calendar=st.sampled_from(CALENDARS))
@settings(max_examples=50, deadline=None)
def test_the_reminder_comes_out_again_whenever_the_confirmation_was_asked_for(asked: datetime, calendar: str) -> None:
    found = told(asked - timedelta(days=1), "standard", calendar, "standard", ())
    done = resolved(asked, calendar=calendar)
    outcome = CLOSURE.decide(CLOSURE.initial, Message("T-1", done, "m", asked), None, asked, POLICY)
    for seq, event in enumerate(events_of(outcome), start=1):
        found.hear(Word("closure", seq, asked, POLICY.version, event))

    reminders = [one for one in prove(found, BOOK, asked).clocks if one.name == "Relance"]

    assert [one.agrees for one in reminders] == [True]


def test_the_sum_of_what_was_counted_is_the_delay() -> None:
    charge = next(one for one in prove(life(), BOOK, MONDAY).clocks if one.name == "Prise en charge")

    assert charge.delay == POLICY.delays["premium"]["standard"].take_charge.duration
