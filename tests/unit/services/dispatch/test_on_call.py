"""R1: a premium Critique is served at any hour; who is on call is needed only where nobody is at the desk."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.events.base import Criticality, Tier
from shared.events.dispatch import HandlingQueued, OnCallNeeded, PromiseRecomputed
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    NUMBER,
    acknowledgement_asked,
    classified,
    contract,
    opened,
    promised,
    reclassified,
    reopened,
)
from tests.unit.services.dispatch.cases import DISPATCH, TAKE_CHARGE, WORKED, Ticket, declare, queued, taken
from tests.unit.services.harness import AROUND, HOUR, MINUTE, POLICY, SECOND, paris, the

CLOSING = paris(2026, 11, 23, 18, 0)
NIGHT = paris(2026, 11, 23, 22, 0)
NOW = None
"""At the instant itself."""


def called(
    at: datetime, criticality: Criticality = "critique", tier: Tier = "premium", calendar: str = "france"
) -> Ticket:
    """Opened and classified at one instant."""
    opening = opened(at, tier=tier).model_copy(update={"contract": contract(tier, calendar)})
    return DISPATCH.once(opening, at=at).once(classified(criticality), at=at)


@requirement("R1")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(paris(2026, 11, 23, 8, 29, 59), NOW, id="a second before opening"),
        pytest.param(paris(2026, 11, 23, 8, 30), CLOSING, id="opening"),
        pytest.param(paris(2026, 11, 23, 17, 59), CLOSING, id="a minute before closing"),
        pytest.param(paris(2026, 11, 23, 17, 59, 59), CLOSING, id="a second before closing"),
        pytest.param(CLOSING, NOW, id="closing"),
        pytest.param(paris(2026, 11, 24, 3, 0), NOW, id="three in the morning"),
        pytest.param(paris(2026, 11, 27, 17, 0), paris(2026, 11, 27, 18, 0), id="Friday afternoon"),
        pytest.param(paris(2026, 11, 27, 19, 0), NOW, id="Friday evening"),
        pytest.param(paris(2026, 11, 29, 12, 0), NOW, id="Sunday noon"),
        pytest.param(paris(2026, 12, 24, 15, 0), paris(2026, 12, 24, 18, 0), id="24 December"),
        pytest.param(paris(2026, 12, 24, 18, 0), NOW, id="24 December at closing"),
        pytest.param(paris(2026, 12, 25, 10, 0), NOW, id="Christmas"),
        pytest.param(paris(2026, 7, 14, 10, 0), NOW, id="14 July"),
        pytest.param(paris(2026, 3, 29, 2, 30), NOW, id="the night of the change in March"),
        pytest.param(paris(2026, 10, 25, 2, 30), NOW, id="the night of the change in October"),
    ],
)
def test_who_is_on_call_is_needed_at_once_where_the_desk_is_closed_and_else_when_it_closes(
    at: datetime, expected: datetime | None
) -> None:
    assert called(at).armed()["page"] == (expected or at)


@requirement("R1")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(paris(2026, 5, 1, 10, 0), NOW, id="1 May: nobody is at the desk"),
        # Good Friday is a holiday of the site in Strasbourg, not of the desk that would take the ticket.
        pytest.param(paris(2026, 4, 3, 10, 0), paris(2026, 4, 3, 18, 0), id="Good Friday"),
    ],
)
def test_the_desk_s_own_hours_count_whatever_the_site_s(at: datetime, expected: datetime | None) -> None:
    assert called(at, calendar="alsace-moselle").armed()["page"] == (expected or at)


@requirement("R1")
@pytest.mark.parametrize("at", [MONDAY, NIGHT], ids=["open", "closed"])
@pytest.mark.parametrize(
    ("criticality", "tier"),
    [("standard", "premium"), ("informatif", "premium"), ("critique", "standard"), ("critique", "none")],
)
def test_nobody_is_called_for_another_class_or_contract(at: datetime, criticality: Criticality, tier: Tier) -> None:
    assert "page" not in called(at, criticality, tier).armed()


@requirement("R1")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_ticket_taken_before_the_desk_closes_needs_nobody_else(off: timedelta, said: str) -> None:
    ticket = called(MONDAY)

    assert ("page" in ticket.due_at(CLOSING + off)) is (said != "just before")
    assert "page" not in ticket.once(TAKE_CHARGE, at=CLOSING - SECOND).armed()


@requirement("R1")
def test_who_is_on_call_hears_what_it_is_about_and_is_called_for_once() -> None:
    ticket = called(NIGHT)

    needed = the(OnCallNeeded, ticket.when_due("page"))

    assert (needed.number, needed.resolution, needed.criticality) == (NUMBER, 1, "critique")
    assert (needed.site, needed.take_charge_by) == ("S-1", NIGHT + HOUR)
    assert "page" not in ticket.once_due("page").armed()


@requirement("R1")
def test_a_desk_that_never_closes_has_nobody_on_call() -> None:
    policy = POLICY.model_copy(update={"opening_calendar": "continuous"})
    ticket = DISPATCH.under(policy).once(opened(NIGHT), at=NIGHT).once(classified("critique"), at=NIGHT)

    assert "page" not in ticket.armed()


@requirement("R1", "R8")
def test_an_acknowledgement_as_critique_without_triage_calls_who_is_on_call_until_triage_says_otherwise() -> None:
    at = NIGHT + 10 * MINUTE
    asked = acknowledgement_asked(stated=promised("critique", NIGHT))
    unclassified = DISPATCH.once(opened(NIGHT), at=NIGHT).once(asked, at=at)

    lower = the(PromiseRecomputed, unclassified.when(classified("standard"), at=at + MINUTE))

    assert unclassified.armed()["page"] == at
    assert lower.page_at is None


@requirement("R1", "R7")
@pytest.mark.parametrize(("raised_at", "expected"), [(MONDAY + HOUR, CLOSING), (NIGHT, NIGHT)], ids=["day", "night"])
def test_a_raise_calls_who_is_on_call_as_a_first_class_would(raised_at: datetime, expected: datetime) -> None:
    raised = queued("standard").once(reclassified("standard", "critique"), at=raised_at)

    assert raised.armed()["page"] == expected
    assert "page" not in raised.once(reclassified("critique", "standard"), at=raised_at + MINUTE).armed()


@requirement("R1", "R7")
def test_a_raise_of_a_ticket_that_somebody_has_calls_nobody() -> None:
    assert "page" not in taken("standard").once(reclassified("standard", "critique"), at=NIGHT).armed()


@requirement("R1", "R7")
def test_who_was_called_for_is_not_called_for_again_by_what_moves_no_class() -> None:
    needed = called(NIGHT).once_due("page")

    # A ticket that triage was late with: its acknowledgement speaks as Critique, and is read after the call.
    assert "page" not in needed.once(acknowledgement_asked(stated=promised("critique", NIGHT)), at=NIGHT).armed()


@requirement("R1", "R12")
@pytest.mark.parametrize(("at", "expected"), [(MONDAY + 5 * HOUR, CLOSING), (NIGHT, NIGHT)], ids=["day", "night"])
def test_a_reopening_calls_who_is_on_call_as_a_first_report_would(at: datetime, expected: datetime) -> None:
    resolved = taken("critique").once(WORKED, at=MONDAY + HOUR).once(declare("remote"), at=MONDAY + HOUR)

    back = the(HandlingQueued, resolved.when(reopened(1), at=at))

    assert back.page_at == expected
    assert the(OnCallNeeded, resolved.given(back).when_due("page")).resolution == 2
    assert "page" not in queued("standard").once(TAKE_CHARGE, at=MONDAY).once(declare("advice"), at=MONDAY).armed()
