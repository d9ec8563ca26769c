"""Whole tickets that released code decided come out the same from the code of today, or the difference is named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.survey.rules import send_at
from shared.decider import Ignored, Message, Outcome, Stage
from shared.events.base import Event
from shared.events.closure import TicketClosed
from shared.policy.model import Policy
from tests.replay.knowledge import stage_named
from tests.replay.life import SUFFIX, Life, Told, read, written
from tests.replay.paths import PATHS, paths_of
from tests.replay.replaying import Accepted, Difference, accepted_in, differences

LIVES = Path(__file__).parent / "lives"
FILES = sorted(LIVES.glob(f"*/*{SUFFIX}"))
BATCHES = sorted({path.parent for path in FILES})
IDS = [f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}" for path in FILES]
PLANNED = "sav.survey.survey-planned.v1"


@cache
def life_in(path: Path) -> Life:
    return read(path)


@cache
def found_in(path: Path) -> tuple[Difference, ...]:
    return tuple(differences(life_in(path), path.parent))


def with_survey() -> tuple[Life, Path]:
    """Return a life in which a survey was planned, and where it lies."""
    path = next(one for one in FILES if ("survey", 1) in life_in(one).events)
    return life_in(path), path.parent


def altered(life: Life, alter: Callable[[Told], Told]) -> Life:
    """Return a life with other events."""
    return replace(life, lines=tuple(alter(one) if isinstance(one, Told) else one for one in life.lines))


def with_data(life: Life, name: str, alter: Callable[[dict[str, Any]], dict[str, Any]]) -> Life:
    """Return a life whose events of a type say something else."""
    return altered(life, lambda told: replace(told, data=alter(told.data)) if told.type == name else told)


def in_place_of(monkeypatch: pytest.MonkeyPatch, name: str, stage: Stage[Any, Any]) -> None:
    """Let another stage decide in the place of one."""
    monkeypatch.setattr(
        "tests.replay.replaying.stage_named", lambda wanted: stage if wanted == name else stage_named(wanted)
    )


def of_type(life: Life, name: str) -> Told:
    return next(one for one in life.lines if isinstance(one, Told) and one.type == name)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_the_code_of_today_decides_a_recorded_life_as_it_was_decided(path: Path) -> None:
    accepted = accepted_in(path.parent)

    unexpected = [one for one in found_in(path) if not any(meant.covers(one) for meant in accepted)]

    assert not unexpected, "\n".join(map(str, unexpected))


@pytest.mark.parametrize("folder", BATCHES, ids=[folder.name for folder in BATCHES])
def test_what_is_said_to_have_changed_on_purpose_still_differs(folder: Path) -> None:
    found = [one for path in FILES if path.parent == folder for one in found_in(path)]

    assert [meant for meant in accepted_in(folder) if not any(map(meant.covers, found))] == []


@pytest.mark.parametrize("path", PATHS)
def test_the_recorded_lives_show_every_path_of_the_procedure(path: str) -> None:
    assert any(path in paths_of(life_in(one)) for one in FILES)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_recorded_life_is_whole(path: Path) -> None:
    assert life_in(path).is_whole


def test_what_is_written_is_what_is_read() -> None:
    for path in FILES:
        assert gzip.decompress(written(life_in(path))) == gzip.decompress(path.read_bytes())


def test_a_rule_that_came_out_otherwise_is_named_with_file_ticket_event_and_both_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given
    life, folder = with_survey()
    planned = of_type(life, PLANNED)

    def an_hour_later(closed_at: datetime, policy: Policy) -> datetime:
        return send_at(closed_at, policy) + timedelta(hours=1)

    # when
    monkeypatch.setattr("services.survey.decide.send_at", an_hour_later)
    found = [one for one in differences(life, folder) if one.seq == planned.seq]

    # then
    assert [(one.stage, one.type, one.field) for one in found] == [("survey", PLANNED, "send_at")]
    was, now = planned.data["send_at"], datetime.fromisoformat(planned.data["send_at"]) + timedelta(hours=1)
    assert found[0].recorded == was and datetime.fromisoformat(found[0].now) == now
    assert str(found[0]) == (
        f"{life.name}: {life.entity}: survey {PLANNED} seq {planned.seq}: send_at was {was!r}, is {found[0].now!r}"
    )


def test_a_deadline_that_is_armed_otherwise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    life, folder = with_survey()
    planned = of_type(life, PLANNED)

    in_place_of(monkeypatch, "survey", replace(stage_named("survey"), deadlines=lambda _: ()))
    found = [one for one in differences(life, folder) if one.seq == planned.seq]

    was = str(datetime.fromisoformat(planned.data["send_at"]))
    assert [(one.type, one.field, one.recorded, one.now) for one in found] == [
        (PLANNED, "deadline send:1", was, "nothing")
    ]


def test_a_message_that_is_ignored_where_something_followed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    life, folder = with_survey()
    survey = stage_named("survey")

    def never(state: Any, message: Message, facts: Any, at: datetime, policy: Policy) -> Outcome:
        outcome: Outcome = survey.decide(state, message, facts, at, policy)
        return Ignored("no surveys") if isinstance(message.payload, TicketClosed) else outcome

    in_place_of(monkeypatch, "survey", replace(survey, decide=never))
    found = differences(life, folder)

    assert [(one.type, one.field, one.recorded, one.now) for one in found] == [
        (PLANNED, "outcome", PLANNED, "ignored: no surveys")
        for one in life.lines
        if isinstance(one, Told) and one.type == PLANNED
    ]


def test_a_state_that_cannot_be_folded_any_more_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    life, folder = with_survey()

    def evolve(_: Any, event: Event) -> Any:
        raise KeyError(type(event).__name__)

    in_place_of(monkeypatch, "survey", replace(stage_named("survey"), evolve=evolve))
    found = differences(life, folder)

    assert (PLANNED, "reading", "KeyError: 'SurveyPlanned'") in [(one.type, one.field, one.now) for one in found]


def test_a_field_that_the_code_of_today_does_not_read_is_named() -> None:
    life, folder = with_survey()

    found = differences(with_data(life, PLANNED, lambda data: data | {"colour": "red"}), folder)

    assert {(one.type, one.field, one.recorded, one.now) for one in found} == {(PLANNED, "colour", "red", "nothing")}


def test_a_field_that_came_after_the_recording_and_has_its_default_is_no_difference() -> None:
    life, folder = with_survey()
    opened = "sav.intake.ticket-opened.v1"
    assert of_type(life, opened).data["automatic"] is False

    older = with_data(life, opened, lambda data: {name: data[name] for name in data if name != "automatic"})

    assert differences(older, folder) == []


def test_another_value_deep_inside_is_named_by_its_path() -> None:
    life, folder = with_survey()
    customer = of_type(life, PLANNED).data["ticket"]["customer"]

    found = differences(
        with_data(life, PLANNED, lambda data: data | {"ticket": data["ticket"] | {"customer": "K-0"}}), folder
    )

    assert (PLANNED, "ticket.customer", "K-0", customer) in [
        (one.type, one.field, one.recorded, one.now) for one in found
    ]


@pytest.mark.parametrize(
    ("stage", "type_name", "field", "covered"),
    [
        ("survey", PLANNED, "send_at", True),
        ("survey", PLANNED, "send*", True),
        ("survey", PLANNED, "latest_at", False),
        ("survey", "sav.survey.survey-invited.v1", "send_at", False),
        ("closure", PLANNED, "send_at", False),
    ],
)
def test_a_change_on_purpose_covers_its_field_alone(stage: str, type_name: str, field: str, covered: bool) -> None:
    difference = Difference("b/01", "t", "survey", PLANNED, 1, "send_at", "1", "2")

    assert Accepted(stage, type_name, field, "meant").covers(difference) is covered
