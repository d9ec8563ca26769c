"""A clock stands still only where the contract lets it, and its pause ends by what happens (R7, R10)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.dispatch.pauses import Because
from shared.events.base import Command, Event, Tier
from shared.events.dispatch import (
    ClockPaused,
    ClockResumed,
    CommandRefused,
    NeedsAttention,
    PauseReason,
    PromiseAtRisk,
    PromiseMissed,
)
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, acknowledgement_asked, promised, reclassified, reopened, replied
from tests.unit.services.dispatch.cases import (
    DEPART,
    ON_SITE_BY,
    RESTORED_BY,
    RESUME,
    VISIT_FROM,
    Ticket,
    declare,
    mobilised,
    pause,
    planned,
    queued,
    reserving,
    resolved_remotely,
    taken,
)
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, SECOND, events_of, kinds_of, paris, the

PAUSED_AT = MONDAY + 2 * HOUR
ALL_BUT_CHARGE = ("on-site", "restored")


def watched(ticket: Ticket) -> dict[str, datetime]:
    """The promises' own deadlines."""
    return {kind: at for kind, at in ticket.armed().items() if kind.startswith(("risk:", "missed:"))}


def paused(at: datetime = PAUSED_AT, ticket: Ticket | None = None) -> Ticket:
    return (ticket or taken()).once(pause(), at=at)


@requirement("R10")
@pytest.mark.parametrize(
    ("tier", "reason", "clocks"),
    [
        ("premium", "waiting-for-customer", ()),
        ("premium", "access-refused", ALL_BUT_CHARGE),
        ("standard", "waiting-for-customer", ("restored",)),
        ("standard", "access-refused", ALL_BUT_CHARGE),
        ("none", "waiting-for-customer", ALL_BUT_CHARGE),
        ("none", "access-refused", ALL_BUT_CHARGE),
    ],
)
def test_a_contract_lets_only_its_clocks_stand_still_for_its_reasons(
    tier: Tier, reason: PauseReason, clocks: tuple[str, ...]
) -> None:
    outcome = taken(tier=tier).when(pause(reason), at=PAUSED_AT)

    if clocks:
        stopped = the(ClockPaused, outcome)
        assert (stopped.pause, stopped.reason, stopped.clocks, stopped.at) == (1, reason, clocks, PAUSED_AT)
        assert stopped.note == pause().note
    else:
        assert "Le contrat ne prévoit pas" in the(CommandRefused, outcome).reason


@requirement("R10")
@pytest.mark.parametrize("ticket", [taken(), reserving(), planned()], ids=["taken", "reserving", "planned"])
def test_whoever_has_a_ticket_may_say_that_it_waits(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(pause(), at=PAUSED_AT)) == ["ClockPaused"]


@requirement("R10")
@pytest.mark.parametrize(
    "ticket",
    [queued(), mobilised(), resolved_remotely(), paused()],
    ids=["queued", "on its way", "resolved", "paused already"],
)
def test_nothing_waits_that_nobody_has_that_is_under_way_or_over_or_that_waits_already(ticket: Ticket) -> None:
    assert kinds_of(ticket.when(pause(), at=PAUSED_AT)) == ["CommandRefused"]


@requirement("R10")
def test_a_clock_that_stands_still_is_neither_at_risk_nor_missed() -> None:
    assert watched(paused()) == {}
    only_restored = taken(tier="standard").once(pause("waiting-for-customer"), at=PAUSED_AT)
    assert {kind.split(":")[1] for kind in watched(only_restored)} == {"on-site"}


@requirement("R10")
@pytest.mark.parametrize(
    ("ticket", "said", "because"),
    [
        (paused(), replied(PAUSED_AT + HOUR), "customer"),
        (paused(), RESUME, "technician"),
        (paused(MONDAY + HOUR + 30 * MINUTE, planned()), DEPART, "departure"),
        (paused(), declare("advice"), "resolved"),
    ],
)
def test_each_of_four_things_ends_a_pause(ticket: Ticket, said: Event | Command, because: Because) -> None:
    outcome = ticket.when(said, at=PAUSED_AT + HOUR)

    ended = the(ClockResumed, outcome)
    assert (ended.pause, ended.because, ended.at) == (1, because, PAUSED_AT + HOUR)
    assert ticket.given(*events_of(outcome)).state.paused is None
    assert ended.take_charge_by == MONDAY + 4 * HOUR


