"""R13: closed by silence on both proofs for this very question, and never on anything less."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.closure.decide import IRREVERSIBLE
from shared.events.closure import SilenceProved, TicketClosed
from shared.events.intake import CustomerSilent
from shared.events.notify import NoBounce
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    confirmed,
    customer_silent,
    delivered,
    denied,
    no_bounce,
    replied,
    resolved,
    took_back,
)
from tests.unit.services.closure.cases import (
    ALL_CASES,
    CLOSED_AT,
    UNTIL,
    Ticket,
    both_proved,
    closed_by_silence,
    five_days,
    reopened_once,
    silence_asked,
)
from tests.unit.services.harness import AROUND, DAY, MINUTE, SECOND, Said, kinds_of, the

Proof = CustomerSilent | NoBounce
Say = Callable[..., Said]
PROOFS = [customer_silent(UNTIL), no_bounce(UNTIL)]


@requirement("R13")
@pytest.mark.parametrize(("proof", "by"), [(customer_silent(UNTIL), "intake"), (no_bounce(UNTIL), "notify")])
def test_one_proof_alone_closes_nothing(proof: Proof, by: str) -> None:
    outcome = silence_asked().when(proof, at=UNTIL + MINUTE)

    assert the(SilenceProved, outcome).by == by
    assert silence_asked().once(proof, at=UNTIL + MINUTE).armed() == {}


@requirement("R13")
@pytest.mark.parametrize("order", [PROOFS, PROOFS[::-1]], ids=["intake first", "notify first"])
def test_both_proofs_in_either_order_close_the_ticket(order: list[Proof]) -> None:
    ticket = silence_asked().once(order[0], at=UNTIL + MINUTE).once(order[1], at=CLOSED_AT)

    closed = the(TicketClosed, ticket.when_due("close-silent"))
    assert (closed.resolution, closed.cause, closed.closed_at) == (1, "silence", CLOSED_AT)


@requirement("R13")
def test_the_closing_itself_waits_for_whatever_is_still_on_its_way() -> None:
    ticket = both_proved()

    assert ticket.state.phase == "silence-asked"
    assert ticket.armed() == {"close-silent": CLOSED_AT}
    assert "close-silent" in IRREVERSIBLE
    assert ticket.stage.irreversible == {"close-silent", "answer-final"}


@requirement("R13")
@pytest.mark.parametrize("proof", PROOFS, ids=["intake", "notify"])
def test_the_same_proof_twice_is_one_proof(proof: Proof) -> None:
    once = silence_asked().once(proof, at=UNTIL + MINUTE)

    assert kinds_of(once.when(proof, at=UNTIL + 2 * MINUTE)) == ["Ignored"]
    assert kinds_of(once.when(proof.model_copy(update={"until": UNTIL + DAY}), at=UNTIL + DAY)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("make", [customer_silent, no_bounce])
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_proof_must_reach_to_the_end_of_the_five_days(make: Callable[..., Proof], off: timedelta, said: str) -> None:
    outcome = silence_asked().when(make(UNTIL + off), at=CLOSED_AT)

    assert kinds_of(outcome) == (["Ignored"] if said == "just before" else ["SilenceProved"])


@requirement("R13")
@pytest.mark.parametrize("make", [customer_silent, no_bounce])
@pytest.mark.parametrize("resolution", [0, 2])
def test_a_proof_about_another_resolution_does_not_count(make: Callable[..., Proof], resolution: int) -> None:
    assert kinds_of(silence_asked().when(make(UNTIL, resolution), at=CLOSED_AT)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("proof", PROOFS, ids=["intake", "notify"])
@pytest.mark.parametrize("name", sorted(set(ALL_CASES) - {"silence asked"}))
def test_a_proof_that_nobody_waits_for_changes_nothing(name: str, proof: Proof) -> None:
    assert kinds_of(ALL_CASES[name].when(proof, at=CLOSED_AT)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize(
    "ticket", [five_days(), silence_asked(), both_proved()], ids=["running", "over", "both proofs"]
)
@pytest.mark.parametrize("off", [-SECOND, timedelta(), SECOND])
@pytest.mark.parametrize("say", [replied, confirmed, denied], ids=["reply", "confirmation", "denial"])
def test_a_word_or_click_around_the_end_of_the_five_days_stops_the_closing_by_silence(
    ticket: Ticket, off: timedelta, say: Say
) -> None:
    stopped = ticket.once(say(UNTIL + off), at=UNTIL + MINUTE)

    assert not {"five-days", "close-silent"} & stopped.armed().keys()
    assert stopped.once(customer_silent(UNTIL), at=CLOSED_AT).once(no_bounce(UNTIL), at=CLOSED_AT) == stopped


@requirement("R13")
def test_an_out_of_office_reply_is_no_reply() -> None:
    automatic = replied(UNTIL - DAY, automatic=True)

    for ticket in (five_days(), silence_asked(), both_proved()):
        assert kinds_of(ticket.when(automatic, at=UNTIL)) == ["Ignored"]


def second_time() -> Ticket:
    """Denied once, resolved again, asked, reminded; the five days of resolution 2 run."""
    again = reopened_once().once(resolved(MONDAY + DAY, 2), at=MONDAY + DAY).once_due("remind")
    return again.once(delivered(MONDAY + 4 * DAY, resolution=2), at=MONDAY + 4 * DAY)


@requirement("R13")
@pytest.mark.parametrize("say", [denied, confirmed, took_back], ids=["denial", "confirmation", "take-back"])
def test_a_click_about_an_earlier_resolution_is_a_reply_too_and_goes_to_a_person(say: Say) -> None:
    at = MONDAY + 5 * DAY

    clicked = second_time().once(say(at, 1), at=at)

    assert kinds_of(second_time().when(say(at, 1), at=at)) == ["ReadingNeeded"]
    assert clicked.armed() == {}
    assert kinds_of(clicked.when(say(at, 1), at=at)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize("off", [-SECOND, timedelta()])
def test_a_click_about_an_earlier_resolution_accepted_before_the_closing_undoes_it(off: timedelta) -> None:
    over = second_time().once_due("five-days")
    assert over.state.until is not None
    until = over.state.until
    proved = over.once(customer_silent(until, 2), at=until).once(no_bounce(until, 2), at=until)
    ticket = proved.once_due("close-silent")

    assert kinds_of(ticket.when(denied(until + off, 1), at=until + DAY)) != ["Ignored"]


@requirement("R13")
def test_closed_by_silence_the_ticket_waits_for_nothing() -> None:
    assert closed_by_silence().armed() == {}
