"""R5 and R8: every ticket gets a class, in doubt the highest."""

from __future__ import annotations

from audit import procedure
from audit.checks.acknowledgement import CRITIQUE
from audit.finding import Check, Finding
from audit.history import History
from audit.wire import STAGES

_CLASSES = ("critique", "standard", "informatif")


def classified(history: History, finding: Finding) -> None:
    """Every ticket is classified once, before anything re-classifies it (R5)."""
    for opened in history.opened():
        first = history.of(opened.subject, "triage.ticket-classified")
        later = history.of(opened.subject, "triage.ticket-reclassified")
        if not first and not later and history.now - opened.time < procedure.TRIAGE_MAY_TAKE:
            finding.pending += 1
            continue
        finding.expect(len(first) == 1, opened.subject, f"classé {len(first)} fois")
        if first and later and later[0].seq < first[0].seq:
            finding.broken(opened.subject, "réévalué avant d’être classé")
        for event in (*first, *later):
            if event.text("criticality") not in _CLASSES:
                finding.broken(opened.subject, f"{event.text('criticality')!r} n’est pas une classe de la procédure")


def doubt_is_critique(history: History, finding: Finding) -> None:
    """In doubt, the highest class (R8); a technician's word settles a doubt."""
    events = (*history.every("triage.ticket-classified"), *history.every("triage.ticket-reclassified"))
    for event in events:
        if event.flag("doubt") and event.text("because") != "technician":
            finding.expect(
                event.text("criticality") == CRITIQUE, event.subject,
                f"dans le doute, et pourtant {event.text('criticality')} (rang {event.seq} de triage)",
            )  # fmt: skip


def handled(history: History, finding: Finding) -> None:
    """What is classified is in somebody's hands: in the queue of dispatch, or shown to a person (I11b)."""
    for first in history.every("triage.ticket-classified"):
        ticket = first.subject
        queued = bool(history.of(ticket, "dispatch.handling-queued"))
        called = any(history.of(ticket, f"{stage}.needs-attention") for stage in STAGES)
        if not queued and not called and history.now < first.time + procedure.REACTION:
            finding.pending += 1
            continue
        finding.expect(queued or called, ticket, "classé, et entre les mains de personne")


CHECKS = (
    Check("in-hand", "R9 I11b", "what is classified is in somebody's hands", handled),
    Check("classified", "R5 I47", "every ticket has a class", classified),
    Check("doubt-is-critique", "R8 I47", "in doubt, Critique", doubt_is_critique),
)
