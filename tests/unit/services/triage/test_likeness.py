"""The likeness scores: a doubt that can be shown, that never lowers, and that anyone can make again (R8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from services.triage import train
from services.triage.grid_file import read_grid, read_grid_alone
from services.triage.likeness import (
    Group,
    Likeness,
    Vector,
    Weights,
    critical_score,
    heaviest,
    load_likeness,
    score_of,
    shown_in,
    vector_of,
)
from services.triage.pattern import GridError
from services.triage.rules import TriageInput, Verdict, classify
from services.triage.site import SiteFacts
from tests.requirements import requirement

SETS = Path(__file__).parents[3] / "triage_sets"
SHIPPED: dict[str, Any] = json.loads(files("services.triage").joinpath("likeness.fr.json").read_text(encoding="utf-8"))
RULES = read_grid_alone()
BLURRED = "Caméra 4 floue"
ASKED = "Comment ajouter un badge ?"
LOSS = "La centrale ne répond plus."
NEVER = 10**9
UNRULED = "Un ruban gracieux entoure tranquillement toute cette bibliothèque."
UNSURE = "L'écran gracieux de la bibliothèque tranquille est éteint."
KNOWN = dict.fromkeys(
    [
        *("ruban", "gracieux", "entoure", "tranquillement", "toute", "cette", "bibliotheque"),
        *("tranquille", "ecran", "eteint", "camera", "floue", "moniteur", "clignote", "dessus"),
        *("comment", "ajouter", "badge", "centrale", "repond", "fumee", "sort", "seule", "cour", "panne"),
    ],
    1000,
)
"""How rare each of these words is."""
GROUPS: tuple[Group, ...] = get_args(Group)


def every(threshold: int) -> dict[Group, int]:
    return dict.fromkeys(GROUPS, threshold)


SILENT = Likeness("essai", KNOWN, Weights(0, {}), every(NEVER), Weights(0, {}), every(NEVER), 0)


def say(text: str, likeness: Likeness) -> Verdict:
    return classify(TriageInput("email", "", text, {}, "standard"), replace(RULES, likeness=likeness))


def critical(threshold: int) -> Likeness:
    """A likeness for which BLURRED has the score 1000: one known word, whose weight is 1000."""
    floue = {"floue": 1000}
    return replace(SILENT, rarity=floue, critical=Weights(0, floue), critical_above=every(threshold))


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


@requirement("R6", "R8")
@pytest.mark.parametrize(
    ("critical", "trouble", "criticality", "rule"),
    [
        (501, 1000, "critique", "D-RESSEMBLANCE"),
        (500, 1000, "standard", "P-STANDARD"),
        (500, 0, "informatif", "P-INFORMATIF"),
    ],
)
def test_where_no_rule_speaks_the_score_makes_the_doubt(
    critical: int, trouble: int, criticality: str, rule: str
) -> None:
    scored = replace(
        SILENT,
        critical=Weights(critical, {}),
        critical_above=every(500),
        trouble=Weights(trouble, {}),
        trouble_above=every(500),
    )

    verdict = say(UNRULED, scored)

    assert (verdict.criticality, verdict.doubt) == (criticality, criticality == "critique")
    assert [(one.rule, one.evidence[-1]) for one in verdict.reasons] == [(rule, f"score {critical}, seuil 500")]
    assert classify(TriageInput("email", "", UNRULED, {}, "standard"), RULES).criticality == "critique"


@requirement("R6", "R8")
@pytest.mark.parametrize(("score", "criticality"), [(501, "critique"), (500, "standard")])
def test_a_rule_of_mere_doubt_holds_only_with_the_score_and_is_shown_either_way(score: int, criticality: str) -> None:
    scored = replace(
        SILENT,
        critical=Weights(score, {}),
        critical_above=every(500),
        trouble=Weights(1000, {}),
        trouble_above=every(0),
    )

    verdict = say(UNSURE, scored)

    assert verdict.criticality == criticality
    assert "C-AMBIGU" in {one.rule for one in verdict.reasons}


@requirement("R8")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("zorg blim frotz gnar plouf", id="unknown words"),
        pytest.param(
            "gracieux zorg blim frotz ruban plouf tranquillement entoure gnar krop", id="mostly unknown words"
        ),
        pytest.param("Gracieux ruban", id="too few words"),
    ],
)
def test_what_is_not_understood_stays_critical_whatever_its_score(text: str) -> None:
    verdict = say(text, replace(SILENT, critical=Weights(-NEVER, {}), critical_above=every(0), understood_words=4))

    assert (verdict.criticality, verdict.doubt) == ("critique", True)
    assert {one.rule for one in verdict.reasons} == {"D-RIEN"}


@requirement("R8")
def test_a_request_for_information_whose_words_tell_of_a_trouble_is_standard() -> None:
    guarded = replace(SILENT, trouble=Weights(0, {"ruban": 3000}), trouble_above=every(500))
    told = ASKED + " Un ruban gracieux entoure tranquillement toute cette bibliothèque."

    assert say(ASKED, guarded).criticality == "informatif"
    verdict = say(told, guarded)
    assert (verdict.criticality, verdict.doubt) == ("standard", False)
    assert {"I-QUESTION", "P-TROUBLE"} <= {reason.rule for reason in verdict.reasons}


@requirement("R8")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("De la fumée sort de la centrale.", id="certain rule"),
        pytest.param("C'est la seule caméra de la cour et elle est en panne.", id="certain rule among others"),
        pytest.param(BLURRED, id="lesser class"),
        pytest.param("???", id="nothing to weigh"),
    ],
)
def test_the_scores_never_lower_what_a_rule_is_certain_of(text: str) -> None:
    unlike = replace(SILENT, critical=Weights(-NEVER, {}), critical_above=every(0), trouble=Weights(-NEVER, {}))

    assert say(text, unlike) == classify(TriageInput("email", "", text, {}, "standard"), RULES)


@requirement("R6", "R8")
@pytest.mark.parametrize(("score", "criticality"), [(-499, "critique"), (-500, "standard")])
@pytest.mark.parametrize("form", [{}, {"protected": "yes"}], ids=["no form", "form says protected"])
def test_a_loss_that_no_rule_is_certain_of_holds_only_with_the_score(
    score: int, criticality: str, form: dict[str, str]
) -> None:
    scored = replace(
        SILENT,
        critical=Weights(score, {}),
        critical_above=every(-500),
        trouble=Weights(1000, {}),
        trouble_above=every(0),
    )
    request = TriageInput("portal", "", LOSS, form, "standard")

    verdict = classify(request, replace(RULES, likeness=scored))

    assert verdict.criticality == criticality
    assert "C-SYSTEME" in {one.rule for one in verdict.reasons}
    if criticality == "critique":
        assert verdict == classify(request, RULES)
    else:
        unconfirmed = next(one for one in verdict.reasons if one.rule == "P-NON-CONFIRME")
        assert unconfirmed.evidence == ("score -500, seuil -500",)


@requirement("R8")
def test_a_loss_that_is_said_outright_is_not_outweighed_by_what_else_the_message_is_about() -> None:
    words = {"centrale": 3000, "ruban": -9000}
    scored = replace(SILENT, critical=Weights(0, words), critical_above=every(0))
    about_else = f"{UNRULED} {LOSS}"

    assert say(about_else, scored) == classify(TriageInput("email", "", about_else, {}, "standard"), RULES)
    assert say(about_else, replace(scored, critical=Weights(-3000, words))).criticality == "informatif"


@requirement("R8")
def test_a_doubt_that_the_form_or_the_site_raises_is_no_matter_of_words() -> None:
    unlike = replace(SILENT, critical=Weights(-NEVER, {}), critical_above=every(0))
    grid = replace(RULES, likeness=unlike)
    unprotected = TriageInput("portal", "", UNRULED, {"protected": "no"}, "standard")
    lone = TriageInput("portal", "", "Un moniteur est en panne à la loge, le reste fonctionne.", {}, "standard")

    assert classify(unprotected, grid).criticality == "critique"
    assert classify(lone, grid).criticality == "standard"
    assert classify(lone, grid, SiteFacts(isolated_today=1)).criticality == "critique"


def test_what_is_unlike_any_trouble_is_less_like_a_critical_one() -> None:
    assert critical_score(700, 300) == 700
    assert critical_score(700, -300) == 400


def test_a_fraudulent_mail_is_not_looked_into() -> None:
    text = "Intrusion détectée, cliquez ici pour réactiver votre messagerie."

    assert say(text, replace(SILENT, critical=Weights(NEVER, {}), critical_above=every(0))).criticality == "informatif"


def test_a_word_shares_the_weight_of_its_kin() -> None:
    kin = {"~emba": 1000}
    weights = replace(SILENT, rarity=KNOWN | kin, critical=Weights(0, kin), critical_above=every(400))

    assert say("Le moniteur clignote, emballage dessus.", weights).criticality == "critique"
    assert say("Le moniteur clignote, déballage dessus.", weights).criticality == "standard"


def test_a_word_ended_with_a_question_mark_is_weighed_as_such() -> None:
    asked = {"~sus?": 1000}
    weights = replace(SILENT, rarity=KNOWN | asked, critical=Weights(0, asked), critical_above=every(400))

    assert say("Le moniteur clignote dessus.", weights).criticality == "standard"
    assert say("Le moniteur clignote dessus?", weights).criticality == "critique"


def test_rare_words_count_for_more_and_a_word_said_twice_for_little_more_than_once() -> None:
    rarity = {"vol": 3000, "porte": 1000}

    once, twice = (vector_of(shown_in(text), rarity) for text in ("porte vol", "porte porte vol"))

    assert once["vol"] == pytest.approx(3 * once["porte"])
    assert once["porte"] < twice["porte"] < 2 * once["porte"]
    assert sum(value**2 for value in twice.values()) == pytest.approx(1)


def test_nothing_known_has_no_score_but_the_bias() -> None:
    assert score_of(vector_of(shown_in("zorg blim"), KNOWN), Weights(-70, {"porte": 5})) == -70


def test_the_words_shown_are_those_that_speak_for_it_with_their_pieces() -> None:
    rarity = {"siren": 1000, "~sire": 1000, "merci": 1000, "le": 1000}
    weights = Weights(0, {"~sire": 900, "merci": -500, "le": 700})
    shown = shown_in("Le soir, sirènes ! Merci.")

    assert heaviest(shown, vector_of(shown, rarity), weights, frozenset({"le"})) == ("sirenes",)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), 3, "version"),
        (("critique",), None, "ressemblance.critique"),
        (("critique", "seuils"), "haut", "critique.seuils"),
        (("critique", "seuils", "muette"), True, "critique.seuils.muette"),
        (("trouble", "seuils", "standard"), None, "trouble.seuils.standard"),
        (("mots_compris",), None, "mots_compris"),
        (("critique", "biais"), 0.5, "critique.biais"),
        (("mots",), None, "ressemblance.mots"),
        (("mots", "porte"), [1, 2], "ressemblance.mots"),
        (("mots", "porte"), [1, 2, 0.5], "ressemblance.mots"),
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


def learnt(texts: Iterable[str]) -> list[Vector]:
    """These texts as training takes them."""
    shown = [shown_in(text) for text in texts]
    rarity = train.rarities(shown)
    return [vector_of(one, rarity) for one in shown]


def test_training_twice_gives_the_same_weights() -> None:
    messages = [json.loads(line) for line in (SETS / "blind_1.jsonl").read_text(encoding="utf-8").splitlines()[:40]]
    vectors = learnt(one["text"] for one in messages)
    pairs = [(vector, one["gold"] == "critique") for vector, one in zip(vectors, messages, strict=True)]

    assert train.train(pairs) == train.train(pairs)
    assert train.train(pairs).words


def test_weights_tell_what_they_were_shown_from_the_rest() -> None:
    faults, bills = [f"panne a{n % 3}" for n in range(6)], [f"facture a{n % 3}" for n in range(6)]
    vectors = learnt([*faults, *bills])
    weights = train.train([(vector, n < len(faults)) for n, vector in enumerate(vectors)])

    assert score_of(vectors[0], weights) > 0 > score_of(vectors[-1], weights)


def test_what_few_messages_have_is_not_learnt() -> None:
    texts = ["panne du soir", "panne ce soir", "panne un soir", "facture du matin", "facture de ce matin"]
    rarity = train.rarities([shown_in(text) for text in texts])

    assert rarity.keys() >= {"panne", "soir"}
    assert not rarity.keys() & {"facture", "matin", "panne du"}
    assert "panne+soir" not in rarity
    assert "panne+soir" in train.rarities([shown_in("panne ce soir")] * train.SEEN_PART)
    assert all(not name.startswith("~") for name in rarity)


def test_a_sets_own_messages_never_teach_what_is_said_of_them() -> None:
    # Two authors who mean the opposite by the same word: each is read by what the other means.
    def of(author: str, gold: str) -> list[train.Example]:
        return [train.Example(author, shown_in("zinzin"), gold, frozenset({gold}), None)] * 4

    seen = train.unseen_scores([*of("a", "critique"), *of("b", "standard")])

    assert max(one.critical for one in seen if one.set == "a") < 0
    assert min(one.critical for one in seen if one.set == "b") > 0


def test_words_of_one_sentence_are_a_couple_where_they_are_near_and_in_this_order() -> None:
    couples = shown_in("Caméra du quai nord en panne. Merci").couples

    assert {"camera+quai", "camera+panne", "quai+panne"} <= couples.keys()
    assert not couples.keys() & {"quai+camera", "panne+merci"}
    assert "un+sept" not in shown_in("un deux trois quatre cinq six sept").couples
