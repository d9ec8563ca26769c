"""The demonstration's people: the same every time, in the stated proportions, and never outside the policy's times."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from demo.handling import TECHNICIANS, UNANSWERED_SHARE, WAIT_SHARE, answers_call, handling_for
from demo.people import PHONE_SHARES, SHARES, SURVEY_SHARES, Behaviour, Script, script_for
from demo.phrases import FAULTS
from shared.events.base import Channel, Criticality
from shared.policy.file import read_policy

SAMPLES = Path(__file__).parents[3] / "samples"
MANY = 4000
POLICY = read_policy()
CHANNELS: tuple[Channel, ...] = ("email", "phone", "portal")
CLASSES: tuple[Criticality, ...] = ("critique", "standard", "informatif")


def many(channel: Channel) -> list[Script]:
    return [script_for(f"{n:04d}-essai.json", channel) for n in range(MANY)]


def of_samples() -> list[Script]:
    return [
        script_for(path.name, channel)
        for channel in CHANNELS
        for path in sorted((SAMPLES / "requests" / channel).iterdir())
    ]


def first(behaviour: Behaviour, channel: Channel = "email") -> list[Script]:
    return [script for script in many(channel) if script.behaviour == behaviour]


def test_the_same_name_gives_the_same_script() -> None:
    assert script_for("001-x.eml", "email") == script_for("001-x.eml", "email")
    assert handling_for("001-x.eml", "critique", 1) == handling_for("001-x.eml", "critique", 1)


def test_the_shares_make_a_whole_and_name_every_behaviour() -> None:
    assert sum(SHARES.values()) == sum(PHONE_SHARES.values()) == 100
    assert set(SHARES) == set(SURVEY_SHARES) == set(get_args(Behaviour))


@pytest.mark.parametrize("channel", CHANNELS)
def test_behaviours_come_in_their_stated_proportions(channel: Channel) -> None:
    seen = Counter(script.behaviour for script in many(channel))
    for behaviour, share in (PHONE_SHARES if channel == "phone" else SHARES).items():
        assert abs(100 * seen[behaviour] / MANY - share) < 2


def test_the_samples_show_every_behaviour() -> None:
    assert {script.behaviour for script in of_samples()} == set(get_args(Behaviour))


def test_who_confirms_does_it_once_and_after_a_reopening_again() -> None:
    for script in first("confirms"):
        for resolution in (1, 2, 3):
            assert [act.does for act in script.acts("confirmation-request", resolution)] == ["confirm"]
        assert script.acts("reminder", 1) == ()


def test_who_confirms_late_waits_for_the_reminder_and_answers_within_its_five_days() -> None:
    for script in first("confirms-late"):
        assert script.acts("confirmation-request", 1) == ()
        (act,) = script.acts("reminder", 1)
        assert act.does == "confirm"
        assert timedelta(0) < act.after < POLICY.closing.silence


def test_who_is_silent_or_unreachable_does_nothing_at_all() -> None:
    for behaviour in ("never-answers", "bounces"):
        for script in first(behaviour):
            assert script.first == script.later == ()
            assert script.mailbox_works is (behaviour == "never-answers")


def test_who_denies_once_says_why_and_confirms_the_next_resolution() -> None:
    for script in first("denies-once"):
        (denial,) = script.acts("confirmation-request", 1)
        assert (denial.does, bool(denial.text)) == ("deny", True)
        assert [act.does for act in script.acts("confirmation-request", 2)] == ["confirm"]
        assert script.handling("standard", 2).how == "on-site"


def test_who_clicks_twice_clicks_the_same_within_seconds() -> None:
    for script in first("clicks-twice"):
        one, other = script.acts("confirmation-request", 1)
        assert one.does == other.does == "confirm"
        assert timedelta(0) < other.after - one.after < timedelta(seconds=20)


def test_who_takes_back_does_so_in_time_and_then_confirms() -> None:
    wrong = set()
    for script in first("takes-back"):
        clicked, back, confirmed = script.acts("confirmation-request", 1)
        wrong.add(clicked.does)
        assert (back.does, confirmed.does) == ("take-back", "confirm")
        assert timedelta(0) < back.after - clicked.after < POLICY.closing.undo
        assert confirmed.after > back.after
    assert wrong == {"confirm", "deny"}


def test_who_answers_in_words_is_read_by_a_person() -> None:
    meanings = set()
    for script in first("answers-in-words"):
        (words,) = script.acts("confirmation-request", 1)
        meanings.add(words.meaning)
        assert (words.does, bool(words.text)) == ("write", True)
        assert words.by in {"email", "phone"}
        assert words.read_after > timedelta(0)
        assert bool(script.acts("reminder", 1)) is (words.meaning == "no-answer")
    assert meanings == {"solved", "not-solved", "no-answer"}


def test_who_is_out_of_office_sends_nothing_else() -> None:
    for script in first("out-of-office"):
        assert {act.does for act in script.first + script.later} == {"out-of-office"}
        assert script.acts("survey", 1) == ()


def test_callers_answer_the_operator_and_writers_click_in_the_portal() -> None:
    expected: dict[Channel, Channel] = {"phone": "phone", "email": "portal", "portal": "portal"}
    for channel, by in expected.items():
        clicks = {act.by for script in first("confirms", channel) for act in script.first}
        assert clicks == {by}


def test_surveys_are_answered_in_their_stated_proportion_before_they_expire_and_some_with_a_comment() -> None:
    for behaviour in ("confirms", "denies-once", "confirms-late"):
        scripts = first(behaviour)
        answers = [act for script in scripts for act in script.acts("survey", 1)]
        assert abs(100 * len(answers) / len(scripts) - SURVEY_SHARES[behaviour]) < 6
        assert all(act.scores is not None and act.after < POLICY.survey.expires for act in answers)
        assert {bool(act.text) for act in answers} == {True, False}


@pytest.mark.parametrize("criticality", CLASSES)
def test_technicians_take_charge_inside_the_shortest_promise(criticality: Criticality) -> None:
    promise = POLICY.delays["premium"][criticality].take_charge.duration
    for script in many("email")[:500]:
        assert timedelta(0) < script.handling(criticality, 1).takes_charge_after < promise


@pytest.mark.parametrize("criticality", CLASSES)
def test_a_visit_has_a_failed_remote_attempt_and_a_reason_and_nothing_else_has_one(criticality: Criticality) -> None:
    for script in many("email")[:500]:
        handling = script.handling(criticality, 1)
        assert (handling.visit is not None) is (handling.how == "on-site")
        assert bool(handling.remote) is (handling.how != "advice")
        assert bool(handling.summary)
        if handling.visit:
            assert handling.remote[-1].outcome in {"failed", "impossible"}
            assert handling.visit.reason in {"hardware-failure", "network-lost", "remote-insufficient"}
            assert bool(handling.visit.diagnosis and handling.visit.report)


def test_technicians_and_parts_are_those_of_the_sample_registry() -> None:
    registry = json.loads((SAMPLES / "registry.json").read_text())
    assert [technician["id"] for technician in registry["technicians"]] == list(TECHNICIANS)
    assert {fault.part for fault in FAULTS} == {line["part"] for line in registry["stock"]}


def test_the_samples_need_more_of_the_two_scarce_parts_than_there_are_and_less_of_all_others() -> None:
    registry = json.loads((SAMPLES / "registry.json").read_text())
    held: Counter[str] = Counter()
    for line in registry["stock"]:
        held[line["part"]] += line["quantity"]
    needed = Counter(
        line.part for script in of_samples() if (visit := script.handling("standard", 1).visit) for line in visit.parts
    )
    assert {part for part in held if needed[part] > held[part]} == {"CM-400", "GSM-4G"}


def test_the_customer_s_word_is_waited_for_as_often_as_stated_and_only_for_standard_troubles() -> None:
    worked = [handling_for(f"{n:04d}-essai.json", "standard", 1) for n in range(MANY)]
    waiting = [one.waits for one in worked if one.how != "advice"]

    assert abs(100 * sum(one is not None for one in waiting) / len(waiting) - WAIT_SHARE) < 2
    assert not [one for one in worked if one.how == "advice" and one.waits]
    for criticality in ("critique", "informatif"):
        assert not [n for n in range(200) if handling_for(f"{n:04d}-essai.json", criticality, 1).waits]


def test_both_reasons_to_wait_are_shown_and_each_contract_that_refuses_one_too() -> None:
    reasons = {one.waits.reason for n in range(MANY) if (one := handling_for(f"{n:04d}-x", "standard", 1)).waits}

    assert reasons == {"waiting-for-customer", "access-refused"}
    assert "waiting-for-customer" not in POLICY.pauses["premium"]


def test_some_calls_at_night_are_answered_by_the_first_person_and_the_others_by_the_next_one_in_time() -> None:
    first_calls = [answers_call(f"{n:04d}-essai.json", 1) for n in range(MANY)]
    second_calls = [answers_call(f"{n:04d}-essai.json", 2) for n in range(MANY)]

    assert abs(100 * first_calls.count(None) / MANY - UNANSWERED_SHARE) < 2
    assert None not in second_calls
    assert max(one for one in first_calls + second_calls if one) < POLICY.paging.answer_within
