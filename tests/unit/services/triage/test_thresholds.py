"""The thresholds of the scores: chosen on messages that nobody had seen, few missed, as few others raised as can be."""

from __future__ import annotations

from typing import get_args

from services.triage.likeness import Group
from services.triage.thresholds import MAY_MISS, Seen, critical_thresholds, outcome, trouble_thresholds


def critical(score: int, group: Group | None = "muette") -> Seen:
    return Seen("un", "critique", frozenset({"critique"}), group, score, 1000)


def other(score: int, group: Group | None = "muette", gold: str = "standard", trouble: int = 1000) -> Seen:
    return Seen("un", gold, frozenset({gold}), group, score, trouble)


def test_no_more_than_its_part_of_the_critical_messages_is_expected_below_the_threshold() -> None:
    seen = [critical(10 * n) for n in range(100)] + [other(-10 * n) for n in range(100)]
    above = critical_thresholds(seen)

    missed = sum(one.critical <= above["muette"] for one in seen if one.gold == "critique")
    raised = sum(one.critical > above["muette"] for one in seen if one.low)
    assert missed <= MAY_MISS * 100
    assert 0 < raised < 50


def test_what_the_rules_decided_counts_as_found_so_that_more_of_the_rest_may_be_missed() -> None:
    asked = [critical(n * 100 - 1000) for n in range(20)] + [other(-n * 100) for n in range(20)]
    decided = [critical(0, None) for _ in range(100)]

    assert critical_thresholds(decided + asked)["muette"] > critical_thresholds(asked)["muette"]


def test_where_critical_messages_are_rarer_the_threshold_is_higher() -> None:
    silent = [critical(n * 50 - 1000) for n in range(40)] + [other(n * 50 - 1500) for n in range(40)]
    minor = [critical(n * 500 - 1000, "standard") for n in range(4)] + [
        other(n * 5 - 1500, "standard") for n in range(400)
    ]
    above = critical_thresholds(silent + minor)

    assert above["standard"] > above["muette"]


def test_the_threshold_of_trouble_tells_standard_from_informatif() -> None:
    seen = [other(-5000, gold="standard", trouble=n) for n in range(200, 300)]
    seen += [other(-5000, gold="informatif", trouble=-n) for n in range(200, 300)]
    above: dict[Group, int] = dict.fromkeys(get_args(Group), 0)

    assert -200 <= trouble_thresholds(seen, above)["muette"] < 200


def test_the_outcome_counts_found_raised_and_right() -> None:
    above: dict[Group, int] = dict.fromkeys(get_args(Group), 0)
    told = outcome([critical(1), critical(-1), other(1), other(-1), other(1, None)], above, above)

    counts = {"critiques": 2, "critiques_trouvees": 1, "autres": 2, "autres_relevees": 1, "justes": 2}
    assert told["muette"] == counts
    assert told["decidee"] == {**dict.fromkeys(counts, 0), "autres": 1, "autres_relevees": 1}
