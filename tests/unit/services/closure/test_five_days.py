"""R13: five full days from the reminder's delivery, and only from there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.closure.rules import five_days_end
from shared.events.base import Channel
from shared.events.closure import FiveDaysStarted, FiveDaysUndone, NeedsAttention, SilenceAsked, TicketReopened
from shared.events.intake import CustomerConfirmed, CustomerDenied, CustomerReplied
from shared.events.notify import MessageBounced, MessageDelivered, MessageFailed
from tests.requirements import requirement
from tests.unit.services.builders import (
    bounced,
    confirmed,
    customer_silent,
    delivered,
    denied,
    failed,
    no_bounce,
    replied,
)
from tests.unit.services.closure.cases import (
    CLOSED_AT,
    DELIVERED_AT,
    REMIND_AT,
    UNTIL,
    Ticket,
    asked,
    both_proved,
    closed_by_silence,
    five_days,
    read,
    reminded,
    silence_asked,
    unreachable,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, POLICY, SECOND, kinds_of, paris, the

LONG_AFTER = UNTIL + 400 * DAY


@requirement("R13")
@pytest.mark.parametrize(
    ("delivered_at", "end"),
    [
        (paris(2026, 11, 25, 10, 5), paris(2026, 11, 30, 10, 5)),
        (paris(2026, 11, 25, 10, 5, 59), paris(2026, 11, 30, 10, 5, 59)),
        (paris(2026, 12, 22, 10, 0), paris(2026, 12, 27, 10, 0)),  # on the clock: over Christmas, to a Sunday
        (paris(2026, 3, 26, 10, 0), paris(2026, 3, 31, 11, 0)),  # 120 hours, when one was skipped
        (paris(2026, 10, 22, 10, 0), paris(2026, 10, 27, 9, 0)),  # and when one came twice
    ],
)
def test_the_five_days_are_120_hours_from_the_delivery(delivered_at: datetime, end: datetime) -> None:
    ticket = asked(delivered_at - 7 * DAY).once_due("remind")

    started = the(FiveDaysStarted, ticket.when(delivered(delivered_at), at=delivered_at + HOUR))

    assert five_days_end(delivered_at, POLICY) == end
    assert (started.delivered_at, started.until) == (delivered_at, end)


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_five_days_end_to_the_second(off: timedelta, said: str) -> None:
    assert five_days().due_at(UNTIL + off) == (set() if said == "just before" else {"five-days"})


@requirement("R13")
def test_the_end_of_the_five_days_closes_nothing_but_asks_for_proof_of_silence() -> None:
    assert the(SilenceAsked, five_days().when_due("five-days")) == SilenceAsked(resolution=1, until=UNTIL)


@requirement("R13")
@pytest.mark.parametrize("channel", ["email", "phone", "portal"])
def test_the_five_days_run_from_a_delivery_by_any_channel_a_recorded_call_too(channel: Channel) -> None:
    outcome = reminded().when(delivered(DELIVERED_AT, channel=channel), at=DELIVERED_AT)

    assert the(FiveDaysStarted, outcome).until == UNTIL


@requirement("R13")
def test_a_reminder_that_was_only_asked_for_never_starts_the_five_days() -> None:
    assert reminded().until(LONG_AFTER).state.phase == "reminded"


@requirement("R13")
def test_a_delivery_dated_before_its_reminder_does_not_shorten_the_five_days() -> None:
    wrong_clock = delivered(REMIND_AT - 6 * DAY)

    started = the(FiveDaysStarted, reminded().when(wrong_clock, at=DELIVERED_AT))

    assert started.until >= REMIND_AT + 5 * DAY


@requirement("R13")
def test_a_reminder_is_delivered_once() -> None:
    assert kinds_of(five_days().when(delivered(DELIVERED_AT + DAY), at=DELIVERED_AT + DAY)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("kind", ["acknowledgement", "confirmation-request", "closing", "survey"])
@pytest.mark.parametrize("report", [delivered(DELIVERED_AT), bounced(DELIVERED_AT), failed(DELIVERED_AT)])
def test_reports_on_other_messages_mean_nothing_here(
    kind: str, report: MessageDelivered | MessageBounced | MessageFailed
) -> None:
    other = report.model_copy(update={"kind": kind})

    assert kinds_of(reminded().when(other, at=DELIVERED_AT)) == ["Ignored"]
    assert kinds_of(five_days().when(other, at=DELIVERED_AT)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("report", [delivered(DELIVERED_AT), bounced(DELIVERED_AT), failed(DELIVERED_AT)])
def test_a_report_on_a_reminder_not_asked_for_yet_waits(
    report: MessageDelivered | MessageBounced | MessageFailed,
) -> None:
    assert kinds_of(asked().when(report, at=DELIVERED_AT)) == ["Early"]


@requirement("R13")
@pytest.mark.parametrize("report", [delivered(DELIVERED_AT), bounced(DELIVERED_AT), failed(DELIVERED_AT)])
def test_a_report_on_an_earlier_reminder_starts_and_stops_nothing(
    report: MessageDelivered | MessageBounced | MessageFailed,
) -> None:
    second = reminded().once(read("no-answer"), at=REMIND_AT + MINUTE).once_due("remind")
    running = second.once(delivered(second_delivery := REMIND_AT + 3 * DAY, generation=2), at=second_delivery)

    assert kinds_of(second.when(report, at=REMIND_AT + 3 * DAY)) == ["Ignored"]
    assert kinds_of(running.when(report, at=REMIND_AT + 4 * DAY)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("ticket", [five_days(), silence_asked(), both_proved()], ids=["running", "over", "proved"])
@pytest.mark.parametrize("report", [bounced(UNTIL), failed(UNTIL)], ids=["bounced", "failed"])
def test_a_bounce_after_the_delivery_undoes_the_five_days_and_calls_a_person(
    ticket: Ticket, report: MessageBounced | MessageFailed
) -> None:
    outcome = ticket.when(report, at=CLOSED_AT)

    assert kinds_of(outcome) == ["FiveDaysUndone", "NeedsAttention"]
    assert the(NeedsAttention, outcome).about == "unreachable"
    assert the(FiveDaysUndone, outcome).because == ("bounced" if isinstance(report, MessageBounced) else "failed")


@requirement("R13")
@pytest.mark.parametrize(
    ("ticket", "report"),
    [
        (five_days(), bounced(UNTIL)),
        (silence_asked(), bounced(UNTIL)),
        (both_proved(), bounced(UNTIL)),
        (reminded(), failed(DELIVERED_AT)),
        (reminded(), bounced(DELIVERED_AT)),
    ],
    ids=["bounced while running", "bounced when over", "bounced when proved", "never taken", "bounced undelivered"],
)
def test_a_customer_whom_no_channel_reaches_is_never_closed_by_silence(
    ticket: Ticket, report: MessageBounced | MessageFailed
) -> None:
    lost = ticket.once(report, at=CLOSED_AT)

    proved = lost.once(customer_silent(LONG_AFTER), at=LONG_AFTER).once(no_bounce(LONG_AFTER), at=LONG_AFTER)

    assert lost.armed() == {}
    assert proved.until(LONG_AFTER + 400 * DAY).state.closed_at is None


@requirement("R13")
def test_a_bounce_before_any_delivery_never_starts_the_five_days() -> None:
    ticket = reminded().once(bounced(DELIVERED_AT), at=DELIVERED_AT)

    assert ticket.armed() == {}


@requirement("R13")
def test_after_a_bounce_a_delivery_by_another_channel_starts_five_new_days() -> None:
    called_at = DELIVERED_AT + 2 * DAY

    outcome = unreachable().when(delivered(called_at, channel="phone"), at=called_at)

    assert the(FiveDaysStarted, outcome).until == called_at + 5 * DAY


@requirement("R13")
def test_proofs_of_the_undone_five_days_do_not_count_for_the_new_ones() -> None:
    again = unreachable().once(delivered(DELIVERED_AT + 2 * DAY), at=DELIVERED_AT + 2 * DAY).once_due("five-days")

    assert kinds_of(again.when(customer_silent(UNTIL), at=CLOSED_AT + 2 * DAY)) == ["Ignored"]
    assert kinds_of(again.when(customer_silent(UNTIL + 2 * DAY), at=CLOSED_AT + 2 * DAY)) == ["SilenceProved"]


@requirement("R13")
def test_a_person_is_called_once_for_one_reminder() -> None:
    again = unreachable().once(delivered(DELIVERED_AT + 2 * DAY), at=DELIVERED_AT + 2 * DAY)

    assert kinds_of(again.when(bounced(DELIVERED_AT + 3 * DAY), at=DELIVERED_AT + 3 * DAY)) == ["FiveDaysUndone"]


@requirement("R13")
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
def test_a_bounce_around_the_closing_by_silence_undoes_it(off: timedelta) -> None:
    outcome = closed_by_silence().when(bounced(CLOSED_AT + off), at=CLOSED_AT + HOUR)

    back = the(TicketReopened, outcome)
    assert (back.because, back.undoes_closing) == ("bounced-after-closing", True)


@requirement("R13")
def test_a_bounce_after_the_customer_confirmed_changes_nothing() -> None:
    ticket = five_days().once(confirmed(DELIVERED_AT + DAY), at=DELIVERED_AT + DAY).once_due("answer-final")

    assert kinds_of(ticket.when(bounced(CLOSED_AT), at=CLOSED_AT)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("report", [delivered(CLOSED_AT), bounced(CLOSED_AT), failed(CLOSED_AT)])
@pytest.mark.parametrize(
    "said",
    [confirmed(UNTIL - SECOND), denied(UNTIL - SECOND), replied(UNTIL - SECOND)],
    ids=["confirmed", "denied", "replied"],
)
def test_a_report_does_not_restart_a_clock_that_the_customer_stopped(
    said: CustomerConfirmed | CustomerDenied | CustomerReplied,
    report: MessageDelivered | MessageBounced | MessageFailed,
) -> None:
    stopped = five_days().once(said, at=UNTIL - SECOND)

    assert stopped.once(report, at=CLOSED_AT).armed() == stopped.armed()
    assert "five-days" not in stopped.armed()


@requirement("R13")
def test_a_reminder_that_nobody_reports_on_calls_a_person_in_the_end() -> None:
    assert "NeedsAttention" in {type(one).__name__ for one in _until(reminded(), LONG_AFTER)}


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_person_is_called_a_day_after_the_reminder_and_once(off: timedelta, said: str) -> None:
    report_by = REMIND_AT + DAY

    assert reminded().due_at(report_by + off) == (set() if said == "just before" else {"unreported"})
    assert reminded().once_due("unreported").armed() == {}
    assert five_days().armed() == {"five-days": UNTIL}


@requirement("R13")
def test_a_delivery_reported_after_the_person_was_called_starts_the_five_days_all_the_same() -> None:
    called = reminded().once_due("unreported")

    assert kinds_of(called.when(delivered(DELIVERED_AT), at=REMIND_AT + 2 * DAY)) == ["FiveDaysStarted"]


def _until(ticket: Ticket, at: datetime) -> list[object]:
    """What is said while time passes."""
    said: list[object] = []
    while due := sorted((instant, kind) for kind, instant in ticket.armed().items() if instant <= at):
        outcome = ticket.when_due(due[0][1])
        said += getattr(outcome, "events", ())
        ticket = ticket.once_due(due[0][1])
    return said


def test_the_policy_can_make_the_five_days_six() -> None:
    closing = POLICY.closing.model_copy(update={"silence": 6 * DAY})
    ticket = reminded().under(POLICY.model_copy(update={"closing": closing}))

    assert the(FiveDaysStarted, ticket.when(delivered(DELIVERED_AT), at=UNTIL)).until == DELIVERED_AT + 6 * DAY
