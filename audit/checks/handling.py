"""R9 to R11: remote first, no visit without a recorded reason, no departure without the parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
            finding.expect(
                False, planned.subject, f"la visite {planned.number('visit')} a été planifiée sans besoin consigné"
            )
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
            f"la visite {planned.number('visit')} a été planifiée pour {reason!r} sans tentative à distance consignée",
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
            released = _released(history, departure)
            if not _is_planned(history, departure, released):
                finding.broken(
                    ticket, f"un technicien est parti pour la visite {visit}, qui n’était pas planifiée pour lui"
                )
            needed = _needed(history, departure)
            wanted = _parts(needed.items("parts")) if needed else Counter()
            reserved = _reserved(history, departure, released)
            there: Counter[str] = Counter()
            for ask, (part, quantity) in reserved.items():
                there[part] += quantity
                if granted.get((ticket, ask), 0) < quantity:
                    finding.broken(ticket, f"{part} compte comme réservé, et aucun stock n’a accordé la demande {ask}")
            carried = _parts(departure.items("parts"))
            for part, quantity in sorted(wanted.items()):
                # A part that went with an earlier departure is not there for this one.
                if there[part] - gone[part] < quantity:
                    finding.broken(ticket, f"un technicien est parti pour la visite {visit} sans {part} réservé")
                if carried[part] < quantity:
                    finding.broken(ticket, f"un technicien est parti pour la visite {visit} sans {part}")
            gone += wanted


def _released(history: History, departure: Event) -> frozenset[str]:
    """Return the asks that were given up before a technician left."""
    released = history.of(departure.subject, "dispatch.reservation-released")
    return frozenset(event.text("ask") for event in released if event.seq < departure.seq)


def _is_planned(history: History, departure: Event, released: frozenset[str]) -> bool:
    return any(
        plan.number("visit") == departure.number("visit")
        and plan.text("technician") == departure.text("technician")
        and plan.text("ask") not in released
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


def _reserved(history: History, departure: Event, released: frozenset[str]) -> dict[str, tuple[str, int]]:
    """Return the parts set aside when a technician left, by ask: the reference and how many."""
    return {
        event.text("ask"): (_bare(event.text("part")), event.number("quantity"))
        for event in history.of(departure.subject, "dispatch.part-reserved")
        if event.seq < departure.seq and event.text("ask") not in released
    }


CHECKS = (
    Check("visit-has-reason", "R9 R10 I10", "remote first, or a named reason", visits_have_a_reason),
    Check("departure-has-parts", "R11 I50", "no departure without the parts", departures_have_parts),
)
