"""R15: one row per survey from the topic's records, whatever their order, copies, age or damage."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest

from review.surveys import Survey, read_surveys
from services.survey.app import STAGE
from services.survey.state import SurveyState
from shared.events.survey import SurveyAnswered
from tests.replay.write_samples import FOLDER
from tests.requirements import requirement
from tests.unit.review.records import OCTOBER, SECRET, facts, record, scores, survey
from tests.unit.services.builders import SCORES, closed, reclassified, survey_answer
from tests.unit.services.harness import AROUND, DAY, HOUR, Story, events_of, story

LATER = OCTOBER + 90 * DAY
ANSWERED = survey("t-1", answer=scores())


def read(records: list[bytes]) -> list[Survey]:
    reading = read_surveys(records, LATER)
    assert reading.unreadable == 0
    return list(reading.surveys)


@requirement("R15")
def test_a_survey_is_one_row_with_what_came_of_it() -> None:
    (one,) = read(ANSWERED)

    assert (one.subject, one.resolution, one.cause, one.closed_at) == ("t-1", 1, "confirmed", OCTOBER)
    assert (one.invited_at, one.answered_at, one.scores) == (OCTOBER + DAY, OCTOBER + 2 * DAY, scores())
    assert one.ticket == facts()
    assert (one.is_open, one.counts) == (False, True)


@requirement("R15")
def test_order_and_copies_of_records_change_nothing() -> None:
    records = ANSWERED + survey("t-2", OCTOBER - DAY, expired=True) + survey("t-3", cancelled="after")
    shuffled = records * 2
    random.Random(7).shuffle(shuffled)

    assert read(shuffled) == read(records)
    assert [one.subject for one in read(records)] == ["t-2", "t-1", "t-3"]


@requirement("R15")
@pytest.mark.parametrize(
    ("records", "is_open", "counts"),
    [
        (survey("t", invited=False), True, False),
        (survey("t"), True, True),
        (survey("t", answer=scores()), False, True),
        (survey("t", expired=True), False, True),
        (survey("t", cancelled="before"), False, False),
        (survey("t", cancelled="after"), False, False),
        (survey("t", cancelled="after", answer=scores()), False, True),
        (survey("t", expired=True, answer=scores(), after=31), False, True),
    ],
    ids=["planned", "invited", "answered", "expired", "cancelled", "taken back", "taken back, answered", "very late"],
)
def test_a_survey_counts_for_the_rate_once_it_was_sent_and_not_taken_back_unanswered(
    records: list[bytes], is_open: bool, counts: bool
) -> None:
    (one,) = read(records)

    assert (one.is_open, one.counts) == (is_open, counts)


@requirement("R15")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_what_was_said_later_than_the_instant_of_the_review_is_not_known(off: timedelta, said: str) -> None:
    at = OCTOBER + 2 * DAY

    (one,) = read_surveys(ANSWERED, at + off).surveys

    assert (one.answered_at is None) is (said == "just before")


@requirement("R15")
def test_a_ticket_that_closed_twice_has_two_surveys() -> None:
    again = survey("t-1", OCTOBER + 5 * DAY, resolution=2, first_seq=10, answer=scores(1, 1, 1))

    first, second = read(survey("t-1", cancelled="after") + again)

    assert (first.resolution, first.counts, second.resolution, second.counts) == (1, False, 2, True)


@requirement("R15")
def test_nothing_that_is_sealed_reaches_the_review() -> None:
    assert SECRET in b"".join(ANSWERED).decode()
    assert SECRET not in repr(read(ANSWERED))


@requirement("R15")
def test_records_of_before_the_record_stood_by_itself_are_read_too() -> None:
    old = [json.loads((FOLDER / f"sav.survey.survey-{what}.v1.json").read_bytes()) for what in ("invited", "answered")]
    for seq, one in enumerate(old, 2):
        one["seq"] = seq

    (one,) = read([json.dumps(record).encode() for record in old])

    assert one.scores is not None
    assert (one.cause, one.invited_at is not None, one.ticket.acknowledged_in_time) == ("confirmed", True, None)


@requirement("R15")
@pytest.mark.parametrize("what", ["invited", "answered", "expired", "cancelled"])
def test_every_record_of_today_is_enough_by_itself(what: str) -> None:
    (one,) = read([(FOLDER / f"sav.survey.survey-{what}.v1~2.json").read_bytes()])

    assert one.closed_at is not None
    assert one.ticket.number != ""


@requirement("R15")
def test_a_type_that_has_nothing_to_do_with_the_review_is_passed_over() -> None:
    others = [json.loads(ANSWERED[0]) | {"type": name} for name in ("sav.survey.class-noted.v1", "sav.tea.made.v1")]

    assert read([json.dumps(one).encode() for one in others]) == []


def _orphan() -> bytes:
    """An answer of before records stood by themselves, whose invitation is nowhere."""
    old = SurveyAnswered(resolution=1, scores=scores(), answered_at=OCTOBER, ticket=facts())
    return record("t-9", 3, old, OCTOBER)


@requirement("R15")
@pytest.mark.parametrize(
    "bad",
    [
        None,
        b"\xff",
        b"{}",
        json.dumps(json.loads(ANSWERED[2]) | {"data": {}}).encode(),
        json.dumps({name: one for name, one in json.loads(ANSWERED[2]).items() if name != "seq"}).encode(),
        json.dumps(json.loads(ANSWERED[2]) | {"type": "sav.survey.survey-answered.v2"}).encode(),
        _orphan(),
    ],
    ids=["nothing", "no text", "no event", "no data", "no seq", "a newer version", "an answer to nothing"],
)
def test_what_cannot_be_read_is_counted_and_its_neighbours_are_read(bad: bytes | None) -> None:
    reading = read_surveys([bad, *survey("t-2", OCTOBER + HOUR)], LATER)

    assert (len(reading.surveys), reading.unreadable) == (1, 1)


@requirement("R14", "R15")
def test_the_review_reads_what_the_stage_itself_says_from_the_closing_to_the_answer() -> None:
    # given a ticket as survey decides it: raised before the closing, closed by silence, asked, answered
    told: list[bytes] = []
    ticket: Story[SurveyState, None] = story(STAGE, None)
    for said, at in (
        (reclassified("standard", "critique"), OCTOBER - HOUR),
        (closed(OCTOBER, cause="silence"), OCTOBER),
        ("send:1", OCTOBER + DAY),
        (survey_answer(OCTOBER + 2 * DAY), OCTOBER + 2 * DAY),
    ):
        outcome = ticket.when_due(said) if isinstance(said, str) else ticket.when(said, at=at)
        for event in events_of(outcome):
            told.append(record("t-1", len(told) + 1, event, at))
            ticket = ticket.given(event)
    # when an analyst reads the topic alone
    (one,) = read(told)
    # then it is all there
    assert (one.cause, one.closed_at, one.invited_at) == ("silence", OCTOBER, OCTOBER + DAY)
    assert (one.answered_at, one.scores) == (OCTOBER + 2 * DAY, SCORES)
    assert (one.ticket.first_criticality, one.ticket.last_criticality) == ("standard", "critique")
