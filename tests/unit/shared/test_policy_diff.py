"""`sav policy diff`: what a change means, in French, and that no place of the policy is without its sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.policy import app
from shared.policy.diff import Change, changes, same_version
from shared.policy.file import read_policy, shipped_text
from shared.policy.meanings import KEPT
from shared.policy.model import Policy
from tests.requirements import requirement
from tests.unit.shared.policies import changed, changed_all

SHIPPED = read_policy()


def diff(place: str, value: object) -> list[Change]:
    return changes(SHIPPED, Policy.model_validate_json(changed(place, value)))


@requirement("R10")
def test_who_is_warned_is_told_in_french() -> None:
    [one] = diff("dispatch/warnings", [{"share": 0.6, "to": "dispatcher"}])

    assert (one.old, one.new) == ("50 % à qui a le dossier, 80 % aux répartiteurs", "60 % aux répartiteurs")


def test_a_policy_is_no_change_of_itself() -> None:
    assert changes(SHIPPED, SHIPPED) == []


@requirement("R13")
def test_longer_silence_is_told_with_both_values_and_what_follows() -> None:
    [one] = diff("closing/silence", "P7D")

    assert (one.place, one.old, one.new) == ("closing.silence", "5 jours (120 heures)", "7 jours (168 heures)")
    assert "remise de la relance" in one.meaning
    assert "en hausse" in one.meaning


@requirement("R4", "R7")
@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("delays/premium/critique/on_site/duration", "PT3H", "promesse plus courte"),
        ("delays/premium/critique/on_site/duration", "PT5H", "promesse plus longue"),
        ("delays/none/standard/take_charge/calendar", "continuous", "autre calendrier"),
        ("delays/standard/informatif/restored", None, "promesse retirée"),
    ],
)
def test_a_promise_changes_for_new_tickets_and_open_ones_keep_theirs(place: str, value: object, words: str) -> None:
    found = diff(place, value)

    assert found
    for one in found:
        assert words in one.meaning or one.place.endswith("calendar")
        assert "ouverts désormais" in one.meaning
        assert KEPT in one.meaning


def test_values_are_told_as_a_reader_says_them() -> None:
    hours = diff("calendars/france/week/4", [["08:30", "12:00"], ["14:00", "17:00"]])
    closings = diff("calendars/france/closings", ["2026-12-24"])
    channels = diff("channels", ["email", "phone"])

    assert [(one.old, one.new) for one in hours] == [("08:30-18:00", "08:30-12:00, 14:00-17:00")]
    assert [(one.old, one.new) for one in closings] == [("(aucun)", "2026-12-24")]
    assert [(one.old, one.new) for one in channels] == [("email, phone, portal", "email, phone")]


def test_a_day_that_opens_anew_is_a_change_of_that_day() -> None:
    [one] = diff("calendars/france/week/5", [["09:00", "12:00"]])

    assert (one.place, one.old, one.new) == ("calendars.france.week.5", "(absent)", "09:00-12:00")


def test_a_calendar_that_comes_or_goes_is_one_change() -> None:
    reunion = {"name": "reunion", "zone": "Indian/Reunion", "week": {"0": [["08:00", "16:00"]]}, "holidays": "FR-RE"}
    more = Policy.model_validate_json(changed("calendars/reunion", reunion))

    assert [(one.place, one.old) for one in changes(SHIPPED, more)] == [("calendars.reunion", "(absent)")]
    assert [(one.place, one.new) for one in changes(more, SHIPPED)] == [("calendars.reunion", "(absent)")]


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{place}/{name}" if place else name)
    else:
        yield place, value


def other(value: Any) -> Any:
    """Some other value that validates in the place of this one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.startswith("P") and value[1:2] in (*"0123456789T",):
            return "PT11M"
        case "Europe/Paris":
            return "Indian/Reunion"
        case "FR" | "FR-57":
            return "FR-RE"
        case "france":
            return "alsace-moselle"
        case "alsace-moselle" | "continuous":
            return "france"
        case ["email", *_] | ["critique"]:
            return [] if value == ["critique"] else ["email"]
        case ["on-site", "restored"] | ["restored"]:
            return ["on-site"]
        case [{"share": _, "to": _}, *_]:
            return [{"share": 0.6, "to": "dispatcher"}]
        case list():
            return [["09:00", "17:00"]]
        case _:
            return f"{value} bis"


PLACES = [
    (place, "P9D" if place == "survey/latest" else other(value))
    for place, value in leaves(json.loads(shipped_text()))
    if not place.endswith("/continuous") and place != "calendars/continuous/week"
]


@pytest.mark.parametrize(("place", "value"), PLACES, ids=[place for place, _ in PLACES])
def test_no_place_of_the_policy_is_without_its_sentence(place: str, value: object) -> None:
    [one] = diff(place, value)

    assert one.place == place.replace("/", ".")
    assert one.old != one.new
    assert len(one.meaning.removesuffix(KEPT)) > 30
    assert one.meaning[0].isupper()


def test_the_same_version_for_another_content_is_noticed() -> None:
    assert same_version(SHIPPED, Policy.model_validate_json(changed("closing/silence", "P6D")))
    assert not same_version(SHIPPED, SHIPPED)
    assert not same_version(SHIPPED, Policy.model_validate_json(changed("version", "2027-1")))


def test_the_command_says_by_its_status_what_it_found(tmp_path: Path) -> None:
    def written(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    newer = written("newer.json", changed_all({"version": "2027-1", "closing/silence": "P6D"}))
    sly = written("sly.json", changed("closing/silence", "P6D"))
    bad = written("bad.json", "{}")
    run = CliRunner().invoke

    assert run(app, ["diff", "shipped", "shipped"]).exit_code == 0
    told = run(app, ["diff", "shipped", newer])
    assert told.exit_code == 1
    assert "closing.silence : 5 jours (120 heures) → 6 jours (144 heures)" in told.stdout
    said = json.loads(run(app, ["diff", "shipped", newer, "--json"]).stdout)
    assert {one["place"] for one in said["changes"]} == {"version", "closing.silence"}
    assert run(app, ["diff", "shipped", sly]).exit_code == 2
    assert run(app, ["diff", "shipped", bad]).exit_code == 2
