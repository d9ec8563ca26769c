"""One ticket's document: events folded into sections, the story, and what follows from all sections together.

Pure; called by the desk's loop, which writes what changed, and by its store, which reads documents back. The same
events give the same document whatever the order between topics, however many copies, in whatever batches.

Sections, story and personal data are each one JSON text inside the document: what filters and lists need lies beside
them as plain fields. On the embedded store a document costs by the field: with the same bytes as nested fields, a
load costs five times as much and a write twice (24 of 9 kB: 52 against 12 ms); to MongoDB itself it is all one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson
from pydantic import TypeAdapter

from services.desk.sections import PERSONAL_CHARACTERS, ROOMS, Sealed, Section, Told, empty, fold
from services.desk.shown import Shown, shown_of
from services.desk.telling import Call, StoryLine
from shared.errors import StopService
from shared.runtime.ports import Document

FORMAT = 1
"""Version of this document's shape; one of a higher version stops the desk before it writes it back with less in it."""

_ORDER = {stage: n for n, stage in enumerate(ROOMS)}
_CALLS: TypeAdapter[tuple[Call, ...]] = TypeAdapter(tuple[Call, ...])
_STORY: TypeAdapter[tuple[StoryLine, ...]] = TypeAdapter(tuple[StoryLine, ...])

Personal = Mapping[str, Mapping[int, Sealed]]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the desk knows it."""

    id: str
    version: int = 0
    """How often it was written; 0 where it never was."""
    sections: Mapping[str, Section] = field(default_factory=dict)
    story: tuple[StoryLine, ...] = ()
    """By instant, then in the order of the procedure, then by `seq`."""
    personal: Personal = field(default_factory=dict)
    """By stage and `seq`, sealed as it came: whoever shows it opens it, and a destroyed key empties it."""

    @property
    def shown(self) -> Shown:
        """What follows from all sections together."""
        return shown_of(self.sections)


def fold_all(ticket: Ticket, arrived: Iterable[Told], read: Callable[[str, str], Told]) -> Ticket:
    """Fold events of this ticket, of any stages in any order; return the very same object where they change nothing."""
    by_stage: dict[str, dict[int, Told]] = {}
    for told in arrived:
        by_stage.setdefault(told.stage, {}).setdefault(told.seq, told)
    for stage, found in by_stage.items():
        ticket = _fold_stage(ticket, stage, found, read)
    return ticket


def _fold_stage(ticket: Ticket, stage: str, found: Mapping[int, Told], read: Callable[[str, str], Told]) -> Ticket:
    before = ticket.sections.get(stage) or empty(stage)
    folded = fold(stage, before, found, read)
    if folded.section == before:
        return ticket
    story = sorted((*ticket.story, *folded.lines), key=_place)
    personal = {**ticket.personal}
    if folded.personal:
        personal[stage] = _bounded({**personal.get(stage, {}), **folded.personal})
    return replace(ticket, sections={**ticket.sections, stage: folded.section}, story=tuple(story), personal=personal)


def _place(line: StoryLine) -> tuple[datetime, int, int]:
    return line.at, _ORDER[line.stage], line.seq


def _bounded(kept: Mapping[int, Sealed]) -> dict[int, Sealed]:
    """Keep the first (who the customer is, and the request) and as many of the latest as fit."""
    first, *others = sorted(kept)
    left = PERSONAL_CHARACTERS
    latest: list[int] = []
    for seq in reversed(others):
        left -= len(orjson.dumps(kept[seq]))
        if left < 0:
            break
        latest.append(seq)
    return {seq: kept[seq] for seq in (first, *reversed(latest))}


def to_document(ticket: Ticket) -> Document:
    """Return the ticket as it is stored."""
    shown = ticket.shown
    return {
        "_id": ticket.id,
        "version": ticket.version,
        "format": FORMAT,
        **fields_of(shown, ticket.id),
        "sections": _text({stage: _section(one) for stage, one in sorted(ticket.sections.items())}),
        "story": _STORY.dump_json(ticket.story, exclude_defaults=True).decode(),
        "personal": _text({stage: {str(n): one for n, one in kept.items()} for stage, kept in ticket.personal.items()}),
    }


def fields_of(shown: Shown, ticket: str) -> Document:
    """Return what lists filter by and show."""
    return {
        "number": shown.number,
        "phase": shown.phase,
        "criticality": shown.criticality,
        "doubt": shown.doubt,
        "tier": shown.tier,
        "channel": shown.channel,
        "customer": shown.customer,
        "site": shown.site,
        "technician": shown.technician,
        "attention": bool(shown.calls),
        "opened_at": shown.opened_at,
        "order": order_key(shown.opened_at, ticket) if shown.opened_at else None,
        "due": shown.next_deadline.kind if shown.next_deadline else None,
        "due_at": shown.next_deadline.at if shown.next_deadline else None,
        "late_after": shown.late_after,
    }


def order_key(opened_at: datetime, ticket: str) -> str:
    """Return where a ticket stands among all: by opening, then by id, as one text that sorts as they do."""
    return f"{opened_at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%f')}|{ticket}"


def from_document(document: Document) -> Ticket:
    """Return the ticket that a document holds. Raises `StopService` where newer code wrote it."""
    if document["format"] > FORMAT:
        reason = f"ticket {document['_id']} was written in desk format {document['format']}; this code knows {FORMAT}"
        raise StopService(reason)
    sections = orjson.loads(document["sections"])
    personal = orjson.loads(document["personal"])
    return Ticket(
        document["_id"],
        document["version"],
        {stage: _from_section(stage, one) for stage, one in sections.items()},
        _STORY.validate_json(document["story"]),
        {stage: {int(seq): one for seq, one in kept.items()} for stage, kept in personal.items()},
    )


def _section(section: Section) -> Document:
    return {
        "seq": section.seq,
        "highest": section.highest,
        "pending": {str(seq): body for seq, body in section.pending.items()},
        "calls": _CALLS.dump_python(section.calls, mode="json"),
        "hold": section.hold,
        "view": section.view.model_dump(mode="json", exclude_defaults=True),
    }


def _from_section(stage: str, document: Document) -> Section:
    return Section(
        ROOMS[stage].view.model_validate(document["view"]),
        document["seq"],
        document["highest"],
        {int(seq): body for seq, body in document["pending"].items()},
        _CALLS.validate_python(document["calls"]),
        document["hold"],
    )


def _text(content: Document) -> str:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
