"""Whatever is written, triage answers, shows its reasons, and its doubts only raise (R5, R6, R8)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.triage.grid_file import read_grid
from services.triage.rules import TriageInput, Verdict, classify
from shared.events.base import RANK
from tests.requirements import requirement

GRID = read_grid()
RULES = replace(GRID, likeness=None)
CERTAIN = {rule.id for rule in GRID.rules if rule.certain and rule.kind == "critique"}
PIECES = (
    "Bonjour",
    "La centrale ne répond plus",
    "La porte du quai",
    "ne ferme plus",
    "la caméra 3 est floue",
    "le reste fonctionne",
    "comment ajouter un badge ?",
    "merci pour la facture",
    "si la sirène tombait en panne",
    "> hier tout était mort",
    "c'est réparé",
    "aucun souci",
    "et la seule du hall",
    "PS : plus rien",
    "the panel is dead",
)
JOINTS = st.sampled_from([" ", ". ", ", ", "\n", " ; ", " mais ", " … "])
WORDS = st.lists(st.tuples(st.sampled_from(PIECES), JOINTS), max_size=8).map(
    lambda told: "".join(a + b for a, b in told)
)
TEXTS = st.one_of(WORDS, st.text(max_size=200))
FORMS = st.fixed_dictionaries({"protected": st.sampled_from(["", "yes", "no", "unknown", "peut-être"])})


def say(text: str, subject: str, form: dict[str, str], *, scored: bool = True) -> Verdict:
    return classify(TriageInput("email", subject, text, form, "standard"), GRID if scored else RULES)


@requirement("R6", "R8")
@settings(max_examples=50, deadline=None)
@example("Bonjour hier tout était mort\n> hier tout était mort\nla caméra 3 est floue", "", {"protected": ""})
@given(TEXTS, TEXTS, FORMS)
def test_every_message_gets_a_class_with_reasons_quoted_from_it(text: str, subject: str, form: dict[str, str]) -> None:
    verdict = say(text, subject, form)

    assert verdict.criticality in RANK
    assert verdict.reasons
    assert all(reason.says for reason in verdict.reasons)
    assert verdict.would_change
    assert "D-ERREUR" not in {reason.rule for reason in verdict.reasons}
    assert not verdict.doubt or verdict.criticality == "critique"
    said = " ".join(f"{subject}\n{text}".split())
    for reason in verdict.reasons:
        if not reason.rule.startswith(("D-", "P-")):
            assert all(quote.removesuffix("…") in said for quote in reason.evidence)


@requirement("R8")
@settings(max_examples=50, deadline=None)
@given(TEXTS, FORMS)
def test_the_scores_only_raise_what_a_rule_is_certain_of(text: str, form: dict[str, str]) -> None:
    alone, scored = say(text, "", form, scored=False), say(text, "", form)

    if RANK[scored.criticality] < RANK[alone.criticality]:
        assert alone.criticality == "critique"
        assert not {reason.rule for reason in alone.reasons} & (CERTAIN | {"D-NON-PROTEGE", "D-LANGUE", "D-VIDE"})
        assert {reason.rule for reason in scored.reasons} & {"P-STANDARD", "P-INFORMATIF", "P-NON-CONFIRME"}


@requirement("R8")
@settings(max_examples=50, deadline=None)
@given(WORDS, st.sampled_from(["yes", "unknown"]))
def test_a_form_that_says_unprotected_never_lowers(text: str, other: str) -> None:
    unprotected = say(text, "", {"protected": "no"})

    assert RANK[unprotected.criticality] >= RANK[say(text, "", {"protected": other}).criticality]


@settings(max_examples=30, deadline=None)
@given(TEXTS, FORMS)
def test_the_same_words_and_form_always_get_the_same_verdict(text: str, form: dict[str, str]) -> None:
    assert say(text, "", form) == say(text, "", form)
