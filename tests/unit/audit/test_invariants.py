"""The invariants by id: each check carries some, each is somebody's, and the paper says the same as the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from audit.checks import CHECKS, STORE_CHECKS
from audit.follow import Watch
from audit.french import as_text, summary
from audit.invariants import INVARIANTS
from audit.report import Report, report_of
from tests.unit.audit.books import books_of
from tests.unit.audit.lives import all_lives, confirmed_life
from tests.unit.audit.story import Story

PAPER = Path(__file__).parents[3] / "docs" / "invariants.md"
ALL = (*CHECKS, *STORE_CHECKS)
_ROW = re.compile(r"^\| (I\d+b?) \| .*? \| (.*?) \|$", re.MULTILINE)


def test_every_id_is_one_invariants_for_ever() -> None:
    assert len({one.id for one in INVARIANTS}) == len(INVARIANTS)


def test_every_check_carries_an_invariant_that_is_known() -> None:
    known = {one.id for one in INVARIANTS}

    for check in ALL:
        mine = {word for word in check.promises.split() if word.startswith("I")}
        assert mine, check.name
        assert mine <= known, check.name


def test_every_invariant_has_a_check_or_says_where_it_is_checked_instead() -> None:
    carried = {word for check in ALL for word in check.promises.split()}

    for one in INVARIANTS:
        assert (one.id in carried) != bool(one.elsewhere), one.id


def test_the_paper_names_every_invariant_with_its_checks() -> None:
    told = {name: set(re.findall(r"`([a-z-]+)`", checks)) for name, checks in _ROW.findall(PAPER.read_text())}

    assert told == {one.id: {check.name for check in ALL if one.id in check.promises.split()} for one in INVARIANTS}


def test_an_invariant_is_broken_where_one_of_its_checks_is() -> None:
    story = confirmed_life()
    story.drop("triage.ticket-classified")

    report = report_of(story.history())

    (found,) = [one for one in report.standings if one.invariant.id == "I47"]
    assert found.state == "BROKEN"
    assert {one.ticket for one in found.violations} == {"t1"}
    assert len([one for one in report.standings if one.state == "elsewhere"]) == sum(
        bool(one.elsewhere) for one in INVARIANTS
    )


def test_what_was_not_looked_at_is_never_said_to_be_kept() -> None:
    for one in report_of(Story().history()).standings:
        assert one.state in ("not exercised", "elsewhere")


def test_the_text_for_operators_has_a_line_an_invariant_and_names_what_is_broken_once() -> None:
    story = confirmed_life()
    story.drop("intake.customer-confirmed")
    report = report_of(story.history())

    lines = as_text(report).splitlines()

    for one in INVARIANTS:
        assert sum(line.split()[:1] == [one.id] for line in lines) == 1
    told = [line for line in lines if "[closed-as-confirmed]" in line]
    assert len(told) == 1
    assert told[0].startswith("VIOLÉ I13 [closed-as-confirmed] dossier t1")
    assert "non exercé" in as_text(report)
    assert lines[-1] == summary(report)


def test_the_summary_counts_in_good_french() -> None:
    assert "0 violation ;" in summary(report_of(all_lives().history()))
    assert "4 dossiers" in summary(report_of(all_lives().history()))


def test_the_json_has_every_invariant_with_its_figures() -> None:
    story = all_lives()
    report = report_of(books_of(story).history(story))

    document = json.loads(json.dumps(report.as_dict()))

    told = {one["id"]: one for one in document["invariants"]}
    assert told.keys() == {one.id for one in INVARIANTS}
    assert told["I25"]["state"] == "kept"
    assert told["I25"]["checks"] == ["no-holes", "journal-published"]
    assert told["I25"]["checked"] > 0


# -- following a live system ---------------------------------------------------------------------------------------


def broken() -> Report:
    story = confirmed_life()
    story.drop("triage.ticket-classified")
    return report_of(story.history())


def clean() -> Report:
    return report_of(confirmed_life().history())


def test_a_violation_is_told_once_it_has_stood_for_the_grace_and_not_before() -> None:
    watch = Watch(grace=120.0)

    assert watch.look(broken(), 1000.0) == []
    assert watch.in_flight > 0
    assert watch.look(broken(), 1119.999) == []
    assert {one.check for one in watch.look(broken(), 1120.0)} >= {"classified"}
    assert watch.standing > 0
    assert watch.in_flight == 0


def test_it_is_told_once() -> None:
    watch = Watch(grace=10.0)
    watch.look(broken(), 0.0)
    watch.look(broken(), 10.0)

    assert watch.look(broken(), 20.0) == []
    assert watch.standing > 0


def test_what_was_only_on_its_way_is_never_told() -> None:
    watch = Watch(grace=10.0)
    watch.look(broken(), 0.0)
    watch.look(clean(), 5.0)

    assert watch.look(broken(), 12.0) == []
    assert watch.look(broken(), 21.999) == []
    assert watch.look(broken(), 22.0) != []


def test_what_was_mended_and_breaks_again_is_told_again() -> None:
    watch = Watch(grace=0.0)

    assert watch.look(broken(), 0.0) != []
    assert watch.look(clean(), 1.0) == []
    assert watch.standing == 0
    assert watch.look(broken(), 2.0) != []
