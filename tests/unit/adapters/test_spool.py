"""The spool: whole or absent, in order, whatever ended its process."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.spool import ASIDE, Spool, Spooled
from shared.errors import StopService
from tests.requirements import requirement

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def record(text: str, at: datetime = T0) -> Spooled:
    return Spooled("sav.requests.email", b"ana@example.org", text.encode(), at)


def put(spool: Spool, text: str, at: datetime = T0) -> str:
    name = spool.reserve(at)
    spool.write(name, record(text, at))
    return name


@requirement("R2")
def test_what_was_written_is_found_in_its_order_by_the_next_process(tmp_path: Path) -> None:
    first = Spool(tmp_path).open()
    for text in ("un", "deux\nsur deux lignes", "trois"):
        put(first, text)
    first.close()

    second = Spool(tmp_path).open()

    found = [second.read(name) for name in second.entries]
    assert found == [record("un"), record("deux\nsur deux lignes"), record("trois")]
    assert put(second, "quatre") > second.entries[2]
    second.close()


@requirement("R2")
def test_a_record_whose_file_was_only_begun_was_never_accepted(tmp_path: Path) -> None:
    spool = Spool(tmp_path).open()
    put(spool, "un")
    spool.close()
    (tmp_path / "00000000000000000002.rec.tmp").write_bytes(b'{"topic":')

    again = Spool(tmp_path).open()

    assert len(again.entries) == 1
    assert not list(tmp_path.glob("*.tmp"))
    again.close()


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    spool = Spool(tmp_path).open()

    with pytest.raises(StopService, match="another process"):
        Spool(tmp_path).open()

    spool.close()
    Spool(tmp_path).open().close()


def test_a_record_still_on_its_way_to_the_disk_holds_back_those_behind_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path).open()
    on_its_way = spool.reserve(T0)
    behind = put(spool, "deux")

    assert not spool.oldest

    spool.write(on_its_way, record("un"))
    assert spool.entries == [on_its_way, behind]
    oldest = [spool.oldest]
    spool.drop(on_its_way)
    assert [*oldest, spool.oldest] == [on_its_way, behind]
    spool.close()


def test_the_earliest_instant_counts_what_is_reserved_waiting_or_put_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path).open()
    assert spool.earliest is None
    put(spool, "tard", T0 + timedelta(minutes=2))
    early = put(spool, "tôt", T0 + timedelta(minutes=1))
    spool.reserve(T0)
    assert spool.earliest == T0
    spool.close()

    again = Spool(tmp_path).open()
    assert again.earliest == T0 + timedelta(minutes=1)
    again.aside(early)
    assert again.earliest == T0 + timedelta(minutes=1)
    again.close()

    assert Spool(tmp_path).open().earliest == T0 + timedelta(minutes=1)


@requirement("R2")
def test_a_record_that_the_disk_damaged_is_put_aside_and_its_neighbours_go_on(tmp_path: Path) -> None:
    spool = Spool(tmp_path).open()
    bad, good = put(spool, "abîmé"), put(spool, "intact")
    path = tmp_path / bad
    path.write_bytes(path.read_bytes()[:-1])

    assert spool.read(bad) is None
    assert spool.entries == [good]
    assert spool.put_aside == 1
    assert (tmp_path / ASIDE / bad).exists()
    spool.close()


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    spool = Spool(tmp_path).open()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)

    with pytest.raises(OSError, match="No space"):
        put(spool, "un")
    assert spool.entries == []
    assert [path.name for path in tmp_path.glob("*.rec*")] == []
    spool.close()
