"""R7 and R10: what was stated to a customer never gets worse, and no promise is missed in silence."""

from __future__ import annotations

from datetime import datetime

from audit import procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event


def stated_delay_kept(history: History, finding: Finding) -> None:
    """Dispatch works to the earliest delay that anyone stated to the customer, whatever came later (R7)."""
    for opened in history.opened():
        ticket = opened.subject
        held = [
            *history.of(ticket, "dispatch.handling-queued"), *history.of(ticket, "dispatch.promise-recomputed"),
        ]  # fmt: skip
        stated = history.of(ticket, "intake.acknowledgement-asked")
        if not held or not stated:
            continue
        last = max(held, key=lambda event: event.seq)
        over = {
            "take_charge_by": [event.time for event in history.of(ticket, "dispatch.taken-charge")],
            "on_site_by": [event.time for event in history.of(ticket, "dispatch.ticket-resolved")],
        }
        finding.checked += 1
        for name, ended in over.items():
            said = [
                at for event in stated
                if (at := event.inner("promise").instant_or_none(name)) and event.time < min(ended, default=history.now)
            ]  # fmt: skip
            if said and last.instant(name) > min(said):
                finding.broken(
                    ticket,
                    f"{name} annoncé à {min(said).isoformat()}, et dispatch tient {last.instant(name).isoformat()}",
                )


def misses_were_announced(history: History, finding: Finding) -> None:
    """A promise that is missed was said to be at risk before its deadline, not after (R10)."""
    for missed in history.every("dispatch.promise-missed"):
        ticket, due = missed.subject, missed.instant("due_at")
        if not _was_handled_at(history, missed, due):
            finding.pending += 1  # it was past already when its handling began: there was nothing to announce
            continue
        warned = [
            event.time
            for event in history.of(ticket, "dispatch.promise-at-risk")
            if (event.text("promise"), event.instant("due_at")) == (missed.text("promise"), due)
        ]
        finding.expect(
            bool(warned) and min(warned) <= due, ticket,
            f"la promesse {missed.text('promise')} de {due.isoformat()} a été manquée sans alerte préalable",
        )  # fmt: skip


def _was_handled_at(history: History, missed: Event, due: datetime) -> bool:
    """Return whether the ticket was being handled when this promise fell due, and the promise had been made before.

    A promise that fell due while the problem was held to be solved is missed by the reopening, not before.
    """
    field = "take_charge_by" if missed.text("promise") == "take-charge" else "on_site_by"
    made = [
        event
        for name in ("dispatch.handling-queued", "dispatch.promise-recomputed")
        for event in history.of(missed.subject, name)
        if event.instant(field) == due
    ]
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


CHECKS = (
    Check("stated-delay-kept", "R7 I48", "a stated delay never gets worse", stated_delay_kept),
    Check("miss-announced", "R10 I49", "a promise missed was at risk before", misses_were_announced),
    Check("miss-recorded", "R10 I49", "late handling is on record", misses_are_said),
)
