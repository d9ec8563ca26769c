"""What must be true of journals, topics, timers and the read model once faults have stopped and all is at rest.

Reads the plain documents and JSON; only the read model's check calls the desk's own fold, on a clean log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from services.desk.projection import Ticket, fold_all, to_document
from services.desk.reading import DeskReader
from services.desk.sections import Told
from shared.personal import ClearSeal
from shared.runtime.ports import Document
from shared.topics import STAGES, read_by
from simulate.store import SimStore
from simulate.witness import StageBook, Witness

Expect = Callable[[str, bool, str, str], None]


def check_rest(
    witness: Witness, stores: Mapping[str, SimStore], documents: Mapping[str, Document], expect: Expect
) -> None:
    """Ask everything that must hold at rest."""
    for stage in STAGES:
        book = witness.books[stage]
        _everything_said_is_published(stage, book, witness, expect)
        _everything_published_is_read(stage, book, witness, expect)
        _nothing_waits(stage, book, expect)
        _timers_are_right(stage, book, stores[stage], expect)
    _read_model(witness, documents, expect)


def _everything_said_is_published(stage: str, book: StageBook, witness: Witness, expect: Expect) -> None:
    for (entity, seq), said in book.said.items():
        subject = entity
        for topic, _ in said["routes"]:
            there = (topic, bytes(said["body"])) in witness.places
            expect("I25 nothing unpublished", there, subject, f"seq {seq} of {stage} is not on {topic}")


def _everything_published_is_read(stage: str, book: StageBook, witness: Witness, expect: Expect) -> None:
    sources = {topic.writer for topic in read_by(stage) if topic.kind == "stage"}
    last: dict[tuple[str, str], int] = {}
    for source, subject, seq in witness.events:
        if source in sources:
            last[subject, source] = max(seq, last.get((subject, source), 0))
    for (subject, source), seq in last.items():
        mark = book.marks.get((subject, source), 0)
        expect("I27 everything is taken", mark == seq, subject, f"{stage} has taken {mark} of {seq} of {source}")


def _nothing_waits(stage: str, book: StageBook, expect: Expect) -> None:
    expect("I29 nothing waits", True, "", "")
    for (entity, name), how in book.waiting.items():
        expect("I29 nothing waits", False, entity, f"{stage} keeps {name} {how}")


def _timers_are_right(stage: str, book: StageBook, store: SimStore, expect: Expect) -> None:
    for entity, armed in book.armed.items():
        for kind, generation, _ in armed:
            name = f"{entity}|{kind}|{generation:06d}"
            lives = name in store.due or name in book.spent
            expect("I18 what is armed has its timer", lives, entity, f"{stage}: {name} is armed and was lost")
    expect("I41 no timer is left", not store.due, "", f"{stage}: {', '.join(list(store.due)[:3])}")


def _read_model(witness: Witness, documents: Mapping[str, Document], expect: Expect) -> None:
    """I30: each document is what a clean log of its ticket's events amounts to."""
    reader = DeskReader(ClearSeal())
    told: dict[str, list[Told]] = {}
    for (stage, subject, _), seen in sorted(witness.events.items(), key=lambda one: one[0]):
        if stage != "resources":
            told.setdefault(subject, []).append(reader.read(replace(seen.record, topic=f"sav.{stage}")))
    for subject, ones in told.items():
        clean = _without_version(to_document(fold_all(Ticket(subject), ones, reader.again)))
        found = _without_version(documents.get(subject, {}))
        expect(
            "I30 read model equals the log", clean == found, subject, f"differs in {', '.join(_differ(clean, found))}"
        )


def _without_version(document: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name not in ("version", "_id")}


def _differ(one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[str]:
    return (name for name in sorted({*one, *other}) if one.get(name) != other.get(name))
