"""What programs write by themselves is no word of the customer: alone, it leaves nothing to read (R8)."""

from __future__ import annotations

import pytest

from services.triage.grid_file import read_grid
from services.triage.rules import TriageInput, classify
from tests.requirements import requirement

GRID = read_grid()


@requirement("R8")
@pytest.mark.parametrize("subject", ["", "(sans objet)", "(no subject)", "Kein Betreff"])
@pytest.mark.parametrize("text", ["", "Envoyé de mon iPhone", "Sent from my phone\n", "Von meinem Handy gesendet"])
def test_a_mail_of_which_a_program_wrote_every_word_is_empty(subject: str, text: str) -> None:
    verdict = classify(TriageInput("email", subject, text, {}, "standard"), GRID)

    assert (verdict.criticality, verdict.doubt) == ("critique", True)
    assert [reason.rule for reason in verdict.reasons] == ["D-VIDE"]


@requirement("R6")
def test_a_line_of_the_telephone_changes_nothing_of_what_was_said() -> None:
    said = "Comment ajouter une personne au planning du bureau ?"
    alone, signed = (
        classify(TriageInput("email", "", text, {}, "standard"), GRID)
        for text in (said, f"{said}\n\nEnvoyé de mon iPhone")
    )

    assert signed == alone
