"""R1: premium contracts are served at any hour. Who is on call is called out of hours, in turn, until somebody answers;
nobody else is woken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from audit import open_time, procedure, promised
from audit.business_hours import is_open
from audit.finding import Check, Finding
from audit.history import DELIVERIES, History
from audit.model import Event

_HANDLING = (
    "dispatch.handling-queued",
    "dispatch.promise-recomputed",
    "dispatch.on-call-needed",
    "dispatch.taken-charge",
    "dispatch.ticket-resolved",
)
_PAGE = "notify.staff-message-to-send"


class Need(NamedTuple):
    """That somebody on call was needed."""

    since: datetime
    called: datetime | None
    """When dispatch called for somebody; None: it did not while the need stood."""
    until: datetime | None
    """When the need ended otherwise: somebody took the ticket, or its class changed; None: it stands."""


def called_when_needed(history: History, finding: Finding) -> None:
    """Who is on call is called for a premium contract's Critique while the desk is closed, within the hour (R1)."""
    for ticket in _premium(history):
        for need in _needs(history, ticket)[0]:
            by = need.called or need.until or history.now
            if need.called is None and need.until is None and by < need.since + procedure.REACTION:
                finding.pending += 1
                continue
            finding.expect(
                by <= need.since + procedure.REACTION, ticket,
                f"un Critique attend depuis {need.since.isoformat()}, et l’astreinte n’est pas appelée",
            )  # fmt: skip


def called_only_when_needed(history: History, finding: Finding) -> None:
    """Nobody is called while the desk is open, for another contract or class, or for a ticket in hand (R1)."""
    premium = _premium(history)
    for ticket in sorted({event.subject for event in history.every("dispatch.on-call-needed")}):
        needs, vain = (
            _needs(history, ticket) if ticket in premium else ([], history.of(ticket, "dispatch.on-call-needed"))
        )
        finding.checked += sum(need.called is not None for need in needs)
        for event in vain:
            finding.expect(False, ticket, f"l’astreinte est appelée à {event.time.isoformat()}, sans qu’il le faille")


def _premium(history: History) -> list[str]:
    return [one.subject for one in history.opened() if one.inner("contract").text("tier") in procedure.ON_CALL]


def _needs(history: History, ticket: str) -> tuple[list[Need], list[Event]]:
    """Walk through one ticket's handling: every need of somebody on call, and the calls that nothing needed."""
    needs: list[Need] = []
    vain: list[Event] = []
    since: datetime | None = None
    queued, criticality = False, ""
    for event in promised.in_order(history, ticket, *_HANDLING):
        what = event.name.partition(".")[2]
        if what == "on-call-needed":
            if since is None or event.time + procedure.CLOCK_SKEW < since:
                vain.append(event)
            else:
                needs.append(Need(since, event.time, None))
                since = None
            continue
        was, criticality = criticality, event.text("criticality") or criticality
        queued = what == "handling-queued" or (queued and what == "promise-recomputed")
        on_call = queued and criticality == procedure.ON_CALL_CLASS
        renewed = what == "handling-queued" or was != criticality
        if since is not None and (renewed or not on_call):
            needs.append(Need(since, None, event.time))
            since = None
        if on_call and renewed:
            since = _needed_at(_decided_at(history, event, was))
    if since is not None:
        needs.append(Need(since, None, None))
    return needs, vain


def _decided_at(history: History, event: Event, was: str) -> datetime:
    """A raise counts from the instant at which triage said it, whenever dispatch heard of it."""
    raised = [
        one.time
        for one in history.of(event.subject, "triage.ticket-reclassified")
        if one.time <= event.time + procedure.CLOCK_SKEW
    ]
    return raised[-1] if was and event.name.endswith("recomputed") and raised else event.time


def _needed_at(at: datetime) -> datetime:
    return open_time.closing(at) if is_open(at) else at


def pages(history: History, ticket: str) -> Iterator[Event]:
    """Yield the calls to people on call, in their order."""
    return (event for event in history.of(ticket, _PAGE) if event.text("kind") == "page")


def followed(history: History, finding: Finding) -> None:
    """A need is followed by a call; a call, within ten minutes, by an answer, a charge, or the next call (R1)."""
    for needed in history.every("dispatch.on-call-needed"):
        ticket, resolution = needed.subject, needed.number("resolution")
        rounds = [page for page in pages(history, ticket) if page.number("resolution") == resolution]
        ended = _ends(history, ticket, resolution)
        called = [
            one
            for one in history.of(ticket, "notify.needs-attention")
            if one.time >= needed.time - procedure.CLOCK_SKEW
        ]
        if not (rounds or ended or called):
            _expect_soon(history, finding, needed, needed.time, "l’astreinte est demandée, et personne n’est appelé")
        for n, page in enumerate(rounds):
            after = rounds[n + 1] if n + 1 < len(rounds) else None
            _follow_page(history, finding, page, after, [one for one in ended if one.seq > page.seq])


