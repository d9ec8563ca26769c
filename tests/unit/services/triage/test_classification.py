"""R5 to R8, as triage decides them on a ticket; the grid of words itself has its own tests."""

from __future__ import annotations

import pytest

from services.triage.app import STAGE
from services.triage.decide import Facts
from services.triage.grid_file import read_grid
from services.triage.state import TriageState
from shared.events.base import Criticality
from shared.events.triage import CommandRefused, Evidence, Reclassify, TicketClassified, TicketReclassified
from tests.requirements import requirement
from tests.unit.services.builders import (
    BROKEN,
    CLASSES,
    MONDAY,
    acknowledgement_asked,
    classified,
    closed,
    opened,
    reclassified,
    reopened,
    replied,
)
from tests.unit.services.harness import DAY, HOUR, Said, Story, kinds_of, story, the

TRIAGE = story(STAGE, Facts(read_grid()))
DOWN = "Plus rien ne marche, toute l'alarme est en panne."
QUESTION = "Comment changer mon code d'accès ?"
CLOSED_AT = MONDAY + 10 * DAY


def of_class(criticality: Criticality) -> Story[TriageState, Facts]:
    return TRIAGE.given(classified(criticality))


def reclassify(criticality: Criticality, reason: str = "Diagnostic à distance") -> Reclassify:
    return Reclassify(by="T-01", criticality=criticality, reason=reason)


@requirement("R5")
@pytest.mark.parametrize(("text", "criticality"), [(DOWN, "critique"), (BROKEN, "standard"), (QUESTION, "informatif")])
def test_a_ticket_is_classified_when_it_is_opened(text: str, criticality: Criticality) -> None:
    verdict = the(TicketClassified, TRIAGE.when(opened(text=text), at=MONDAY))

    assert (verdict.criticality, verdict.doubt) == (criticality, False)


@requirement("R6")
def test_the_reasons_are_kept_with_the_words_the_rule_and_the_grid() -> None:
    verdict = the(TicketClassified, TRIAGE.when(opened(text=BROKEN), at=MONDAY))

    reason = verdict.reasons[0]
    assert reason.rule
    assert isinstance(verdict.personal, Evidence)
    assert reason.says
    assert verdict.personal.evidence[reason.rule]
    assert all(words in BROKEN for words in verdict.personal.evidence[reason.rule])
    assert verdict.personal.would_change
    assert verdict.grid == read_grid().version


@requirement("R6")
@pytest.mark.parametrize(("protected", "criticality"), [("unknown", "standard"), ("no", "critique")])
def test_the_answers_of_the_form_are_read_with_the_words(protected: str, criticality: Criticality) -> None:
    ticket = opened(text="Le moniteur de la loge ne répond plus.", form={"protected": protected})

    assert the(TicketClassified, TRIAGE.when(ticket, at=MONDAY)).criticality == criticality


@requirement("R8")
@pytest.mark.parametrize("text", ["", "   ", "Merci", "報警系統壞了", "x" * 1_000_000])
def test_in_doubt_a_ticket_is_critique(text: str) -> None:
    verdict = the(TicketClassified, TRIAGE.when(opened(text=text), at=MONDAY))

    assert (verdict.criticality, verdict.doubt) == ("critique", True)


@requirement("R8")
def test_a_ticket_without_words_or_customer_is_critique() -> None:
    verdict = the(TicketClassified, TRIAGE.when(opened().model_copy(update={"personal": None}), at=MONDAY))

    assert (verdict.criticality, verdict.doubt) == ("critique", True)


@requirement("R5")
def test_a_ticket_is_classified_once() -> None:
    ticket = TRIAGE.once(opened(), at=MONDAY)

    assert kinds_of(ticket.when(opened(text=DOWN), at=MONDAY)) == ["Ignored"]


@requirement("R7")
@pytest.mark.parametrize("was", ["standard", "informatif"])
def test_new_words_of_the_customer_raise_the_class(was: Criticality) -> None:
    outcome = of_class(was).when(replied(MONDAY + HOUR, text=DOWN), at=MONDAY + HOUR)

    raised = the(TicketReclassified, outcome)
    assert (raised.was, raised.criticality, raised.because) == (was, "critique", "customer")
    assert raised.reasons


@requirement("R7")
@pytest.mark.parametrize("text", [BROKEN, QUESTION])
def test_new_words_of_the_customer_never_lower_the_class(text: str) -> None:
    outcome = of_class("critique").when(replied(MONDAY + HOUR, text=text), at=MONDAY + HOUR)

    assert kinds_of(outcome) == ["Ignored"]


