"""Chooses the thresholds of the likeness scores from messages that neither the weights nor the rules had seen.

Called by `train`. It must never see a word of a message: only scores, labels and what the rules made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import get_args

from services.triage.likeness import SCALE, Group

MAY_MISS = 0.02  # of the critical messages: to find 97 of 100 new ones is the aim, and 99 worth more than fewer doubts
ROUNDS = 200  # of the fit below; after fifty nothing moves any more
HELD_BACK = 0.3  # a weak pull towards 0, so that a group of few messages is not believed too much


@dataclass(frozen=True, slots=True)
class Seen:
    """A message's set and labels, what the rules made of it (None: they decided it), and its scores in thousandths."""

    set: str
    gold: str
    acceptable: frozenset[str]
    group: Group | None
    critical: int
    trouble: int

    @property
    def low(self) -> bool:
        """Whether Critique would be over-triage."""
        return "critique" not in self.acceptable


def critical_thresholds(seen: Sequence[Seen]) -> dict[Group, int]:
    """Give the threshold of each group, at one and the same risk, that together miss at most `MAY_MISS` (R8).

    The same score is a greater risk where no rule speaks than where one has found a lesser trouble: how much greater
    is what a logistic curve with one height for each group tells. What is missed is what this curve expects of all
    messages below, not the few critical ones that happen to lie there.
    """
    asked = [one for one in seen if one.group is not None]
    slope, heights = _fitted(asked)
    risks = sorted(slope * one.critical / SCALE + heights[one.group] for one in asked if one.group is not None)
    may_miss = MAY_MISS * sum(one.gold == "critique" for one in seen)
    least = missed = 0.0
    for least in risks:
        missed += 1 / (1 + exp(-least))
        if missed > may_miss:
            break
    return {group: round((least - heights[group]) / slope * SCALE) - 1 for group in get_args(Group)}


def _fitted(asked: Sequence[Seen]) -> tuple[float, dict[Group, float]]:
    """Give the slope and the heights of the curve, by Newton's steps on one after the other."""
    slope, heights = 1.0, dict.fromkeys(get_args(Group), 0.0)
    for _ in range(ROUNDS):
        for group in (None, *heights):
            inside = [one for one in asked if group in (None, one.group)]
            pull, curve = -HELD_BACK * (slope if group is None else heights[group]), HELD_BACK
            for one in inside:
                weight = one.critical / SCALE if group is None else 1.0
                height = heights[one.group] if one.group else 0.0
                likely = 1 / (1 + exp(-slope * one.critical / SCALE - height))
                pull += weight * ((one.gold == "critique") - likely)
                curve += weight * weight * likely * (1 - likely)
            if group is None:
                slope += pull / curve
            else:
                heights[group] += pull / curve
    return max(slope, 0.1), heights


def trouble_thresholds(seen: Sequence[Seen], above: Mapping[Group, int]) -> dict[Group, int]:
    """Give the threshold of each group that tells most Standard from Informatif among what isn't raised."""
    chosen: dict[Group, int] = {}
    for group in get_args(Group):
        told = [one for one in seen if one.group == group and not _raised(one, above)]
        candidates = sorted({one.trouble for one in told} | {0})
        best = max(_right(told, threshold) for threshold in candidates)
        # Of the thresholds that are right as often, the one in the middle.
        equal = [threshold for threshold in candidates if _right(told, threshold) == best]
        chosen[group] = equal[len(equal) // 2]
    return chosen


def _right(told: Sequence[Seen], threshold: int) -> int:
    return sum(("standard" if one.trouble > threshold else "informatif") in one.acceptable for one in told)


def outcome(seen: Sequence[Seen], above: Mapping[Group, int], trouble_above: Mapping[Group, int]) -> dict[str, object]:
    """Give what the thresholds make of the messages, by what the rules made of them, for the weights file."""
    told: dict[str, object] = {}
    for group in (*get_args(Group), None):
        inside = [one for one in seen if one.group == group]
        told[group or "decidee"] = {
            "critiques": sum(one.gold == "critique" for one in inside),
            "critiques_trouvees": sum(one.gold == "critique" and _raised(one, above) for one in inside),
            "autres": sum(one.low for one in inside),
            "autres_relevees": sum(one.low and _raised(one, above) for one in inside),
            "justes": sum(_class(one, above, trouble_above) in one.acceptable for one in inside),
        }
    return told


def _raised(one: Seen, above: Mapping[Group, int]) -> bool:
    return one.group is None or one.critical > above[one.group]


def _class(one: Seen, above: Mapping[Group, int], trouble_above: Mapping[Group, int]) -> str:
    if one.group is None or _raised(one, above):
        return "critique"
    if one.group == "standard":
        return "standard"
    return "standard" if one.trouble > trouble_above[one.group] else "informatif"
