"""The likeness scores: a doubt that can be shown, that never lowers, and that anyone can make again (R8)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from services.triage import train
from services.triage.grid_file import read_grid, read_grid_alone
from services.triage.likeness import Likeness, Weights, load_likeness
from services.triage.pattern import GridError
from services.triage.rules import TriageInput, Verdict, classify
from tests.requirements import requirement

SETS = Path(__file__).parents[3] / "triage_sets"
SHIPPED: dict[str, Any] = json.loads(files("services.triage").joinpath("likeness.fr.json").read_text(encoding="utf-8"))
RULES = read_grid_alone()
BLURRED = "Caméra 4 floue"
ASKED = "Comment ajouter un badge ?"
NEVER = 10**9
SILENT = Likeness("essai", (), Weights(0, {}), NEVER, Weights(0, {}), NEVER, NEVER)


def say(text: str, likeness: Likeness) -> Verdict:
    return classify(TriageInput("email", "", text, {}, "standard"), replace(RULES, likeness=likeness))


def critical(threshold: int) -> Likeness:
    """A likeness for which BLURRED has the score 1000: one known word, whose weight is 1000."""
    return replace(SILENT, critical=Weights(0, {"floue": 1000}), critical_above=threshold)


@requirement("R8")
@pytest.mark.parametrize(("threshold", "criticality"), [(999, "critique"), (1000, "standard"), (1001, "standard")])
def test_only_a_score_above_the_threshold_is_a_doubt(threshold: int, criticality: str) -> None:
    verdict = say(BLURRED, critical(threshold))

    assert (verdict.criticality, verdict.doubt) == (criticality, criticality == "critique")


@requirement("R6", "R8")
def test_the_doubt_shows_the_words_the_score_and_what_the_class_would_be_without_it() -> None:
    verdict = say(BLURRED, critical(0))

    doubt = next(reason for reason in verdict.reasons if reason.rule == "D-RESSEMBLANCE")
    assert doubt.evidence == ("floue", "score 1000, seuil 0")
    assert verdict.would_change == "Sans ce doute, la demande serait Standard."
    assert "S-DEGRADE" in {reason.rule for reason in verdict.reasons}


@requirement("R8")
def test_a_request_for_information_with_an_unexplained_part_has_the_lower_threshold() -> None:
    weights = Weights(0, {"ruban": 1000})
    guarded = replace(SILENT, trouble=weights, trouble_above=2000, unexplained_above=500)
    told = ASKED + " Un ruban gracieux entoure tranquillement toute cette bibliothèque."

    assert say(ASKED, guarded).criticality == "informatif"
    verdict = say(told, guarded)
    assert (verdict.criticality, verdict.doubt) == ("critique", True)
    assert {"I-QUESTION", "D-INEXPLIQUE"} <= {reason.rule for reason in verdict.reasons}
    assert say(told, replace(guarded, unexplained_above=2000)).criticality == "informatif"


@requirement("R8")
@pytest.mark.parametrize("text", ["La centrale ne répond plus.", "La porte ne ferme plus.", "???", "ça recommence"])
def test_the_likeness_never_lowers(text: str) -> None:
    unlike = replace(SILENT, critical=Weights(-NEVER, {}), critical_above=0)

    assert say(text, unlike) == classify(TriageInput("email", "", text, {}, "standard"), RULES)


def test_a_fraudulent_mail_is_not_looked_into() -> None:
    text = "Intrusion détectée, cliquez ici pour réactiver votre messagerie."

    assert say(text, replace(SILENT, critical=Weights(NEVER, {}), critical_above=0)).criticality == "informatif"


def test_what_is_only_supposed_shows_nothing() -> None:
    weights = replace(SILENT, critical=Weights(0, {"sabotage": 1000}), critical_above=500)

    assert say("Le moniteur clignote. Sabotage.", weights).criticality == "critique"
    assert say("Le moniteur clignote, au cas où sabotage.", weights).criticality == "standard"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), 3, "version"),
        (("critique",), None, "ressemblance.critique"),
        (("critique", "seuil"), "haut", "critique.seuil"),
        (("critique", "seuil"), True, "critique.seuil"),
        (("trouble", "seuil_inexplique"), None, "trouble.seuil_inexplique"),
        (("trouble", "poids"), {"porte": 0.5}, "trouble.poids"),
    ],
)
def test_weights_that_can_not_be_used_are_refused(path: tuple[str, ...], value: object, message: str) -> None:
    data = json.loads(json.dumps(SHIPPED))
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(GridError, match=message):
        load_likeness(data)


def test_the_shipped_weights_say_which_sets_and_grid_they_come_from() -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SETS.glob("*.jsonl")}

    assert SHIPPED["appris_sur"] == digests
    assert SHIPPED["grille"]["version"] == read_grid().version


def test_training_twice_gives_the_same_weights() -> None:
    lines = (SETS / "blind_1.jsonl").read_text(encoding="utf-8").splitlines()[:40]
    examples = [train.example(json.loads(line), RULES) for line in lines]
    pairs = [(one.shown, one.gold == "critique") for one in examples]

    assert train.train(pairs) == train.train(pairs)
    assert train.train(pairs).words


def test_a_threshold_lets_through_no_more_than_its_part() -> None:
    scores = list(range(100))

    assert sum(score > train.lowest_that_raises(scores, 0.05) for score in scores) == 5
    assert sum(score > train.lowest_that_raises(scores, 0.0) for score in scores) == 0
