"""The policy file: the shipped one is sound, and a bad one is refused with a place and a sentence."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.policy.file import read_policy
from shared.policy.model import Policy
from tests.requirements import requirement

SHIPPED: dict[str, Any] = json.loads((files("shared.policy") / "policy.json").read_text("utf-8"))
GONE = object()


def changed(place: str, value: object) -> str:
    """The shipped policy with one value changed, or left out."""
    policy = json.loads(json.dumps(SHIPPED))
    *way, last = place.split("/")
    inner = policy
    for name in way:
        inner = inner[name]
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(policy)


def refused(place: str, value: object) -> str:
    """What the reader says to such a policy."""
    with pytest.raises(ValidationError) as error:
        Policy.model_validate_json(changed(place, value))
    return str(error.value)


@requirement("R3", "R4", "R13", "R14")
def test_the_shipped_policy_is_the_procedure() -> None:
    policy = read_policy()

    assert policy.acknowledgement.within == timedelta(minutes=30)
    assert policy.acknowledgement.wait_for_triage == timedelta(minutes=10)
    assert policy.closing.remind_after_working_days == 2
    assert policy.closing.silence == timedelta(hours=120)
    assert (policy.survey.after, policy.survey.latest) == (timedelta(hours=24), timedelta(hours=48))
    assert set(policy.channels) == {"email", "phone", "portal"}


@requirement("R1")
def test_the_shipped_business_hours_are_the_procedure_s() -> None:
    france = read_policy().calendars["france"]

    assert france.zone == "Europe/Paris"
    assert dict(france.week) == dict.fromkeys(range(5), (("08:30", "18:00"),))
    assert france.holidays == "FR"


@requirement("R4", "R10")
def test_the_shipped_policy_promises_something_for_every_contract_and_class() -> None:
    delays = read_policy().delays

    assert set(delays) == {"premium", "standard", "none"}
    assert all(set(grid) == {"critique", "standard", "informatif"} for grid in delays.values())


def test_a_policy_of_one_s_own_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(changed("version", "mine-1"), "utf-8")

    assert read_policy(path).version == "mine-1"


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("version", GONE, "version"),
        ("closing", GONE, "closing"),
        ("closing/silence", GONE, "closing.silence"),
        ("closing/silence", "five days", "closing.silence"),
        ("closing/remind_after_working_days", 0, "closing.remind_after_working_days"),
        ("closing/remind_after_working_days", 1.5, "closing.remind_after_working_days"),
        ("acknowledgement/within", "PT30", "acknowledgement.within"),
        ("reception/text_limit", 0, "reception.text_limit"),
        ("channels", ["fax"], "channels.0"),
        ("opening_calendar", "of another planet", "calendars named but not defined: of another planet"),
        ("on_call_calendar", "nights", "calendars named but not defined: nights"),
        ("dispatch/working_calendar", "nights", "calendars named but not defined: nights"),
        ("dispatch/retry_missing_part/calendar", "nights", "calendars named but not defined: nights"),
        ("delays/premium/critique/on_site/calendar", "nights", "calendars named but not defined: nights"),
        ("delays/gold", {}, "delays.gold"),
        ("delays/premium/urgent", {}, "delays.premium.urgent"),
        ("delays/premium/critique/on_site", GONE, "delays.premium.critique.on_site"),
        ("survey/after", "P2D", "survey.after must be before survey.latest"),
        ("survey/after", "P3D", "survey.after must be before survey.latest"),
        ("calendars/france/zone", "Europe/Atlantis", "calendars.france.zone"),
        ("calendars/france/holidays", "XX", "calendars.france.holidays"),
        ("calendars/france/week", {}, "the week has no opening"),
        ("calendars/france/weeks", {}, "calendars.france.weeks"),
        ("calendars/france/week/0", [["25:00", "26:00"]], "calendars.france"),
    ],
)
def test_a_bad_policy_is_refused_naming_the_place(place: str, value: object, sentence: str) -> None:
    assert sentence in refused(place, value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\ufeff{}"])
def test_what_is_no_policy_at_all_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(text, "utf-8")

    with pytest.raises(ValidationError):
        read_policy(path)


@pytest.mark.parametrize("after", ["PT47H59M59S", "PT1S"])
def test_a_survey_may_leave_up_to_a_second_before_its_latest_instant(after: str) -> None:
    assert Policy.model_validate_json(changed("survey/after", after)).survey.latest == timedelta(hours=48)


@requirement("R4", "R10")
@pytest.mark.parametrize("place", ["delays/none", "delays/premium/critique", "delays/standard/informatif"])
def test_a_policy_without_the_delays_of_a_contract_or_class_is_refused(place: str) -> None:
    assert place.replace("/", ".").split(".")[-1] in refused(place, GONE)


@requirement("R3", "R13", "R14")
@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("closing/silence", "P0D"),
        ("closing/silence", "-P5D"),
        ("closing/undo", "-PT2M"),
        ("closing/ask_silence_again", "PT0S"),
        ("acknowledgement/within", "-PT30M"),
        ("acknowledgement/wait_for_triage", "-PT10M"),
        ("acknowledgement/wait_for_triage", "PT30M"),
        ("dispatch/look_at_pause", "PT0S"),
        ("dispatch/visit_duration", "-PT2H"),
        ("dispatch/visit_duration", "PT0S"),
        ("delays/premium/critique/on_site/duration", "-PT4H"),
        ("survey/after", "-P1D"),
        ("survey/expires", "-P30D"),
        ("channels", []),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(place: str, value: object) -> None:
    assert place.partition("/")[0] in refused(place, value)
