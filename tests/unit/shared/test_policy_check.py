"""`sav policy check`: every fault of a file at once, in French, with its place; and what validates but is odd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.policy import app
from shared.policy.check import doubts, read
from shared.policy.file import read_policy, shipped_text
from tests.requirements import requirement
from tests.unit.shared.policies import GONE, changed, changed_all


def test_the_shipped_policy_is_sound_and_astonishes_nobody() -> None:
    policy, faults = read(shipped_text())

    assert (policy, faults) == (read_policy(), [])
    assert doubts(read_policy()) == []
    assert "fictifs" in read_policy().notice


@requirement("R4", "R10")
def test_the_shipped_policy_promises_when_service_is_restored_and_who_is_served_at_any_hour() -> None:
    policy = read_policy()

    assert all(one.restored is not None for grid in policy.delays.values() for one in grid.values())
    assert policy.on_call == {"premium": ("critique",)}


@pytest.mark.parametrize(
    ("place", "value", "where", "reason"),
    [
        ("version", GONE, "version", "manque"),
        ("closing/silence", "five days", "closing.silence", "durée illisible"),
        ("closing/remind_after_working_days", 0, "closing.remind_after_working_days", "au moins 1"),
        ("closing/remind_after_working_days", 1.5, "closing.remind_after_working_days", "nombre entier"),
        ("closing/remind_after_working_days", "two", "closing.remind_after_working_days", "nombre entier"),
        ("closing", [], "closing", "objet"),
        ("closing/undo", "PT0S", "closing.undo", "supérieur à"),
        ("channels", [], "channels", "au moins 1 élément"),
        ("channels", ["email", "fax"], "channels.1", "'email'"),
        ("channels", "email", "channels", "liste"),
        ("company", 7, "company", "texte"),
        ("delays/gold", {}, "delays.gold", "'premium'"),
        ("delays/none", GONE, "politique", "rien n'est promis au contrat none pour la classe critique"),
        ("on_call/premium", ["urgent"], "on_call.premium.0", "'critique'"),
        ("opening_calendar", "mars", "politique", "absents de « calendars » : mars"),
        ("delays/premium/critique/restored/calendar", "mars", "politique", "absents de « calendars » : mars"),
        ("acknowledgement/wait_for_triage", "PT30M", "politique", "avant acknowledgement.within"),
        ("survey/after", "P2D", "politique", "avant survey.latest"),
        ("calendars/france/zone", "Europe/Atlantis", "calendars.france.zone", "« Europe/Atlantis »"),
        ("calendars/france/holidays", "XX", "calendars.france.holidays", "région inconnue : « XX »"),
        ("calendars/france/week", {}, "calendars.france", "aucune heure d'ouverture"),
        ("calendars/france/weeks", {}, "calendars.france.weeks", "clé inconnue"),
        ("calendars/france/continuous", True, "calendars.france", "continu"),
        ("calendars/france/week/0", [["25:00", "26:00"]], "calendars.france", "lundi 25:00-26:00 : « 25:00 »"),
        ("calendars/france/week/7", [["08:00", "09:00"]], "calendars.france", "jour de semaine inconnu : 7"),
        ("calendars/france/week/1", [["08:00", "12:00"], ["11:59", "18:00"]], "calendars.france", "se chevauchent"),
        ("calendars/france/closings", ["demain"], "calendars.france.closings.0", "date illisible"),
        ("closing/silense", "P5D", "closing.silense", "clé inconnue"),
        ("silence", "P5D", "silence", "clé inconnue"),
        ("delays/premium/critique/repaired", {}, "delays.premium.critique.repaired", "clé inconnue"),
    ],
)
def test_a_fault_is_told_in_french_with_its_place(place: str, value: object, where: str, reason: str) -> None:
    policy, [fault] = read(changed(place, value))

    assert policy is None
    assert fault.place == where
    assert reason in fault.reason
    assert "valeur refusée" not in fault.reason


def test_all_faults_are_told_at_once() -> None:
    text = changed_all({"closing/silence": GONE, "survey/after": "soon", "calendars/france/zone": "Mars/Olympus"})

    _, faults = read(text)

    assert {one.place for one in faults} == {"closing.silence", "survey.after", "calendars.france.zone"}


@pytest.mark.parametrize("text", ["", "{", "[1,", "nul", "{} {}", "\ufeff{}", "[" * 100_000])
def test_what_is_no_json_is_told_so(text: str) -> None:
    policy, [fault] = read(text)

    assert policy is None
    assert "JSON" in fault.reason


def test_a_key_written_twice_is_told_though_it_would_validate() -> None:
    text = shipped_text().replace('"silence": "P5D"', '"silence": "P4D", "silence": "P5D"')

    policy, [fault] = read(text)

    assert (policy, fault.place) == (None, "silence")
    assert "plusieurs fois" in fault.reason


@requirement("R3", "R13", "R14")
@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        ("acknowledgement/within", "PT29M", "30 minutes"),
        ("acknowledgement/within", "PT31M", "30 minutes"),
        ("acknowledgement/wait_for_triage", "PT9M", "10 minutes"),
        ("closing/silence", "PT119H", "5 jours"),
        ("closing/silence", "PT121H", "5 jours"),
        ("closing/remind_after_working_days", 3, "2 jours"),
        ("survey/latest", "P3D", "2 jours"),
        ("delays/premium/critique/on_site/duration", "PT59M", "promise avant prise en charge"),
        ("delays/premium/critique/restored/duration", "PT3H59M", "promise avant intervention"),
        ("delays/standard/standard/take_charge/duration", "PT1H59M", "plus vite que la classe critique"),
        ("on_call/standard", ["critique"], "astreinte"),
    ],
)
def test_what_departs_from_the_procedure_or_contradicts_itself_is_told_and_still_valid(
    place: str, value: object, word: str
) -> None:
    policy, faults = read(changed(place, value))

    assert policy is not None and faults == []
    [doubt] = doubts(policy)
    assert word in doubt


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("delays/premium/critique/on_site/duration", "PT1H"),
        ("delays/premium/critique/restored/duration", "PT4H"),
        ("delays/standard/standard/take_charge/duration", "PT2H"),
        ("closing/silence", "PT120H"),
    ],
)
def test_delays_that_are_equal_are_no_contradiction(place: str, value: str) -> None:
    policy, _ = read(changed(place, value))

    assert policy is not None and doubts(policy) == []


def test_the_command_says_by_its_status_whether_the_file_is_sound(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(changed("closing/silence", GONE), "utf-8")
    latin = tmp_path / "latin.json"
    latin.write_bytes('{"company": "Société"}'.encode("latin-1"))
    run = CliRunner().invoke

    sound = run(app, ["check", "shipped"])
    refused = run(app, ["check", str(bad)])

    assert (sound.exit_code, refused.exit_code) == (0, 1)
    assert "closing.silence : manque" in refused.stderr
    assert json.loads(run(app, ["check", str(bad), "--json"]).stdout)["errors"] == [
        {"place": "closing.silence", "reason": "manque"}
    ]
    assert run(app, ["check", str(tmp_path / "none.json")]).exit_code == 1
    assert "UTF-8" in run(app, ["check", str(latin)]).stderr
