"""What the triage grid says of customers' messages (R5 to R8), and what a grid file must be."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from services.triage.batch import classify_json
from services.triage.grid import Grid
from services.triage.grid_file import read_grid
from services.triage.grid_load import load_grid
from services.triage.pattern import GridError
from services.triage.rules import TriageInput, Verdict, classify

GRID = read_grid()
RULES_ALONE = replace(GRID, likeness=None)
DATA: dict[str, Any] = json.loads(files("services.triage").joinpath("grid.fr.json").read_text(encoding="utf-8"))


def say(text: str, subject: str = "", form: Mapping[str, str] | None = None, grid: Grid = GRID) -> Verdict:
    return classify(TriageInput("email", subject, text, form or {}, "standard"), grid)


def rules_of(verdict: Verdict) -> set[str]:
    return {reason.rule for reason in verdict.reasons}


# R5: the three classes.


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("La centrale est complètement éteinte depuis ce matin, aucun voyant.", "C-SYSTEME"),
        ("Les caméras du quai ne montrent plus rien depuis l'orage.", "C-PLUSIEURS"),
        ("Toute la zone stock est exclue à chaque mise en service.", "C-ZONE"),
        ("La porte du hall ne se referme plus.", "C-PORTE-OUVERTE"),
        ("Quelqu'un est en train de forcer le rideau.", "C-MENACE"),
        ("Deux personnes sont enfermées dans le sas.", "C-PERSONNE"),
        ("La sirène hurle en continu depuis cinq heures.", "C-SIRENE"),
        ("Une odeur de brûlé sort du coffret.", "C-FEU"),
        ("Le badge volé lundi ouvre encore toutes les portes.", "C-DROITS"),
        ("L'enregistreur n'enregistre plus rien.", "C-ENREGISTREMENT"),
        ("Rien ne part à la télésurveillance.", "C-TRANSMISSION"),
        ("Impossible d'armer ce soir.", "C-ARMEMENT"),
        ("Défaut secteur et défaut batterie en même temps.", "C-ALIMENTATION"),
        ("Caméra du distributeur noire, c'est la seule à voir ce couloir.", "C-SEUL"),
        ("Le bouton panique ne fait rien au test.", "C-SECOURS-PERSONNE"),
        ("Our alarm system is completely dead since the storm.", "C-SYSTEME"),
        ("Unsere Alarmanlage funktioniert nicht mehr.", "C-SYSTEME"),
        ("La alarma no funciona desde ayer.", "C-SYSTEME"),
    ],
)
def test_a_loss_of_the_system_or_of_a_part_or_an_emergency_is_critique(text: str, rule: str) -> None:
    verdict = say(text)
    assert verdict.criticality == "critique"
    assert rule in rules_of(verdict)


@pytest.mark.parametrize(
    "text",
    [
        "L'image de la caméra 4 est floue depuis la pluie, les autres caméras voient la même cour.",
        "Le lecteur de la cave est muet, la porte est fermée à clé.",
        "Le détecteur du bureau indique pile faible.",
        "L'horloge du clavier retarde de dix minutes.",
        "Ma télécommande ne marche plus, celle de mon mari oui.",
        "Le portillon ne s'ouvre plus avec le bouton, mais il ferme bien.",
        "Une des seize caméras est tombée, le parking reste couvert par les autres.",
        "The entrance intercom crackles but we can still open the door.",
    ],
)
def test_one_isolated_device_is_standard(text: str) -> None:
    verdict = say(text)
    assert verdict.criticality == "standard"
    assert not verdict.doubt


@pytest.mark.parametrize(
    "text",
    [
        "Merci de m'envoyer le duplicata de la facture de mars.",
        "Comment ajouter un nouvel utilisateur ?",
        "Nous souhaitons une formation pour deux agents.",
        "Quelle est la durée de conservation des images ?",
        "Pouvez-vous nous envoyer un devis pour deux lecteurs ?",
        "Merci de décaler le rendez-vous du 14.",
        "Could you send us a quote for two extra cameras?",
    ],
)
def test_advice_documents_and_training_are_informatif(text: str) -> None:
    verdict = say(text)
    assert verdict.criticality == "informatif"
    assert not verdict.doubt


def test_one_device_is_standard_and_the_same_trouble_of_all_of_them_is_critique() -> None:
    assert say("La caméra 3 est hors service.").criticality == "standard"
    assert say("Les caméras sont hors service.").criticality == "critique"
    assert say("Une de nos caméras est hors service.").criticality == "standard"


def test_a_door_that_stays_closed_is_standard_and_one_that_stays_open_is_critique() -> None:
    assert say("Le portail est bloqué fermé.").criticality != "informatif"
    assert say("La porte du bureau s'ouvre difficilement.").criticality == "standard"
    assert say("La porte du bureau reste ouverte.").criticality == "critique"


def test_one_device_that_is_the_only_one_of_its_place_is_critique() -> None:
    seen = say("La caméra de la vitrine est hors service, celle de la caisse voit le même rayon.")
    assert seen.criticality == "standard"
    only = say("La caméra de la vitrine est hors service, c'est la seule du magasin.")
    assert (only.criticality, only.doubt) == ("critique", False)
    assert say("The cash room camera is dead and nothing else looks at that door.").criticality == "critique"


def test_a_dead_detector_of_a_zone_that_nothing_else_is_said_to_watch_is_a_doubt() -> None:
    text = "La caméra de la vitrine est hors service."
    assert "C-VEILLEUR" in rules_of(say(text))
    assert (say(text).criticality, say(text).doubt) == ("critique", True)
    assert say(text, form={"protected": "yes"}).criticality == "standard"
    assert say(text, form={"protected": "unknown"}).criticality == "critique"
    assert say("La caméra 7 est hors service.").criticality == "standard"


def test_a_dead_reader_is_a_doubt_until_the_door_is_said_to_be_held() -> None:
    assert (say("Le lecteur du stock est muet.").criticality, say("Le lecteur du stock est muet.").doubt) == (
        "critique",
        True,
    )
    assert say("Le lecteur du stock est muet, la porte reste fermée.").criticality == "standard"


def test_of_several_troubles_the_highest_counts() -> None:
    text = "La caméra 2 est floue, la pile d'un détecteur est faible. Et la porte de la réserve ne ferme plus."
    assert say(text).criticality == "critique"


def test_a_trouble_in_the_postscript_of_an_administrative_mail_counts() -> None:
    text = "Merci de noter notre nouveau RIB.\nCordialement,\nJ. Blanc\nPS : les détecteurs sont débranchés."
    assert say(text, "RIB").criticality == "critique"


# R5: words that only sound urgent, denials, suppositions, the past.


@pytest.mark.parametrize(
    "text",
    [
        "URGENT !!! C'EST CRITIQUE, il me faut l'attestation DEMAIN !!!",
        "C'est un scandale, je veux ma facture immédiatement !!!",
    ],
)
def test_words_that_only_sound_urgent_raise_nothing(text: str) -> None:
    assert say(text, "URGENT URGENT URGENT").criticality == "informatif"


def test_a_denied_trouble_is_no_trouble() -> None:
    text = "Aucune panne, aucune caméra hors service : quelle est la durée de conservation des images ?"
    assert say(text).criticality == "informatif"


def test_a_supposed_trouble_is_no_trouble() -> None:
    assert say("Que se passe-t-il si la centrale tombe en panne ?").criticality == "informatif"
    assert say("La centrale tombe en panne.").criticality == "critique"


def test_a_polite_if_supposes_nothing() -> None:
    assert say("S'il vous plaît la porte du hall ne ferme plus.").criticality == "critique"


def test_a_trouble_told_as_solved_is_informatif_and_one_after_it_counts() -> None:
    solved = "La centrale était en panne hier, tout est rentré dans l'ordre."
    assert say(solved).criticality == "informatif"
    assert say(solved + " Mais la porte du hall ne ferme plus.").criticality == "critique"
    assert say("La centrale est en panne, ce n'est pas rentré dans l'ordre.").criticality == "critique"


def test_a_quoted_thread_is_not_the_customers_present_trouble() -> None:
    text = "Merci, tout fonctionne parfaitement.\nLe 3 juin, SAV a écrit :\n> La centrale ne répond plus du tout."
    assert say(text, "RE: Centrale en panne").criticality == "informatif"


def test_a_forwarded_thread_is_read_whole() -> None:
    text = "Voir ci-dessous.\n> Depuis lundi on a dû éjecter la zone RDC."
    assert say(text, "TR: alarme agence").criticality == "critique"


def test_a_signature_says_nothing() -> None:
    assert say("Merci pour votre aide.\nCordialement,\nAlarme Panne Totale SARL").criticality == "informatif"


def test_a_fraudulent_mail_that_cries_intrusion_is_informatif() -> None:
    text = "Intrusion détectée sur votre compte. Cliquez pour réactiver votre messagerie."
    assert say(text).criticality == "informatif"


def test_not_urgent_does_not_lower_an_open_door() -> None:
    assert say("Rien de grave, la porte de la réserve ne ferme plus, pas urgent.").criticality == "critique"


def test_a_denied_reassurance_reassures_nobody() -> None:
    assert say("La porte du hall ne se referme pas bien.").criticality == "critique"


# R6: the reasons.


def test_the_reasons_quote_the_customers_words_and_say_the_rule_in_french() -> None:
    verdict = say("Bonjour, la centrale ne répond plus.")
    (reason,) = verdict.reasons
    assert reason.rule == "C-SYSTEME"
    assert reason.evidence == ("centrale ne répond plus",)
    assert reason.says == "Le système, ou une partie entière, ne fonctionne plus."
    assert verdict.version == GRID.version


def test_the_verdict_says_what_would_have_made_it_another_class() -> None:
    assert say("La centrale ne répond plus. Merci pour la facture.").would_change == (
        "Sans « centrale ne répond plus », la demande serait Informatif."
    )
    lowered = say("La sirène ne sonne plus, le reste fonctionne.", grid=RULES_ALONE)
    assert lowered.criticality == "standard"
    assert lowered.would_change == "Sans « reste fonctionne », la demande serait Critique."


def test_a_form_answer_that_counted_is_quoted() -> None:
    verdict = say("Le moniteur est muet.", form={"protected": "no"})
    assert ("D-NON-PROTEGE", ("site protégé : non",)) in {(r.rule, r.evidence) for r in verdict.reasons}


def test_a_predicate_without_a_noun_is_said_of_the_subject_line_else_of_the_form() -> None:
    assert say("Elle ne répond plus.", "Caméra 3").criticality == "standard"
    assert say("Elle ne répond plus.", "Centrale").criticality == "critique"
    assert say("Ne répond plus.", form={"equipment": "moniteur"}, grid=RULES_ALONE).criticality == "standard"
    assert say("Ne répond plus.", form={"equipment": "centrale"}, grid=RULES_ALONE).criticality == "critique"


def test_the_same_request_always_gives_the_same_verdict() -> None:
    text = "Les caméras sont noires, la porte reste ouverte et la sirène hurle sans arrêt."
    assert say(text) == say(text)
    assert classify(TriageInput("phone", "", text, {}, ""), load_grid(copy.deepcopy(DATA))).reasons == say(text).reasons


def test_a_long_list_of_troubles_keeps_few_and_short_quotes() -> None:
    text = "\n".join(f"Caméras {n} hors service." for n in range(200)) + "\nLes caméras " + "x" * 500 + " hors service."
    for reason in say(text).reasons:
        assert len(reason.evidence) <= 5
        assert all(len(quote) <= 160 for quote in reason.evidence)


# R7: what the customer writes next is classified by the same rules.


def test_thanks_alone_is_no_trouble() -> None:
    verdict = say("Merci pour votre intervention rapide.")
    assert (verdict.criticality, verdict.doubt) == ("informatif", False)


# R8: in doubt, Critique.


@pytest.mark.parametrize("text", ["", "   \n\t ", "???", "…", "1234 56", "🚨🚨"])
def test_nothing_to_read_is_critique(text: str) -> None:
    verdict = say(text)
    assert (verdict.criticality, verdict.doubt, rules_of(verdict)) == ("critique", True, {"D-VIDE"})


def test_an_empty_body_under_a_subject_that_says_it_is_read() -> None:
    assert say("", "Caméra 3 hors service").criticality == "standard"


@pytest.mark.parametrize("text", ["ça recommence", "rappelez-moi svp", "idem que la dernière fois", "c'est rouge"])
def test_what_no_rule_knows_is_critique(text: str) -> None:
    verdict = say(text)
    assert (verdict.criticality, verdict.doubt) == ("critique", True)


@pytest.mark.parametrize(
    "text",
    [
        "Buongiorno, la fattura di marzo non è arrivata, potete rispedirla per favore? Grazie della vostra risposta.",
        "Goedendag, wij willen graag een factuur van het onderhoud en een afspraak voor ons kantoor.",
        "Здравствуйте, пришлите счёт за март.",
        "请发送三月份的发票",
    ],
)
def test_a_language_that_the_grid_does_not_read_is_critique(text: str) -> None:
    verdict = say(text)
    assert (verdict.criticality, verdict.doubt, rules_of(verdict)) == ("critique", True, {"D-LANGUE"})


def test_a_text_of_the_limit_is_read_and_one_byte_more_is_critique() -> None:
    asked = "Merci de m'envoyer la facture. "
    room = GRID.max_bytes - len(asked.encode())
    for filling, verdict_rule in ((" " * (room - 1), None), (" " * room, None), (" " * (room + 1), "D-LONG")):
        verdict = say(asked + filling)
        if verdict_rule is None:
            assert verdict.criticality == "informatif"
        else:
            assert (verdict.criticality, verdict.doubt, rules_of(verdict)) == ("critique", True, {verdict_rule})


def test_the_limit_counts_bytes_and_the_subject_too() -> None:
    half = GRID.max_bytes // 2
    assert rules_of(say("é" * half)) != {"D-LONG"}
    assert rules_of(say("é" * half + "a")) == {"D-LONG"}
    assert rules_of(say("a" * half, "b" * (half + 1))) == {"D-LONG"}


def test_a_megabyte_is_critique() -> None:
    assert rules_of(say("la porte ne ferme plus " * 50_000)) == {"D-LONG"}


def test_a_form_that_says_unprotected_raises_a_text_that_does_not_explain_it() -> None:
    text = "L'interphone du vestiaire est muet."
    assert say(text, form={"protected": "yes"}).criticality == "standard"
    assert say(text, form={"protected": "unknown"}).criticality == "standard"
    raised = say(text, form={"protected": "no"})
    assert (raised.criticality, raised.doubt) == ("critique", True)
    explained = say(text + " La porte est fermée à clé.", form={"protected": "no"})
    assert explained.criticality == "standard"


def test_a_form_that_says_protected_never_lowers_a_loss() -> None:
    verdict = say("Aucun enregistrement depuis un mois.", form={"protected": "yes"})
    assert (verdict.criticality, verdict.doubt) == ("critique", True)
    assert "D-PROTEGE" in rules_of(verdict)


def test_a_question_with_a_sign_of_trouble_is_critique() -> None:
    verdict = say("Comment vider le journal ? Il est plein de « échec appel » depuis trois semaines.")
    assert (verdict.criticality, verdict.doubt) == ("critique", True)


def test_a_failure_of_the_classifier_is_critique_and_names_no_word_of_the_customer() -> None:
    verdict = classify(TriageInput("email", "", "Merci pour la facture.", {}, ""), replace(GRID, rules=None))  # type: ignore[arg-type]
    assert (verdict.criticality, verdict.doubt, rules_of(verdict)) == ("critique", True, {"D-ERREUR"})
    assert verdict.reasons[0].evidence == ("TypeError",)


@pytest.mark.parametrize("unit", ["ne ", "la porte ne ferme plus ", "plus de ", ">", "- ", "Le ", "\n", "e\u0301"])
def test_a_text_made_to_be_slow_is_only_read_once(unit: str) -> None:
    text = (unit * GRID.max_bytes)[: GRID.max_bytes // 2]
    assert say(text).criticality in {"critique", "standard"}


# The line-by-line shape of the command line.


def test_a_line_of_json_gives_a_line_of_json() -> None:
    line = {"id": "M1", "channel": "phone", "text": "La centrale ne répond plus.", "contract": "premium"}
    given = json.loads(json.dumps(classify_json(line, GRID), ensure_ascii=False))
    assert given == {
        "id": "M1",
        "criticality": "critique",
        "doubt": False,
        "reasons": [
            {
                "rule": "C-SYSTEME",
                "evidence": ["centrale ne répond plus"],
                "says": "Le système, ou une partie entière, ne fonctionne plus.",
            }
        ],
        "would_change": given["would_change"],
        "version": GRID.version,
    }


def test_a_line_that_lacks_everything_is_critique() -> None:
    given = classify_json({"id": 7, "form": "?", "text": None}, GRID)
    assert (given["id"], given["criticality"], given["doubt"]) == (7, "critique", True)


# The grid file.


def test_every_rule_of_the_shipped_grid_has_its_french_title_and_sentence() -> None:
    for rule in GRID.rules:
        assert rule.title
        assert rule.says.endswith(".")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), "", "grille.version"),
        (("limite_octets",), 0, "limite_octets"),
        (("limite_octets",), True, "limite_octets"),
        (("regles",), [], "il faut au moins une règle"),
        (("regles", 0, "classe"), "urgente", "'urgente'"),
        (("regles", 0, "dit"), None, "regles.N-INDESIRABLE.dit"),
        (("regles", 0, "motifs"), ["porte {inconnu}"], "'inconnu'"),
        (("regles", 0, "motifs"), ["?porte ouverte"], "commence et finit"),
        (("regles", 0, "motifs"), ["porte .."], "commence et finit"),
        (("regles", 0, "motifs"), ["Porte fermée"], "'Porte'"),
        (("regles", 0, "motifs"), ["anticonstitutionnelle*"], "un radical a 20 lettres au plus"),
        (("regles", 0, "motifs"), [], "« motifs »"),
        (("regles", 0, "tu_par"), ["demain"], "'demain'"),
        (("regles", 0, "cede_devant"), ["C-SYSTEME"], "n'est pas une règle d'apaisement"),
        (("regles", 0, "prime"), "oui", "vrai ou faux"),
        (("regles", 1, "id"), "N-INDESIRABLE", "deux fois"),
        (("vocabulaires", "negation"), "pas", "vocabulaires.negation"),
        (("doutes", "D-VIDE"), "", "doutes.D-VIDE"),
        (("langues_lues",), ["klingon"], "klingon"),
        (("abreviations",), ["qd"], "abreviations"),
    ],
)
def test_a_grid_that_can_not_be_used_is_refused_with_the_place_of_the_error(
    path: tuple[str | int, ...], value: object, message: str
) -> None:
    data = copy.deepcopy(DATA)
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(GridError, match=message):
        load_grid(data)


def test_a_grid_without_a_vocabulary_that_the_reading_needs_is_refused() -> None:
    data = copy.deepcopy(DATA)
    del data["vocabulaires"]["negation"]
    with pytest.raises(GridError, match="il manque negation"):
        load_grid(data)
