"""R12: resolutions count up, each closes at most once, and what a customer says after one is never only ignored."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from audit import evidence, procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event


def closed_once(history: History, finding: Finding) -> None:
    """At most one closing per ticket and resolution, and never of an earlier one again (I15)."""
    for ticket in {event.subject for event in history.every("closure.ticket-closed")}:
        closings = history.of(ticket, "closure.ticket-closed")
        times = Counter(event.number("resolution") for event in closings)
        for resolution, count in times.items():
            finding.expect(count == 1, ticket, f"résolution {resolution} close {count} fois")
        order = [event.number("resolution") for event in closings]
        if order != sorted(order):
            finding.broken(ticket, f"résolutions closes dans l’ordre {order}")


def counted_up(history: History, finding: Finding) -> None:
    """Resolutions are 1, 2, 3…, each after the first following a reopening of the one before (I15)."""
    for ticket in {event.subject for event in history.every("dispatch.ticket-resolved")}:
        reopened = {event.number("resolution"): event for event in history.of(ticket, "closure.ticket-reopened")}
        for expected, event in enumerate(history.of(ticket, "dispatch.ticket-resolved"), start=1):
            resolution = event.number("resolution")
            finding.expect(resolution == expected, ticket, f"la résolution {expected} porte le numéro {resolution}")
            if resolution > 1:
                before = reopened.get(resolution - 1)
                if before is None or before.time > event.time + procedure.CLOCK_SKEW:
                    finding.broken(ticket, f"résolution {resolution} sans réouverture de la {resolution - 1}")


def denials_reopen(history: History, finding: Finding) -> None:
    """'Not solved' about the resolution of the day sends the ticket back, or to a person (R12)."""
    for click in history.every("intake.customer-denied"):
        ticket, resolution, at = click.subject, click.number("resolution"), click.instant("received_at")
        if evidence.taken_back(history, click) or not _is_of_the_day(history, ticket, resolution, at):
            continue
        reopened = evidence.of_resolution(history, ticket, "closure.ticket-reopened", resolution)
        if not reopened and history.now < at + procedure.UNDO + procedure.REACTION:
            finding.pending += 1
            continue
        called = [e for e in history.of(ticket, "closure.needs-attention") if e.time + procedure.CLOCK_SKEW >= at]
        called += evidence.of_resolution(history, ticket, "closure.reading-needed", resolution)
        finding.expect(
            bool(reopened or called), ticket,
            f"« non résolu » de {at.isoformat()} n’a ni rouvert la résolution {resolution} ni appelé une personne",
        )  # fmt: skip


def _is_of_the_day(history: History, ticket: str, resolution: int, at: datetime) -> bool:
    """Return whether this was the last resolution that the company had reached by then."""
    reached = [event for event in history.of(ticket, "dispatch.ticket-resolved") if event.time <= at]
    return bool(reached) and reached[-1].number("resolution") == resolution


def replies_are_read(history: History, finding: Finding) -> None:
    """A reply after the request for confirmation is given to a person, or reopens the ticket (R13)."""
    for reply in history.every("intake.customer-replied"):
        if reply.flag("automatic") or not _awaits_an_answer(history, reply):
            continue
        ticket, at = reply.subject, reply.instant("received_at")
        noticed = [
            event for name in ("closure.ticket-reopened", "closure.needs-attention")
            for event in history.of(ticket, name) if event.time + procedure.CLOCK_SKEW >= reply.time
        ]  # fmt: skip
        noticed += [
            event for event in history.of(ticket, "closure.reading-needed")
            if event.text("request") == reply.text("request")
        ]  # fmt: skip
        if not noticed and history.now < reply.time + procedure.REACTION:
            finding.pending += 1
            continue
        finding.expect(bool(noticed), ticket, f"la réponse de {at.isoformat()} n’a été donnée à personne")


def _awaits_an_answer(history: History, reply: Event) -> bool:
    """Return whether closure had asked the customer, and had not sent the ticket back since, when this reply came."""
    steps = [
        event for name in ("closure.confirmation-asked", "closure.ticket-reopened")
        for event in history.of(reply.subject, name) if event.time + procedure.CLOCK_SKEW < reply.instant("received_at")
    ]  # fmt: skip
    return bool(steps) and max(steps, key=lambda event: event.seq).name == "closure.confirmation-asked"


_ONLY_AFTER = (
    ("closure.reminder-asked", "closure.confirmation-asked", "resolution"),
    ("closure.five-days-started", "closure.reminder-asked", "resolution"),
    ("closure.ticket-closed", "closure.confirmation-asked", "resolution"),
    ("dispatch.visit-planned", "dispatch.visit-needed", "visit"),
    ("dispatch.technician-mobilised", "dispatch.visit-planned", "visit"),
    ("survey.survey-answered", "survey.survey-invited", "resolution"),
)
"""What may be said only after something else was, of the same resolution or visit, by the same stage."""


def in_order(history: History, finding: Finding) -> None:
    """A ticket goes through its phases in the order of the procedure (I9)."""
    for later, earlier, about in _ONLY_AFTER:
        for event in history.every(later):
            which = event.number(about)
            finding.expect(
                any(one.seq < event.seq and one.number(about) == which for one in history.of(event.subject, earlier)),
                event.subject, f"{later} ({about} {which}) sans {earlier} auparavant",
            )  # fmt: skip


CHECKS = (
    Check("phases-in-order", "I9", "each phase after the one that the procedure puts before it", in_order),
    Check("closed-once", "I15", "one closing per resolution", closed_once),
    Check("resolutions-count-up", "R12 I9 I15", "a reopening, then the next resolution", counted_up),
    Check("not-solved-reopens", "R12 I51", "'not solved' goes back to handling", denials_reopen),
    Check("replies-are-read", "R13 I51", "a reply to a closing question reaches a person", replies_are_read),
)
