"""R3 and R4: the customer always gets an acknowledgement, in time, with the number and the delay (I6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from audit import procedure, ticket_numbers
from audit.business_hours import is_open, next_opening
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event

CRITIQUE = "critique"
_TELLS = ("acknowledgement", "re-evaluation")
"""Kinds of message that tell a customer of a delay."""
_UNREACHABLE = tuple(f"unreachable:{kind}" for kind in _TELLS)
"""What notify's call for a person is about, where no channel leads to the customer."""


class Classed(NamedTuple):
    """The class of a ticket from an instant on."""

    since: datetime
    criticality: str
    raised: bool
    """Whether a re-evaluation raised it to Critique."""


def classes(history: History, ticket: str) -> list[Classed]:
    """Return the classes that triage gave a ticket, in its order."""
    found = [
        Classed(event.time, event.text("criticality"), raised=False)
        for event in history.of(ticket, "triage.ticket-classified")
    ]
    found += [
        Classed(event.time, event.text("criticality"), event.text("criticality") == CRITIQUE != event.text("was"))
        for event in history.of(ticket, "triage.ticket-reclassified")
    ]
    return sorted(found, key=lambda one: one.since)


def class_at(given: list[Classed], at: datetime) -> Classed | None:
    """Return the class in force at an instant, or None where triage had not spoken."""
    return next((one for one in reversed(given) if one.since <= at), None)


def deadline(received_at: datetime, in_force: Classed | None, *, stated_critique: bool) -> datetime:
    """Return the instant by which the acknowledgement must have been taken by its channel (R3).

    30 minutes from an opening instant, on the clock even past closing time; out of hours 30 minutes from the next
    opening, but for Critique 30 minutes from the request, or from the later raise to it.
    """
    at_opening = next_opening(received_at) + procedure.ACKNOWLEDGE_WITHIN
    critique = in_force is None or in_force.criticality == CRITIQUE
    if is_open(received_at) or not (critique or stated_critique):
        return at_opening
    if in_force is not None and critique and in_force.raised:
        return min(at_opening, max(in_force.since, received_at) + procedure.ACKNOWLEDGE_WITHIN)
    return received_at + procedure.ACKNOWLEDGE_WITHIN


def _stated(history: History, ticket: str) -> dict[int, Event]:
    """Return what intake asked to be acknowledged, by generation."""
    return {event.number("generation"): event for event in history.of(ticket, "intake.acknowledgement-asked")}


def _criticality(asked: Event | None) -> str:
    return asked.inner("promise").text("criticality") if asked else ""


def _taken(history: History, ticket: str) -> list[Event]:
    accepted = history.of(ticket, "notify.message-accepted")
    found = [event for event in accepted if event.text("kind") == "acknowledgement"]
    return sorted(found, key=lambda event: event.instant("at"))


def _to_people(history: History) -> Iterator[Event]:
    """Yield the openings of tickets that a person asked for: no machine is answered by another (I35)."""
    return (opened for opened in history.opened() if not opened.flag("automatic"))


def in_time(history: History, finding: Finding) -> None:
    """Every ticket is acknowledged by its deadline, or a person has been told that no channel could (R3, I6)."""
    for opened in _to_people(history):
        ticket, received_at = opened.subject, opened.instant("received_at")
        given, stated, taken = classes(history, ticket), _stated(history, ticket), _taken(history, ticket)
        asked = stated.get(taken[0].number("generation")) if taken else stated.get(min(stated, default=0))
        in_force = class_at(given, asked.time if asked else history.now)
        due = deadline(received_at, in_force, stated_critique=_criticality(asked) == CRITIQUE)
        if taken:
            finding.checked += 1
            if taken[0].instant("at") > due:
                at = taken[0].instant("at").isoformat()
                finding.too_late(ticket, f"accusé à {at}, pour une échéance à {due.isoformat()}")
        elif _given_to_a_person(history, ticket):
            finding.checked += 1
        elif history.now <= due:
            finding.pending += 1
        else:
            finding.expect(False, ticket, f"jamais accusé, pour une échéance à {due.isoformat()}")


def raised_in_time(history: History, finding: Finding) -> None:
    """A request raised to Critique later has its 30 minutes from then (R3)."""
    for opened in _to_people(history):
        ticket = opened.subject
        for raised in (one for one in classes(history, ticket) if one.raised):
            due = raised.since + procedure.ACKNOWLEDGE_WITHIN
            told = _told_of_critique(history, ticket, raised.since)
            if not told and not _given_to_a_person(history, ticket) and history.now <= due:
                finding.pending += 1
                continue
            finding.checked += 1
            if told and told > due:
                finding.too_late(
                    ticket, f"averti du passage en Critique à {told.isoformat()}, pour une échéance à {due.isoformat()}"
                )
            elif not told and not _given_to_a_person(history, ticket):
                finding.broken(
                    ticket, f"passé en Critique à {raised.since.isoformat()} sans que le client en soit averti"
                )