@requirement("R10")
def test_without_a_pause_none_of_them_says_that_one_ended() -> None:
    assert kinds_of(taken().when(replied(PAUSED_AT), at=PAUSED_AT)) == ["Ignored"]
    assert kinds_of(taken().when(RESUME, at=PAUSED_AT)) == ["CommandRefused"]
    assert kinds_of(planned().when(DEPART, at=VISIT_FROM)) == ["TechnicianMobilised"]
    assert kinds_of(taken().when(declare("advice"), at=PAUSED_AT)) == ["TicketResolved"]


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_the_customer_s_word_counts_from_the_instant_of_the_pause_on(off: timedelta, said: str) -> None:
    outcome = paused().when(replied(PAUSED_AT + off), at=PAUSED_AT + DAY)

    if said == "just before":
        assert kinds_of(outcome) == ["Ignored"]
    else:
        assert the(ClockResumed, outcome).at == PAUSED_AT + off


@requirement("R10")
def test_a_pause_ends_when_the_channel_took_the_customer_s_word_not_when_it_was_read() -> None:
    answered = replied(PAUSED_AT + HOUR)

    read = the(ClockResumed, paused().when(answered, at=PAUSED_AT + 3 * DAY))

    assert (read.at, read.on_site_by) == (PAUSED_AT + HOUR, ON_SITE_BY + HOUR)


@requirement("R10")
def test_an_automatic_answer_is_no_word_of_the_customer() -> None:
    assert kinds_of(paused().when(replied(PAUSED_AT + HOUR, automatic=True), at=PAUSED_AT + HOUR)) == ["Ignored"]


@requirement("R10")
@pytest.mark.parametrize(
    ("reported", "stops", "resumes", "open_time"),
    [
        pytest.param(MONDAY, MONDAY, MONDAY + HOUR, HOUR, id="an hour of the day"),
        pytest.param(
            MONDAY, paris(2026, 11, 27, 17), paris(2026, 11, 30, 9), HOUR + 30 * MINUTE, id="over a weekend"
        ),
        pytest.param(
            paris(2026, 12, 23, 10),
            paris(2026, 12, 24, 17, 30),
            paris(2026, 12, 28, 8, 45),
            45 * MINUTE,
            id="over Christmas and a weekend",
        ),
        pytest.param(
            MONDAY, paris(2026, 11, 24, 18), paris(2026, 11, 25, 8, 30), timedelta(), id="within one night"
        ),
    ],
)  # fmt: skip
def test_a_pause_moves_a_deadline_by_the_open_time_that_it_took(
    reported: datetime, stops: datetime, resumes: datetime, open_time: timedelta
) -> None:
    ticket = taken(tier="none", at=reported)
    due = ticket.state.due_at("on-site")
    assert due is not None

    after = ticket.once(pause(), at=max(stops, reported + HOUR)).once(RESUME, at=max(resumes, reported + 2 * HOUR))

    # Each falls due in the morning, with hours left of its day.
    assert after.state.due_at("on-site") == due + open_time
    assert after.armed()["risk:on-site:2"] >= ticket.armed()["risk:on-site:2"]


@requirement("R10")
def test_two_pauses_are_added_up() -> None:
    first = paused().once(RESUME, at=PAUSED_AT + HOUR)
    second = first.once(pause(), at=PAUSED_AT + 2 * HOUR)

    ended = the(ClockResumed, second.when(RESUME, at=PAUSED_AT + 4 * HOUR))

    assert the(ClockPaused, first.when(pause(), at=PAUSED_AT + 2 * HOUR)).pause == 2
    assert (ended.pause, ended.on_site_by, ended.restored_by) == (2, ON_SITE_BY + 3 * HOUR, RESTORED_BY + 3 * HOUR)


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_pause_moves_only_what_was_not_past_when_it_began(off: timedelta, said: str) -> None:
    late = paused(ON_SITE_BY + off, reserving())

    ended = the(ClockResumed, late.when(RESUME, at=ON_SITE_BY + HOUR))

    assert ended.on_site_by == (ON_SITE_BY + HOUR + SECOND if said == "just before" else ON_SITE_BY)
    assert ended.restored_by == RESTORED_BY + HOUR - off


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_promise_that_was_past_when_the_pause_began_is_missed_during_it(off: timedelta, said: str) -> None:
    late = paused(RESTORED_BY + off)

    assert ("missed:restored" in late.armed()) is (said != "just before")


@requirement("R10")
def test_a_warning_goes_on_with_what_was_left_of_it_and_one_that_was_given_is_not_given_again() -> None:
    first_on_site, second_on_site = paris(2026, 11, 24, 10, 0), paris(2026, 11, 24, 15, 42)
    stops = first_on_site + HOUR

    after = paused(stops, taken().until(first_on_site)).once(RESUME, at=stops + 2 * HOUR)

    assert "risk:on-site:1" not in after.armed()
    assert after.armed()["risk:on-site:2"] == second_on_site + 2 * HOUR
    assert after.armed()["risk:restored:1"] == paris(2026, 11, 24, 16, 45)
    assert the(PromiseAtRisk, after.when_due("risk:on-site:2")).due_at == ON_SITE_BY + 2 * HOUR