def _ends(history: History, ticket: str, resolution: int) -> list[Event]:
    ends = promised.in_order(history, ticket, "notify.page-answered", "notify.paging-ended")
    return [event for event in ends if event.number("resolution") == resolution]


def _follow_page(history: History, finding: Finding, page: Event, after: Event | None, ends: list[Event]) -> None:
    until = page.time + procedure.PAGE_ANSWERED_WITHIN
    what = f"{page.text('person')} est appelé à {page.time.isoformat()}"
    if after is not None and (not ends or ends[0].seq > after.seq):
        finding.expect(
            after.time + procedure.CLOCK_SKEW >= until or _failed(history, page), page.subject,
            f"{what}, et le suivant dès {after.time.isoformat()}",
        )  # fmt: skip
        if after.time > until + procedure.PAGE_GRACE:
            finding.too_late(page.subject, f"{what}, et le suivant seulement à {after.time.isoformat()}")
    elif ends:
        finding.expect(after is None, page.subject, f"{what}, quelqu’un a répondu, et un autre est encore appelé")
        if ends[0].time > until + procedure.PAGE_GRACE:
            finding.too_late(page.subject, f"{what}, et rien ne suit avant {ends[0].time.isoformat()}")
    else:
        _expect_soon(history, finding, page, until, f"{what}, ne répond pas, et personne d’autre n’est appelé")


def _expect_soon(history: History, finding: Finding, event: Event, since: datetime, sentence: str) -> None:
    if history.now < since + procedure.REACTION:
        finding.pending += 1
    else:
        finding.expect(False, event.subject, sentence)


def _failed(history: History, page: Event) -> bool:
    return any(
        one.text("message") == page.text("message") and one.text("status") in ("failed", "bounced")
        for one in history.deliveries
    )


def not_given_up(history: History, finding: Finding) -> None:
    """Calling ends without an answer only after three rounds, and then a person is told (R1)."""
    for ended in history.every("notify.paging-ended"):
        if ended.text("because") != "given-up":
            finding.checked += 1
            continue
        resolution = ended.number("resolution")
        calls = (page for page in pages(history, ended.subject) if page.number("resolution") == resolution)
        before = [page for page in calls if page.seq < ended.seq]
        seen = [one for one in history.of(ended.subject, "notify.needs-attention") if one.seq <= ended.seq + 1]
        finding.expect(
            bool(seen) and (not before or len(before) >= procedure.PAGING_ROUNDS), ended.subject,
            f"les appels cessent après {len(before)}, sans réponse"
            + ("" if seen else ", et sans qu’une personne soit prévenue"),
        )  # fmt: skip


def answers_are_real(history: History, finding: Finding) -> None:
    """Who is said to have answered a call has: the channel reported it, at that instant (R1, I46)."""
    reported = {(one.text("message"), one.text("status"), one.instant("at")) for one in history.deliveries}
    for answer in history.every("notify.page-answered"):
        if not history.is_whole_at(DELIVERIES, answer.time):
            finding.pending += 1
            continue
        named = [page for page in pages(history, answer.subject) if _is_answered_by(page, answer)]
        finding.expect(
            any((page.text("message"), "delivered", answer.instant("at")) in reported for page in named),
            answer.subject, f"{answer.text('person')} aurait répondu à l’appel, dont aucun canal n’a rendu compte",
        )  # fmt: skip


def _is_answered_by(page: Event, answer: Event) -> bool:
    asked = (page.number("resolution"), page.number("generation"), page.text("person"))
    return asked == (answer.number("resolution"), answer.number("page"), answer.text("person"))


def nobody_else_is_woken(history: History, finding: Finding) -> None:
    """Only who is on the rota, or a manager, is called; out of hours nobody else is even written to (R1, R10)."""
    for told in history.every(_PAGE):
        person, at = told.text("person"), told.time
        if told.text("kind") != "page" and is_open(at):
            finding.checked += 1
            continue
        on_rota = history.rota.is_on_call(person, at)
        if told.text("kind") == "page" and history.rota.is_manager(person):
            on_rota = True
        if on_rota is None:
            finding.pending += 1
            continue
        finding.expect(
            on_rota, told.subject, f"{person} est dérangé à {at.isoformat()} ({told.text('kind')}) sans astreinte"
        )


CHECKS = (
    Check("on-call-when-needed", "R1 I56", "called for when the desk is closed", called_when_needed),
    Check("on-call-only-then", "R1 I56", "never called for otherwise", called_only_when_needed),
    Check("page-followed", "R1 I57", "a call is followed by an answer, or by the next call", followed),
    Check("paging-not-given-up", "R1 I57", "calls go on for three rounds", not_given_up),
    Check("page-answer-real", "R1 I46 I57", "who answered has", answers_are_real),
    Check("nobody-else-woken", "R1 R10 I58", "nobody is woken who is not on call", nobody_else_is_woken),
)