@requirement("R7")
@pytest.mark.parametrize(("was", "text"), [("critique", DOWN), ("standard", BROKEN), ("informatif", QUESTION)])
def test_new_words_that_say_the_same_change_nothing(was: Criticality, text: str) -> None:
    assert kinds_of(of_class(was).when(replied(MONDAY + HOUR, text=text), at=MONDAY + HOUR)) == ["Ignored"]


@requirement("R7")
def test_a_thank_you_raises_nothing() -> None:
    outcome = of_class("informatif").when(replied(MONDAY + HOUR, text="Merci beaucoup, bonne journée"), at=MONDAY)

    assert kinds_of(outcome) == ["Ignored"]


@requirement("R7")
def test_new_words_that_neither_a_rule_nor_a_score_knows_for_a_trouble_raise_nothing() -> None:
    text = "Merci de nous adresser le devis et la facture du contrat annuel avant la réunion du conseil syndical."

    assert kinds_of(of_class("informatif").when(replied(MONDAY + HOUR, text=text), at=MONDAY)) == ["Ignored"]


@requirement("R7", "R8")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("La centrale fait un bruit étrange, je ne sais pas si on est protégés", id="trouble, uncertain"),
        pytest.param("報警系統壞了", id="an unknown language"),
    ],
)
def test_new_words_that_tell_of_uncertain_trouble_raise_the_class(text: str) -> None:
    outcome = of_class("standard").when(replied(MONDAY + HOUR, text=text), at=MONDAY + HOUR)

    assert kinds_of(outcome) == ["TicketReclassified"]


@requirement("R13")
def test_an_automatic_reply_raises_nothing() -> None:
    outcome = of_class("informatif").when(replied(MONDAY + HOUR, text=DOWN, automatic=True), at=MONDAY + HOUR)

    assert kinds_of(outcome) == ["Ignored"]


@requirement("R7")
@pytest.mark.parametrize("was", CLASSES)
@pytest.mark.parametrize("now", CLASSES)
def test_a_technician_reclassifies_either_way_with_a_reason(was: Criticality, now: Criticality) -> None:
    outcome = of_class(was).when(reclassify(now), at=MONDAY + HOUR)

    if was == now:
        assert the(CommandRefused, outcome).by == "T-01"
    else:
        changed = the(TicketReclassified, outcome)
        assert (changed.was, changed.criticality, changed.because, changed.by) == (was, now, "technician", "T-01")
        assert changed.reasons[0].says == "Diagnostic à distance"


@requirement("R7")
@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_a_re_evaluation_without_a_reason_is_refused(reason: str) -> None:
    outcome = of_class("standard").when(reclassify("critique", reason), at=MONDAY + HOUR)

    assert the(CommandRefused, outcome).command == Reclassify.type_name


@requirement("R7")
def test_the_same_re_evaluation_twice_is_refused_the_second_time() -> None:
    ticket = of_class("standard").once(reclassify("critique"), at=MONDAY + HOUR)

    assert kinds_of(ticket.when(reclassify("critique"), at=MONDAY + HOUR)) == ["CommandRefused"]


@requirement("R7")
def test_what_comes_before_the_first_class_waits_for_it() -> None:
    assert kinds_of(TRIAGE.when(replied(MONDAY), at=MONDAY)) == ["Early"]
    assert kinds_of(TRIAGE.when(reclassify("critique"), at=MONDAY)) == ["Early"]


@requirement("R7")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (opened(), "Ignored"),
        (replied(CLOSED_AT + HOUR, text=DOWN), "TicketReclassified"),
        (replied(CLOSED_AT + HOUR, text="Merci"), "Ignored"),
        (reclassify("critique"), "TicketReclassified"),
        (reclassify("standard"), "CommandRefused"),
        (acknowledgement_asked(), "Ignored"),
        (closed(CLOSED_AT), "Ignored"),
        (reopened(), "Ignored"),
        (reclassified("standard", "critique"), "Ignored"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_on_a_closed_ticket_triage_still_reads_what_it_is_told(said: Said, expected: str) -> None:
    ticket = TRIAGE.once(opened(), at=MONDAY).once(closed(CLOSED_AT), at=CLOSED_AT)

    assert kinds_of(ticket.when(said, at=CLOSED_AT + HOUR)) == [expected]


def test_triage_waits_for_no_deadline() -> None:
    assert TRIAGE.armed() == {}
    assert of_class("critique").armed() == {}
