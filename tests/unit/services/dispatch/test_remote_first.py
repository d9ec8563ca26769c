"""R9 and R10: who handles a ticket, remote first, and no visit without a recorded reason."""

from __future__ import annotations

from typing import get_args

import pytest

from services.dispatch.rules import may_resolve_remotely, may_visit
from shared.events.dispatch import (
    CommandRefused,
    RecordRemoteAction,
    RemoteActionRecorded,
    TakeCharge,
    TakenCharge,
    TicketResolved,
    VisitNeeded,
    VisitReason,
)
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, opened, reopened
from tests.unit.services.dispatch.cases import (
    ASKED_AT,
    CAMERA,
    DEPART,
    DISPATCH,
    TAKE_CHARGE,
    TRIED,
    WORKED,
    Ticket,
    declare,
    mobilised,
    planned,
    queued,
    report,
    reserving,
    resolved_remotely,
    taken,
    visit,
)
from tests.unit.services.harness import HOUR, MINUTE, POLICY, Said, kinds_of, the

NOT_ENOUGH: VisitReason = "remote-insufficient"


def remote(outcome: str) -> RecordRemoteAction:
    return TRIED.model_copy(update={"outcome": outcome})


@requirement("R9")
def test_a_technician_takes_charge_of_a_queued_ticket() -> None:
    event = the(TakenCharge, queued().when(TAKE_CHARGE, at=MONDAY + HOUR))

    assert (event.technician, event.at) == ("T-01", MONDAY + HOUR)


@requirement("R9")
@pytest.mark.parametrize("by", ["T-01", "T-02"])
def test_a_ticket_in_hand_is_not_taken_again_and_the_refusal_says_who_has_it(by: str) -> None:
    refusal = the(CommandRefused, taken().when(TakeCharge(by=by), at=MONDAY + HOUR))

    assert refusal.by == by
    assert "T-01" in refusal.reason


@requirement("R9")
@pytest.mark.parametrize("action", ["vpn", "logs", "restart", "configuration"])
@pytest.mark.parametrize("outcome", ["worked", "failed", "impossible"])
def test_each_remote_action_is_recorded_with_its_outcome(action: str, outcome: str) -> None:
    command = TRIED.model_copy(update={"action": action, "outcome": outcome})

    event = the(RemoteActionRecorded, taken().when(command, at=ASKED_AT))

    assert (event.action, event.outcome, event.technician, event.note) == (action, outcome, "T-01", "Toujours muette.")


@requirement("R9")
def test_a_remote_action_on_a_ticket_that_nobody_has_is_refused() -> None:
    assert kinds_of(queued().when(TRIED, at=ASKED_AT)) == ["CommandRefused"]


@requirement("R9")
@pytest.mark.parametrize("ticket", [reserving(CAMERA), planned()], ids=["reserving", "planned"])
def test_a_remote_action_while_a_visit_is_prepared_is_recorded_too(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(WORKED, at=ASKED_AT + HOUR)) == ["RemoteActionRecorded"]


@requirement("R9", "R10")
@pytest.mark.parametrize("reason", get_args(VisitReason))
@pytest.mark.parametrize("outcomes", [(), ("worked",), ("failed",), ("impossible",), ("worked", "failed")])
def test_only_remote_not_being_enough_needs_a_remote_action_that_failed(
    reason: VisitReason, outcomes: tuple[str, ...]
) -> None:
    failed = "failed" in outcomes or "impossible" in outcomes
    ticket = taken()
    for outcome in outcomes:
        ticket = ticket.once(remote(outcome), at=ASKED_AT)

    planned_or_not = kinds_of(ticket.when(visit(reason=reason), at=ASKED_AT + MINUTE))

    allowed = reason != NOT_ENOUGH or failed
    assert may_visit(reason, outcomes) is allowed
    assert planned_or_not == (["VisitNeeded", "ReservationAsked"] if allowed else ["CommandRefused"])


@requirement("R10")
def test_a_visit_keeps_its_reason_and_its_diagnosis() -> None:
    needed = the(VisitNeeded, taken().when(visit(CAMERA, reason="network-lost"), at=ASKED_AT))

    assert (needed.visit, needed.reason, needed.diagnosis) == (1, "network-lost", "Caméra morte.")
    assert needed.parts == (CAMERA,)
    assert needed.duration == POLICY.dispatch.visit_duration


