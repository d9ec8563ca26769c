"""R5 and R8: every ticket gets a class, in doubt the highest."""

from __future__ import annotations

from audit import procedure
from audit.checks.acknowledgement import CRITIQUE
from audit.finding import Check, Finding
from audit.history import History

_CLASSES = ("critique", "standard", "informatif")


def classified(history: History, finding: Finding) -> None:
    """Every ticket is classified once, before anything re-classifies it (R5)."""
    for opened in history.opened():
        first = history.of(opened.subject, "triage.ticket-classified")
        later = history.of(opened.subject, "triage.ticket-reclassified")
        if not first and not later and history.now - opened.time < procedure.TRIAGE_MAY_TAKE:
            finding.pending += 1
            continue
        finding.expect(len(first) == 1, opened.subject, f"classified {len(first)} times")
        if first and later and later[0].seq < first[0].seq:
            finding.broken(opened.subject, "re-evaluated before it was classified")
        for event in (*first, *later):
            if event.text("criticality") not in _CLASSES:
                finding.broken(opened.subject, f"{event.text('criticality')!r} is no class of the procedure")


def doubt_is_critique(history: History, finding: Finding) -> None:
    """In doubt, the highest class (R8); a technician's word settles a doubt."""
    events = (*history.every("triage.ticket-classified"), *history.every("triage.ticket-reclassified"))
    for event in events:
        if event.flag("doubt") and event.text("because") != "technician":
            finding.expect(
                event.text("criticality") == CRITIQUE, event.subject,
                f"in doubt and yet {event.text('criticality')} (seq {event.seq} of triage)",
            )  # fmt: skip


CHECKS = (
    Check("classified", "R5", "every ticket has a class", classified),
    Check("doubt-is-critique", "R8", "in doubt, Critique", doubt_is_critique),
)
