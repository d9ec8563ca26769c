"""What the site's facts add to a message (R5, R6): the registry's devices, other faults of the day, a panel's calls."""

from __future__ import annotations

import pytest

from services.triage.grid_file import read_grid_alone
from services.triage.rules import SiteFacts, TriageInput, Verdict, classify
from services.triage.site import Device
from tests.requirements import requirement

GRID = read_grid_alone()
DEAD = "La caméra du quai ne répond plus."
ONE_OF_MANY = "Une de nos caméras du quai ne répond plus, le reste fonctionne."
QUAY = tuple(Device("camera", "Quai") for _ in range(12))


def say(text: str, site: SiteFacts, zone: str = "") -> Verdict:
    return classify(TriageInput("portal", "", text, {"site_zone": zone}, "standard"), GRID, site)


def rules_of(verdict: Verdict) -> set[str]:
    return {reason.rule for reason in verdict.reasons}


@requirement("R5", "R6")
def test_one_camera_of_twelve_in_its_zone_is_standard_and_the_registry_is_quoted() -> None:
    verdict = say(DEAD, SiteFacts(devices=QUAY))

    assert (verdict.criticality, verdict.doubt) == ("standard", False)
    assert ("A-REGISTRE", ("registre : 12 × camera, zone « Quai »",)) in {(r.rule, r.evidence) for r in verdict.reasons}


@requirement("R5", "R6")
def test_the_only_camera_of_its_zone_is_critique_whatever_the_rest_does() -> None:
    verdict = say(ONE_OF_MANY, SiteFacts(devices=(*QUAY[:1], Device("camera", "Hall"))))

    assert (verdict.criticality, verdict.doubt) == ("critique", False)
    assert "C-SEUL-REGISTRE" in rules_of(verdict)


@requirement("R5")
@pytest.mark.parametrize(("devices", "criticality"), [(0, "critique"), (1, "critique"), (2, "standard")])
def test_two_devices_of_a_zone_are_the_least_of_which_one_is_isolated(devices: int, criticality: str) -> None:
    assert say(DEAD, SiteFacts(devices=QUAY[:devices])).criticality == criticality


def test_the_zone_may_be_named_by_the_form() -> None:
    text = "La caméra ne répond plus."

    assert say(text, SiteFacts(devices=QUAY), zone="quai").criticality == "standard"
    assert say(text, SiteFacts(devices=QUAY), zone="hall").criticality == "critique"


def test_devices_of_another_kind_or_zone_count_for_nothing() -> None:
    others = (Device("lecteur", "Quai"), Device("lecteur", "Quai"), Device("camera", "Hall"), Device("camera", "Hall"))

    assert rules_of(say(DEAD, SiteFacts(devices=others))) == rules_of(say(DEAD, SiteFacts()))


def test_a_zone_named_by_a_letter_or_two_is_not_looked_for() -> None:
    devices = (Device("camera", "la"), Device("camera", "la"))

    assert rules_of(say("La caméra ne répond plus.", SiteFacts(devices=devices))) == {
        "C-VEILLEUR",
        "S-APPAREIL",
        "D-INCERTAIN",
    } - {"S-APPAREIL"}


@requirement("R5", "R8")
@pytest.mark.parametrize(("others", "criticality"), [(0, "standard"), (1, "critique"), (2, "critique")])
def test_a_second_isolated_fault_of_a_day_is_a_doubt(others: int, criticality: str) -> None:
    verdict = say("La caméra 3 est floue.", SiteFacts(isolated_today=others))

    assert (verdict.criticality, verdict.doubt) == (criticality, criticality == "critique")
    assert ("C-SERIE" in rules_of(verdict)) == (others > 0)


def test_a_question_on_a_day_of_another_fault_stays_a_question() -> None:
    assert say("Comment ajouter un utilisateur ?", SiteFacts(isolated_today=3)).criticality == "informatif"


@requirement("R6")
@pytest.mark.parametrize(("calls", "said"), [(0, False), (2, False), (3, True), (4, True)])
def test_the_third_call_of_a_panel_in_a_month_is_said_and_changes_no_class(calls: int, said: bool) -> None:
    verdict = say("La caméra 3 est floue.", SiteFacts(panel_calls=calls))

    assert verdict.criticality == "standard"
    assert ("R-CENTRALE" in rules_of(verdict)) == said


def test_nothing_known_of_a_site_changes_nothing() -> None:
    assert say(DEAD, SiteFacts()) == classify(TriageInput("portal", "", DEAD, {"site_zone": ""}, "standard"), GRID)
