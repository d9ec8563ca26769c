"""The desk shows what the topics say, no less and no more (I30). Looked at only where its database was read."""

from __future__ import annotations

import json

from audit.finding import Check, Finding
from audit.history import History
from audit.ledger import DESK
from audit.model import Document, Event

SHOWN = ("intake", "triage", "dispatch", "closure", "survey", "notify")
"""Stages whose events the desk shows."""


def equals_the_topics(history: History, finding: Finding) -> None:
    """Every ticket's document has folded every event of every stage, and shows what they say."""
    ledger = history.ledger
    if ledger is None or DESK not in ledger.services:
        return
    heard = {subject for subject, stage in history.streams if stage in SHOWN}
    for ticket in sorted(heard | ledger.tickets.keys()):
        document = ledger.tickets.get(ticket)
        if document is None:
            finding.expect(False, ticket, "le modèle de lecture ne le connaît pas")
            continue
        finding.checked += 1
        for sentence in (*_folded(history, ticket, document), *_fields(history, ticket, document)):
            finding.broken(ticket, sentence)


def _folded(history: History, ticket: str, document: Document) -> list[str]:
    """Return what the sections lack, or have too much."""
    sections = _object(document.text("sections"))
    wrong = []
    told = 0
    for stage in SHOWN:
        unbroken = _unbroken(history.streams.get((ticket, stage), ()))
        section = sections.inner(stage)
        told += section.number("seq")
        if section.number("seq") != unbroken:
            wrong.append(
                f"le modèle de lecture montre {stage} jusqu’au rang {section.number('seq')}, "
                f"son topic jusqu’au rang {unbroken}"
            )
        if section.text("hold"):
            wrong.append(f"le modèle de lecture retient un événement de {stage} : {section.text('hold')}")
    lines = _list(document.text("story"))
    if lines != told:
        wrong.append(f"le modèle de lecture raconte {lines} lignes pour {told} événements")
    return wrong


def _unbroken(events: tuple[Event, ...]) -> int:
    last = 0
    for event in events:
        if event.seq != last + 1:
            break
        last = event.seq
    return last


def _fields(history: History, ticket: str, document: Document) -> list[str]:
    """Return which plain fields are not what the events say."""
    opened = history.of(ticket, "intake.ticket-opened")
    if not opened:
        return []
    expected: dict[str, object] = {"number": opened[0].text("number"), "channel": opened[0].text("channel")}
    classes = sorted(
        (*history.of(ticket, "triage.ticket-classified"), *history.of(ticket, "triage.ticket-reclassified")),
        key=lambda event: event.seq,
    )
    if classes:
        expected["criticality"] = classes[-1].text("criticality")
    wrong = [
        f"le modèle de lecture montre {name} = {document.data.get(name)!r}, le topic dit {value!r}"
        for name, value in expected.items()
        if document.data.get(name) != value
    ]
    if (document.text("phase") == "closed") != _is_closed(history, ticket):
        wrong.append(f"le modèle de lecture montre la phase {document.text('phase')!r}, closure dit autre chose")
    return wrong


def _is_closed(history: History, ticket: str) -> bool:
    steps = [
        event
        for name in ("closure.ticket-closed", "closure.ticket-reopened", "closure.confirmation-asked")
        for event in history.of(ticket, name)
    ]
    last = max(steps, key=lambda event: event.seq, default=None)
    if last is None or last.name != "closure.ticket-closed":
        return False
    # Dispatch may already work towards the next resolution.
    ahead = [
        event for event in history.of(ticket, "dispatch.handling-queued")
        if event.number("resolution") > last.number("resolution")
    ]  # fmt: skip
    return not ahead


def _object(text: str) -> Document:
    loaded = _loaded(text)
    return Document(loaded if isinstance(loaded, dict) else {})


def _list(text: str) -> int:
    loaded = _loaded(text)
    return len(loaded) if isinstance(loaded, list) else -1


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


CHECKS = (Check("read-model-equals-topics", "I30", "the desk shows what the topics say", equals_the_topics),)
