"""What a customer did about one resolution, and what came of it: the facts that the checks of closing share.

Pure. Every instant that decides is when the channel took the customer's word (`received_at`), whatever the order in
which services saw it. Used by `audit.checks.closing_by_customer`, `closing_by_silence` and `resolutions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audit import procedure, ticket_numbers
from audit.history import History
from audit.model import Event

CLICKS = ("intake.customer-confirmed", "intake.customer-denied", "intake.customer-took-back")


def of_resolution(history: History, ticket: str, name: str, resolution: int) -> list[Event]:
    """Return the events of this name that are about one resolution, in the order of `seq`."""
    return [event for event in history.of(ticket, name) if event.number("resolution") == resolution]


def resolved_at(history: History, ticket: str, resolution: int) -> datetime | None:
    """Return when the company first held this resolution to be reached, or None."""
    return min(
        (event.time for event in of_resolution(history, ticket, "dispatch.ticket-resolved", resolution)), default=None
    )


def undone(history: History, closing: Event) -> bool:
    """Return whether a later event of closure reopened what this one closed."""
    reopened = of_resolution(history, closing.subject, "closure.ticket-reopened", closing.number("resolution"))
    return any(event.seq > closing.seq for event in reopened)


def taken_back(history: History, click: Event) -> bool:
    """Return whether the customer took a click back before it was final: less than two minutes after it (R12)."""
    clicked_at = click.instant("received_at")
    return any(
        clicked_at <= event.instant("received_at") < clicked_at + procedure.UNDO
        and (event.instant("received_at") > clicked_at or event.seq > click.seq)
        for event in of_resolution(history, click.subject, "intake.customer-took-back", click.number("resolution"))
    )


def readings(history: History, ticket: str, resolution: int, meaning: str) -> Iterator[Event]:
    """Yield what persons of the company said that the customer's words mean, where closure didn't refuse it."""
    refused = {event.text("command") for event in history.of(ticket, "closure.command-refused")}
    for command in history.commands_to.get((ticket, "closure.read-reply"), ()):
        about = (command.number("resolution"), command.text("meaning"))
        if about == (resolution, meaning) and command.id not in refused:
            yield command


def denial(history: History, closing: Event) -> str:
    """Return the 'not solved' that stood before a closing (I16), in words, or empty."""
    ticket, resolution, closed_at = closing.subject, closing.number("resolution"), closing.instant("closed_at")
    for click in of_resolution(history, ticket, "intake.customer-denied", resolution):
        if click.instant("received_at") < closed_at and not taken_back(history, click):
            return f"le client avait dit « non résolu » à {click.text('received_at')}"
    for reading in readings(history, ticket, resolution, "not-solved"):
        if reading.time < closed_at:
            return f"une personne avait lu « non résolu » à {reading.time.isoformat()}"
    return ""


def word_between(history: History, ticket: str, resolution: int, start: datetime, end: datetime) -> str:
    """Return what the customer said or clicked from `start` until just before `end` (R13), in words, or empty.

    A reply that is automatic, or that a person read as no answer, is none.
    """
    excused = [reading.time for reading in readings(history, ticket, resolution, "no-answer") if reading.time <= end]
    for at, what in _words(history, ticket):
        if start <= at < end and not (what.endswith("reply") and any(at <= read_at for read_at in excused)):
            return f"reçu à {at.isoformat()} : {what}"
    return ""


def _words(history: History, ticket: str) -> Iterator[tuple[datetime, str]]:
    """Yield all that the customer said or clicked; a click on an old link, too, breaks a silence."""
    for name in CLICKS:
        for event in history.of(ticket, name):
            yield event.instant("received_at"), name.removeprefix("intake.customer-")
    for event in history.of(ticket, "intake.customer-replied"):
        if not event.flag("automatic"):
            yield event.instant("received_at"), "reply"
    # And what the channels hold, whether intake has spoken of it or not.
    for request in history.requests_about.get(_number(history, ticket), ()):
        if request.digest in history.dead or request.flag("automatic") or request.kind == "survey-answer":
            continue
        yield request.received_at, "reply" if request.kind in ("reply", "request") else request.kind


def _number(history: History, ticket: str) -> str:
    opened = history.of(ticket, "intake.ticket-opened")
    return ticket_numbers.bare(opened[0].text("number")) if opened else ""
