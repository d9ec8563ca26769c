"""`sav audit` on the command line: what it says when it can't, and that it opens databases for reading alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from audit.read import CannotRead
from cli.audit import NO_REPORT, ReadOnly
from cli.main import app

NOBODY = "127.0.0.1:9"


def test_without_a_broker_there_is_no_report_and_the_exit_status_says_so() -> None:
    ended = CliRunner().invoke(app, ["audit", "--topics-only"], env={"SAV_KAFKA": NOBODY})

    assert ended.exit_code == NO_REPORT
    assert NOBODY in ended.stderr


def test_an_instant_without_its_offset_is_refused_in_french() -> None:
    ended = CliRunner().invoke(app, ["audit", "--now", "2026-03-02T08:00:00"])

    assert ended.exit_code == 2
    assert "décalage" in ended.stderr


class Collection:
    """A collection that can be read, and nothing else; it breaks where it is told to."""

    def __init__(self, documents: list[dict[str, Any]], error: Exception | None = None) -> None:
        self._documents, self._error = documents, error

    async def find(self, query: Mapping[str, object]) -> AsyncIterator[dict[str, Any]]:
        assert query == {}
        for document in self._documents:
            yield document
        if self._error:
            raise self._error


class OneCollection:
    def __init__(self, collection: Collection) -> None:
        self._one = collection

    def collection(self, name: str) -> Collection:
        assert name == "journal"
        return self._one


async def read(collection: Collection) -> list[Mapping[str, object]]:
    stores = ReadOnly({"intake": OneCollection(collection)})  # type: ignore[dict-item]
    assert list(stores.services) == ["intake"]
    return [one async for one in stores.documents("intake", "journal")]


async def test_a_collection_is_read_from_one_end_to_the_other() -> None:
    assert await read(Collection([{"_id": "a"}, {"_id": "b"}])) == [{"_id": "a"}, {"_id": "b"}]


async def test_a_database_that_breaks_off_half_way_gives_no_half_report() -> None:
    with pytest.raises(CannotRead, match="la base de intake est illisible : OSError"):
        await read(Collection([{"_id": "a"}], OSError()))
