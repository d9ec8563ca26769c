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
            finding.expect(not wrong, closing.subject, f"clos comme confirmé, mais {wrong}")


def _denied(history: History, closing: Event) -> str:
    return "" if evidence.undone(history, closing) else evidence.denial(history, closing)


def _unconfirmed(history: History, closing: Event) -> str:
    """Return why no confirmation carries this closing, or empty."""
    ticket, resolution, closed_at = closing.subject, closing.number("resolution"), closing.instant("closed_at")
    resolved_at = evidence.resolved_at(history, ticket, resolution)
    if resolved_at is None:
        return f"la résolution {resolution} n’a jamais été atteinte"
    for reading in evidence.readings(history, ticket, resolution, "solved"):
        if resolved_at <= reading.time <= closed_at + procedure.CLOCK_SKEW:
            return ""
    wrong = f"personne n’a confirmé la résolution {resolution}"
    for click in evidence.of_resolution(history, ticket, "intake.customer-confirmed", resolution):
        at = click.instant("received_at")
        if at < resolved_at:
            wrong = "la confirmation précède la résolution"
        elif closed_at < at + procedure.UNDO:
            wrong = f"clos à {closed_at.isoformat()}, quand le clic de {at.isoformat()} n’était pas définitif"
        elif evidence.taken_back(history, click) and not evidence.undone(history, closing):
            wrong = f"le clic de {at.isoformat()} a été repris"
        else:
            return ""
    return wrong


def closed_when_it_says(history: History, finding: Finding) -> None:
    """A closing has a cause that the procedure knows, and no instant that had not come (R12, R13)."""
    for closing in history.every("closure.ticket-closed"):
        finding.expect(
            closing.text("cause") in ("confirmed", "silence"), closing.subject,
            f"clos pour la cause {closing.text('cause')!r}, que la procédure ne connaît pas",
        )  # fmt: skip
        if closing.instant("closed_at") > closing.time + procedure.CLOCK_SKEW:
            finding.broken(
                closing.subject,
                f"il est dit à {closing.time.isoformat()} qu’il a été clos à {closing.text('closed_at')}",
            )


CHECKS = (
    Check("closed-as-confirmed", "R12 I13 I16", "closed as confirmed: the customer confirmed", confirmed),
    Check("closed-for-a-cause", "R12 R13 I9", "confirmed or five days' silence, nothing else", closed_when_it_says),
)
