"""R14: one survey per closing, 24 hours after it, never twice, never after the closing was undone (I20 to I23)."""

from __future__ import annotations

from datetime import datetime

from audit import evidence, procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event


def once_after_closing(history: History, finding: Finding) -> None:
    """At most one invitation per closing, and only after one; at most one answer (I20, I21)."""
    for invited in history.every("survey.survey-invited"):
        ticket, resolution = invited.subject, invited.number("resolution")
        same = evidence.of_resolution(history, ticket, invited.name, resolution)
        finding.expect(
            same[0] is invited, ticket, f"invité de nouveau sur la résolution {resolution} (rang {invited.seq})"
        )
        closing = _closing(history, invited)
        if closing is None:
            finding.broken(ticket, f"invité sur la résolution {resolution}, jamais close")
        elif closing.instant("closed_at") != invited.instant("closed_at"):
            finding.broken(
                ticket, f"son enquête parle d’une clôture à {invited.text('closed_at')}, qui n’était pas alors"
            )
    for answered in history.every("survey.survey-answered"):
        ticket, resolution = answered.subject, answered.number("resolution")
        same = evidence.of_resolution(history, ticket, answered.name, resolution)
        finding.expect(same[0] is answered, ticket, f"deux réponses comptent pour la résolution {resolution}")
        if not evidence.of_resolution(history, ticket, "survey.survey-invited", resolution):
            finding.broken(ticket, f"une réponse compte pour la résolution {resolution}, sans invitation")


def _closing(history: History, event: Event) -> Event | None:
    found = evidence.of_resolution(history, event.subject, "closure.ticket-closed", event.number("resolution"))
    return found[0] if found else None


def in_its_time(history: History, finding: Finding) -> None:
    """Every closing that stands is surveyed, no earlier than 24 hours after it and no later than 48 (R14, I21)."""
    for closing in history.every("closure.ticket-closed"):
        ticket, resolution, closed_at = closing.subject, closing.number("resolution"), closing.instant("closed_at")
        earliest, latest = closed_at + procedure.SURVEY_AFTER, closed_at + procedure.SURVEY_LATEST
        invited = evidence.of_resolution(history, ticket, "survey.survey-invited", resolution)
        reopened = evidence.of_resolution(history, ticket, "closure.ticket-reopened", resolution)
        if not invited and (reopened or history.now <= latest):
            finding.pending += 1
            continue
        finding.expect(bool(invited), ticket, f"clos à {closed_at.isoformat()} et jamais interrogé")
        if not invited:
            continue
        if invited[0].time < earliest:
            finding.broken(ticket, f"interrogé à {invited[0].time.isoformat()}, avant {earliest.isoformat()}")
        elif (sent := _sent_at(history, invited[0])) > latest:
            finding.too_late(ticket, f"interrogé à {sent.isoformat()}, pour une échéance à {latest.isoformat()}")


def _sent_at(history: History, invited: Event) -> datetime:
    """Return when a channel took the survey. None yet: now, or where none could take it, when it was meant to go."""
    ticket, resolution = invited.subject, invited.number("resolution")
    if taken := _messages(history, ticket, resolution, "notify.message-accepted"):
        return min(event.instant("at") for event in taken)
    failed = _messages(history, ticket, resolution, "notify.message-failed")
    return invited.time if failed else max(invited.time, history.now)


def _messages(history: History, ticket: str, resolution: int, name: str) -> list[Event]:
    return [e for e in evidence.of_resolution(history, ticket, name, resolution) if e.text("kind") == "survey"]


def one_message(history: History, finding: Finding) -> None:
    """One survey message per closing, to an invited customer; another only where the first came back (I23)."""
    for message in history.every("notify.message-to-send"):
        if message.text("kind") != "survey":
            continue
        ticket, resolution = message.subject, message.number("resolution")
        invited = evidence.of_resolution(history, ticket, "survey.survey-invited", resolution)
        finding.expect(bool(invited), ticket, f"une enquête sur la résolution {resolution} est partie sans invitation")
        back = {
            event.text("message")
            for name in ("notify.message-bounced", "notify.message-failed")
            for event in _messages(history, ticket, resolution, name)
        }
        before = [
            one for one in _messages(history, ticket, resolution, message.name)
            if one.seq < message.seq and one.text("message") not in back
        ]  # fmt: skip
        if before:
            finding.broken(
                ticket, f"une seconde enquête sur la résolution {resolution} est partie (rang {message.seq})"
            )


def none_after_undoing(history: History, finding: Finding) -> None:
    """Once its closing was undone, no survey leaves; one that had left is not sent again (I22)."""
    for cancelled in history.every("survey.survey-cancelled"):
        ticket, resolution = cancelled.subject, cancelled.number("resolution")
        invited = evidence.of_resolution(history, ticket, "survey.survey-invited", resolution)
        after = [event for event in invited if event.seq > cancelled.seq]
        finding.expect(not after, ticket, f"l’enquête sur la résolution {resolution} a été annulée, puis est partie")
        if bool([event for event in invited if event.seq < cancelled.seq]) != cancelled.flag("already_sent"):
            finding.broken(ticket, f"l’enquête annulée de la résolution {resolution} se trompe sur son envoi")
    for reopened in history.every("closure.ticket-reopened"):
        ticket, resolution = reopened.subject, reopened.number("resolution")
        if not evidence.of_resolution(history, ticket, "closure.ticket-closed", resolution):
            continue
        invited = evidence.of_resolution(history, ticket, "survey.survey-invited", resolution)
        finding.expect(
            all(event.time <= reopened.time + procedure.CLOCK_SKEW for event in invited), ticket,
            f"rouvert à {reopened.time.isoformat()}, et interrogé ensuite sur la résolution {resolution}",
        )  # fmt: skip


CHECKS = (
    Check("survey-once", "R14 I20 I21", "one survey and one answer per closing, after it", once_after_closing),
    Check("survey-in-time", "R14 I21", "24 to 48 hours after the closing", in_its_time),
    Check("survey-sent-once", "R14 I23", "one survey message per closing", one_message),
    Check("survey-not-after-undoing", "R14 I22", "none after the closing was undone", none_after_undoing),
)
