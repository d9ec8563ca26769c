"""R3 and R4: thirty minutes, the number, the delay; and what Critique changes (I6, R8)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from audit.finding import Finding
from tests.unit.audit.lives import HOUR, MINUTE, RAISED_AT, all_lives, confirmed_life, message, opened, reopened_life
from tests.unit.audit.story import SECOND, TICK, Story, paris, written

NIGHT = "2026-03-04 20:00"


def ticket(received: str, taken: datetime, criticality: str = "standard") -> Story:
    story = Story()
    opened(story, "t1", paris(received), "email", taken)
    story.find("triage.ticket-classified")["data"]["criticality"] = criticality
    story.find("intake.acknowledgement-asked")["data"]["promise"]["criticality"] = criticality
    return story


def verdict(finding: Finding) -> str:
    return "broken" if finding.violations else "late" if finding.late else "pending" if finding.pending else "kept"


@pytest.mark.parametrize(
    ("received", "criticality", "deadline"),
    [
        ("2026-03-03 09:00", "standard", "2026-03-03 09:30"),
        ("2026-03-03 08:30", "standard", "2026-03-03 09:00"),
        ("2026-03-03 17:50", "standard", "2026-03-03 18:20"),
        ("2026-03-03 17:59:59", "informatif", "2026-03-03 18:29:59"),
        ("2026-03-03 18:00", "standard", "2026-03-04 09:00"),
        ("2026-03-03 18:00", "critique", "2026-03-03 18:30"),
        ("2026-03-03 17:50", "critique", "2026-03-03 18:20"),
        (NIGHT, "informatif", "2026-03-05 09:00"),
        (NIGHT, "critique", "2026-03-04 20:30"),
        ("2026-04-30 18:00", "standard", "2026-05-04 09:00"),
        ("2026-04-30 17:59", "standard", "2026-04-30 18:29"),
        ("2026-05-01 10:00", "standard", "2026-05-04 09:00"),
        ("2026-05-01 10:00", "critique", "2026-05-01 10:30"),
    ],
)
@pytest.mark.parametrize(("off", "expected"), [(-TICK, "kept"), (0 * TICK, "kept"), (TICK, "late")])
def test_an_acknowledgement_is_late_from_the_millisecond_after_its_deadline(
    received: str, criticality: str, deadline: str, off: timedelta, expected: str
) -> None:
    story = ticket(received, paris(deadline) + off, criticality)

    assert verdict(story.look("acknowledged")) == expected


@pytest.mark.parametrize(("off", "expected"), [(0 * SECOND, "pending"), (SECOND, "broken")])
def test_a_ticket_never_acknowledged_is_broken_once_its_time_is_over(off: timedelta, expected: str) -> None:
    story = ticket(NIGHT, paris("2026-03-05 08:45"))
    story.drop("notify.message-accepted")

    assert verdict(story.look("acknowledged", paris("2026-03-05 09:00") + off)) == expected


def test_what_was_only_asked_for_does_not_count() -> None:
    story = confirmed_life()
    story.drop("notify.message-accepted", kind="acknowledgement")

    assert len(story.broken("acknowledged")) == 1


def test_a_message_that_no_channel_could_take_is_in_a_persons_hands() -> None:
    story = ticket(NIGHT, paris("2026-03-05 08:45"))
    story.drop("notify.message-accepted")
    story.say(
        "notify.message-failed", paris("2026-03-05 08:45"),
        message="x", kind="acknowledgement", generation=1, resolution=0, channel="email", at=paris("2026-03-05 08:45"),
    )  # fmt: skip

    assert verdict(story.look("acknowledged", paris("2026-03-06 09:00"))) == "kept"


@pytest.mark.parametrize(
    ("stage", "about", "expected"),
    [
        ("notify", "unreachable:acknowledgement:1:0", "kept"),
        ("notify", "unreachable:survey:1:1", "broken"),
        ("intake", "acknowledgement-late", "broken"),
    ],
)
def test_a_customer_whom_no_channel_reaches_is_in_a_persons_hands(stage: str, about: str, expected: str) -> None:
    story = ticket(NIGHT, paris("2026-03-05 08:45"))
    story.drop("notify.message-accepted")
    story.say(f"{stage}.needs-attention", paris("2026-03-05 08:45"), reason="À appeler.", about=about)

    assert verdict(story.look("acknowledged", paris("2026-03-06 09:00"))) == expected


def test_where_triage_has_not_spoken_the_deadline_is_that_of_critique() -> None:
    story = ticket(NIGHT, paris("2026-03-04 20:30") + SECOND)
    story.drop("triage.ticket-classified")

    assert verdict(story.look("acknowledged")) == "late"


def test_a_class_that_came_after_the_acknowledgement_was_asked_does_not_count() -> None:
    story = ticket(NIGHT, paris("2026-03-04 20:30") + SECOND)
    story.find("triage.ticket-classified")["time"] = written(paris("2026-03-04 20:15"))

    assert verdict(story.look("acknowledged")) == "late"


@pytest.mark.parametrize(("off", "expected"), [(0 * SECOND, "kept"), (SECOND, "late")])
def test_raised_before_it_was_acknowledged_the_thirty_minutes_run_from_the_raise(off: timedelta, expected: str) -> None:
    story = ticket(NIGHT, paris("2026-03-04 22:30") + off, "critique")
    story.find("triage.ticket-classified")["data"]["criticality"] = "standard"
    story.say(
        "triage.ticket-reclassified", paris("2026-03-04 22:00"),
        was="standard", criticality="critique", because="technician", doubt=False,
    )  # fmt: skip
    story.find("intake.acknowledgement-asked")["time"] = written(paris("2026-03-04 22:01"))

    assert verdict(story.look("acknowledged")) == expected


@pytest.mark.parametrize(("off", "expected"), [(-SECOND, "kept"), (0 * SECOND, "kept"), (SECOND, "late")])
def test_a_raise_to_critique_is_told_within_thirty_minutes(off: timedelta, expected: str) -> None:
    story = reopened_life()
    told = story.find("notify.message-accepted", "t3", kind="acknowledgement", generation=2)
    told["data"]["at"] = written(RAISED_AT + 30 * MINUTE + off)

    assert verdict(story.look("raised-acknowledged")) == expected


def test_a_raise_that_nobody_told_the_customer_is_found() -> None:
    story = reopened_life()
    story.drop("notify.message-accepted", "t3", kind="acknowledgement", generation=2)

    assert len(story.broken("raised-acknowledged")) == 1
    assert verdict(story.look("raised-acknowledged", RAISED_AT + 30 * MINUTE)) == "pending"


def test_an_acknowledgement_as_critique_has_told_of_a_later_raise_already() -> None:
    story = reopened_life()
    story.drop("notify.message-accepted", "t3", kind="acknowledgement", generation=2)
    story.find("intake.acknowledgement-asked", "t3", generation=1)["data"]["promise"]["criticality"] = "critique"

    assert verdict(story.look("raised-acknowledged")) == "kept"


def test_a_class_given_as_the_acknowledgement_is_asked_counts() -> None:
    story = ticket(NIGHT, paris("2026-03-04 20:30") + SECOND)
    story.find("triage.ticket-classified")["time"] = story.find("intake.acknowledgement-asked")["time"]

    assert verdict(story.look("acknowledged")) == "kept"


@pytest.mark.parametrize(("off", "broken"), [(5 * SECOND, 0), (5 * SECOND + TICK, 1)])
def test_a_class_from_after_the_asking_is_not_what_it_spoke_for(off: timedelta, broken: int) -> None:
    story = confirmed_life()
    asked_at = paris("2026-03-03 09:00:06")
    story.find("triage.ticket-classified")["time"] = written(asked_at + off)

    assert len(story.broken("acknowledgement-class")) == broken


def test_news_of_the_re_evaluation_tells_of_the_raise_but_news_from_before_does_not() -> None:
    for at, expected in ((RAISED_AT - 10 * SECOND, "kept"), (RAISED_AT - 11 * SECOND, "broken")):
        story = reopened_life()
        story.drop("notify.message-accepted", "t3", kind="acknowledgement", generation=2)
        message(story, "re-evaluation", at, "t3", generation=9)

        assert verdict(story.look("raised-acknowledged")) == expected


def test_a_text_without_the_number_is_found() -> None:
    story = confirmed_life()
    text = story.find("notify.message-to-send", kind="acknowledgement")["data"]["personal"]["data"]
    text["text"] = text["text"].replace("26-000-001-E", "26-000-002-C")

    assert "ne donne pas le numéro 26-000-001-E" in story.broken("acknowledgement-says")[0]


def test_a_text_without_the_delay_of_its_class_is_found() -> None:
    story = confirmed_life()
    text = story.find("notify.message-to-send", kind="acknowledgement")["data"]["personal"]["data"]
    text["text"] = text["text"].replace("4 heures", "2 jours")

    assert "ne donne pas le délai" in story.broken("acknowledgement-says")[0]


def test_french_spaces_make_no_difference_to_the_delay() -> None:
    story = confirmed_life()
    text = story.find("notify.message-to-send", kind="acknowledgement")["data"]["personal"]["data"]
    text["text"] = text["text"].replace("4 heures", "4\N{NARROW NO-BREAK SPACE}heures")

    assert story.broken("acknowledgement-says") == []


def test_a_sealed_text_cannot_be_judged() -> None:
    story = confirmed_life()
    story.find("notify.message-to-send", kind="acknowledgement")["data"]["personal"]["seal"] = "aes.v1"

    assert verdict(story.look("acknowledgement-says")) == "pending"


def test_an_acknowledgement_for_a_class_that_nobody_gave_is_found() -> None:
    story = confirmed_life()
    story.find("intake.acknowledgement-asked")["data"]["promise"]["criticality"] = "informatif"

    assert len(story.broken("acknowledgement-class")) == 1


@pytest.mark.parametrize(("stated", "broken"), [("critique", 0), ("standard", 1)])
def test_where_triage_was_late_it_speaks_for_critique(stated: str, broken: int) -> None:
    story = confirmed_life()
    asked = story.find("intake.acknowledgement-asked")["data"]
    asked["because"] = "triage-late"
    asked["promise"]["criticality"] = stated

    assert len(story.broken("acknowledgement-class")) == broken


def test_the_late_ones_are_counted_by_ticket() -> None:
    story = all_lives()
    story.find("notify.message-accepted", "t3", kind="acknowledgement", generation=2)["data"]["at"] = written(
        RAISED_AT + HOUR
    )

    assert story.broken("raised-acknowledged") == []
    assert [late.ticket for late in story.look("raised-acknowledged").late] == ["t3"]


def machine(**changed: bool) -> Story:
    """A ticket that a machine's message opened, and that a person has been told of."""
    story = ticket(NIGHT, paris("2026-03-05 08:45"))
    story.find("intake.ticket-opened")["data"]["automatic"] = True
    for _, document in story.told:
        if isinstance(document, dict) and document.get("kind") == "request":
            document["automatic"] = changed.get("said", True)
    if changed.get("silent", True):
        for name in ("notify.message-to-send", "notify.message-accepted", "notify.message-delivered"):
            story.drop(name)
    if changed.get("called", True):
        story.say("intake.needs-attention", paris(NIGHT), reason="À voir.", about="automatic")
    return story


def test_a_machine_needs_no_acknowledgement() -> None:
    later = paris("2026-03-06 09:00")

    assert machine().look("acknowledged", later).checked == 0
    assert verdict(machine().look("machines-unanswered", later)) == "kept"


def test_a_machine_that_was_answered_is_found() -> None:
    assert machine(silent=False).broken("machines-unanswered") == ["une machine a répondu au message d’une machine"]


def test_a_person_who_is_taken_for_a_machine_is_found() -> None:
    assert len(machine(said=False).broken("machines-unanswered")) == 1


@pytest.mark.parametrize(("off", "expected"), [(-TICK, "pending"), (0 * TICK, "broken")])
def test_a_machines_ticket_is_shown_to_a_person(off: timedelta, expected: str) -> None:
    story = machine(called=False)

    assert verdict(story.look("machines-unanswered", paris(NIGHT) + HOUR + 2 * SECOND + off)) == expected
