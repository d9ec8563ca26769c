"""R12: a ticket closes after the customer confirmed, and not otherwise (I13, I16)."""

from __future__ import annotations

from audit import evidence, procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event


def confirmed(history: History, finding: Finding) -> None:
    """Closed as confirmed: the customer had confirmed that resolution, for good, and not denied it (R12)."""
    for closing in history.every("closure.ticket-closed"):
        if closing.text("cause") == "confirmed":
            wrong = _unconfirmed(history, closing) or _denied(history, closing)
            finding.expect(not wrong, closing.subject, f"closed as confirmed, but {wrong}")


def _denied(history: History, closing: Event) -> str:
    return "" if evidence.undone(history, closing) else evidence.denial(history, closing)


def _unconfirmed(history: History, closing: Event) -> str:
    """Return why no confirmation carries this closing, or empty."""
    ticket, resolution, closed_at = closing.subject, closing.number("resolution"), closing.instant("closed_at")
    resolved_at = evidence.resolved_at(history, ticket, resolution)
    if resolved_at is None:
        return f"resolution {resolution} was never reached"
    for reading in evidence.readings(history, ticket, resolution, "solved"):
        if resolved_at <= reading.time <= closed_at + procedure.CLOCK_SKEW:
            return ""
    wrong = f"nobody confirmed resolution {resolution}"
    for click in evidence.of_resolution(history, ticket, "intake.customer-confirmed", resolution):
        at = click.instant("received_at")
        if at < resolved_at:
            wrong = "the confirmation came before the resolution"
        elif closed_at < at + procedure.UNDO:
            wrong = f"it closed at {closed_at.isoformat()}, when the click of {at.isoformat()} was not final"
        elif evidence.taken_back(history, click) and not evidence.undone(history, closing):
            wrong = f"the click of {at.isoformat()} was taken back"
        else:
            return ""
    return wrong


def closed_when_it_says(history: History, finding: Finding) -> None:
    """A closing has a cause that the procedure knows, and no instant that had not come (R12, R13)."""
    for closing in history.every("closure.ticket-closed"):
        finding.expect(
            closing.text("cause") in ("confirmed", "silence"), closing.subject,
            f"closed because of {closing.text('cause')!r}, which the procedure doesn't know",
        )  # fmt: skip
        if closing.instant("closed_at") > closing.time + procedure.CLOCK_SKEW:
            finding.broken(
                closing.subject, f"said at {closing.time.isoformat()} that it closed at {closing.text('closed_at')}"
            )


CHECKS = (
    Check("closed-as-confirmed", "R12 I13 I16", "closed as confirmed: the customer confirmed", confirmed),
    Check("closed-for-a-cause", "R12 R13", "confirmed or five days' silence, nothing else", closed_when_it_says),
)
