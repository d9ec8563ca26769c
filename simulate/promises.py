"""What must have happened for a full run to mean anything, and how its table is told. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from simulate.run import Result

FULL = 200
"""Seeds from which on a run counts as full: then whatever never happened is a failure of the run."""

SOMETIMES: dict[str, tuple[str, ...]] = {
    "a crash at every step of the loop": tuple(
        f"crash at step {step}"
        for step in (
            "1-taken",
            "2-loaded",
            "3-decided",
            "4-inserted",
            "4-armed",
            "5-published",
            "5-deleted",
            "6-committed",
        )
    ),
    "a rebalance between two calls": ("fault: rebalance",),
    "an answer that was lost": ("fault: lost",),
    "a write that was half done": ("fault: partial",),
    "a write that came late": ("fault: late",),
    "a zombie that woke after its session": ("zombie woke after its session",),
    "an engine that was away": ("fault: outage",),
    "a partition that stood still": ("fault: stall",),
    "a spool that was used": ("fault: spool",),
    "a clock that was wrong": ("fault: clock",),
    "everybody killed at once": ("fault: blackout",),
    "a replica stopped in good order": ("stopped in good order",),
    "a leap second smeared": ("fault: slew",),
    "a form that came slowly": ("fault: slow",),
    "a record of newer code": ("fault: future",),
    "a ticket held for newer code, and let go": ("held, and a person was told", "waited and went on: held"),
    "an offset that was lost": ("fault: offsets",),
    "records gone before they were read": ("fault: retention",),
    "a group that stopped for a person": ("stopped for a person", "an operator reset an offset"),
    "a commit that was refused": ("commit refused",),
    "a conflict that was decided again": ("loop: conflicts",),
    "an own redelivery that was published again": ("loop: republished",),
    "a copy that was dropped": ("copy dropped",),
    "a gap that was closed": ("waited and went on: gap",),
    "an early message that went on": ("waited and went on: early",),
    "an owner that was asked again": ("machinery: asked-again",),
    "a timer that fired and was left": ("timer not taken: left or cancelled",),
    "a timer that fired when spent": ("timer not taken: spent",),
    "a dead letter": ("dead letter",),
    "a dead letter that was sent again": ("dead letter sent again",),
    "closed as confirmed": ("outcome: closed confirmed",),
    "closed by silence": ("outcome: closed silence",),
    "silence that could not be proved at once": ("event: intake.silence-proof-asked",),
    "five days undone by a bounce": ("event: closure.five-days-undone",),
    "a click taken back": ("outcome: resumed taken-back",),
    "a reply that a person read": ("event: closure.reading-needed",),
    "reopened before the closing": ("outcome: reopened denied",),
    "a reply that undid a closing": ("outcome: reopened reply-before-closing",),
    "a bounce that undid a closing": ("outcome: reopened bounced-after-closing",),
    "a survey cancelled": ("event: survey.survey-cancelled",),
    "a survey answered": ("event: survey.survey-answered",),
    "a survey expired": ("event: survey.survey-expired",),
    "a part that was missing": ("event: dispatch.part-missing",),
    "a command refused": ("event: dispatch.command-refused",),
    "a clock that stood still": ("event: dispatch.clock-paused",),
    "a pause that a customer's word ended": ("outcome: clock resumed by customer",),
    "a page that was answered": ("event: notify.page-answered",),
    "a page that went to the next one": ("a page that went to the next one",),
    "a class raised later": ("event: triage.ticket-reclassified",),
    "an acknowledgement without triage": ("outcome: acknowledged triage-late",),
    "a night on which the clocks change": ("run: clocks change",),
}
"""Interesting things by name, with what counts as each: all of them must have happened in a full run."""


def totals(results: Iterable[Result]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Return how often each promise was looked at, how often it was broken, and how often each thing happened."""
    checked: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for result in results:
        checked.update(result.checked)
        broken.update(breach.promise for breach in result.breaches)
        seen.update(result.seen)
    return checked, broken, seen


def never(seen: Counter[str], checked: Counter[str]) -> list[str]:
    """Return what a full run lacks: things that never happened, promises that were never looked at."""
    things = [name for name, counted in SOMETIMES.items() if not all(seen[one] for one in counted)]
    return things + [f"the promise {name!r}" for name, count in sorted(checked.items()) if not count]


def table(results: Sequence[Result]) -> list[str]:
    """Return the lines of the report: promises, then what happened."""
    checked, broken, seen = totals(results)
    lines = [f"{'promise':66} {'looked at':>10} {'broken':>7}"]
    for name, count in sorted(checked.items()):
        verdict = "" if count else "  not exercised"
        lines.append(f"{name:66} {count:>10} {broken[name]:>7}{verdict}")
    lines += ["", f"{'what happened':66} {'times':>10}"]
    for name, counted in SOMETIMES.items():
        times = min(seen[one] for one in counted)
        lines.append(f"{name:66} {times:>10}" + ("" if times else "  not exercised"))
    others = sorted(name for name in seen if name.startswith(("fault:", "crash at", "loop:")))
    return [*lines, "", *(f"{name:66} {seen[name]:>10}" for name in others)]
