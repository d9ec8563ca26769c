"""What notify says became of a message, a channel had reported; and no message is asked for twice (R3, R13)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from audit import procedure
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
                f"{name} ({event.text('kind')}) à {at.isoformat()}, dont aucun canal n’a rendu compte",
            )


def asked_once(history: History, finding: Finding) -> None:
    """A message is asked for once, and only of one that was asked for does anything become (I23)."""
    asked: dict[str, str] = {}
    for message in history.every("notify.message-to-send"):
        finding.expect(
            message.text("message") not in asked, message.subject,
            f"le message {message.text('message')} ({message.text('kind')}) a été demandé deux fois",
        )  # fmt: skip
        asked[message.text("message")] = message.subject
    for name in _SHOWN_BY:
        for event in history.every(name):
            if asked.get(event.text("message")) != event.subject:
                finding.broken(event.subject, f"{name} de {event.text('message')}, que personne n’a demandé")


def bounces_have_consequences(history: History, finding: Finding) -> None:
    """What came back goes out by another channel, or a person is called (I40)."""
    for bounced in history.every("notify.message-bounced"):
        ticket = bounced.subject
        after = [
            event for name in ("notify.message-to-send", "notify.needs-attention")
            for event in history.of(ticket, name) if event.seq > bounced.seq
        ]  # fmt: skip
        if not after and history.now < bounced.time + procedure.REACTION:
            finding.pending += 1
            continue
        finding.expect(bool(after), ticket, f"{bounced.text('message')} est revenu, et rien n’a suivi")


def not_too_many(history: History, finding: Finding) -> None:
    """No ticket and no address is showered with automatic messages (I36): a loop with a machine ends."""
    by_ticket: Counter[str] = Counter()
    by_address: dict[str, list[tuple[float, str]]] = {}
    for message in history.every("notify.message-to-send"):
        by_ticket[message.subject] += 1
        address = message.personal.text("email").casefold()
        if address:
            by_address.setdefault(address, []).append((message.time.timestamp(), message.subject))
    for ticket, count in by_ticket.items():
        finding.expect(
            count <= procedure.MESSAGES_OF_A_TICKET, ticket,
            f"{count} messages automatiques, pour {procedure.MESSAGES_OF_A_TICKET} permis",
        )  # fmt: skip
    for sent in by_address.values():
        sent.sort()
        most = _most_within(sent, timedelta(days=1))
        # The address itself is nobody's business in a report: a ticket of it leads there.
        finding.expect(
            most <= procedure.MESSAGES_OF_AN_ADDRESS, sent[-1][1],
            f"{most} messages automatiques à l’adresse du client en 24 heures, pour "
            f"{procedure.MESSAGES_OF_AN_ADDRESS} permis",
        )  # fmt: skip


def _most_within(sent: list[tuple[float, str]], window: timedelta) -> int:
    most = first = 0
    for last, (at, _) in enumerate(sent):
        while sent[first][0] <= at - window.total_seconds():
            first += 1
        most = max(most, last - first + 1)
    return most


CHECKS = (
    Check("reports-are-real", "R3 R13 I46", "a channel reported what notify says", reports_are_real),
    Check("bounce-has-consequence", "I40", "what came back goes elsewhere, or to a person", bounces_have_consequences),
    Check("messages-bounded", "I36", "nobody is showered with messages (warning only)", not_too_many, warns_only=True),
    Check("message-asked-once", "I23", "no message is asked for twice", asked_once),
)
