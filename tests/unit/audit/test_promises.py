"""R7 and R10: no stated delay made worse, no promise missed in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.history import History
from tests.unit.audit.lives import DAY, HOUR, MINUTE, MISSED_AT, confirmed_life, promise, silent_life
from tests.unit.audit.story import SECOND, TICK, paris, run, written

NINE = paris("2026-03-03 09:00")


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 0), (0 * SECOND, 0), (SECOND, 1)])
@pytest.mark.parametrize("name", ["take_charge_by", "on_site_by"])
def test_a_stated_delay_that_got_worse_is_found(name: str, off: timedelta, broken: int) -> None:
    story = confirmed_life()
    stated = promise("standard", NINE)[name]
    story.find("dispatch.handling-queued")["data"][name] = written(stated + off)

    assert len(story.broken("stated-delay-kept")) == broken


def test_the_last_word_of_dispatch_counts() -> None:
    story = confirmed_life()
    story.find("dispatch.handling-queued")["data"]["on_site_by"] = written(NINE + 30 * DAY)
    story.say("dispatch.promise-recomputed", NINE + MINUTE, **promise("standard", NINE))

    assert story.broken("stated-delay-kept") == []


@pytest.mark.parametrize("name", ["intake.acknowledgement-asked", "dispatch.handling-queued"])
def test_without_a_stated_and_a_held_delay_there_is_nothing_to_compare(name: str) -> None:
    story = confirmed_life()
    story.drop(name)

    assert story.look("stated-delay-kept").checked == 0


def test_a_delay_stated_after_the_technician_came_binds_nobody() -> None:
    story = confirmed_life()
    asked = story.find("intake.acknowledgement-asked")
    asked["data"]["promise"]["take_charge_by"] = written(NINE + MINUTE)
    assert len(story.broken("stated-delay-kept")) == 1

    asked["time"] = story.find("dispatch.taken-charge")["time"]
    assert story.broken("stated-delay-kept") == []


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 0), (0 * SECOND, 0), (SECOND, 1)])
def test_the_alert_comes_before_the_deadline_not_after(off: timedelta, broken: int) -> None:
    story = silent_life()
    story.find("dispatch.promise-at-risk", "t2")["time"] = written(MISSED_AT + off)

    assert len(story.broken("miss-announced")) == broken


def test_a_miss_without_any_alert_is_found() -> None:
    story = silent_life()
    story.drop("dispatch.promise-at-risk", "t2")

    assert len(story.broken("miss-announced")) == 1


def test_a_promise_made_when_it_was_past_already_could_not_be_announced() -> None:
    story = silent_life()
    story.drop("dispatch.promise-at-risk", "t2")
    story.find("dispatch.handling-queued", "t2")["time"] = written(MISSED_AT)

    finding = story.look("miss-announced")

    assert (finding.pending, finding.violations) == (1, [])


@pytest.mark.parametrize(("off", "broken"), [(-TICK, 0), (0 * TICK, 1), (TICK, 1)])
def test_a_promise_that_fell_due_while_the_problem_was_held_solved_could_not_be_announced(
    off: timedelta, broken: int
) -> None:
    story = silent_life()
    story.drop("dispatch.promise-at-risk", "t2")
    missed = story.find("dispatch.promise-missed", "t2")
    solved = story.say("dispatch.ticket-resolved", MISSED_AT + off, "t2", resolution=9, how="remote")
    solved["seq"], missed["seq"] = missed["seq"], 99

    assert len(story.broken("miss-announced")) == broken


def test_a_ticket_taken_late_with_no_miss_on_record_is_found() -> None:
    story = silent_life()
    story.drop("dispatch.promise-missed", "t2")

    assert len(story.broken("miss-recorded")) == 1


def test_a_ticket_that_nobody_takes_has_its_miss_on_record() -> None:
    story = confirmed_life()
    story.drop("dispatch.taken-charge")
    story.drop("dispatch.ticket-resolved")

    def at(when: str) -> History:
        return story.history(paris(when))

    # It was promised for 13:00.
    assert run("miss-recorded", at("2026-03-03 14:00")).pending == 1
    assert len(run("miss-recorded", at("2026-03-03 14:00:01")).violations) == 1


@pytest.mark.parametrize(("off", "broken"), [(-MINUTE, 0), (5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_ticket_taken_in_time_needs_no_miss(off: timedelta, broken: int) -> None:
    story = silent_life()
    story.find("dispatch.taken-charge", "t2")["data"]["at"] = written(MISSED_AT + off)
    story.drop("dispatch.promise-missed", "t2")

    assert len(story.broken("miss-recorded")) == broken


def test_a_ticket_solved_before_anybody_took_it_misses_nothing() -> None:
    story = confirmed_life()
    story.drop("dispatch.taken-charge")

    finding = story.look("miss-recorded")

    assert (finding.checked, finding.pending) == (0, 0)


def test_a_promise_made_after_the_ticket_was_taken_is_not_about_taking_it() -> None:
    story = confirmed_life()
    story.find("dispatch.handling-queued")["seq"] = 99

    assert story.look("miss-recorded").checked == 0


@pytest.mark.parametrize(("off", "broken"), [(-TICK, 0), (0 * TICK, 0), (TICK, 1)])
def test_a_warning_that_is_set_for_after_its_deadline_is_found(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    queued = story.find("dispatch.handling-queued")["data"]
    due = NINE + 4 * HOUR
    watch = {"calendar": "continuous", "since": written(NINE), "warnings": [written(NINE + HOUR), written(due + off)]}
    queued["watches"] = {"take-charge": watch}

    assert len(story.broken("warned-before")) == broken


def test_a_warning_of_what_is_past_already_is_set_for_now() -> None:
    story = confirmed_life()
    queued = story.find("dispatch.handling-queued")
    queued["data"] |= {
        "take_charge_by": written(NINE - HOUR),
        "watches": {"take-charge": {"warnings": [written(NINE)]}},
    }

    assert story.look("warned-before").checked == 0
