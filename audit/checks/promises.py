"""R7 and R10: what was stated to a customer never gets worse, and no promise is missed in silence."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from audit import procedure, promised
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event


def stated_delay_kept(history: History, finding: Finding) -> None:
    """Dispatch works to the earliest delay that anyone stated to the customer, whatever came later (R7)."""
    for opened in history.opened():
        ticket = opened.subject
        held = promised.statements(history, ticket)
        stated = history.of(ticket, "intake.acknowledgement-asked")
        if not held or not stated:
            continue
        resolved = [event.time for event in history.of(ticket, "dispatch.ticket-resolved")]
        over = {
            "take-charge": [event.time for event in history.of(ticket, "dispatch.taken-charge")],
            "on-site": resolved,
            "restored": resolved,
        }
        finding.checked += 1
        for name, ended in over.items():
            field = promised.FIELDS[name]
            due = held[-1].instant_or_none(field)
            said = [
                at for event in stated
                if event.time < min(ended, default=history.now)
                and (told := event.inner("promise").instant_or_none(field))
                and (at := promised.moved(history, ticket, name, told, event.time))
            ]  # fmt: skip
            if said and (due is None or due > min(said)):
                kept = due.isoformat() if due is not None else "rien"
                finding.broken(ticket, f"{field} annoncé à {min(said).isoformat()}, et dispatch tient {kept}")


def misses_were_announced(history: History, finding: Finding) -> None:
    """A promise that is missed was said to be at risk before its deadline, not after (R10)."""
    for missed in history.every("dispatch.promise-missed"):
        ticket, due = missed.subject, missed.instant("due_at")
        if not _was_handled_at(history, missed, due):
            finding.pending += 1  # it was past already when its handling began: there was nothing to announce
            continue
        promise = missed.text("promise")
        same = promised.earlier_deadlines(history, missed, promise, due)
        warned = [
            event.time
            for event in history.of(ticket, "dispatch.promise-at-risk")
            if event.text("promise") == promise and event.instant("due_at") in same
        ]
        finding.expect(
            bool(warned) and min(warned) <= due, ticket,
            f"la promesse {missed.text('promise')} de {due.isoformat()} a été manquée sans alerte préalable",
        )  # fmt: skip


def _was_handled_at(history: History, missed: Event, due: datetime) -> bool:
    """Return whether the ticket was being handled when this promise fell due, and the promise had been made before.

    A promise that fell due while the problem was held to be solved is missed by the reopening, not before.
    """
    field = promised.FIELDS[missed.text("promise")]
    made = [event for event in promised.statements(history, missed.subject) if event.instant_or_none(field) == due]
    steps = [
        event
        for name in ("dispatch.handling-queued", "dispatch.ticket-resolved")
        for event in history.of(missed.subject, name)
        if event.time < due
    ]
    solved = bool(steps) and max(steps, key=lambda event: event.seq).name == "dispatch.ticket-resolved"
    return not solved and (not made or min(event.time for event in made) < due)


def misses_are_said(history: History, finding: Finding) -> None:
    """A ticket taken in charge after the time promised has its miss on record (R10)."""
    for opened in history.opened():
        ticket = opened.subject
        queued = history.of(ticket, "dispatch.handling-queued")
        taken = history.of(ticket, "dispatch.taken-charge")
        if not queued:
            continue
        promised = [
            event for event in (*queued, *history.of(ticket, "dispatch.promise-recomputed"))
            if not taken or event.seq < taken[0].seq
        ]  # fmt: skip
        if not promised or (history.of(ticket, "dispatch.ticket-resolved") and not taken):
            continue
        due = max(promised, key=lambda event: event.seq).instant("take_charge_by")
        met = taken[0].instant("at") if taken else history.now
        if not taken and met <= due + procedure.REACTION:
            finding.pending += 1
            continue
        said = any(event.text("promise") == "take-charge" for event in history.of(ticket, "dispatch.promise-missed"))
        finding.expect(
            met <= due + procedure.CLOCK_SKEW or said, ticket,
            f"pas pris en charge à {due.isoformat()}, sans manquement consigné",
        )  # fmt: skip


def warned_before_it_is_late(history: History, finding: Finding) -> None:
    """Every warning of a promise is set for before its deadline, as long as that lies ahead (R10)."""
    for ticket in sorted({event.subject for event in history.every("dispatch.handling-queued")}):
        for said in promised.statements(history, ticket):
            for promise, field in promised.FIELDS.items():
                due, warnings = said.instant_or_none(field), promised.warnings(said, promise)
                if due is None or due <= said.time or not warnings:
                    continue
                late = [at for at in warnings if at > due]
                finding.expect(
                    not late, ticket,
                    f"{promise} échoit à {due.isoformat()}, avec une alerte à {max(warnings).isoformat()}",
                )  # fmt: skip


def late_restoring_is_said(history: History, finding: Finding) -> None:
    """A system that works again later than its contract says has its miss on record (R10)."""
    for solved in history.every("dispatch.ticket-resolved"):
        said = promised.before(history, solved)
        due = said.instant_or_none("restored_by") if said is not None else None
        if due is None:
            continue
        told = [
            one for one in history.of(solved.subject, "dispatch.promise-missed") if one.text("promise") == "restored"
        ]
        finding.expect(
            solved.time <= due + procedure.CLOCK_SKEW or bool(told), solved.subject,
            f"résolu à {solved.time.isoformat()}, promis pour {due.isoformat()}, sans manquement consigné",
        )  # fmt: skip


def misses_are_said_once(history: History, finding: Finding) -> None:
    """One miss of a promise and a resolution is one event: who reads it is told once (R10)."""
    for ticket in sorted({event.subject for event in history.every("dispatch.promise-missed")}):
        begun = history.of(ticket, "dispatch.handling-queued")
        missed = Counter(
            (event.text("promise"), sum(one.seq < event.seq for one in begun))
            for event in history.of(ticket, "dispatch.promise-missed")
        )
        for (promise, resolution), count in missed.items():
            finding.expect(count == 1, ticket, f"{promise} manqué, dit {count} fois pour la résolution {resolution}")


CHECKS = (
    Check("stated-delay-kept", "R7 I48", "a stated delay never gets worse", stated_delay_kept),
    Check("miss-announced", "R10 I49", "a promise missed was at risk before", misses_were_announced),
    Check("warned-before", "R10 I49", "a warning is set for before its deadline", warned_before_it_is_late),
    Check("miss-recorded", "R10 I49", "late handling is on record", misses_are_said),
    Check("late-restoring-recorded", "R10 I49", "a system restored late is on record", late_restoring_is_said),
    Check("miss-said-once", "R10 I55", "a miss is said once", misses_are_said_once),
)
