"""What may calm a doubt, and what never does (R5, R8); and a question that no other rule knows."""

from __future__ import annotations

import pytest

from services.triage.grid_file import read_grid_alone
from services.triage.rules import TriageInput, Verdict, classify
from tests.requirements import requirement

RULES = read_grid_alone()


def say(text: str) -> Verdict:
    return classify(TriageInput("email", "", text, {}, "standard"), RULES)


def rules_of(verdict: Verdict) -> set[str]:
    return {reason.rule for reason in verdict.reasons}


@requirement("R5")
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("La sirène du couloir est très faible, celle du jardin est puissante.", "A-EN-ETAT"),
        ("La caméra 8 est en panne, la 9 balaie la même pelouse.", "A-VU-AUTREMENT"),
        ("Le bouton de la borne est cassé, on se sert du badge.", "A-DETOUR"),
        ("Le lecteur du stock est muet, la porte ouvre et ferme.", "A-PORTE-BONNE"),
    ],
)
def test_a_vague_reassurance_lifts_a_doubt(text: str, rule: str) -> None:
    verdict = say(text)

    assert verdict.criticality == "standard"
    assert rule in rules_of(verdict)


@requirement("R8")
@pytest.mark.parametrize(
    "text",
    [
        "La porte du hall ne ferme plus, tout le reste est impeccable.",
        "Impossible d'armer depuis hier, les autres fonctions sont nickel.",
        "La télésurveillance ne reçoit plus rien, les caméras sont impeccables.",
        "Ça sent le brûlé dans le local vidéo, mais les images sont bonnes et tout fonctionne.",
        "La zone stock n'est plus surveillée, celle du magasin est en ordre.",
    ],
)
def test_a_vague_reassurance_never_lifts_a_loss_or_an_emergency(text: str) -> None:
    assert say(text).criticality == "critique"


@requirement("R5")
def test_a_question_that_no_other_rule_knows_is_a_request_for_information() -> None:
    verdict = say("Existe-t-elle en vert, cette plaque ?")

    assert verdict.criticality == "informatif"
    assert "I-INTERROGE" in rules_of(verdict)


@requirement("R8")
@pytest.mark.parametrize(
    ("text", "asked"), [("Il y a ?", False), ("Et la nuit ?", False), ("Et la nuit alors ?", True)]
)
def test_a_question_of_three_words_or_fewer_says_too_little(text: str, asked: bool) -> None:
    verdict = say(text)

    assert ("I-INTERROGE" in rules_of(verdict)) == asked
    assert (verdict.criticality == "critique") == (not asked)


@requirement("R8")
@pytest.mark.parametrize("text", ["Pourquoi la porte du hall ne ferme plus ?", "La centrale est éteinte, normal ?"])
def test_a_trouble_that_is_asked_about_is_a_trouble(text: str) -> None:
    assert say(text).criticality == "critique"


@requirement("R5", "R6")
@pytest.mark.parametrize(
    "text",
    [
        "Le système n'est pas en panne, l'image de la caméra 2 est floue.",
        "Mon voisin s'est fait cambrioler samedi, peut-on revoir mes réglages ?",
        "La panne de mars est réglée, merci de renvoyer la facture.",
    ],
)
def test_what_is_denied_past_or_another_s_is_no_trouble_of_today(text: str) -> None:
    assert say(text).criticality != "critique"
