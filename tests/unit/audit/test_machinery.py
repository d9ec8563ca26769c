"""What every promise rests on: nothing rewritten, lost, unreadable or made up (I24, I25, I32, I34)."""

from __future__ import annotations

import copy
import json

import pytest

from audit.model import instant
from tests.unit.audit.lives import all_lives, confirmed_life, silent_life
from tests.unit.audit.story import TICK, Story, paris, written

NINE = paris("2026-03-03 09:00")


def copy_of(story: Story, name: str, topic: str) -> dict[str, object]:
    document = copy.deepcopy(story.find(name))
    story.told.append((topic, document))
    return document


def test_a_copy_is_no_violation_whatever_the_order_of_its_fields() -> None:
    story = confirmed_life()
    document = copy.deepcopy(story.find("closure.ticket-closed"))
    story.raw("sav.closure", json.dumps(dict(reversed(document.items())), indent=1).encode())

    assert story.broken("never-rewritten") == []


@pytest.mark.parametrize(("field", "value"), [("id", "other"), ("time", "2026-03-03T09:00:00Z"), ("data", {})])
def test_the_same_seq_with_another_id_or_content_is_found(field: str, value: object) -> None:
    story = confirmed_life()
    copy_of(story, "closure.confirmation-asked", "sav.closure")[field] = value
    if field == "data":
        story.told[-1][1]["data"] = {"resolution": 2}  # type: ignore[index]

    assert len(story.broken("never-rewritten")) == 1


def test_one_id_for_two_events_is_found() -> None:
    story = confirmed_life()
    copy_of(story, "closure.ticket-closed", "sav.closure")["seq"] = 9

    assert len(story.broken("never-rewritten")) == 1


def test_an_ask_on_both_of_its_topics_is_one_event() -> None:
    story = silent_life()
    asked = copy.deepcopy(story.find("dispatch.reservation-asked", "t2", ask="ask-1"))
    story.told.append(("sav.resources.asks", asked))
    assert story.broken("never-rewritten") == []
    assert story.broken("readable") == []

    asked["data"]["quantity"] = 2
    assert len(story.broken("never-rewritten")) == 1


def test_a_hole_is_found_and_named() -> None:
    story = confirmed_life()
    story.drop("notify.message-accepted", kind="acknowledgement")

    assert story.broken("no-holes") == ["notify n’a jamais publié le rang 2 sur 9"]


@pytest.mark.parametrize(
    ("last", "told"),
    [(7, "le rang 2, 3, 4, 5, 6 sur 7"), (8, "le rang 2, 3, 4, 5, 6 et 1 de plus sur 8")],
)
def test_a_long_hole_is_told_shortly(last: int, told: str) -> None:
    story = Story()
    for seq in (1, last):
        story.say("triage.needs-attention", NINE, reason="…", about="held")["seq"] = seq

    assert story.broken("no-holes") == [f"triage n’a jamais publié {told}"]


def test_a_first_event_that_is_missing_is_a_hole() -> None:
    story = confirmed_life()
    story.drop("triage.ticket-classified")
    assert story.broken("no-holes") == []  # nothing at all of a stage is no hole: other checks miss it

    story.say("triage.needs-attention", NINE, reason="…", about="held")
    assert story.broken("no-holes") == ["triage n’a jamais publié le rang 1 sur 2"]


@pytest.mark.parametrize(
    "value",
    [b"", b"\xff", b"[]", b"{}", b'{"type": "sav.closure.ticket-closed.v1"}', b"[" * 100_000],
)
def test_a_record_of_a_stage_that_cannot_be_read_is_found(value: bytes) -> None:
    story = confirmed_life()
    story.raw("sav.closure", value)

    assert len(story.broken("readable")) == 1


@pytest.mark.parametrize("field", ["resolution", "closed_at", "cause"])
def test_an_event_without_what_its_type_promises_is_found(field: str) -> None:
    story = confirmed_life()
    del story.find("closure.ticket-closed")["data"][field]

    assert f"sav.closure.ticket-closed.v1 n’a pas de champ lisible {field}" in story.broken("readable")[0]


def test_a_version_that_the_auditor_was_not_taught_is_found_rather_than_guessed() -> None:
    story = confirmed_life()
    story.find("closure.ticket-closed")["type"] = "sav.closure.ticket-closed.v2"

    assert "une version que l’auditeur n’a pas apprise" in story.broken("readable")[0]


def test_a_type_that_no_check_needs_passes_unread() -> None:
    story = confirmed_life()
    story.say("closure.something-new", NINE, what="ever")

    assert story.broken("readable") == []


def test_an_event_of_another_writer_is_found() -> None:
    story = confirmed_life()
    story.find("closure.ticket-closed")["source"] = "/sav/test/survey"

    assert "où seul closure peut écrire" in story.broken("readable")[0]


@pytest.mark.parametrize(
    ("cause", "broken"),
    [
        ("", 1), ("nobody-knows", 1), ("t1/intake/1", 0), ("r-m-t1", 0), ("t1#remind#4", 0), ("sav.channels/0@5", 0),
        ("t1-survey-1-1", 0),
    ],
)  # fmt: skip
def test_a_cause_is_on_record(cause: str, broken: int) -> None:
    story = confirmed_life()
    story.find("survey.survey-invited")["causationid"] = cause

    assert len(story.broken("cause-on-record")) == broken


def test_a_timer_on_its_due_topic_is_a_cause() -> None:
    story = confirmed_life()
    story.find("survey.survey-invited")["causationid"] = "timer-7"
    story.raw("sav.survey.due", b'{"_id": "timer-7"}')

    assert story.broken("cause-on-record") == []


@pytest.mark.parametrize("name", ["accepted", "delivered"])
def test_what_no_channel_reported_is_found(name: str) -> None:
    story = confirmed_life()
    told = story.find(f"notify.message-{name}", kind="survey")["data"]
    told["at"] = written(NINE)

    assert len(story.broken("reports-are-real")) == 1


def test_what_was_only_accepted_was_not_delivered() -> None:
    story = confirmed_life()
    for _, document in story.told:
        if isinstance(document, dict) and document.get("status") == "delivered":
            document["status"] = "accepted"

    assert all("delivered" in sentence for sentence in story.broken("reports-are-real"))
    assert len(story.broken("reports-are-real")) == 3


def test_a_message_asked_for_twice_is_found() -> None:
    story = confirmed_life()
    story.say("notify.message-to-send", NINE, **story.find("notify.message-to-send", kind="survey")["data"])

    assert story.broken("message-asked-once") == ["le message t1-survey-1-1 (survey) a été demandé deux fois"]


def test_the_fate_of_a_message_that_nobody_asked_for_is_found() -> None:
    story = confirmed_life()
    story.drop("notify.message-to-send", kind="survey")

    assert len(story.broken("message-asked-once")) == 2


def test_now_is_the_latest_word_of_a_stage_not_what_a_customers_clock_says() -> None:
    story = all_lives()
    before = story.history().now
    story.request(paris("2999-01-01 09:00"), key="far")

    assert story.history().now == before


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-03-03T09:00:00", "2026-03-03", "9" * 50, "0001-01-01T00:00:00+14:00"]
)
def test_what_names_no_instant_is_none(text: str) -> None:
    assert instant(text) is None


def test_an_instant_is_read_in_utc_and_to_the_millisecond() -> None:
    assert instant("2026-03-03T09:00:00.001999+01:00") == paris("2026-03-03 09:00") + TICK
