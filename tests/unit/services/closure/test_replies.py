"""R13: the customer's own words; an unclear reply stops the clock and goes to a person, before and after a closing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.closure.rules import was_said_before
from shared.events.closure import (
    AnswerNoted,
    CommandRefused,
    ReadingNeeded,
    ReadingSettled,
    TicketReopened,
    WaitingResumed,
)
from tests.requirements import requirement
from tests.unit.services.builders import classified, opened, reclassified, replied, survey_answer
from tests.unit.services.closure.cases import (
    CLICKED_AT,
    CLOSED_AT,
    CLOSED_CASES,
    CLOSURE,
    OPEN_CASES,
    TWO_MINUTES,
    UNTIL,
    Ticket,
    answered,
    asked,
    closed_by_answer,
    closed_by_silence,
    read,
    reading,
    reopened_once,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, SECOND, Said, kinds_of, paris, the

WAITING = {name: ticket for name, ticket in OPEN_CASES.items() if name != "reading"}
LATE = UNTIL + MINUTE


@requirement("R13")
@pytest.mark.parametrize("name", sorted(set(WAITING) - {"denied"}))
def test_words_of_the_customer_stop_every_clock_and_go_to_a_person(name: str) -> None:
    ticket = WAITING[name]

    outcome = ticket.when(replied(LATE), at=LATE)

    needed = the(ReadingNeeded, outcome)
    assert (needed.resolution, needed.request) == (1, "m-2")
    assert ticket.once(replied(LATE), at=LATE).armed() == {}


@requirement("R12", "R13")
def test_words_after_not_solved_do_not_unsay_it() -> None:
    explained = answered("denied").once(replied(CLICKED_AT + MINUTE, text="Merci"), at=CLICKED_AT + MINUTE)

    later = explained.until(CLICKED_AT + HOUR).once(read("no-answer"), at=CLICKED_AT + HOUR)

    assert later.state.phase == "handling"


@requirement("R13")
@pytest.mark.parametrize("ticket", [*OPEN_CASES.values(), *CLOSED_CASES.values()], ids=[*OPEN_CASES, *CLOSED_CASES])
def test_an_out_of_office_reply_stops_nothing(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(replied(LATE, automatic=True), at=LATE)) == ["Ignored"]


@requirement("R13")
def test_more_words_while_a_person_is_reading_are_for_a_person_too() -> None:
    ticket = reading().once(replied(LATE, request="m-3"), at=LATE)

    assert ticket.state.phase == "reading"
    early = read("no-answer").model_copy(update={"request": "m-2"})
    assert kinds_of(ticket.when(early, at=LATE + HOUR)) == ["CommandRefused"]  # decided before the last words were seen
    both = read("no-answer").model_copy(update={"request": "m-3"})
    assert kinds_of(ticket.when(both, at=LATE + HOUR)) == ["WaitingResumed"]
    assert kinds_of(ticket.when(read("solved"), at=LATE + HOUR)) == ["AnswerNoted"]  # the customer was called


@requirement("R12")
def test_words_on_a_ticket_that_is_being_handled_are_its_technician_s_to_read() -> None:
    assert kinds_of(CLOSURE.when(replied(CLICKED_AT), at=CLICKED_AT)) == ["Ignored"]
    assert kinds_of(reopened_once().when(replied(CLICKED_AT), at=CLICKED_AT)) == ["Ignored"]


@requirement("R12", "R13")
@pytest.mark.parametrize("ticket", WAITING.values(), ids=WAITING)
def test_a_person_may_record_a_call_in_which_the_customer_says_it_is_solved(ticket: Ticket) -> None:
    outcome = ticket.when(read("solved"), at=LATE)

    if ticket.state.phase == "answered":
        assert the(CommandRefused, outcome).by == "D-01"
    else:
        noted = the(AnswerNoted, outcome)
        assert (noted.answer, noted.final_at) == ("confirmed", LATE + TWO_MINUTES)


@requirement("R12", "R13")
def test_what_a_person_read_as_solved_closes_the_ticket_like_a_click() -> None:
    ticket = reading().once(read("solved"), at=LATE)

    assert kinds_of(ticket.when_due("answer-final")) == ["TicketClosed"]


@requirement("R12", "R13")
def test_what_a_person_read_as_not_solved_sends_the_ticket_back_to_handling() -> None:
    back = the(TicketReopened, reading().when(read("not-solved"), at=LATE))

    assert (back.because, back.undoes_closing) == ("not-solved", False)


@requirement("R13")
def test_what_a_person_read_as_no_answer_starts_the_wait_anew_with_a_reminder_of_its_own() -> None:
    read_at = paris(2026, 11, 27, 9, 0)  # a Friday

    resumed = the(WaitingResumed, reading().when(read("no-answer"), at=read_at))

    assert (resumed.because, resumed.remind_at) == ("no-answer", paris(2026, 12, 1, 9, 0))


@requirement("R13")
@pytest.mark.parametrize("meaning", ["solved", "not-solved", "no-answer"])
@pytest.mark.parametrize("resolution", [0, 2])
def test_a_reading_about_another_resolution_is_refused(meaning: str, resolution: int) -> None:
    assert kinds_of(reading().when(read(meaning, resolution), at=LATE)) == ["CommandRefused"]


@requirement("R13")
@pytest.mark.parametrize("meaning", ["solved", "not-solved", "no-answer"])
def test_a_reading_on_a_ticket_that_waits_for_no_customer_is_refused(meaning: str) -> None:
    assert kinds_of(CLOSURE.when(read(meaning, 0), at=LATE)) == ["CommandRefused"]
    assert kinds_of(reopened_once().when(read(meaning), at=LATE)) == ["CommandRefused"]
    assert kinds_of(closed_by_answer().when(read(meaning), at=LATE)) == ["CommandRefused"]


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_words_accepted_before_a_closing_by_silence_and_seen_after_it_undo_it(off: timedelta, said: str) -> None:
    at = CLOSED_AT + off

    outcome = closed_by_silence().when(replied(at), at=CLOSED_AT + HOUR)

    assert was_said_before(at, CLOSED_AT) is (said != "just after")
    if said == "just after":
        assert kinds_of(outcome) == ["ReadingNeeded"]
    else:
        back = the(TicketReopened, outcome)
        assert (back.because, back.undoes_closing) == ("reply-before-closing", True)


@requirement("R13")
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
def test_words_around_a_closing_that_the_customer_confirmed_go_to_a_person(off: timedelta) -> None:
    ticket = closed_by_answer()
    assert ticket.state.closed_at is not None
    at = ticket.state.closed_at + off

    assert kinds_of(ticket.when(replied(at), at=at + HOUR)) == ["ReadingNeeded"]


@requirement("R13")
@pytest.mark.parametrize("ticket", CLOSED_CASES.values(), ids=CLOSED_CASES)
def test_after_a_closing_every_reply_is_for_a_person_to_read(ticket: Ticket) -> None:
    called = ticket.once(replied(CLOSED_AT + DAY), at=CLOSED_AT + DAY)
    settled = called.once(read("no-answer"), at=CLOSED_AT + 2 * DAY)

    assert kinds_of(called.when(replied(CLOSED_AT + DAY, request="m-3"), at=CLOSED_AT + DAY)) == ["ReadingNeeded"]
    assert kinds_of(settled.when(replied(CLOSED_AT + 3 * DAY), at=CLOSED_AT + 3 * DAY)) == ["ReadingNeeded"]


@requirement("R13")
def test_words_accepted_before_the_closing_undo_it_even_while_a_person_reads_later_ones() -> None:
    called = closed_by_silence().once(replied(CLOSED_AT + DAY), at=CLOSED_AT + DAY)

    outcome = called.when(replied(UNTIL - SECOND, request="m-3"), at=CLOSED_AT + DAY)

    assert the(TicketReopened, outcome).because == "reply-before-closing"


@requirement("R13")
@pytest.mark.parametrize("meaning", ["solved", "no-answer"])
@pytest.mark.parametrize("ticket", CLOSED_CASES.values(), ids=CLOSED_CASES)
def test_what_was_read_after_a_closing_may_change_nothing(ticket: Ticket, meaning: str) -> None:
    called = ticket.once(replied(CLOSED_AT + DAY), at=CLOSED_AT + DAY)

    assert the(ReadingSettled, called.when(read(meaning), at=CLOSED_AT + DAY)).by == "D-01"
    assert kinds_of(called.once(read(meaning), at=LATE).when(read(meaning), at=LATE)) == ["CommandRefused"]


@requirement("R12", "R13")
@pytest.mark.parametrize("ticket", CLOSED_CASES.values(), ids=CLOSED_CASES)
def test_what_was_read_after_a_closing_may_reopen_the_ticket(ticket: Ticket) -> None:
    called = ticket.once(replied(CLOSED_AT + DAY), at=CLOSED_AT + DAY)

    back = the(TicketReopened, called.when(read("not-solved"), at=CLOSED_AT + DAY))

    assert (back.because, back.undoes_closing) == ("reply-after-closing", True)


@requirement("R12")
@pytest.mark.parametrize(
    "said",
    [opened(), classified(), reclassified("standard", "critique"), survey_answer(CLOSED_AT)],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize("ticket", [asked(), *CLOSED_CASES.values()], ids=["asked", *CLOSED_CASES])
def test_what_says_nothing_about_the_solution_changes_nothing(ticket: Ticket, said: Said) -> None:
    assert kinds_of(ticket.when(said, at=CLOSED_AT)) == ["Ignored"]
