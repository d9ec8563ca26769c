"""R9 to R11: remote first, no visit without a reason, no departure without parts, no promise missed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from audit import procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Document, Event

_WAIVED = ("hardware-failure", "network-lost", "safety")
"""Reasons for a visit that need no remote attempt: it is not possible, or not safe to wait for."""
_INSUFFICIENT = "remote-insufficient"


def visits_have_a_reason(history: History, finding: Finding) -> None:
    """A visit is planned only after a remote attempt that failed, or with a named reason (R10, I10)."""
    for planned in history.every("dispatch.visit-planned"):
        needed = _needed(history, planned)
        if needed is None:
            finding.expect(False, planned.subject, f"visit {planned.number('visit')} was planned; nobody needed it")
            continue
        begun = _handled_since(history, planned)
        attempts = [
            event.text("outcome")
            for event in history.of(planned.subject, "dispatch.remote-action-recorded")
            if begun < event.seq < planned.seq
        ]
        failed = any(outcome in ("failed", "impossible") for outcome in attempts)
        reason = needed.text("reason")
        finding.expect(
            failed or reason in _WAIVED or (reason == _INSUFFICIENT and bool(attempts)), planned.subject,
            f"visit {planned.number('visit')} was planned for {reason!r} and no remote attempt is recorded for it",
        )  # fmt: skip


def _handled_since(history: History, event: Event) -> int:
    """Return the `seq` of dispatch after which the resolution that this event works towards began (I10)."""
    resolved = history.of(event.subject, "dispatch.ticket-resolved")
    return max((one.seq for one in resolved if one.seq < event.seq), default=0)


def _needed(history: History, visit: Event) -> Event | None:
    """Return the recorded need of a visit, said before this event of dispatch."""
    return next(
        (
            event
            for event in reversed(history.of(visit.subject, "dispatch.visit-needed"))
            if event.number("visit") == visit.number("visit") and event.seq < visit.seq
        ),
        None,
    )


def departures_have_parts(history: History, finding: Finding) -> None:
    """A technician leaves for a planned visit, with every part of the diagnosis, each reserved by a stock (R11)."""
    granted = {
        (event.text("ticket"), event.text("ask")): event.number("quantity")
        for event in history.every("resources.reservation-granted")
    }
    for ticket in {event.subject for event in history.every("dispatch.technician-mobilised")}:
        gone: Counter[str] = Counter()
        for departure in history.of(ticket, "dispatch.technician-mobilised"):
            finding.checked += 1
            visit = departure.number("visit")
            if not _is_planned(history, departure):
                finding.broken(ticket, f"a technician left for visit {visit}, which was not planned for him")
            needed = _needed(history, departure)
            wanted = _parts(needed.items("parts")) if needed else Counter()
            reserved = _reserved(history, departure, granted, finding)
            carried = _parts(departure.items("parts"))
            for part, quantity in sorted(wanted.items()):
                # A part that went with an earlier departure is not there for this one.
                if reserved[part] - gone[part] < quantity:
                    finding.broken(ticket, f"a technician left for visit {visit} without {part} reserved")
                if carried[part] < quantity:
                    finding.broken(ticket, f"a technician left for visit {visit} without {part}")
            gone += wanted


def _is_planned(history: History, departure: Event) -> bool:
    return any(
        plan.number("visit") == departure.number("visit")
        and plan.text("technician") == departure.text("technician")
        and plan.seq < departure.seq
        for plan in history.of(departure.subject, "dispatch.visit-planned")
    )


def _parts(lines: Iterable[Document]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        found[_bare(line.text("part"))] += line.number("quantity") or 1
    return found


def _bare(part: str) -> str:
    """Return a part's reference alone, of `part:<reference>@<depot>` too."""
    return part.removeprefix("part:").partition("@")[0]


def _reserved(
    history: History, departure: Event, granted: dict[tuple[str, str], int], finding: Finding
) -> Counter[str]:
    """Return the parts set aside when a technician left; a reservation that no stock granted is a violation."""
    ticket = departure.subject
    released = {
        event.text("ask") for event in history.of(ticket, "dispatch.reservation-released") if event.seq < departure.seq
    }
    found: Counter[str] = Counter()
    asks: set[str] = set()
    for event in history.of(ticket, "dispatch.part-reserved"):
        ask = event.text("ask")
        if event.seq > departure.seq or ask in released or ask in asks:
            continue
        asks.add(ask)
        found[_bare(event.text("part"))] += event.number("quantity")
        if granted.get((ticket, ask), 0) < event.number("quantity"):
            finding.broken(ticket, f"{event.text('part')} counts as reserved, and no stock granted ask {ask}")
    return found


def misses_were_announced(history: History, finding: Finding) -> None:
    """A promise that is missed was said to be at risk before its deadline, not after (R10)."""
    for missed in history.every("dispatch.promise-missed"):
        ticket, due = missed.subject, missed.instant("due_at")
        field = "take_charge_by" if missed.text("promise") == "take-charge" else "on_site_by"
        made = [
            event.time
            for name in ("dispatch.handling-queued", "dispatch.promise-recomputed")
            for event in history.of(ticket, name)
            if event.instant(field) == due
        ]
        if made and min(made) >= due:
            finding.pending += 1  # it was past already when it was made: there was nothing to announce
            continue
        warned = [
            event.time
            for event in history.of(ticket, "dispatch.promise-at-risk")
            if (event.text("promise"), event.instant("due_at")) == (missed.text("promise"), due)
        ]
        finding.expect(
            bool(warned) and min(warned) <= due, ticket,
            f"the promise {missed.text('promise')} of {due.isoformat()} was missed without an alert before it",
        )  # fmt: skip


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
        met = taken[0].time if taken else history.now
        if not taken and met <= due + procedure.REACTION:
            finding.pending += 1
            continue
        said = any(event.text("promise") == "take-charge" for event in history.of(ticket, "dispatch.promise-missed"))
        finding.expect(
            met <= due + procedure.CLOCK_SKEW or said, ticket,
            f"not taken in charge by {due.isoformat()}, and no miss is on record",
        )  # fmt: skip


CHECKS = (
    Check("visit-has-reason", "R9 R10 I10", "remote first, or a named reason", visits_have_a_reason),
    Check("departure-has-parts", "R11", "no departure without the parts", departures_have_parts),
    Check("miss-announced", "R10", "a promise missed was at risk before", misses_were_announced),
    Check("miss-recorded", "R10", "late handling is on record", misses_are_said),
)