@requirement("R10")
@pytest.mark.parametrize("reason", ["", "because"])
def test_a_visit_without_one_of_the_named_reasons_can_not_even_be_asked_for(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        visit(reason=reason)


@requirement("R10")
@pytest.mark.parametrize("ticket", [queued(), reserving(), planned(), mobilised()])
def test_a_visit_is_asked_for_once_on_a_ticket_in_hand(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(visit(), at=ASKED_AT)) == ["CommandRefused"]


@requirement("R9", "R12")
def test_what_was_tried_before_a_reopening_does_not_count_for_the_next_resolution() -> None:
    before = taken().once(TRIED, at=ASKED_AT).once(WORKED, at=ASKED_AT).once(declare("remote"), at=ASKED_AT)
    again = before.once(reopened(1), at=ASKED_AT + HOUR).once(TAKE_CHARGE, at=ASKED_AT + HOUR)

    assert kinds_of(again.when(visit(reason=NOT_ENOUGH), at=ASKED_AT + HOUR)) == ["CommandRefused"]
    assert kinds_of(again.when(declare("remote"), at=ASKED_AT + HOUR)) == ["CommandRefused"]


@requirement("R9")
@pytest.mark.parametrize("outcomes", [(), ("failed",), ("impossible",), ("worked",), ("failed", "worked")])
def test_a_remote_resolution_rests_on_a_recorded_action_that_worked(outcomes: tuple[str, ...]) -> None:
    ticket = taken()
    for outcome in outcomes:
        ticket = ticket.once(remote(outcome), at=ASKED_AT)

    resolved = kinds_of(ticket.when(declare("remote"), at=ASKED_AT + MINUTE))

    assert may_resolve_remotely(outcomes) is ("worked" in outcomes)
    assert resolved == (["TicketResolved"] if "worked" in outcomes else ["CommandRefused"])


@requirement("R9")
@pytest.mark.parametrize("how", ["remote", "on-site", "advice"])
def test_a_ticket_that_nobody_has_is_not_declared_resolved(how: str) -> None:
    assert kinds_of(queued().when(declare(how), at=ASKED_AT)) == ["CommandRefused"]


@requirement("R9")
def test_advice_resolves_without_any_remote_action() -> None:
    resolved = the(TicketResolved, taken("informatif").when(declare("advice"), at=ASKED_AT))

    assert (resolved.resolution, resolved.how, resolved.ticket.how) == (1, "advice", "advice")


@requirement("R10")
def test_an_on_site_resolution_needs_a_visit_that_was_reported() -> None:
    unrepaired = mobilised().once(report("not-repaired"), at=ASKED_AT + 4 * HOUR)

    assert kinds_of(taken().when(declare("on-site"), at=ASKED_AT)) == ["CommandRefused"]
    assert kinds_of(unrepaired.when(declare("on-site"), at=ASKED_AT + 5 * HOUR)) == ["TicketResolved"]


@requirement("R9", "R15")
def test_a_resolution_carries_what_later_readers_need_of_the_ticket() -> None:
    resolved = taken().once(WORKED, at=ASKED_AT).when(declare("remote"), at=ASKED_AT + MINUTE)

    facts = the(TicketResolved, resolved).ticket
    assert (facts.opened_at, facts.taken_charge_at) == (MONDAY, MONDAY + 30 * MINUTE)
    assert facts.resolved_at == ASKED_AT + MINUTE
    assert (facts.tier, facts.site, facts.channel) == ("premium", "S-1", "email")
    assert (facts.first_criticality, facts.last_criticality) == ("standard", "standard")


COMMANDS = [TAKE_CHARGE, TRIED, visit(CAMERA), DEPART, report(), declare("advice")]


@requirement("R9")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_a_command_on_a_ticket_that_is_not_queued_yet_waits(command: Said) -> None:
    assert kinds_of(DISPATCH.when(command, at=MONDAY)) == ["Early"]
    assert kinds_of(DISPATCH.once(opened(), at=MONDAY).when(command, at=MONDAY)) == ["Early"]


@requirement("R9", "R12")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_a_command_on_a_resolved_ticket_is_refused(command: Said) -> None:
    assert kinds_of(resolved_remotely().when(command, at=ASKED_AT + HOUR)) == ["CommandRefused"]


@requirement("R9")
@pytest.mark.parametrize(
    ("ticket", "command"),
    [
        (queued(), TAKE_CHARGE),
        (taken(), visit(CAMERA)),
        (planned(), DEPART),
        (mobilised(), report()),
        (taken(), declare("advice")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_the_same_command_twice_is_refused_the_second_time(ticket: Ticket, command: Said) -> None:
    once = ticket.once(command, at=ASKED_AT + HOUR)

    assert kinds_of(once.when(command, at=ASKED_AT + HOUR)) == ["CommandRefused"]
