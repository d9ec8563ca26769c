"""R15: what a month's review counts, by the calendar of Paris, whenever the answers come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.figures import QUESTIONS, Review
from review.month import Month, day_in_french, month_named, month_of
from review.write import reviewed
from tests.requirements import requirement
from tests.unit.review.records import OCTOBER, scores, survey
from tests.unit.services.harness import DAY, HOUR, SECOND, paris

MONTH = Month(2026, 10)
LATER = paris(2027, 3, 1)


def review(records: list[bytes], until: datetime = LATER, month: Month = MONTH) -> Review:
    return reviewed(records, month, until)


@requirement("R15")
@pytest.mark.parametrize(
    ("closed_at", "month"),
    [
        (paris(2026, 10, 1) - SECOND, "2026-09"),
        (paris(2026, 10, 1), "2026-10"),
        (paris(2026, 11, 1) - SECOND, "2026-10"),
        (paris(2026, 11, 1), "2026-11"),
        (paris(2026, 10, 25, 2, 30), "2026-10"),
        (paris(2027, 1, 1) - SECOND, "2026-12"),
    ],
)
def test_a_survey_belongs_to_the_month_in_which_its_ticket_closed_in_paris(closed_at: datetime, month: str) -> None:
    made = review(survey("t", closed_at), month=month_named(month))

    assert (made.now.closed, made.before.closed) == (1, 0)
    assert made.month.begins_at <= closed_at < made.month.ends_at


@requirement("R15")
def test_an_answer_that_comes_in_a_later_month_revises_the_month_of_the_closing() -> None:
    records = survey("t", paris(2026, 10, 30), answer=scores(), after=20)

    early, late = review(records, paris(2026, 11, 5)), review(records)

    assert (early.now.answered, early.now.open, early.is_final) == (0, 1, False)
    assert (late.now.answered, late.now.open, late.is_final) == (1, 0, True)
    assert review(records, month=Month(2026, 11)).now.answered == 0


@requirement("R15")
@pytest.mark.parametrize(("off", "final"), [(-SECOND, False), (0 * SECOND, True), (SECOND, True)])
def test_a_month_is_not_final_before_it_is_over(off: timedelta, final: bool) -> None:
    assert review(survey("t", paris(2026, 10, 2), answer=scores()), MONTH.ends_at + off).is_final is final


@requirement("R15")
def test_the_rate_is_answers_among_those_who_were_asked_and_not_asked_back() -> None:
    records = [
        *survey("a", answer=scores()),
        *survey("b", expired=True),
        *survey("c"),
        *survey("d", cancelled="after"),
        *survey("e", cancelled="before"),
        *survey("f", cancelled="after", answer=scores()),
    ]

    now = review(records).now

    assert (now.closed, now.invited, now.asked, now.answered) == (6, 5, 4, 2)
    assert (now.withdrawn, now.expired, now.open) == (2, 1, 1)
    assert now.rate == 0.5


@requirement("R15")
def test_where_nobody_was_asked_there_is_no_rate_and_no_mean() -> None:
    now = review(survey("a", cancelled="before")).now

    assert now.rate is None
    assert [score.mean for score in now.scores.values()] == [None, None, None]
    assert review([]).now.closed == 0


@requirement("R15")
def test_the_three_means_are_each_of_their_own_question() -> None:
    records = survey("a", answer=scores(5, 4, 1)) + survey("b", answer=scores(4, 4, 2))

    means = {question: score.mean for question, score in review(records).now.scores.items()}

    assert means == {"responsiveness": 4.5, "quality": 4.0, "communication": 1.5}
    assert review(records).now.scores["quality"].distribution == (0, 0, 0, 2, 0)


@requirement("R15")
def test_surveys_are_parted_by_criticality_channel_and_contract_in_both_months() -> None:
    records = [
        *survey("a", answer=scores(5, 5, 5), last_criticality="critique", channel="phone", tier="none"),
        *survey("b", answer=scores(1, 1, 1), last_criticality="standard", channel="phone", tier="premium"),
        *survey("c", paris(2026, 9, 9), answer=scores(3, 3, 3), last_criticality="critique", channel="portal"),
    ]

    groupings = {one.name: one.groups for one in review(records).groupings}

    told = {
        name: [(group.label, group.now.closed, group.before.closed) for group in groups]
        for name, groups in groupings.items()
    }
    assert told["criticality"] == [("Critique", 1, 1), ("Standard", 1, 0)]
    assert told["channel"] == [("Téléphone", 2, 0), ("Portail", 0, 1)]
    assert told["tier"] == [("Premium", 1, 1), ("Sans contrat", 1, 0)]
    assert groupings["criticality"][0].now.scores["quality"].mean == 5.0


@requirement("R15")
@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({}, "Tous tenus"),
        ({"on_site_in_time": True}, "Tous tenus"),
        ({"on_site_in_time": False}, "Au moins un dépassé"),
        ({"acknowledged_in_time": False}, "Au moins un dépassé"),
        ({"acknowledged_in_time": None, "taken_charge_in_time": None}, "Non renseigné"),
    ],
    ids=str,
)
def test_a_ticket_with_one_promise_missed_is_among_those_whose_promises_were_missed(
    changed: dict[str, Any], label: str
) -> None:
    (grouping,) = [one for one in review(survey("a", **changed)).groupings if one.name == "promises"]

    assert [group.label for group in grouping.groups] == [label]


STATES: list[dict[str, Any]] = [
    {"invited": False},
    {},
    {"expired": True},
    {"cancelled": "before"},
    {"cancelled": "after"},
    {"answer": scores(2, 3, 4)},
    {"answer": scores(5, 5, 1), "expired": True, "after": 40},
    {"answer": scores(1, 5, 1), "cancelled": "after"},
]


@requirement("R15")
@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.integers(0, 60 * 24), st.sampled_from(["email", "phone"])), max_size=9
    ),
    st.integers(0, 80),
)
def test_every_closing_is_in_exactly_one_state_and_groups_sum_up_to_the_whole(
    drawn: list[tuple[dict[str, Any], int, str]], days: int
) -> None:
    records = [
        one
        for n, (state, hours, channel) in enumerate(drawn)
        for one in survey(f"t{n}", paris(2026, 9, 1) + hours * HOUR, channel=channel, **state)
    ]

    made = review(records, paris(2026, 10, 1) + days * DAY)

    for figures in (made.now, made.before):
        assert figures.closed == figures.answered + figures.withdrawn + figures.expired + figures.open
        assert figures.answered <= figures.asked <= figures.invited <= figures.closed
        assert {score.n for score in figures.scores.values()} == {figures.answered}
    for grouping in made.groupings:
        assert sum(group.now.closed for group in grouping.groups) == made.now.closed
        assert sum(group.before.answered for group in grouping.groups) == made.before.answered


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "octobre", "", "1999-12", "2026-10-01"])
def test_what_is_no_month_is_refused_in_french(text: str) -> None:
    with pytest.raises(ValueError, match="n'est pas un mois : l'écrire comme 2026-10"):
        month_named(text)


def test_months_follow_one_another_over_the_new_year() -> None:
    assert str(Month(2027, 1).before) == "2026-12"
    assert Month(2026, 12).ends_at == Month(2027, 1).begins_at
    assert month_of(OCTOBER).in_french == "octobre 2026"
    assert day_in_french(paris(2026, 11, 1, 9, 5)) == "1er novembre 2026 à 9 h 05"


def test_the_questions_are_those_of_the_survey() -> None:
    assert set(QUESTIONS) == set(type(scores()).model_fields)
