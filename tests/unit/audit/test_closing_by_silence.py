"""R13: the five days (I12, I16, I18, I18b, I19). Every limit just before, exactly at, and just after."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.audit.lives import (
    DELIVERED_AT,
    HOUR,
    MINUTE,
    NUMBERS,
    SILENT_UNTIL,
    click,
    message,
    reply,
    silent_life,
)
from tests.unit.audit.story import SECOND, TICK, Story, paris, written

CHECK = "closed-by-silence"
DURING = DELIVERED_AT + HOUR


def delivered(story: Story, at: datetime) -> None:
    story.find("notify.message-delivered", "t2", kind="reminder")["data"]["at"] = written(at)


def reopened(story: Story) -> None:
    story.say(
        "closure.ticket-reopened", SILENT_UNTIL + HOUR, "t2", resolution=1, because="reply-before-closing",
        undoes_closing=True,
    )  # fmt: skip


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 1), (-TICK, 1), (0 * TICK, 0), (TICK, 0)])
def test_five_days_are_120_hours_from_the_delivery(off: timedelta, broken: int) -> None:
    story = silent_life()
    closing = story.find("closure.ticket-closed", "t2")
    closing["data"]["closed_at"] = closing["time"] = written(SILENT_UNTIL + off)
    for proof in ("intake.customer-silent", "notify.no-bounce"):
        story.find(proof, "t2")["time"] = written(SILENT_UNTIL - SECOND)

    assert len(story.broken(CHECK)) == broken


def test_five_days_are_120_hours_when_the_clock_changes_too() -> None:
    story = silent_life()
    # Delivered on Thursday 26 March 12:00; on Tuesday 31 March 12:00 it is one hour short of five full days.
    delivered(story, paris("2026-03-26 12:00"))
    for proof in ("intake.customer-silent", "notify.no-bounce"):
        story.find(proof, "t2")["data"]["until"] = written(paris("2026-03-31 13:00"))
    closing = story.find("closure.ticket-closed", "t2")
    for at, broken in (("2026-03-31 12:00", 1), ("2026-03-31 12:59:59", 1), ("2026-03-31 13:00", 0)):
        closing["data"]["closed_at"] = closing["time"] = written(paris(at))

        assert len(story.broken(CHECK)) == broken


def test_without_a_delivered_reminder_it_is_never_closed_by_silence() -> None:
    story = silent_life()
    story.drop("notify.message-delivered", "t2", kind="reminder")

    assert story.broken(CHECK) == ["clos par silence, mais aucune relance de la résolution 1 n’a été remise"]


def test_a_reminder_of_another_resolution_is_none() -> None:
    story = silent_life()
    story.find("notify.message-delivered", "t2", kind="reminder")["data"]["resolution"] = 2

    assert len(story.broken(CHECK)) == 1


def test_another_message_is_no_reminder() -> None:
    story = silent_life()
    story.find("notify.message-delivered", "t2", kind="reminder")["data"]["kind"] = "confirmation-request"

    assert len(story.broken(CHECK)) == 1


def bounce(story: Story, at: datetime) -> None:
    reminder = story.find("notify.message-delivered", "t2", kind="reminder")["data"]
    story.say("notify.message-bounced", at, "t2", **{**reminder, "at": at})


def test_a_bounced_reminder_closes_nothing() -> None:
    story = silent_life()
    bounce(story, DURING)

    assert story.broken(CHECK) == ["clos par silence, mais la relance est revenue"]


def test_a_bounce_after_the_closing_undoes_it() -> None:
    story = silent_life()
    bounce(story, SILENT_UNTIL + MINUTE)
    assert len(story.broken(CHECK)) == 1

    reopened(story)
    assert story.broken(CHECK) == []


def test_a_second_reminder_that_was_delivered_carries_it() -> None:
    story = silent_life()
    message(story, "reminder", DELIVERED_AT - HOUR, "t2", 1, generation=2)
    bounce_of = story.find("notify.message-delivered", "t2", kind="reminder", generation=2)["data"]
    story.say("notify.message-bounced", DURING, "t2", **{**bounce_of, "at": DURING})

    assert story.broken(CHECK) == []


@pytest.mark.parametrize("proof", ["intake.customer-silent", "notify.no-bounce"])
@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 1), (0 * SECOND, 0), (SECOND, 0)])
def test_silence_is_proved_to_the_end_by_both(proof: str, off: timedelta, broken: int) -> None:
    story = silent_life()
    story.find(proof, "t2")["data"]["until"] = written(SILENT_UNTIL + off)

    assert len(story.broken(CHECK)) == broken


@pytest.mark.parametrize("proof", ["intake.customer-silent", "notify.no-bounce"])
def test_a_proof_missing_or_of_another_resolution_is_none(proof: str) -> None:
    story = silent_life()
    story.find(proof, "t2")["data"]["resolution"] = 2
    assert len(story.broken(CHECK)) == 1

    story = silent_life()
    story.drop(proof, "t2")
    assert len(story.broken(CHECK)) == 1


@pytest.mark.parametrize("proof", ["intake.customer-silent", "notify.no-bounce"])
@pytest.mark.parametrize(("off", "broken"), [(5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_proof_comes_before_the_closing_give_or_take_the_clocks(proof: str, off: timedelta, broken: int) -> None:
    story = silent_life()
    story.find(proof, "t2")["time"] = written(SILENT_UNTIL + off)

    assert len(story.broken(CHECK)) == broken


@pytest.mark.parametrize(
    ("at", "broken"),
    [
        (DELIVERED_AT - SECOND, 0),
        (DELIVERED_AT, 1),
        (DURING, 1),
        (SILENT_UNTIL - SECOND, 1),
        (SILENT_UNTIL, 0),
    ],
)
def test_a_reply_between_the_reminder_and_the_closing_excludes_it(at: datetime, broken: int) -> None:
    story = silent_life()
    reply(story, at, "t2", "x")

    assert len(story.broken(CHECK)) == broken


def test_a_reply_that_intake_has_not_seen_excludes_it_too() -> None:
    story = silent_life()
    story.request(DURING, kind="reply", key="unseen", ticket=NUMBERS["t2"].lower().replace("-", " "))

    assert story.broken(CHECK) == [f"clos par silence, mais reçu à {DURING.isoformat()} : reply"]


def test_an_out_of_office_reply_is_no_reply() -> None:
    story = silent_life()
    reply(story, DURING, "t2", "x", automatic=True)

    assert story.broken(CHECK) == []


@pytest.mark.parametrize("kind", ["confirmation", "denial", "take-back"])
def test_a_click_excludes_it(kind: str) -> None:
    story = silent_life()
    click(story, kind, DURING, "t2", 1, "x")

    assert len(story.broken(CHECK)) == 1


@pytest.mark.parametrize("kind", ["confirmation", "denial", "take-back"])
def test_a_click_on_an_old_link_breaks_a_silence_too(kind: str) -> None:
    story = silent_life()
    click(story, kind, DURING, "t2", 7, "x")

    assert len(story.broken(CHECK)) == 1


def test_a_survey_answer_about_an_earlier_closing_is_no_reply_to_the_reminder() -> None:
    story = silent_life()
    story.request(DURING, "portal", "survey-answer", "x", ticket=NUMBERS["t2"], resolution=7)

    assert story.broken(CHECK) == []


def test_a_reply_seen_after_the_closing_is_put_right_by_reopening() -> None:
    story = silent_life()
    reply(story, DURING, "t2", "x")
    reopened(story)

    assert story.broken(CHECK) == []


def test_reopening_mends_no_closing_before_its_time() -> None:
    story = silent_life()
    delivered(story, DELIVERED_AT + SECOND)
    reopened(story)

    assert len(story.broken(CHECK)) == 1


@pytest.mark.parametrize(("meaning", "broken"), [("no-answer", 0), ("not-solved", 1), ("solved", 1)])
def test_a_reply_that_a_person_read_as_no_answer_is_none(meaning: str, broken: int) -> None:
    story = silent_life()
    reply(story, DURING, "t2", "x")
    story.command("closure.read-reply", DURING + HOUR, "t2", resolution=1, meaning=meaning)

    assert len(story.broken(CHECK)) == broken


@pytest.mark.parametrize(
    ("read_at", "broken"),
    [(DURING - TICK, 1), (DURING, 0), (SILENT_UNTIL, 0), (SILENT_UNTIL + TICK, 1)],
)
def test_a_reading_excuses_a_reply_from_then_until_the_closing(read_at: datetime, broken: int) -> None:
    story = silent_life()
    reply(story, DURING, "t2", "x")
    story.command("closure.read-reply", read_at, "t2", resolution=1, meaning="no-answer")

    assert len(story.broken(CHECK)) == broken


def test_not_solved_before_the_reminder_excludes_it() -> None:
    story = silent_life()
    click(story, "denial", DELIVERED_AT - HOUR, "t2", 1, "x")

    assert len(story.broken(CHECK)) == 1


@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 1), (0 * SECOND, 0), (SECOND, 0)])
def test_the_reminder_waits_two_working_days(off: timedelta, broken: int) -> None:
    story = silent_life()
    # Asked on Friday 6 March at 12:00:01.
    story.find("closure.reminder-asked", "t2")["time"] = written(paris("2026-03-10 12:00:01") + off)

    assert len(story.broken("reminder-not-early")) == broken


def test_a_reminder_of_what_was_never_asked_is_found() -> None:
    story = silent_life()
    story.drop("closure.confirmation-asked", "t2")

    assert story.broken("reminder-not-early") == ["relancé sur la résolution 1 avant la demande de confirmation"]


@pytest.mark.parametrize("channel", ["email", "phone", "portal"])
@pytest.mark.parametrize(("off", "broken"), [(-SECOND, 2), (0 * SECOND, 0), (SECOND, 0)])
def test_silence_is_proved_only_as_far_as_every_channel_has_told_all(channel: str, off: timedelta, broken: int) -> None:
    story = silent_life()
    (said,) = [one for _, one in story.told if isinstance(one, dict) and one.get("adapter") == channel]
    said["until"] = written(SILENT_UNTIL + off)

    assert len(story.broken("silence-is-backed")) == broken


@pytest.mark.parametrize(("spool", "broken"), [("open", 2), ("empty", 0), ("lost", 0)])
def test_a_channel_that_left_backs_nothing_more(spool: str, broken: int) -> None:
    story = silent_life()
    (said,) = [one for _, one in story.told if isinstance(one, dict) and one.get("adapter") == "phone"]
    said.update(until=written(DELIVERED_AT), spool=spool)

    assert len(story.broken("silence-is-backed")) == broken


def test_a_channel_that_never_spoke_backs_nothing() -> None:
    story = silent_life()
    story.told = [one for one in story.told if not (isinstance(one[1], dict) and one[1].get("adapter") == "portal")]

    assert "ce que portal n’a jamais garanti" in story.broken("silence-is-backed")[0]


@pytest.mark.parametrize(("off", "pending", "broken"), [(-SECOND, 1, 0), (0 * SECOND, 0, 1)])
def test_silence_has_an_end(off: timedelta, pending: int, broken: int) -> None:
    story = silent_life()
    story.drop("closure.ticket-closed", "t2")

    finding = story.look("silence-has-an-end", DELIVERED_AT + 145 * HOUR + off)

    assert (finding.pending, len(finding.violations)) == (pending, broken)


@pytest.mark.parametrize(("off", "broken"), [(-TICK, 1), (0 * TICK, 0), (120 * HOUR, 0)])
def test_silence_may_end_with_a_person_called_since_the_reminder(off: timedelta, broken: int) -> None:
    story = silent_life()
    story.drop("closure.ticket-closed", "t2")
    story.say("closure.needs-attention", DELIVERED_AT + off, "t2", reason="…", about="silence-unproven")

    assert len(story.broken("silence-has-an-end")) == broken


def test_a_customer_who_spoke_is_not_silent() -> None:
    story = silent_life()
    story.drop("closure.ticket-closed", "t2")
    reply(story, DURING, "t2", "x")

    assert story.broken("silence-has-an-end") == []
