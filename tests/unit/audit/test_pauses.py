"""R10: clocks that stand still without leave, pauses that outlast the customer's answer, delays that did not run on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from audit.history import History
from tests.unit.audit.lives import (
    ANSWERED_AT,
    DAY,
    HOUR,
    MINUTE,
    RAISED_AT,
    WAITED_AT,
    confirmed_life,
    promise,
    reopened_life,
    reply,
    resolved,
    taken,
    watched,
)
from tests.unit.audit.story import SECOND, TICK, Doc, Story, paris, run, written

at_ = datetime.fromisoformat


@pytest.mark.parametrize(
    ("tier", "reason", "clocks", "broken"),
    [
        ("premium", "access-refused", ["on-site", "restored"], 0),
        ("premium", "waiting-for-customer", ["restored"], 1),
        ("standard", "waiting-for-customer", ["restored"], 0),
        ("standard", "waiting-for-customer", ["on-site", "restored"], 1),
        ("none", "waiting-for-customer", ["on-site", "restored"], 0),
        ("none", "access-refused", ["take-charge"], 1),
        ("none", "because-we-are-late", ["restored"], 1),
        ("none", "access-refused", [], 1),
    ],
)
def test_a_clock_that_stands_still_without_leave_is_found(
    tier: str, reason: str, clocks: list[str], broken: int
) -> None:
    story = reopened_life()
    story.find("intake.ticket-opened", "t3")["data"]["contract"] = {"tier": tier}
    story.find("dispatch.clock-paused", "t3")["data"] |= {"reason": reason, "clocks": clocks}

    assert len(story.broken("pause-allowed")) == broken


def test_a_customer_without_a_contract_has_the_tier_of_those() -> None:
    story = reopened_life()
    story.find("intake.ticket-opened", "t3")["data"]["contract"] = {}
    story.find("dispatch.clock-paused", "t3")["data"]["reason"] = "waiting-for-customer"

    assert story.broken("pause-allowed") == []


def test_a_pause_of_a_ticket_that_nobody_has_is_found() -> None:
    story = reopened_life()
    story.drop("dispatch.taken-charge", "t3")

    assert len(story.broken("pause-allowed")) == 1


def test_a_pause_within_a_pause_is_found() -> None:
    story = reopened_life()
    resumed = story.find("dispatch.clock-resumed", "t3")
    paused = story.find("dispatch.clock-paused", "t3")
    again = story.say("dispatch.clock-paused", WAITED_AT + HOUR, "t3", **{**paused["data"], "pause": 2})
    again["seq"], resumed["seq"] = resumed["seq"], again["seq"]

    assert len(story.broken("pause-allowed")) == 1


@pytest.mark.parametrize(("off", "broken"), [(-TICK, 1), (0 * TICK, 0), (TICK, 1)])
def test_a_pause_ends_at_the_very_instant_of_the_customers_word(off: timedelta, broken: int) -> None:
    story = reopened_life()
    story.find("dispatch.clock-resumed", "t3")["data"]["at"] = written(ANSWERED_AT + off)

    assert len(story.broken("pause-ends")) == broken


def test_a_machines_answer_is_no_word_of_the_customer() -> None:
    story = reopened_life()
    story.find("intake.customer-replied", "t3", request="r-w-t3")["data"]["automatic"] = True

    assert len(story.broken("pause-ends")) == 1


def waiting(*, answered: bool = True) -> Story:
    """Nothing ends the pause of 10:00; the customer answers at 18:00."""
    story = reopened_life()
    story.drop("dispatch.clock-resumed", "t3")
    if not answered:
        story.drop("intake.customer-replied", "t3", request="r-w-t3")
        for request in ("r-b-t3", "r-e-t3"):
            story.drop("intake.customer-replied", "t3", request=request)
    return story


def test_a_pause_that_the_customers_word_did_not_end_is_found_after_an_hour_and_not_before() -> None:
    story = waiting()

    def at(after: timedelta) -> History:
        return story.history(ANSWERED_AT + SECOND + after)

    assert run("pause-ends", at(HOUR - TICK)).violations == []
    assert run("pause-ends", at(HOUR - TICK)).pending == 1
    assert len(run("pause-ends", at(HOUR)).violations) == 1


def test_a_pause_that_nobody_answered_goes_on() -> None:
    assert waiting(answered=False).broken("pause-ends") == []


def test_a_technician_who_goes_on_long_after_the_answer_gives_away_time_that_the_contract_does_not() -> None:
    story = reopened_life()
    resumed = story.find("dispatch.clock-resumed", "t3")
    resumed["data"] |= {"because": "technician", "at": written(ANSWERED_AT + 3 * HOUR)}
    resumed["time"] = written(ANSWERED_AT + 3 * HOUR)

    assert len(story.broken("pause-ends")) == 1

    resumed["data"]["at"] = resumed["time"] = written(ANSWERED_AT - MINUTE)
    assert story.broken("pause-ends") == []


@pytest.mark.parametrize(("off", "broken"), [(-TICK, 1), (0 * TICK, 0), (TICK, 1)])
@pytest.mark.parametrize("field", ["on_site_by", "restored_by", "take_charge_by"])
def test_what_was_left_of_each_delay_runs_on_to_the_millisecond_and_no_other_moves(
    field: str, off: timedelta, broken: int
) -> None:
    story = reopened_life()
    data = story.find("dispatch.clock-resumed", "t3")["data"]
    data[field] = written(at_(data[field]) + off)

    assert len(story.broken("pause-moves")) == broken


def test_a_deadline_that_did_not_move_at_all_is_found() -> None:
    story = reopened_life()
    before = story.find("dispatch.promise-recomputed", "t3")["data"]["restored_by"]
    story.find("dispatch.clock-resumed", "t3")["data"]["restored_by"] = before

    assert len(story.broken("pause-moves")) == 1


@pytest.mark.parametrize(
    ("restored", "broken"),
    [
        (paris("2026-03-04 11:30"), 0),
        (paris("2026-03-04 11:30") - TICK, 1),
        (paris("2026-03-04 11:30") + TICK, 1),
        (paris("2026-03-05 02:00"), 1),
    ],
)
def test_on_the_companys_calendar_only_open_time_is_left(restored: datetime, broken: int) -> None:
    """From Tuesday 17:00 to Wednesday 10:00 there are 2 h 30 of it, which begin again on Wednesday at 9:00."""
    story = confirmed_life()
    start, begins, ends = paris("2026-03-03 09:00"), paris("2026-03-03 17:00"), paris("2026-03-04 09:00")
    watches = {name: {"calendar": "france", "since": written(start)} for name in watched(start)}
    queued: Doc = story.find("dispatch.handling-queued")["data"]
    queued |= {"restored_by": written(paris("2026-03-04 10:00")), "watches": watches}
    story.say("dispatch.clock-paused", begins, pause=1, reason="waiting-for-customer", clocks=["restored"], at=begins)
    stated = {name: queued[name] for name in ("take_charge_by", "on_site_by")}
    story.say(
        "dispatch.clock-resumed", ends, pause=1, because="technician", at=ends, restored_by=restored, **stated
    )  # fmt: skip

    assert len(story.broken("pause-moves")) == broken


def test_an_end_that_nothing_began_is_found() -> None:
    story = reopened_life()
    story.drop("dispatch.clock-paused", "t3")

    assert len(story.broken("pause-moves")) == 1


def test_a_raise_within_a_pause_has_all_of_its_delay_left() -> None:
    story = reopened_life()
    raised_at = WAITED_AT + 2 * HOUR
    resumed = story.find("dispatch.clock-resumed", "t3")
    held = story.find("dispatch.promise-recomputed", "t3")["data"]
    raised = {**held, "restored_by": written(raised_at + 8 * HOUR)}
    raised["watches"] = {**held["watches"], "restored": {"calendar": "continuous", "since": written(raised_at)}}
    said = story.say("dispatch.promise-recomputed", raised_at, "t3", **raised)
    said["seq"], resumed["seq"] = resumed["seq"], said["seq"]
    for name, due in (("restored_by", ANSWERED_AT + 8 * HOUR), ("on_site_by", resumed["data"]["on_site_by"])):
        resumed["data"][name] = written(due) if not isinstance(due, str) else due

    assert story.broken("pause-moves") == []


def test_a_warning_of_the_deadline_before_a_pause_is_one_of_the_deadline_after_it() -> None:
    story = reopened_life()
    before = story.find("dispatch.promise-recomputed", "t3")["data"]["restored_by"]
    after = story.find("dispatch.clock-resumed", "t3")["data"]["restored_by"]
    story.drop("dispatch.ticket-resolved", "t3")
    missed = story.say("dispatch.promise-missed", at_(after), "t3", promise="restored", due_at=after)
    assert len(story.broken("miss-announced")) == 1

    warned = story.say("dispatch.promise-at-risk", RAISED_AT + HOUR, "t3", promise="restored", due_at=before)
    warned["seq"], missed["seq"] = missed["seq"], warned["seq"]
    assert story.broken("miss-announced") == []


def test_a_stated_delay_moves_with_the_pauses_that_the_contract_allows_and_no_further() -> None:
    story = reopened_life()
    asked = story.find("intake.acknowledgement-asked", "t3", generation=2)
    stated = story.find("dispatch.promise-recomputed", "t3")["data"]["on_site_by"]
    asked["data"]["promise"]["on_site_by"] = stated
    assert story.broken("stated-delay-kept") == []

    resumed = story.find("dispatch.clock-resumed", "t3")["data"]
    resumed["on_site_by"] = written(at_(resumed["on_site_by"]) + TICK)
    assert len(story.broken("stated-delay-kept")) == 1


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 0), (5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_system_restored_late_has_its_miss_on_record(off: timedelta, broken: int) -> None:
    story = reopened_life()
    due = story.find("dispatch.clock-resumed", "t3")["data"]["restored_by"]
    story.find("dispatch.ticket-resolved", "t3", resolution=3)["time"] = written(at_(due) + off)

    assert len(story.broken("late-restoring-recorded")) == broken

    if broken:
        story.say("dispatch.promise-missed", at_(due), "t3", promise="restored", due_at=due)
        assert story.broken("late-restoring-recorded") == []


def test_a_miss_that_is_said_twice_for_one_resolution_is_found() -> None:
    story = Story()
    start = paris("2026-03-03 09:00")
    missed = {"promise": "take-charge", "due_at": start + 4 * HOUR}
    story.say("dispatch.handling-queued", start, resolution=1, **promise("standard", start))
    story.say("dispatch.promise-missed", start + 4 * HOUR, **missed)
    taken(story, "t1", start + 5 * HOUR, "tech-1")
    resolved(story, "t1", start + 6 * HOUR, 1)
    story.say("dispatch.handling-queued", start + DAY, resolution=2, **promise("standard", start))
    story.say("dispatch.promise-missed", start + DAY, **missed)
    assert story.broken("miss-said-once") == []

    story.say("dispatch.promise-missed", start + DAY + MINUTE, **missed)
    assert len(story.broken("miss-said-once")) == 1


def test_words_from_before_the_pause_do_not_end_it() -> None:
    story = waiting(answered=False)
    reply(story, WAITED_AT - TICK, "t3", "early")

    assert story.broken("pause-ends") == []