@requirement("R10")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_pause_of_five_days_calls_a_person_once(off: timedelta, said: str) -> None:
    ticket, looked_at = paused(), PAUSED_AT + 5 * DAY

    assert ticket.due_at(looked_at + off) == (set() if said == "just before" else {"paused:1"})
    assert the(NeedsAttention, ticket.when_due("paused:1")).about == "paused:1"
    assert ticket.once_due("paused:1").armed() == {}
    assert "paused:1" not in ticket.once(RESUME, at=looked_at - HOUR).armed()


@requirement("R7", "R10")
def test_a_raise_during_a_pause_leaves_the_new_promise_standing_still_until_its_end() -> None:
    raised = paused().once(reclassified("standard", "critique"), at=PAUSED_AT + HOUR)

    ended = the(ClockResumed, raised.when(replied(PAUSED_AT + 3 * HOUR), at=PAUSED_AT + 3 * HOUR))

    assert watched(raised) == {}
    # Two of four hours, and two of eight, had run when it was paused.
    assert ended.on_site_by == PAUSED_AT + 3 * HOUR + 2 * HOUR
    assert ended.restored_by == PAUSED_AT + 3 * HOUR + 6 * HOUR


@requirement("R7", "R10")
def test_a_promise_that_counts_from_a_raise_during_a_pause_begins_at_its_end() -> None:
    raised_at, ends = MONDAY + 5 * HOUR, MONDAY + 7 * HOUR  # the first report's four hours are past
    raised = paused().once(reclassified("standard", "critique"), at=raised_at)

    ended = the(ClockResumed, raised.when(RESUME, at=ends))

    assert raised.state.due_at("on-site") == raised_at + 4 * HOUR
    assert ended.on_site_by == ends + 4 * HOUR
    assert ended.restored_by == ends + 6 * HOUR


@requirement("R7", "R10")
@pytest.mark.parametrize("tier", ["standard", "none"])
def test_an_acknowledgement_that_is_read_after_a_pause_does_not_undo_it(tier: Tier) -> None:
    after = paused(ticket=taken(tier=tier)).once(RESUME, at=PAUSED_AT + HOUR)
    asked = acknowledgement_asked(stated=promised("standard", tier=tier))

    assert kinds_of(after.when(asked, at=PAUSED_AT + 2 * HOUR, said_at=MONDAY + MINUTE)) == ["Ignored"]


@requirement("R7", "R10")
@pytest.mark.parametrize("place", range(3), ids=["before the pause", "during it", "after it"])
def test_a_pause_moves_the_same_promises_wherever_the_first_acknowledgement_is_read(place: int) -> None:
    told: list[Event | Command] = [pause(), RESUME]
    told.insert(place, acknowledgement_asked(stated=promised("standard", tier="none")))

    ticket = taken(tier="none")
    for hours, said in enumerate(told, start=1):
        # The pause takes one hour, two where the acknowledgement is read within it.
        ticket = ticket.once(said, at=MONDAY + hours * HOUR, said_at=MONDAY + MINUTE)

    took = 2 * HOUR if place == 1 else HOUR
    assert ticket.state.due_at("on-site") == paris(2026, 11, 30, 10) + took
    assert ticket.state.due_at("restored") == paris(2026, 12, 7, 10) + took


@requirement("R7", "R10")
def test_what_a_customer_is_told_after_a_pause_is_kept_as_it_was_told() -> None:
    after = paused().once(RESUME, at=PAUSED_AT + HOUR)
    at = PAUSED_AT + 90 * MINUTE  # a raise: on site by 14:00, from the first report, says the letter

    raised = after.once(reclassified("standard", "critique"), at=at)

    assert raised.state.due_at("on-site") == promised("critique").on_site_by


@requirement("R10", "R12")
def test_a_resolution_ends_the_pause_before_it_is_held_against_the_promise() -> None:
    waited = paused(RESTORED_BY - HOUR)

    events = events_of(waited.when(declare("advice"), at=RESTORED_BY + DAY))
    reopened_after = waited.given(*events).once(reopened(1), at=RESTORED_BY + DAY)

    assert [type(one).__name__ for one in events] == ["ClockResumed", "TicketResolved"]
    assert not [one for one in events if isinstance(one, PromiseMissed)]
    assert reopened_after.state.due_at("restored") == RESTORED_BY + DAY + HOUR
