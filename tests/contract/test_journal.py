"""The contract of the append-only journal, on the fake and on a MongoDB server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.errors import GoRound
from shared.runtime.append import Append, Armed, Cause, Said, Waits, append_id, from_document, to_document
from shared.runtime.mongo import WINDOW
from shared.runtime.ports import Document, Position, Record
from tests.contract.conftest import StorePorts

AT = datetime(2026, 3, 3, 9, 0, 0, 123_000, UTC)


def append(entity: str, version: int, text: bytes = b"\x00\xff") -> Append:
    """An append with everything that one can hold."""
    position = Position("sav.intake", 5, 2**40)
    record = Record("sav.intake", 5, 7, None, text, 1_772_528_400_123)
    return Append(
        entity,
        version,
        (Cause("intake", "e1", position, "decided", 3), Cause("requests", "r1", position, "ignored", None, "why", "d")),
        (Said("t.v1", "e2", text, (("sav.triage", entity), ("sav.x", "é")), 4), Said("c.v1", "e3", b"", (), None)),
        (Waits("gap", "intake 2 is missing", AT, record, entity, "e4", "intake", 9, "d"),),
        (Armed("tea", version, AT),),
        AT,
        {"policy": "p1", "format": "1"},
    )


def document(entity: str, version: int, text: bytes = b"x") -> Document:
    return to_document(append(entity, version, text))


async def test_an_append_comes_back_as_it_went_in(store: StorePorts) -> None:
    written = append("t1", 1)

    assert await store.journal.insert([to_document(written)]) == set()

    (loaded,) = (await store.journal.load(["t1"]))["t1"]
    assert from_document(loaded) == written
    assert loaded["at"].tzinfo is not None


async def test_an_entity_that_has_no_append_maps_to_an_empty_list(store: StorePorts) -> None:
    await store.journal.insert([document("t1", 1)])

    loaded = await store.journal.load(["t2", "t1"])

    assert loaded["t2"] == []
    assert len(loaded["t1"]) == 1
    assert await store.journal.load([]) == {}


async def test_an_id_that_is_there_with_other_content_is_returned_and_the_rest_is_written(store: StorePorts) -> None:
    # given an append that another replica wrote
    await store.journal.insert([document("t1", 1, b"theirs")])
    # when ours of the same number comes among others
    taken = await store.journal.insert([document("t2", 1), document("t1", 1, b"ours"), document("t3", 1)])
    # then that one is told, theirs stays, and its neighbours are there
    assert taken == {append_id("t1", 1)}
    loaded = await store.journal.load(["t1", "t2", "t3"])
    assert from_document(loaded["t1"][0]).events[0].body == b"theirs"
    assert [len(loaded[one]) for one in ("t2", "t3")] == [1, 1]


async def test_the_same_content_again_is_ours(store: StorePorts) -> None:
    # given appends whose acknowledgement was lost
    ours = [document("t1", 1), document("t2", 1)]
    await store.journal.insert(ours)

    assert await store.journal.insert([*ours, document("t3", 1)]) == set()


async def test_inserting_nothing_is_no_error(store: StorePorts) -> None:
    assert await store.journal.insert([]) == set()


@pytest.mark.parametrize("count", [1, WINDOW, WINDOW + 1, WINDOW + 2, 2 * WINDOW + 1, 60])
async def test_a_long_history_comes_whole_and_in_order(store: StorePorts, count: int) -> None:
    # given a history that is written in whatever order, beside one whose name begins alike
    versions = [*range(2, count + 1), 1]
    await store.journal.insert([document("t1", version, b"%d" % version) for version in versions])
    await store.journal.insert([document("t1#000001", 1), document("t11", 1)])

    loaded = (await store.journal.load(["t1"]))["t1"]

    assert [from_document(one).version for one in loaded] == list(range(1, count + 1))
    assert [from_document(one).events[0].body for one in loaded] == [b"%d" % n for n in range(1, count + 1)]


@pytest.mark.parametrize("count", [WINDOW, WINDOW + 1, 2 * WINDOW + 1])
async def test_many_entities_come_in_one_call(store: StorePorts, count: int) -> None:
    entities = [f"t{n}" for n in range(count)]
    await store.journal.insert([document(one, version) for one in entities[::2] for version in (1, 2, 3)])

    loaded = await store.journal.load(entities)

    assert {one: len(found) for one, found in loaded.items()} == {
        one: 3 * (n % 2 == 0) for n, one in enumerate(entities)
    }


@pytest.mark.parametrize("entity", ["part 7|dépôt Lyon", "a#b", "#000002", "x" * 512, "$gt", "a.b", "\x00"])
async def test_any_name_of_an_entity_will_do(store: StorePorts, entity: str) -> None:
    await store.journal.insert([document(entity, 1), document(entity, 2)])

    loaded = await store.journal.load([entity, f"{entity}2"])

    assert [from_document(one).version for one in loaded[entity]] == [1, 2]
    assert from_document(loaded[entity][0]).entity == entity
    assert loaded[f"{entity}2"] == []


async def test_what_no_document_can_hold_is_refused_and_nothing_of_it_is_there(store: StorePorts) -> None:
    with pytest.raises(GoRound, match="store"):
        await store.journal.insert([document("t1", 1, b"x" * 9 * 1024 * 1024)])

    assert await store.journal.load(["t1"]) == {"t1": []}
