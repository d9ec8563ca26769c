"""Nothing that lies on a topic is passed over (I28, I41): every record is in the journal of each stage that reads it,
or among its dead. Looked at only where the databases were read."""

from __future__ import annotations

from collections import defaultdict

from audit.crowd import words
from audit.finding import Check, Finding
from audit.history import COMMANDS, DELIVERIES, History
from audit.ledger import Ledger
from audit.model import Event, digest

_AFTER_INTAKE = ("triage", "dispatch", "closure", "survey", "notify")
READERS: dict[str, tuple[str, ...]] = {
    "intake": _AFTER_INTAKE,
    "triage": ("intake", "dispatch", "closure", "survey", "notify"),
    "dispatch": ("closure", "survey", "notify"),
    "closure": ("intake", "dispatch", "survey", "notify"),
    "survey": ("notify",),
    "notify": ("intake", "closure"),
}
"""Who reads what each stage says; the desk is looked at by itself."""
_ASKS = ("dispatch.reservation-asked", "dispatch.reservation-released")
_ANSWERS = ("resources.reservation-granted", "resources.reservation-refused")


def events_are_taken(history: History, finding: Finding) -> None:
    """Every event is in the journal of every stage that reads it, by its `seq` (I28)."""
    ledger = history.ledger
    if ledger is None:
        return
    for (subject, stage), events in history.streams.items():
        for reader in READERS.get(stage, ()):
            if reader not in ledger.services:
                continue
            taken = {one.seq for one in ledger.book(reader, subject).inputs() if one.source == stage}
            finding.checked += len(events)
            dead = history.dead_of.get(reader, frozenset())
            missed = [event for event in events if event.seq not in taken and event.digest not in dead]
            if missed:
                told = ", ".join(str(event.seq) for event in missed[:5])
                finding.broken(subject, f"{reader} n’a jamais pris le rang {told} de {stage} ({len(missed)} manqués)")


def asks_are_taken(history: History, finding: Finding) -> None:
    """Every ask is in the journal of its resource, every answer in that of its ticket (I28)."""
    ledger = history.ledger
    if ledger is None:
        return
    for name in _ASKS:
        for event in history.every(name):
            # An ask counts by what it asks, not by its event: its journal names both the type and the ask.
            known = {one.id for one in ledger.book("resources", event.text("resource")).inputs()}
            taken = any(name in one and one.endswith(event.text("ask")) for one in known)
            _expect_taken(history, finding, "resources", event.text("resource"), event, taken=taken)
    for name in _ANSWERS:
        for event in history.every(name):
            known = {one.id for one in ledger.book("dispatch", event.text("ticket")).inputs()}
            _expect_taken(history, finding, "dispatch", event.text("ticket"), event, taken=event.id in known)


def commands_are_taken(history: History, finding: Finding) -> None:
    """Every command of staff is in the journal of the stage that its type names (I28)."""
    ledger = history.ledger
    if ledger is None:
        return
    for commands in history.commands.values():
        for command in commands:
            owner, _, what = command.name.partition(".")
            if what != "republish":  # asks for a copy, and leaves no trace
                known = {one.id for one in ledger.book(owner, command.subject).inputs()}
                _expect_taken(history, finding, owner, command.subject, command, taken=command.id in known)


def _expect_taken(history: History, finding: Finding, stage: str, entity: str, event: Event, *, taken: bool) -> None:
    if history.ledger is not None and stage in history.ledger.services:
        finding.expect(
            taken or event.digest in history.dead_of.get(stage, frozenset()),
            entity, f"{stage} n’a jamais pris {event.name} en {event.where}",
        )  # fmt: skip


def requests_are_taken(history: History, finding: Finding) -> None:
    """Of every request at least one copy is in intake's journal, or among its dead (I28)."""
    ledger = history.ledger
    if ledger is None or "intake" not in ledger.services:
        return
    taken = _places(ledger, "intake", "requests")
    copies = defaultdict(list)
    for request in history.requests:
        copies[request.channel, request.key, request.kind, words(request.inner("personal"))].append(request)
    for (channel, key, _, _), same in copies.items():
        finding.expect(
            any(one.where in taken or one.digest in history.dead for one in same), "-",
            f"intake n’a jamais pris la demande {key} par {channel} en {same[0].where}",
        )  # fmt: skip


def _places(ledger: Ledger, stage: str, source: str) -> frozenset[str]:
    return frozenset(one.where for book in ledger.of_stage(stage) for one in book.inputs() if one.source == source)


def deliveries_are_taken(history: History, finding: Finding) -> None:
    """What a channel says of a message is in notify's journal, each report once (I28)."""
    ledger = history.ledger
    if ledger is None or "notify" not in ledger.services:
        return
    dead = history.dead_of.get("notify", frozenset())
    taken = _places(ledger, "notify", "deliveries")
    copies = defaultdict(list)
    for report in history.deliveries:
        copies[tuple(report.text(name) for name in ("ticket", "message", "channel", "status"))].append(report)
    for (ticket, message, _, status), same in copies.items():
        finding.expect(
            any(one.where in taken or one.digest in dead for one in same),
            ticket, f"notify n’a jamais pris le compte rendu « {status} » de {message}",
        )  # fmt: skip


def unread_is_dead(history: History, finding: Finding) -> None:
    """A delivery or a command that says nothing readable lies among the dead of who reads it (I28)."""
    ledger = history.ledger
    if ledger is None:
        return
    for record in history.unread_inputs:
        readers = {DELIVERIES: {"notify"}, COMMANDS: set(ledger.services) - {"desk"}}[record.topic] & ledger.services
        if not readers:
            continue
        name = digest(record.value or b"")
        finding.expect(
            any(name in history.dead_of.get(reader, frozenset()) for reader in readers), "-",
            f"l’enregistrement en {record.where} est illisible et n’est parmi les morts de personne",
        )  # fmt: skip


CHECKS = (
    Check("requests-taken", "I28 I41", "every request is in intake's journal", requests_are_taken),
    Check("events-taken", "I28 I41", "every event is in the journal of each reader", events_are_taken),
    Check("asks-taken", "I28 I41", "every ask and answer is in its journal", asks_are_taken),
    Check("commands-taken", "I28 I41", "every command is in its stage's journal", commands_are_taken),
    Check("deliveries-taken", "I28 I41", "every report is in notify's journal", deliveries_are_taken),
    Check("unread-is-dead", "I28", "what no reader can read lies among the dead", unread_is_dead),
)
