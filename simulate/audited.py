"""The independent auditor on the model broker's records: its checks are half of the oracle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from audit.checks import CHECKS
from audit.gather import history_of
from audit.history import REGISTRY
from audit.model import Record as Audited
from simulate import rota
from simulate.witness import Witness

Expect = Callable[[str, bool, str, str], None]

ON_TIME = frozenset(
    {
        "miss-announced",
        "miss-recorded",
        "silence-has-an-end",
        "on-call-when-needed",
        "page-followed",
        "pause-ends",
    }
)
"""Promises about when a timer acts. Where faults held it back for days they cannot be kept by anybody; then they are
looked at only in runs whose faults delay nothing."""
BY_CLOCK = ON_TIME | {
    "reminder-not-early",
    "survey-in-time",
    "survey-not-after-undoing",
    "closed-as-confirmed",
    "closed-by-silence",
    "closed-for-a-cause",
    "resolutions-count-up",
    "replies-are-read",
    "not-solved-reopens",
    "acknowledged",
    "raised-acknowledged",
    "acknowledgement-class",
    "stated-delay-kept",
    "late-restoring-recorded",
    "warned-before",
    "on-call-only-then",
    "classified",
}
"""Checks that put the stages' own clocks in order: with one of them wrong by days they judge the clock. What they stand
for is then judged by true time (`simulate.oracle`)."""
_OF_STAGES = frozenset(f"sav.{stage}" for stage in ("triage", "dispatch", "closure", "notify", "resources.asks"))
"""Where the auditor would take our garbage for a stage's own."""
DELAYING = frozenset(
    {
        "crash",
        "late",
        "zombie",
        "outage",
        "stall",
        "spool",
        "blackout",
        "refused",
        "lost",
        "partial",
        "future",
        "stop",
        "offsets",
        "retention",
    }
)


def check_audit(
    witness: Witness,
    garbage: set[bytes | None],
    now: datetime,
    kinds: frozenset[str],
    *,
    clocks_wrong: bool,
    expect: Expect,
) -> None:
    """Run every check of the auditor over what lies on the topics."""
    records = [
        Audited(one.record.topic, one.record.partition, one.record.offset, one.record.key, one.record.value)
        for one in witness.records
        if one.record.value not in garbage or one.record.topic not in _OF_STAGES
    ]
    records.append(Audited(REGISTRY, 0, 0, None, rota.as_record()))
    history = history_of(records, now)
    for check in CHECKS:
        if check.warns_only or (clocks_wrong and check.name in BY_CLOCK):
            continue
        if check.name in ON_TIME and kinds & DELAYING:
            continue
        finding = check.run(history)
        name = f"audit {check.name} ({check.promises})"
        for _ in range(finding.checked):
            expect(name, True, "", "")
        for violation in finding.violations:
            expect(name, False, violation.ticket, violation.sentence)
