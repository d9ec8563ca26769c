"""What notify says became of a message, a channel had reported; and no message is asked for twice (R3, R13)."""

from __future__ import annotations

from audit.finding import Check, Finding
from audit.history import DELIVERIES, History

_SHOWN_BY = {
    "notify.message-accepted": ("accepted", "delivered"),
    "notify.message-delivered": ("delivered",),
    "notify.message-bounced": ("bounced",),
}
"""By event, the reports of a channel that can carry it: what was delivered had been accepted."""


def reports_are_real(history: History, finding: Finding) -> None:
    """It counts when the channel says so, at the instant that it says (R3: taken; R13: delivered)."""
    reported = {
        (one.text("message"), one.text("ticket"), one.text("status"), one.instant("at")) for one in history.deliveries
    }
    for name, statuses in _SHOWN_BY.items():
        for event in history.every(name):
            if not history.is_whole_at(DELIVERIES, event.time):
                finding.pending += 1
                continue
            at = event.instant("at")
            finding.expect(
                any((event.text("message"), event.subject, status, at) in reported for status in statuses),
                event.subject,
                f"{name} of a {event.text('kind')} at {at.isoformat()}, which no channel reported",
            )


def asked_once(history: History, finding: Finding) -> None:
    """A message is asked for once, and only of one that was asked for does anything become (I23)."""
    asked: dict[str, str] = {}
    for message in history.every("notify.message-to-send"):
        finding.expect(
            message.text("message") not in asked, message.subject,
            f"the {message.text('kind')} {message.text('message')} was asked for twice",
        )  # fmt: skip
        asked[message.text("message")] = message.subject
    for name in _SHOWN_BY:
        for event in history.every(name):
            if asked.get(event.text("message")) != event.subject:
                finding.broken(event.subject, f"{name} of {event.text('message')}, which nobody asked for")


CHECKS = (
    Check("reports-are-real", "R3 R13", "a channel reported what notify says", reports_are_real),
    Check("message-asked-once", "I23", "no message is asked for twice", asked_once),
)
