"""What a clean history looks like to every check, and what the report says of it."""

from __future__ import annotations

import json

import pytest

from audit.checks import CHECKS
from audit.finding import Check
from audit.gather import history_of
from audit.main import main
from audit.report import report_of
from tests.unit.audit.lives import all_lives, confirmed_life
from tests.unit.audit.story import Story


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_clean_lives_exercise_every_check_and_break_none(check: Check) -> None:
    finding = check.run(all_lives().history())

    assert check.verdict(finding) == "kept", (finding.violations, finding.late)
    assert finding.checked > 0


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_that_sees_nothing_is_never_green(check: Check) -> None:
    finding = check.run(Story().history())

    assert check.verdict(finding) == "not exercised"


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_copies_and_any_order_of_the_records_give_the_same_report() -> None:
    records = all_lives().records()

    twice = report_of(history_of([*reversed(records), *records]))

    assert twice.counts == report_of(history_of(records)).counts
    assert twice.clean


def test_the_counts_are_those_of_the_last_line() -> None:
    report = report_of(all_lives().history())

    assert report.last_line() == (
        "requests 4, tickets 4, acknowledged 3, acknowledged late 0, classified 4, remote 2, on site 1, "
        "closed by customer 2, closed after silence 1, surveys 3, surveys late 0, violations 0"
    )
    assert report.not_exercised == ()


def test_the_report_says_what_was_not_exercised_and_what_is_broken() -> None:
    story = confirmed_life()
    story.drop("intake.customer-confirmed")

    report = report_of(story.history())

    assert not report.clean
    assert "closed-by-silence" in report.not_exercised
    text = report.as_text()
    told = "clos comme confirmé, mais personne n’a confirmé la résolution 1"
    assert f"VIOLÉ I13 [closed-as-confirmed] dossier t1\N{NO-BREAK SPACE}: {told}" in text
    assert "non exercés, ce qui n’est pas une bonne nouvelle" in text


def test_the_report_is_plain_json_with_every_violation() -> None:
    story = confirmed_life()
    story.drop("triage.ticket-classified")

    document = json.loads(json.dumps(report_of(story.history()).as_dict()))

    (classified,) = [check for check in document["checks"] if check["check"] == "classified"]
    assert classified["verdict"] == "BROKEN"
    assert classified["violations"] == [{"check": "classified", "ticket": "t1", "sentence": "classé 0 fois"}]
    assert document["counts"]["violations"] > 0


def test_a_warning_is_no_violation() -> None:
    story = confirmed_life()
    story.find("survey.survey-invited")["causationid"] = "5ee8f3a0-0000-0000-0000-000000000000"

    report = report_of(story.history())

    assert report.clean
    (verdict,) = [check.verdict(found) for check, found in report.findings if check.name == "cause-on-record"]
    assert verdict == "warning"


def test_help_tells_what_it_does_and_what_its_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    told = capsys.readouterr().out
    for word in ("--bootstrap", "--prefix", "--now", "--json", "not exercised", "exit codes"):
        assert word in told


def test_an_instant_without_its_offset_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--now", "2026-03-02T08:00:00"])

    assert ended.value.code == 2
    assert "is not an instant with its offset" in capsys.readouterr().err
