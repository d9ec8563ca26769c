"""R12: the customer confirms or says 'not solved'; both can be taken back for two minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.closure.rules import is_final_at
from shared.events.closure import AnswerNoted, ReadReply, TicketClosed, TicketReopened, WaitingResumed
from tests.requirements import requirement
from tests.unit.services.builders import confirmed, denied, replied, ticket_facts, took_back
from tests.unit.services.closure.cases import (
    CLICKED_AT,
    CLOSED_AT,
    CLOSURE,
    OPEN_CASES,
    REMIND_AT,
    TWO_MINUTES,
    UNTIL,
    Ticket,
    answered,
    asked,
    closed_by_answer,
    closed_by_silence,
    reopened_once,
)
from tests.unit.services.harness import AROUND, HOUR, MINUTE, POLICY, SECOND, kinds_of, paris, the

FINAL_AT = CLICKED_AT + TWO_MINUTES


@requirement("R12")
def test_a_confirmation_closes_the_ticket_once_it_is_final() -> None:
    noted = the(AnswerNoted, asked().when(confirmed(CLICKED_AT), at=CLICKED_AT))
    closed = the(TicketClosed, answered().when_due("answer-final"))

    assert (noted.answer, noted.received_at, noted.final_at) == ("confirmed", CLICKED_AT, FINAL_AT)
    assert (closed.resolution, closed.cause, closed.closed_at) == (1, "confirmed", FINAL_AT)
    assert closed.ticket == ticket_facts()


@requirement("R12")
def test_not_solved_sends_the_ticket_back_to_handling_once_it_is_final() -> None:
    back = the(TicketReopened, answered("denied").when_due("answer-final"))

    assert (back.resolution, back.because, back.undoes_closing) == (1, "denied", False)


@requirement("R12")
@pytest.mark.parametrize("answer", ["confirmed", "denied"])
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_answer_is_final_after_two_minutes(answer: str, off: timedelta, said: str) -> None:
    assert is_final_at(CLICKED_AT, POLICY) == FINAL_AT
    assert answered(answer).due_at(FINAL_AT + off) == (set() if said == "just before" else {"answer-final"})


@requirement("R12")
@pytest.mark.parametrize("answer", ["confirmed", "denied"])
@pytest.mark.parametrize("after", [timedelta(), SECOND, TWO_MINUTES - SECOND])
def test_an_answer_taken_back_within_two_minutes_was_never_given(answer: str, after: timedelta) -> None:
    at = CLICKED_AT + after

    outcome = answered(answer).when(took_back(at), at=at)

    resumed = the(WaitingResumed, outcome)
    assert resumed.because == "taken-back"
    assert resumed.remind_at == paris(2026, 11, 25, 11, 0) + after
    assert answered(answer).once(took_back(at), at=at).armed() == {"remind": resumed.remind_at}


@requirement("R12")
@pytest.mark.parametrize("off", [timedelta(), SECOND])
def test_a_confirmation_taken_back_after_it_became_final_calls_the_customer_or_reopens(off: timedelta) -> None:
    outcome = closed_by_answer().when(took_back(FINAL_AT + off), at=FINAL_AT + MINUTE)

    # Accepted at the very instant of the closing counts as before it: the customer has the benefit.
    assert kinds_of(outcome) == (["TicketReopened"] if not off else ["NeedsAttention"])


@requirement("R12")
def test_a_customer_who_took_back_may_answer_again() -> None:
    again = answered().once(took_back(CLICKED_AT), at=CLICKED_AT)

    assert kinds_of(again.when(denied(CLICKED_AT + MINUTE), at=CLICKED_AT + MINUTE)) == ["AnswerNoted"]


@requirement("R12")
def test_not_solved_within_two_minutes_of_solved_counts_and_has_two_minutes_of_its_own() -> None:
    at = CLICKED_AT + MINUTE

    changed = the(AnswerNoted, answered().when(denied(at), at=at))

    assert (changed.answer, changed.final_at) == ("denied", at + TWO_MINUTES)


@requirement("R12")
def test_not_solved_stands_until_it_is_taken_back() -> None:
    at, unsolved = CLICKED_AT + MINUTE, answered("denied")

    assert kinds_of(unsolved.when(confirmed(at), at=at)) == ["Ignored"]
    taken_back = unsolved.once(took_back(at), at=at)
    assert the(AnswerNoted, taken_back.when(confirmed(at + MINUTE), at=at + MINUTE)).answer == "confirmed"


@requirement("R12")
@pytest.mark.parametrize(("answer", "click"), [("confirmed", confirmed), ("denied", denied)])
def test_the_same_answer_again_does_not_put_off_its_end(answer: str, click: type) -> None:
    assert kinds_of(answered(answer).when(click(CLICKED_AT + MINUTE), at=CLICKED_AT + MINUTE)) == ["Ignored"]


@requirement("R12", "R13")
@pytest.mark.parametrize("ticket", OPEN_CASES.values(), ids=OPEN_CASES)
@pytest.mark.parametrize("click", [confirmed, denied])
def test_an_answer_counts_at_any_time_while_the_ticket_waits_for_it(ticket: Ticket, click: type) -> None:
    at = UNTIL + MINUTE

    after = ticket.once(click(at), at=at)

    assert after.state.phase == "answered"
    assert set(after.armed()) == {"answer-final"}


@requirement("R12")
@pytest.mark.parametrize("click", [confirmed, denied, took_back])
def test_a_click_that_overtakes_the_question_waits_for_it(click: type) -> None:
    assert kinds_of(CLOSURE.when(click(CLICKED_AT), at=CLICKED_AT)) == ["Early"]
    assert kinds_of(asked().when(click(CLICKED_AT, 2), at=CLICKED_AT)) == ["Early"]
    assert kinds_of(closed_by_answer().when(click(CLICKED_AT, 2), at=CLOSED_AT)) == ["Early"]


@requirement("R12")
@pytest.mark.parametrize("click", [confirmed, denied, took_back])
def test_a_click_about_a_resolution_that_was_reopened_changes_nothing_while_it_is_handled(click: type) -> None:
    assert kinds_of(reopened_once().when(click(CLOSED_AT), at=CLOSED_AT)) == ["Ignored"]


@requirement("R12")
@pytest.mark.parametrize(("name", "kind"), [("asked", "WaitingResumed"), ("reading", "ReadingNeeded")])
def test_a_take_back_with_nothing_to_take_back_is_remembered_and_moves_no_clock(name: str, kind: str) -> None:
    before = OPEN_CASES[name]

    assert kinds_of(before.when(took_back(REMIND_AT), at=REMIND_AT)) == [kind]
    assert before.once(took_back(REMIND_AT), at=REMIND_AT).armed() == before.armed()


@requirement("R13")
@pytest.mark.parametrize("name", ["reminded", "five days", "silence asked", "both proofs", "unreachable"])
def test_a_take_back_stops_the_clock_of_silence_even_with_nothing_to_take_back(name: str) -> None:
    at = UNTIL + MINUTE

    clicked = OPEN_CASES[name].once(took_back(at), at=at)

    assert clicked.armed() == {"remind": paris(2026, 12, 2, 10, 6)}


@requirement("R12", "R13")
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
@pytest.mark.parametrize("ticket", [closed_by_answer(), closed_by_silence()], ids=["by answer", "by silence"])
def test_not_solved_after_a_closing_reopens_the_ticket(ticket: Ticket, off: timedelta) -> None:
    assert ticket.state.closed_at is not None
    at = ticket.state.closed_at + off

    back = the(TicketReopened, ticket.when(denied(at), at=at + HOUR))

    assert back.undoes_closing
    assert back.because == ("denied" if off > timedelta() else "reply-before-closing")


@requirement("R12")
@pytest.mark.parametrize("ticket", [closed_by_answer(), closed_by_silence()], ids=["by answer", "by silence"])
def test_a_confirmation_after_a_closing_leaves_it_closed(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(confirmed(CLOSED_AT + HOUR), at=CLOSED_AT + HOUR)) == ["Ignored"]


@requirement("R12")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_solved_that_another_channel_brings_never_overrides_not_solved(off: timedelta, said: str) -> None:
    # given "not solved", said at 11:00 and heard first; then "solved", by another channel, said around 11:00
    outcome = answered("denied").when(confirmed(CLICKED_AT + off), at=CLICKED_AT + MINUTE)

    # then in doubt the ticket stays open
    assert kinds_of(outcome) == ["Ignored"], said


@requirement("R12")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_not_solved_always_counts_whenever_it_was_said(off: timedelta, said: str) -> None:
    assert kinds_of(answered().when(denied(CLICKED_AT + off), at=CLICKED_AT + MINUTE)) == ["AnswerNoted"], said


@requirement("R12", "R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_earlier_solved_does_not_take_the_ticket_from_who_reads_the_later_words(off: timedelta, said: str) -> None:
    reading = asked().once(replied(CLICKED_AT), at=CLICKED_AT)

    outcome = reading.when(confirmed(CLICKED_AT + off), at=CLICKED_AT + MINUTE)

    assert kinds_of(outcome) == (["AnswerNoted"] if said == "just after" else ["Ignored"])


@requirement("R12")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_taking_back_undoes_what_was_said_before_it_and_nothing_later(off: timedelta, said: str) -> None:
    outcome = answered().when(took_back(CLICKED_AT + off), at=CLICKED_AT + MINUTE)

    assert kinds_of(outcome) == (["Ignored"] if said == "just before" else ["WaitingResumed"])


@requirement("R12")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_an_answer_that_was_taken_back_before_it_was_heard_is_not_given(off: timedelta, said: str) -> None:
    taken_back = answered().once(took_back(CLICKED_AT + MINUTE), at=CLICKED_AT + MINUTE)

    outcome = taken_back.when(confirmed(CLICKED_AT + MINUTE + off), at=CLICKED_AT + TWO_MINUTES)

    assert kinds_of(outcome) == (["AnswerNoted"] if said == "just after" else ["Ignored"])


@requirement("R13")
@pytest.mark.parametrize("kind", ["taken-back", "no-answer"])
def test_a_reminder_is_never_brought_forward_by_a_resumption_at_the_week_end(kind: str) -> None:
    # given a customer who was asked on a Saturday at 10:19, and is to be reminded on Tuesday at 10:19
    saturday, sunday = paris(2026, 3, 14, 10, 19), paris(2026, 3, 15, 5, 53)
    story = asked(saturday)
    announced = story.armed()["remind"]
    # when the waiting begins anew on Sunday at 5:53, from which two working days end on Tuesday at 5:53
    if kind == "taken-back":
        resumed = story.once(confirmed(sunday), at=sunday).once(took_back(sunday), at=sunday)
    else:
        reading = story.once(replied(sunday - HOUR), at=sunday - HOUR)
        resumed = reading.once(ReadReply(by="A-01", resolution=1, meaning="no-answer"), at=sunday)
    # then it is reminded when it was to be
    assert resumed.armed()["remind"] == announced == paris(2026, 3, 17, 10, 19)


@requirement("R12")
@pytest.mark.parametrize("phase", ["asked", "reading"])
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_taking_back_that_is_heard_before_its_answer_still_takes_it_back(
    phase: str, off: timedelta, said: str
) -> None:
    # given a customer who confirms at 11:00 by a slow channel, and takes it back around then by a quick one
    waiting = asked() if phase == "asked" else asked().once(replied(CLICKED_AT - HOUR), at=CLICKED_AT - HOUR)
    back = waiting.once(took_back(CLICKED_AT + off), at=CLICKED_AT + MINUTE)

    # then the answer counts only where it was given later
    outcome = back.when(confirmed(CLICKED_AT), at=CLICKED_AT + TWO_MINUTES)
    assert kinds_of(outcome) == (["AnswerNoted"] if said == "just before" else ["Ignored"])


@requirement("R13")
def test_a_taking_back_of_nothing_leaves_the_reminder_where_it_was() -> None:
    before = asked().armed()

    assert asked().once(took_back(CLICKED_AT), at=CLICKED_AT).armed() == before


@requirement("R12")
def test_the_same_taking_back_by_two_channels_says_nothing_new() -> None:
    back = asked().once(took_back(CLICKED_AT), at=CLICKED_AT)

    assert kinds_of(back.when(took_back(CLICKED_AT), at=CLICKED_AT + MINUTE)) == ["Ignored"]
