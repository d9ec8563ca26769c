"""`sav triage replay` and `corrections`: what another grid would have said, and which rules erred (R6, R7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.triage.grid import Grid
from services.triage.grid_file import read_grid
from services.triage.past import Happened, RuleRecord, corrections, replay
from shared.events.base import Criticality, Event
from shared.events.triage import Reason, TicketClassified, TicketReclassified
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, opened

GRID = read_grid()
HOUR = timedelta(hours=1)
FLOU = "L'image de la caméra 4 est floue."


def without(rule: str) -> Grid:
    return replace(GRID, version="essai", rules=tuple(one for one in GRID.rules if one.id != rule), likeness=None)


def happened(ticket: str, event: Event, at: datetime = MONDAY, event_id: str = "") -> Happened:
    return Happened(ticket, event_id or f"{ticket}-{type(event).__name__}-{at}", at, event)


def classified(criticality: Criticality, *rules: str) -> TicketClassified:
    reasons = tuple(Reason(rule=one, says="…") for one in rules)
    return TicketClassified(criticality=criticality, doubt=False, reasons=reasons, grid="2025.1")


def corrected(was: Criticality, now: Criticality) -> TicketReclassified:
    reasons = (Reason(rule="R7", says="Vu sur place."),)
    return TicketReclassified(
        was=was, criticality=now, because="technician", by="T-01", doubt=False, reasons=reasons, grid="2025.1"
    )


def report(*history: Happened, since: datetime | None = None) -> dict[str, tuple[int, int, int]]:
    return {one.rule: (one.decided, one.raised, one.lowered) for one in corrections(history, since)}


@requirement("R6")
def test_a_ticket_that_another_grid_classes_otherwise_is_shown_with_both_reasons() -> None:
    history = [happened("t1", opened(text=FLOU)), happened("t1", classified("standard", "S-DEGRADE"))]

    [change] = replay(history, without("S-DEGRADE"), None).changes

    assert (change.was.criticality, change.was.grid, change.was.reasons[0].rule) == ("standard", "2025.1", "S-DEGRADE")
    assert (change.would_be.criticality, change.would_be.doubt, change.would_be.grid) == ("critique", True, "essai")
    assert change.would_be.reasons
    assert not change.lowered


def test_the_same_class_is_no_change() -> None:
    history = [happened("t1", opened(text=FLOU)), happened("t1", classified("standard", "S-DEGRADE"))]

    found = replay(history, GRID, None)

    assert (found.tickets, found.changes) == (1, [])


def test_a_grid_that_would_lower_a_ticket_says_so() -> None:
    history = [happened("t1", opened(text=FLOU)), happened("t1", classified("critique", "C-SYSTEME"))]

    assert [one.lowered for one in replay(history, GRID, None).changes] == [True]


@pytest.mark.parametrize(("shift", "tickets"), [(-HOUR, 0), (timedelta(0), 1), (HOUR, 1)])
def test_only_tickets_opened_since_the_instant_are_replayed(shift: timedelta, tickets: int) -> None:
    history = [happened("t1", opened(MONDAY + shift, text=FLOU)), happened("t1", classified("standard", "S-DEGRADE"))]

    assert replay(history, GRID, MONDAY).tickets == tickets


def test_a_ticket_without_a_recorded_class_is_left_out_and_the_topics_may_come_in_any_order() -> None:
    history = [happened("t1", classified("standard", "S")), happened("t1", opened(text=FLOU)), happened("t2", opened())]

    assert replay(history, GRID, None).tickets == 1


@requirement("R7")
def test_a_rule_whose_class_a_technician_raised_erred_low_and_comes_first() -> None:
    history = [
        happened("t1", classified("standard", "S-PILE")),
        happened("t1", corrected("standard", "critique")),
        happened("t2", classified("critique", "C-SYSTEME", "C-COEUR")),
        happened("t2", corrected("critique", "standard")),
        happened("t3", classified("standard", "S-PILE")),
        happened("t4", classified("informatif", "I-CODES")),
    ]

    assert report(*history) == {"S-PILE": (2, 1, 0), "C-COEUR": (1, 0, 1), "C-SYSTEME": (1, 0, 1)}
    records: Iterable[RuleRecord] = corrections(history, None)
    assert next((one.rule, one.tickets) for one in records) == ("S-PILE", ["t1"])


@requirement("R7")
def test_only_the_first_word_of_a_technician_judges_the_first_class() -> None:
    history = [
        happened("t1", classified("standard", "S-PILE")),
        happened("t1", corrected("standard", "critique"), MONDAY + HOUR),
        happened("t1", corrected("critique", "standard"), MONDAY + 2 * HOUR),
    ]

    assert report(*history) == {"S-PILE": (1, 1, 0)}


def test_a_copy_of_an_event_counts_once() -> None:
    history = [
        happened("t1", classified("standard", "S-PILE")),
        happened("t1", corrected("standard", "critique"), event_id="c"),
        happened("t1", corrected("standard", "critique"), event_id="c"),
    ]

    assert report(*history) == {"S-PILE": (1, 1, 0)}


def test_a_raise_by_the_customers_own_words_corrects_no_rule() -> None:
    raised = corrected("standard", "critique").model_copy(update={"because": "customer"})

    assert report(happened("t1", classified("standard", "S-PILE")), happened("t1", raised)) == {}


@pytest.mark.parametrize(("shift", "expected"), [(-HOUR, {}), (timedelta(0), {"S-PILE": (1, 1, 0)})])
def test_only_classes_given_since_the_instant_are_judged(shift: timedelta, expected: dict[str, object]) -> None:
    history = [
        happened("t1", classified("standard", "S-PILE"), MONDAY + shift),
        happened("t1", corrected("standard", "critique"), MONDAY + HOUR),
    ]

    assert report(*history, since=MONDAY) == expected
