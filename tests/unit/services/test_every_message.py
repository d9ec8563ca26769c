"""What holds for every message in every state: an outcome, never an exception; and repeated, nothing new."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from services.closure.app import PART as CLOSURE
from services.dispatch.app import PART as DISPATCH
from services.intake.app import PART as INTAKE
from services.notify.app import PART as NOTIFY
from services.resources.app import PART as RESOURCES
from services.survey.app import PART as SURVEY
from services.triage.app import PART as TRIAGE
from shared.codec import sealed_data
from shared.decider import Early, Happened, Ignored, Outcome
from shared.events.catalogue import EVENTS, routes
from shared.personal import ClearSeal
from tests.unit.services.everything import CASES, NOW, STAGES, AnyStory, messages
from tests.unit.services.harness import Said, events_of

SEAL = ClearSeal()
OUTSIDE = "the runtime drops the copy by its id; decide alone would do it again"
AGAIN = "the runtime drops the copy by its seq; decide alone would do it again"
ARMED = "the runtime brings a deadline once; decide alone does not look whether it is still armed"
REPEATS = {
    ("intake", "Request"): OUTSIDE,
    ("intake", "MessageFailed"): AGAIN,
    ("intake", "Due"): ARMED,
    ("dispatch", "RecordRemoteAction"): OUTSIDE,
    ("dispatch", "ReservationGranted"): OUTSIDE,
    ("dispatch", "Due"): ARMED,
    ("closure", "ReadReply"): OUTSIDE,
    ("closure", "CustomerTookBack"): AGAIN,
    ("notify", "Due"): "nothing is told; the next look is only noted",
}
"""Pairs in which some state would say the same message's consequence twice, and what of the runtime prevents it."""


def name_of(said: Said) -> str:
    return type(said).__name__ if type(said).__name__ != "NeedsAttention" else f"{type(said).__module__}.NeedsAttention"


def told(stage: str, name: str = "", *, but: Collection[tuple[str, str]] = ()) -> Iterator[tuple[str, AnyStory, Said]]:
    """Every message of a stage (or those of one type) in every state, but for these types."""
    for said in messages(stage):
        if name in ("", name_of(said)) and (stage, name_of(said)) not in but:
            for case, ticket in CASES[stage].items():
                yield f"{name_of(said)} when {case}", ticket, said


def is_new(outcome: Outcome) -> bool:
    return any(type(event).__name__ != "CommandRefused" for event in events_of(outcome))


def has_outcome(case: str, ticket: AnyStory, said: Said) -> None:
    outcome = ticket.when(said, at=NOW)

    assert isinstance(outcome, Happened | Ignored | Early), case
    assert outcome.events if isinstance(outcome, Happened) else outcome.reason, case


def repeats(ticket: AnyStory, said: Said) -> bool:
    """Tell whether a message says something new on the very state that it produced."""
    first = ticket.when(said, at=NOW)
    return isinstance(first, Happened) and is_new(ticket.given(*first.events).when(said, at=NOW))


@pytest.mark.parametrize("stage", STAGES)
def test_every_message_in_every_state_has_an_outcome(stage: str) -> None:
    for case, ticket, said in told(stage):
        has_outcome(case, ticket, said)


@pytest.mark.parametrize("stage", STAGES)
def test_what_follows_is_the_stage_s_own_and_can_be_folded_armed_and_published(stage: str) -> None:
    for case, ticket, said in told(stage):
        events = events_of(ticket.when(said, at=NOW))

        assert {EVENTS[event.type_name].owner for event in events} <= {stage}, case
        ticket.given(*events).armed()
        for event in events:
            assert sealed_data(event, ticket.ticket, SEAL) is not None
            assert routes(ticket.ticket, event)[0][0] == f"sav.{stage}"


@pytest.mark.parametrize("stage", STAGES)
def test_repeated_on_the_state_that_it_produced_a_message_yields_nothing_new(stage: str) -> None:
    assert [case for case, ticket, said in told(stage, but=REPEATS) if repeats(ticket, said)] == []


@pytest.mark.parametrize(("stage", "name"), list(REPEATS), ids=" ".join)
def test_what_is_left_to_the_runtime_is_no_more_than_it_needs_to_be(stage: str, name: str) -> None:
    assert any(repeats(ticket, said) for _, ticket, said in told(stage, name))


@pytest.mark.parametrize("stage", STAGES)
def test_a_deadline_that_acted_is_not_armed_again_for_the_same_instant(stage: str) -> None:
    for case, ticket in CASES[stage].items():
        for kind, instant in ticket.armed().items():
            assert ticket.once_due(kind, at=max(instant, NOW)).armed().get(kind) != instant, f"{case}: {kind}"


def test_the_stages_are_called_what_the_topics_say() -> None:
    parts = (INTAKE, TRIAGE, DISPATCH, RESOURCES, CLOSURE, SURVEY, NOTIFY)

    assert tuple(part.stage.name for part in parts) == STAGES
    assert all(EVENTS[part.stage.attention.type_name].owner == part.stage.name for part in parts)
