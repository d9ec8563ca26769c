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
from shared.decider import Message
from shared.events.base import Criticality, Event, Tier
from shared.events.intake import AcknowledgementAsked, TicketOpened
from tests.requirements import requirement
from tests.unit.prove.ticket import BOOK, CALENDARS, TIERS, told
from tests.unit.services.builders import CLASSES, MONDAY, contract, resolved
from tests.unit.services.harness import AROUND, HOUR, MINUTE, POLICY, events_of

INSTANTS = st.integers(0, 2 * 365 * 86_400_000).map(
    lambda ms: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
"""To the millisecond, which is the grain of every instant on the topics."""
DELAYS = st.integers(60_000, 20 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms))


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
    handling = {"Accusé de réception", "Prise en charge", "Intervention sur site", "Remise en service"}
    assert handling <= {one.name for one in proof.clocks}
    assert proof.unproved == []
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

    handling = {"Prise en charge", "Intervention sur site", "Remise en service"}
    assert {one.name for one in other.clocks if not one.agrees} == handling


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
