"""From documents of the services' databases, in any order, to the ledger that the checks read.

Called by `audit.stores` and by tests. It knows the journal's format from its description alone, and shares no code with
who writes it; a document that it can't read is itself a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from audit.ledger import Append, Armed, Book, Broken, Input, Ledger, Letter, Saying, Timer, Waits
from audit.model import Document, Unreadable, digest, load_bytes

FORMAT = 1
"""The only format of an append that the auditor has been taught."""


@dataclass(slots=True)
class Shelf:
    """Gathers documents one by one; a `Ledger` is what comes of it."""

    services: frozenset[str]
    _appends: defaultdict[tuple[str, str], list[Append]] = field(default_factory=lambda: defaultdict(list))
    _timers: dict[tuple[str, str], Timer] = field(default_factory=dict)
    _claims: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    _letters: list[Letter] = field(default_factory=list)
    _tickets: dict[str, Document] = field(default_factory=dict)
    _broken: list[Broken] = field(default_factory=list)
    _count: int = 0

    def put_append(self, stage: str, raw: Mapping[str, object]) -> None:
        """Take one document of a stage's journal."""
        self._count += 1
        name = str(raw.get("_id"))
        entity, _, version = name.rpartition("#")
        try:
            if not entity or not version.isdecimal():
                raise Unreadable("son identifiant ne nomme ni dossier ni version")
            self._appends[stage, entity].append(_append(int(version), Document(dict(raw))))
        except Unreadable as error:
            self._broken.append(Broken(f"{stage} {name}", str(error)))

    def put_timer(self, stage: str, raw: Mapping[str, object]) -> None:
        """Take one armed deadline."""
        self._count += 1
        document, name = Document(dict(raw)), str(raw.get("_id"))
        due_at = _instant(raw.get("due_at"))
        if due_at is None or not document.text("entity"):
            self._broken.append(Broken(f"{stage} {name}", "il ne nomme aucun instant ou aucun dossier"))
            return
        self._timers[stage, name] = Timer(stage, name, document.text("entity"), due_at)

    def put_claim(self, collection: str, raw: Mapping[str, object]) -> None:
        """Take one claim: what is unique, and for which ticket."""
        self._count += 1
        self._claims[collection][str(raw.get("_id"))] = str(raw.get("ticket"))

    def put_dead(self, stage: str, raw: Mapping[str, object]) -> None:
        """Take one record that a stage could not read."""
        self._count += 1
        at = _instant(raw.get("at")) or datetime.min.replace(tzinfo=UTC)
        self._letters.append(Letter(stage, str(raw.get("_id")), at, raw.get("settled") is not None))

    def put_ticket(self, raw: Mapping[str, object]) -> None:
        """Take one ticket of the read model."""
        self._count += 1
        self._tickets[str(raw.get("_id"))] = Document(dict(raw))

    def closed(self) -> Ledger:
        """Return what was gathered."""
        books = {
            (stage, entity): Book(stage, entity, tuple(sorted(appends, key=lambda one: one.version)))
            for (stage, entity), appends in self._appends.items()
        }
        return Ledger(
            self.services, books, self._timers, dict(self._claims), tuple(self._letters), self._tickets,
            tuple(self._broken), self._count,
        )  # fmt: skip


def _append(version: int, document: Document) -> Append:
    if document.number("format") != FORMAT:
        raise Unreadable(f"son format {document.data.get('format')!r} est inconnu de l’auditeur")
    at = _instant(document.data.get("at"))
    if at is None:
        raise Unreadable("elle n’a pas d’instant")
    return Append(
        version, at,
        tuple(_input(one) for one in document.items("causes")),
        tuple(_saying(one) for one in document.items("events")),
        tuple(Waits(one.text("kind"), one.text("id"), _instant(one.data.get("since")) or at)
              for one in document.items("waiting")),
        tuple(_armed(document.data.get("timers"))),
    )  # fmt: skip


def _input(cause: Document) -> Input:
    place = cause.data.get("at")
    where = f"{place[0]}/{place[1]}@{place[2]}" if isinstance(place, list | tuple) and len(place) == 3 else ""
    return Input(cause.text("source"), cause.text("id"), where, cause.text("outcome"), cause.number("seq"))


def _saying(event: Document) -> Saying:
    raw = event.data.get("body")
    if not isinstance(raw, bytes):
        raise Unreadable(f"{event.text('type')} n’a pas de corps")
    body = Document(load_bytes(raw))
    routes = event.data.get("routes")
    places = [(str(one[0]), str(one[1])) for one in routes if len(one) == 2] if isinstance(routes, list) else []
    return Saying(
        event.text("type"), event.text("id"), event.number("seq"), digest(raw), body.text("causationid"), tuple(places)
    )  # fmt: skip


def _armed(rows: object) -> Iterable[Armed]:
    for row in rows if isinstance(rows, list) else ():
        kind, generation, due = row
        due_at = _instant(due)
        if due_at is None:
            raise Unreadable(f"son échéance {kind} n’a pas d’instant")
        yield Armed(str(kind), int(generation), due_at)


def _instant(value: object) -> datetime | None:
    """Return an instant as the store gives it, in UTC; one without a zone is UTC, as BSON has it."""
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
