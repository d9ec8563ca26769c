"""Versions of the registry: what counts and when, what earlier versions said, and imports that died or met another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.registry import Registry, RegistryBook
from shared.registry.imports import Plan, plan
from shared.registry.things import Name
from tests.requirements import requirement
from tests.unit.registry.files import FILES, joined, with_files

TODAY = date(2026, 11, 23)
FIRST = joined(with_files())
STANDARD = FILES["contrats.csv"].replace(";premium;", ";standard;")
SECOND = joined(with_files(contrats=STANDARD))
WITHOUT_BANK = joined(
    with_files(contrats="".join(line for line in FILES["contrats.csv"].splitlines(True) if "C-1" not in line))
)
WHOLE = Path(__file__).parents[3] / "samples" / "registry.json"

Record = tuple[bytes, bytes]


def planned(book: RegistryBook, wanted: Mapping[Name, Mapping[str, Any]], today: date = TODAY) -> Plan:
    found = plan(book.version, book.things, wanted, today)
    assert found is not None
    return found


def records_of(*imports: Mapping[Name, Mapping[str, Any]]) -> list[Record]:
    """What these imports, one after the other, leave on the topic."""
    book, records = RegistryBook(), []
    for wanted in imports:
        one = planned(book, wanted)
        new = [*one.records(), one.end_marker()]
        take(book, new)
        assert book.version == one.version
        records += new
    return records


def take(book: RegistryBook, records: Iterable[Record]) -> RegistryBook:
    for _, value in records:
        book.take(value)
    return book


def read(records: Iterable[Record]) -> RegistryBook:
    return take(RegistryBook(), records)


def compacted(records: Iterable[Record]) -> list[Record]:
    """What the broker keeps in the end: the last record of each key, where it lies."""
    last = {key: number for number, (key, _) in enumerate(records)}
    return [record for number, record in enumerate(records) if last[record[0]] == number]


@requirement("R4")
def test_an_import_counts_once_its_end_marker_is_there_and_not_before() -> None:
    records = records_of(FIRST)

    before, after = read(records[:-1]), read(records)

    assert (before.version, before.current()) == ("", Registry())
    assert before.unfinished() == {after.version: len(records) - 1}
    assert len(after.current().contracts) == 2
    assert after.unfinished() == {}


def test_an_end_marker_counts_nothing_while_one_of_its_records_is_missing() -> None:
    records = records_of(FIRST)

    for number in range(len(records) - 1):
        lacking = read([*records[:number], *records[number + 1 :]])
        assert lacking.version == ""
        assert take(lacking, [records[number]]).version == read(records).version


@requirement("R4")
def test_a_ticket_s_contract_is_known_as_it_was_when_it_was_opened() -> None:
    records = records_of(FIRST, SECOND, WITHOUT_BANK)
    first, last = read(records_of(FIRST)), read(records)
    opened_under = first.current().contracts[0].version

    [kept] = [last.contract("C-1", "S-1", opened_under)]

    assert kept is not None and kept.tier == "premium"
    assert kept.version == opened_under == first.version
    second = read(records_of(FIRST, SECOND))
    changed = last.contract("C-1", "S-1", second.version)
    assert changed is not None and changed.tier == "standard"
    assert [one.customer for one in last.current().contracts] == ["C-2"]
    assert last.contract("C-1", "S-1", last.version) is None
    assert last.contract("C-9", "S-1", opened_under) is None


def test_what_did_not_change_keeps_its_version() -> None:
    book = read(records_of(FIRST, SECOND))

    bank, town = book.current().contracts

    assert bank.version == book.version
    assert town.version == read(records_of(FIRST)).version


def test_only_what_changes_is_published() -> None:
    book = read(records_of(FIRST))

    one, gone = planned(book, SECOND), planned(book, WITHOUT_BANK)

    assert [key.rpartition(b"@")[0] for key, _ in one.records()] == [b"contract/C-1/S-1"]
    assert {what: dict(kinds) for what, kinds in one.what.items()} == {
        "added": {},
        "changed": {"contract": 1},
        "ended": {},
    }
    assert gone.what["ended"] == {"contract": 1}
    assert plan(book.version, book.things, FIRST, TODAY) is None


def test_the_same_import_has_the_same_name_and_records_and_another_has_others() -> None:
    book = read(records_of(FIRST))

    assert planned(book, SECOND) == planned(book, SECOND)
    assert planned(book, SECOND).version != planned(book, WITHOUT_BANK).version
    assert planned(book, SECOND).version.startswith("2026-11-23-")


def test_going_back_to_what_was_is_a_version_of_its_own() -> None:
    there_and_back = read(records_of(FIRST, SECOND, FIRST))

    assert there_and_back.version != read(records_of(FIRST)).version
    assert {one.tier for one in there_and_back.current().contracts} == {"premium", "none"}


def test_of_two_imports_from_the_same_version_the_first_counts_and_the_second_changes_nothing() -> None:
    records = records_of(FIRST)
    base = read(records)
    one, other = planned(base, SECOND), planned(base, WITHOUT_BANK)

    mixed = [*one.records(), *other.records(), one.end_marker(), other.end_marker()]

    book = read([*records, *mixed])
    assert book.version == one.version
    assert set(book.unfinished()) == {other.version}
    assert not book.knows(other.version)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_an_import_that_died_anywhere_is_finished_by_the_same_import_again(data: st.DataObject) -> None:
    """Every prefix of it may be there, copies may come late, and the broker may keep the last of each key alone."""
    base, wanted = data.draw(st.sampled_from([([], FIRST), ([FIRST], SECOND), ([FIRST, SECOND], WITHOUT_BANK)]))
    first, whole = records_of(*base), records_of(*base, wanted)
    new = whole[len(first) :]
    died_after = data.draw(st.integers(0, len(new)), label="records before it died")
    copies = data.draw(st.lists(st.sampled_from(whole), max_size=6), label="late copies")
    on_topic = [*first, *new[:died_after], *new, *copies]

    for records in (on_topic, compacted(on_topic)):
        book = read(records)
        assert book.version == read(whole).version
        assert book.things == read(whole).things
        for one in (read(first).version, read(records_of(FIRST)).version):
            assert book.contract("C-1", "S-1", one) == read(whole).contract("C-1", "S-1", one)


def test_a_leftover_of_an_import_that_was_never_finished_does_not_reach_the_next_one() -> None:
    first = records_of(FIRST)
    left = planned(read(first), SECOND).records()

    book = read([*first, *left, *_after(first, WITHOUT_BANK)])

    assert [one.customer for one in book.current().contracts] == ["C-2"]


def _after(records: list[Record], wanted: Mapping[Name, Mapping[str, Any]]) -> list[Record]:
    one = planned(read(records), wanted)
    return [*one.records(), one.end_marker()]


def test_a_whole_registry_in_one_record_counts_at_once_and_may_be_imported_upon() -> None:
    whole = (b"registry", WHOLE.read_bytes())

    book = read([whole])

    assert book.current() == Registry.model_validate_json(WHOLE.read_bytes())
    assert book.knows("2026-1") and book.knows("fictif-2026-1")
    later = read([whole, *_after([whole], FIRST)])
    assert {one.customer for one in later.current().contracts} == {"C-1", "C-2"}
    kept = later.contract("C-1001", "S-1001", "2026-1")
    assert kept is not None and kept.name == "Banque Rivoise"


def test_a_whole_registry_that_is_published_again_replaces_what_was_imported_for_every_reader() -> None:
    whole = (b"registry", WHOLE.read_bytes())
    on_topic = [whole, *_after([whole], FIRST), whole]

    for records in (on_topic, compacted(on_topic)):
        assert read(records).current().version == "fictif-2026-1"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"junk",
        b"[]",
        b"7",
        b"{}",
        b'{"version": "v"}',
        b'{"contracts": []}',
        b'{"version": "v", "contracts": [{"customer": "C-1"}]}',
        b'{"kind": "contract", "id": "C-1/S-1", "version": "v"}',
        b'{"kind": "contract", "id": "C-1/S-1", "data": {}}',
        b'{"kind": "contract", "id": "C-1/S-1", "version": "v", "data": {"customer": "C-1", "site": "S-1"}}',
        b'{"kind": "contract", "id": "C-1/S-1", "version": "v", "data": []}',
        b'{"kind": "end", "version": "v"}',
        b'{"kind": "end", "version": "v", "after": "", "changes": "many"}',
    ],
)
def test_a_record_that_cannot_be_read_says_so_and_changes_nothing(value: bytes) -> None:
    book = read(records_of(FIRST))
    before = book.version, dict(book.things), book.unfinished()

    with pytest.raises(ValueError):  # noqa: PT011 - whichever reader noticed
        book.take(value)

    assert (book.version, dict(book.things), book.unfinished()) == before


def test_a_kind_of_newer_code_keeps_its_version_from_counting_here() -> None:
    first = records_of(FIRST)
    newer = planned(read(first), SECOND)
    key, value = newer.records()[0]
    strange = (key, orjson.dumps({**orjson.loads(value), "kind": "vehicle"}))

    assert read([*first, strange, newer.end_marker()]).version == read(first).version


def test_an_empty_book_knows_nobody_and_the_version_of_those_who_were_unknown() -> None:
    book = RegistryBook()

    assert book.current() == Registry()
    assert book.knows("") and book.knows("empty")
    assert not book.knows("2026-1")
