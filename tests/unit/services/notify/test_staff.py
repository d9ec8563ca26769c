"""R1 and R10: who is on call is called in turn until somebody answers; warnings wake nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.notify.app import STAGE
from services.notify.decide import Facts
from services.notify.state import NotifyState
from shared.events.base import Event, Personal
from shared.events.dispatch import OnCallNeeded, PromiseAtRisk, PromiseMissed, PromiseRecomputed, TakenCharge
from shared.events.notify import (
    Delivery,
    DeliveryStatus,
    NeedsAttention,
    PageAnswered,
    PagingEnded,
    StaffMessageToSend,
    StaffNoticeHeld,
)
from shared.registry.model import Duty, Person, Staff
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, NUMBER, opened, resolved
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, SECOND, Story, events_of, kinds_of, paris, story, the

Ticket = Story[NotifyState, Facts]
NIGHT = paris(2026, 11, 24, 3, 0)
OPENS = paris(2026, 11, 24, 8, 30)


def person(name: str, role: str, phone: str = "+33639980001") -> Person:
    return Person.model_validate(
        {"id": name, "name": name, "role": role, "phone": phone, "email": f"{name}@sav.example".lower()}
    )


PEOPLE = (
    *(person(name, "technician") for name in ("T-01", "T-02", "T-03")),
    *(person("R-01", "dispatcher"), person("R-02", "dispatcher"), person("M-01", "manager")),
)
STAFF = Staff(
    people=PEOPLE,
    duties=(
        Duty(person="T-01", rank=1, starts=MONDAY - DAY, ends=MONDAY + 7 * DAY),
        Duty(person="T-02", rank=2, starts=MONDAY - DAY, ends=MONDAY + 7 * DAY),
    ),
)
KNOWN: Ticket = story(STAGE, Facts(staff=STAFF)).once(opened(), at=MONDAY)
NEEDED = OnCallNeeded(number=NUMBER, resolution=1, criticality="critique", site="S-1", take_charge_by=NIGHT + HOUR)


def risk(to: str = "in-charge", person: str = "T-01", step: int = 1, *, on_call: bool = False) -> PromiseAtRisk:
    return PromiseAtRisk.model_validate(
        {"promise": "on-site", "due_at": MONDAY + DAY, "step": step, "to": to, "person": person, "on_call": on_call}
    )


def missed(*, on_call: bool = False) -> PromiseMissed:
    return PromiseMissed(promise="on-site", due_at=MONDAY + DAY, person="T-01", on_call=on_call)


def without_address(*names: str) -> Ticket:
    """The ticket, where these people have a telephone and no e-mail."""
    people = tuple(one.model_copy(update={"email": ""}) if one.id in names else one for one in PEOPLE)
    return KNOWN.knowing(Facts(staff=STAFF.model_copy(update={"people": people})))


def called(ticket: Ticket) -> str:
    """Who is being called."""
    assert ticket.state.paging is not None
    return list(ticket.state.paging.pages.values())[-1]


def answer(ticket: Ticket, at: datetime, status: DeliveryStatus = "delivered", nth: int = -1) -> Delivery:
    """What the telephone reports of the latest call, or of an earlier one."""
    assert ticket.state.paging is not None
    message = list(ticket.state.paging.pages)[nth]
    page = list(ticket.state.paging.pages).index(message) + 1
    return Delivery(
        message=message,
        ticket=ticket.ticket,
        kind="page",
        generation=page,
        resolution=1,
        channel="phone",
        status=status,
        at=at,
    )


def paged() -> Ticket:
    return KNOWN.once(NEEDED, at=NIGHT)


def told(events: tuple[Event, ...]) -> list[str]:
    return [one.person for one in events if isinstance(one, StaffMessageToSend)]


@requirement("R1")
def test_a_critical_ticket_at_night_calls_who_is_on_call() -> None:
    call = the(StaffMessageToSend, KNOWN.when(NEEDED, at=NIGHT))

    assert (call.kind, call.person, call.channel) == ("page", "T-01", "phone")
    assert call.answer_by == NIGHT + 10 * MINUTE
    said = call.personal or Personal()
    assert (said.phone, NUMBER in said.text, "tapez 1" in said.text) == ("+33639980001", True, True)
    assert kinds_of(paged().when(NEEDED, at=NIGHT)) == ["Ignored"]


@requirement("R1")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_no_answer_in_ten_minutes_calls_the_next(off: timedelta, said: str) -> None:
    due = paged().due_at(NIGHT + 10 * MINUTE + off)

    assert due == (set() if said == "just before" else {"page:1:1"})
    assert called(paged().once_due("page:1:1")) == "T-02"


@requirement("R1")
def test_after_the_rota_the_manager_is_called_then_all_again_and_the_desk_is_told() -> None:
    ticket, order, seen = paged(), [], []
    while ticket.armed():
        order.append(called(ticket))
        kind, at = next(iter(ticket.armed().items()))
        seen += kinds_of(ticket.when_due(kind, at=at))
        ticket = ticket.once_due(kind)

    assert order == ["T-01", "T-02", "M-01"] * 3
    assert seen.count("NeedsAttention") == 1  # after the first round, not the last one
    assert seen[-1] == "PagingEnded"
    assert ticket.armed() == {}


@requirement("R1")
def test_after_nobody_answered_a_late_answer_and_who_takes_it_are_still_said() -> None:
    given_up = KNOWN.knowing(Facts()).once(NEEDED, at=NIGHT)
    nobody_left = paged().until(NIGHT + 2 * HOUR)

    late = answer(nobody_left, NIGHT + 3 * HOUR)
    assert the(PageAnswered, nobody_left.when(late, at=NIGHT + 3 * HOUR)).person == "M-01"
    assert kinds_of(nobody_left.when(answer(nobody_left, NIGHT, "failed"), at=NIGHT + 3 * HOUR)) == ["Ignored"]
    for ticket in (given_up, nobody_left):
        ended = the(PagingEnded, ticket.when(TakenCharge(technician="T-01", at=OPENS), at=OPENS))
        assert ended.because == "taken"
        assert kinds_of(ticket.when(NEEDED, at=OPENS)) == ["Ignored"]


@requirement("R1")
@pytest.mark.parametrize("nth", [0, 1])
def test_an_answer_of_anybody_who_was_called_ends_the_calling(nth: int) -> None:
    ticket = paged().once_due("page:1:1")
    at = NIGHT + 11 * MINUTE

    answered = the(PageAnswered, ticket.when(answer(ticket, at, nth=nth), at=at))

    assert (answered.person, answered.page) == (("T-01", 1), ("T-02", 2))[nth]
    after = ticket.once(answer(ticket, at, nth=nth), at=at)
    assert after.armed() == {}
    assert kinds_of(after.when(answer(ticket, at), at=at)) == ["Ignored"]


@requirement("R1")
def test_a_line_that_is_dead_calls_the_next_at_once_and_only_once() -> None:
    ticket, at = paged(), NIGHT + MINUTE
    failed = answer(ticket, at, "failed")

    after = ticket.once(failed, at=at)

    assert called(after) == "T-02"
    assert kinds_of(after.when(failed, at=at)) == ["Ignored"]
    assert kinds_of(ticket.when(answer(ticket, at, "accepted"), at=at)) == ["Ignored"]


@requirement("R1")
@pytest.mark.parametrize(
    ("word", "because"),
    [
        (TakenCharge(technician="T-03", at=NIGHT), "taken"),
        (resolved(NIGHT), "resolved"),
        (
            PromiseRecomputed(
                criticality="standard", take_charge_by=NIGHT, on_site_by=NIGHT, watches={}, on_call=False
            ),
            "lowered",
        ),
    ],
    ids=["taken", "resolved", "lowered"],
)
def test_nobody_is_called_for_what_somebody_has_or_nobody_needs_at_night(word: Event, because: str) -> None:
    ended = the(PagingEnded, paged().when(word, at=NIGHT + MINUTE))

    assert ended.because == because
    assert paged().once(word, at=NIGHT + MINUTE).armed() == {}
    assert kinds_of(KNOWN.when(word, at=NIGHT + MINUTE)) == ["Ignored"]


@requirement("R1")
def test_who_is_called_for_again_gets_a_call_of_another_name() -> None:
    lowered = PromiseRecomputed(criticality="standard", take_charge_by=NIGHT, on_site_by=NIGHT, watches={})
    before = paged()

    again = before.once(lowered, at=NIGHT + MINUTE).once(NEEDED, at=NIGHT + 2 * MINUTE)

    assert called(again) == "T-01"
    assert before.state.paging is not None and again.state.paging is not None
    assert not set(before.state.paging.pages) & set(again.state.paging.pages)


@requirement("R1")
def test_where_nobody_can_be_called_a_person_is_told_and_nothing_waits() -> None:
    alone = KNOWN.knowing(Facts())

    assert kinds_of(alone.when(NEEDED, at=NIGHT)) == ["PagingEnded", "NeedsAttention"]
    assert alone.once(NEEDED, at=NIGHT).armed() == {}


@requirement("R10")
def test_a_warning_goes_to_who_has_the_ticket_then_to_the_dispatchers() -> None:
    first = the(StaffMessageToSend, KNOWN.when(risk(), at=MONDAY + HOUR))

    assert (first.person, first.channel, first.kind) == ("T-01", "email", "at-risk")
    assert (first.personal or Personal()).email == "t-01@sav.example"
    assert told(events_of(KNOWN.when(risk("dispatcher"), at=MONDAY + HOUR))) == ["R-01", "R-02"]
    assert told(events_of(KNOWN.when(risk(person=""), at=MONDAY + HOUR))) == ["R-01", "R-02"]
    assert told(events_of(KNOWN.when(missed(), at=MONDAY + HOUR))) == ["R-01", "R-02"]


@requirement("R10")
def test_each_warning_and_each_miss_is_told_once() -> None:
    ticket = KNOWN.once(risk(), at=MONDAY + HOUR)

    assert kinds_of(ticket.when(risk(), at=MONDAY + HOUR)) == ["Ignored"]
    assert told(events_of(ticket.when(risk("dispatcher", step=2), at=MONDAY + HOUR))) == ["R-01", "R-02"]
    again = ticket.once(missed(), at=MONDAY + 2 * HOUR)
    assert kinds_of(again.when(missed(), at=MONDAY + 3 * HOUR)) == ["Ignored"]
    names = {
        one.message for one in events_of(KNOWN.when(missed(), at=MONDAY + HOUR)) if isinstance(one, StaffMessageToSend)
    }
    assert len(names) == 2


@requirement("R1", "R10")
@pytest.mark.parametrize("notice", [risk(), risk("dispatcher"), missed()], ids=["in charge", "dispatcher", "missed"])
def test_at_night_a_notice_waits_for_the_opening(notice: PromiseAtRisk | PromiseMissed) -> None:
    held = the(StaffNoticeHeld, KNOWN.when(notice, at=NIGHT))
    ticket = KNOWN.once(notice, at=NIGHT)

    assert held.until == OPENS
    assert kinds_of(ticket.when(notice, at=NIGHT)) == ["Ignored"]
    assert not ticket.due_at(OPENS - SECOND)
    (kind,) = ticket.due_at(OPENS)
    assert told(events_of(ticket.when_due(kind)))
    assert ticket.once_due(kind).armed() == {}


@requirement("R10")
@pytest.mark.parametrize(
    ("notice", "to"),
    [
        (risk(), ["T-01"]),
        (risk(person=""), ["R-01", "R-02"]),
        (risk("dispatcher"), ["R-01", "R-02"]),
        (missed(), ["R-01", "R-02"]),
    ],
    ids=["in charge", "nobody in charge", "dispatcher", "missed"],
)
def test_what_waited_for_the_opening_goes_to_whom_it_would_have_gone_by_day(
    notice: PromiseAtRisk | PromiseMissed, to: list[str]
) -> None:
    ticket = KNOWN.once(notice, at=NIGHT)
    (kind,) = ticket.due_at(OPENS)

    assert told(events_of(ticket.when_due(kind))) == to
    assert told(events_of(KNOWN.when(notice, at=MONDAY + HOUR))) == to


@requirement("R10")
def test_what_an_earlier_release_held_goes_to_the_dispatchers_as_it_did() -> None:
    written = the(StaffNoticeHeld, KNOWN.when(risk(), at=NIGHT)).model_dump(exclude={"to"})
    ticket = KNOWN.given(StaffNoticeHeld.model_validate(written))
    (kind,) = ticket.due_at(OPENS)

    assert told(events_of(ticket.when_due(kind))) == ["R-01", "R-02"]


@requirement("R1", "R10")
@pytest.mark.parametrize("notice", [risk(on_call=True), risk("dispatcher", on_call=True), missed(on_call=True)])
def test_at_night_what_is_served_at_any_hour_goes_to_who_is_on_call_alone(
    notice: PromiseAtRisk | PromiseMissed,
) -> None:
    assert told(events_of(KNOWN.when(notice, at=NIGHT))) == ["T-01"]


@requirement("R1", "R10")
def test_a_warning_is_sent_to_nobody_without_an_address() -> None:
    ticket = without_address("T-01", "R-01")

    assert told(events_of(ticket.when(missed(on_call=True), at=NIGHT))) == ["T-02"]
    assert told(events_of(ticket.when(risk(), at=MONDAY + HOUR))) == ["R-02"]
    assert told(events_of(ticket.when(missed(), at=MONDAY + HOUR))) == ["R-02"]
    nobody_at_the_desk = without_address("T-01", "R-01", "R-02")
    assert told(events_of(nobody_at_the_desk.when(risk(), at=MONDAY + HOUR))) == ["M-01"]


@requirement("R1", "R10")
def test_where_nobody_on_call_has_an_address_a_notice_waits_for_the_opening() -> None:
    ticket = without_address("T-01", "T-02", "M-01")

    assert the(StaffNoticeHeld, ticket.when(missed(on_call=True), at=NIGHT)).until == OPENS


@requirement("R10")
def test_where_nobody_can_be_told_a_person_sees_it() -> None:
    alone = KNOWN.knowing(Facts())

    called_for = the(NeedsAttention, alone.when(risk(), at=MONDAY + HOUR))

    assert called_for.about.startswith("nobody-to-warn:")
    assert kinds_of(alone.once(risk(), at=MONDAY + HOUR).when(risk(), at=MONDAY + HOUR)) == ["Ignored"]


def test_a_warning_before_the_ticket_is_known_waits_for_it() -> None:
    assert kinds_of(story(STAGE, Facts(staff=STAFF)).when(risk(), at=MONDAY)) == ["Early"]