def _told_of_critique(history: History, ticket: str, raised_at: datetime) -> datetime | None:
    """Return when a channel first took the news: an acknowledgement as Critique, or what was sent about the raise."""
    stated = _stated(history, ticket)
    return min(
        (
            event.instant("at")
            for event in history.of(ticket, "notify.message-accepted")
            if (event.text("kind") == "re-evaluation" and event.instant("at") >= raised_at)
            or (
                event.text("kind") == "acknowledgement"
                and _criticality(stated.get(event.number("generation"))) == CRITIQUE
            )
        ),
        default=None,
    )


def _given_to_a_person(history: History, ticket: str) -> bool:
    """Return whether notify gave up on every channel and called a person, who has to tell the customer (I6)."""
    failed = any(event.text("kind") in _TELLS for event in history.of(ticket, "notify.message-failed"))
    calls = history.of(ticket, "notify.needs-attention")
    return failed or any(event.text("about").startswith(_UNREACHABLE) for event in calls)


def says_what_it_must(history: History, finding: Finding) -> None:
    """Its text states the ticket's number and the delay in the words of the promise (R3, R4)."""
    for opened in history.opened():
        number = ticket_numbers.bare(opened.text("number"))
        stated = _stated(history, opened.subject)
        for message in history.of(opened.subject, "notify.message-to-send"):
            if message.text("kind") != "acknowledgement":
                continue
            said = f"{message.personal.text('subject')} {message.personal.text('text')}".strip()
            if not said:
                finding.pending += 1
                continue
            asked = stated.get(message.number("generation"))
            delay = _spaced(asked.inner("promise").text("in_words")) if asked else ""
            finding.expect(
                number in ticket_numbers.written_in(said), opened.subject,
                f"l’accusé en {message.where} ne donne pas le numéro {opened.text('number')}",
            )  # fmt: skip
            if not delay or delay not in _spaced(said):
                finding.broken(opened.subject, f"l’accusé en {message.where} ne donne pas le délai {delay!r}")


def _spaced(text: str) -> str:
    """Return a text with every run of spaces (French ones too) as one, in small letters."""
    return " ".join(text.split()).casefold()


def speaks_for_the_class(history: History, finding: Finding) -> None:
    """It states a class that triage has given, or Critique where triage had not spoken in time (R4, R8)."""
    for asked in history.every("intake.acknowledgement-asked"):
        stated = _criticality(asked)
        given = {
            one.criticality for one in classes(history, asked.subject) if one.since <= asked.time + procedure.CLOCK_SKEW
        }
        fits = stated == CRITIQUE if asked.text("because") == "triage-late" else stated in given
        finding.expect(
            fits, asked.subject,
            f"accusé comme {stated!r} ({asked.text('because')}), alors que le tri avait dit {sorted(given) or 'rien'}",
        )  # fmt: skip


def machines_get_no_answer(history: History, finding: Finding) -> None:
    """A ticket that a machine's message opened is not acknowledged, but shown to a person (R2, I35)."""
    machines = {(one.channel, one.received_at) for one in history.requests if one.flag("automatic")}
    for opened in history.opened():
        if not opened.flag("automatic"):
            continue
        ticket = opened.subject
        called = any(event.text("about") == "automatic" for event in history.of(ticket, "intake.needs-attention"))
        if not called and history.now < opened.time + procedure.REACTION:
            finding.pending += 1
            continue
        finding.expect(called, ticket, "ouvert par le message d’une machine, sans qu’une personne soit appelée")
        if any(event.text("kind") in _TELLS for event in history.of(ticket, "notify.message-to-send")):
            finding.broken(ticket, "une machine a répondu au message d’une machine")
        if (opened.text("channel"), opened.instant("received_at")) not in machines:
            finding.broken(ticket, "tenu pour ouvert par une machine, ce que sa demande ne dit pas")


CHECKS = (
    Check("acknowledged", "R3 I6", "every ticket is acknowledged by its deadline", in_time),
    Check("raised-acknowledged", "R3 I6", "raised to Critique: told within 30 minutes", raised_in_time),
    Check("machines-unanswered", "R2 R3 I35", "a machine's ticket is shown to a person", machines_get_no_answer),
    Check("acknowledgement-says", "R3 R4 I6 I7", "it states the number and the delay", says_what_it_must),
    Check("acknowledgement-class", "R4 R8 I47", "it speaks for the class of triage, or Critique", speaks_for_the_class),
)
