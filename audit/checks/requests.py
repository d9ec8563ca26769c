"""R2: every channel ends in a ticket, one request one ticket, nothing lost and nothing made up (I1, I2, I3)."""

from __future__ import annotations

from collections import Counter

from audit import ticket_numbers
from audit.crowd import WORDS_OF_CUSTOMERS, Crowd, crowds, fewest, moment, most, words
from audit.finding import Check, Finding
from audit.history import STAGE_TOPICS, History
from audit.model import Event, digest

_NOT_OF_A_TICKET = ("needs-attention", "command-refused")
"""Events that a stage may say about something that is no ticket: a person must see them all the same."""


def _told(crowd: Crowd) -> str:
    channel, received_at = min(crowd.moments)
    return f"{channel}, reçu à {received_at.isoformat()}"


def one_ticket_each(history: History, finding: Finding) -> None:
    """As many tickets as distinct requests, per group (I1, I2)."""
    for crowd in crowds(history):
        if not crowd.new:
            continue
        least, opened = fewest(crowd.new), len(crowd.opened)
        finding.checked += least
        tickets = ", ".join(sorted(event.subject for event in crowd.opened)) or "aucun"
        if opened < least:
            keys = ", ".join(sorted({request.key for request in crowd.new}))
            finding.broken(tickets, f"{least} demande(s) ({keys} ; {_told(crowd)}) pour {opened} dossier(s)")
        elif opened > most([*crowd.new, *crowd.about]) + crowd.dead:
            finding.broken(tickets, f"{least} demande(s) ({_told(crowd)}) pour {opened} dossiers")


def one_place_each(history: History, finding: Finding) -> None:
    """A request's id stands in one event of intake alone: a copy never becomes a reply and a ticket both (I2)."""
    names = ("intake.ticket-opened", *WORDS_OF_CUSTOMERS)
    went: dict[str, Event] = {}
    for event in (event for name in names for event in history.every(name)):
        first = went.setdefault(event.text("request"), event)
        finding.expect(
            first is event, event.subject,
            f"la demande {event.text('request')} est ici {event.name}, et {first.name} dans le dossier {first.subject}",
        )  # fmt: skip


def none_from_nothing(history: History, finding: Finding) -> None:
    """Every ticket was opened once by intake, from a request that a channel holds (I3)."""
    asked = {(request.channel, request.received_at) for request in history.requests}
    for event in history.opened():
        channel, received_at = moment(event)
        if not history.is_whole_at(f"sav.requests.{channel}", received_at):
            finding.pending += 1
            continue
        times = len(history.of(event.subject, event.name))
        finding.expect(times == 1, event.subject, f"ouvert {times} fois")
        if (channel, received_at) not in asked:
            finding.broken(event.subject, f"aucune demande par {channel} n’a été reçue à {received_at.isoformat()}")
    for ticket in _strangers(history):
        finding.expect(False, ticket, "des services parlent de ce dossier, qu’intake n’a jamais ouvert")


def _strangers(history: History) -> list[str]:
    found = {
        subject
        for (subject, stage), events in history.streams.items()
        if stage in STAGE_TOPICS.values() and stage != "resources"
        and any(event.name.partition(".")[2] not in _NOT_OF_A_TICKET for event in events)
        and not history.of(subject, "intake.ticket-opened")
    }  # fmt: skip
    return sorted(found)


def words_kept(history: History, finding: Finding) -> None:
    """A ticket says what its customer wrote (R6), where both can be read."""
    asked: dict[tuple[object, ...], set[str]] = {}
    for request in history.requests:
        asked.setdefault((request.channel, request.received_at), set()).add(words(request.inner("personal")))
    for event in history.opened():
        said = words(event.personal)
        if not said or moment(event) not in asked:
            finding.pending += 1
            continue
        finding.expect(
            said in asked[moment(event)], event.subject, "ses mots ne sont ceux d’aucune demande de cet instant"
        )


def replies_arrive(history: History, finding: Finding) -> None:
    """What a customer says or clicks about a ticket stands on a ticket (R2: nothing accepted is ever lost)."""
    numbers = _numbers(history)
    for crowd in crowds(history):
        about = [
            one for one in crowd.about
            if one.kind in ("reply", "request") or ticket_numbers.bare(one.text("ticket")) in numbers
        ]  # fmt: skip
        if not about:
            continue
        least = fewest(about)
        finding.checked += least
        arrived = len(crowd.words) + max(0, len(crowd.opened) - fewest(crowd.new))
        if arrived < least:
            keys = ", ".join(sorted({request.key for request in about}))
            finding.broken(
                about[0].text("ticket") or "-",
                f"{least} message(s) de clients ({keys} ; {_told(crowd)}) pour {arrived} arrivé(s) dans un dossier",
            )


def words_are_real(history: History, finding: Finding) -> None:
    """What intake says that a customer said or clicked, a channel holds, of the same kind (R12, I13)."""
    said: Counter[tuple[object, ...]] = Counter()
    for one in history.requests:
        said[one.channel, one.received_at, one.kind] += 1
        said[
            one.channel, one.received_at, one.kind, ticket_numbers.bare(one.text("ticket")), one.number("resolution")
        ] += 1
    numbers = {event.subject: ticket_numbers.bare(event.text("number")) for event in history.opened()}
    for name, kinds in WORDS_OF_CUSTOMERS.items():
        for event in history.every(name):
            channel, received_at = moment(event)
            if not history.is_whole_at(f"sav.requests.{channel}", received_at):
                finding.pending += 1
                continue
            # A click acts on the ticket and the resolution that its link was about, and on no other.
            link = () if name == "intake.customer-replied" else (
                numbers.get(event.subject, ""), event.number("resolution"),
            )  # fmt: skip
            finding.expect(
                any(said[channel, received_at, kind, *link] for kind in kinds), event.subject,
                f"{name} par {channel} à {received_at.isoformat()}, dont ce canal n’a pas trace",
            )  # fmt: skip


def unread_are_dead(history: History, finding: Finding) -> None:
    """A request that says nothing readable lies among the dead, where people see it (R2)."""
    for record in history.unread_requests:
        finding.expect(
            digest(record.value or b"") in history.dead, "-",
            f"l’enregistrement en {record.where} est illisible et n’est pas parmi les morts d’intake",
        )  # fmt: skip


def _numbers(history: History) -> frozenset[str]:
    return frozenset(ticket_numbers.bare(event.text("number")) for event in history.opened())


CHECKS = (
    Check("one-ticket-per-request", "R2 I1 I2", "one accepted request, one ticket", one_ticket_each),
    Check("one-place-per-request", "R2 I2", "a request opens a ticket or joins one, never both", one_place_each),
    Check("no-ticket-from-nothing", "R2 I3", "every ticket comes from a request", none_from_nothing),
    Check("words-kept", "R6 I46", "a ticket says what its customer wrote", words_kept),
    Check("words-arrive", "R2 I1", "every reply and click stands on a ticket", replies_arrive),
    Check("words-are-real", "R12 I13 I46", "nothing is put into a customer's mouth", words_are_real),
    Check("unreadable-is-dead", "R2 I28", "what can't be read lies among the dead", unread_are_dead),
)
