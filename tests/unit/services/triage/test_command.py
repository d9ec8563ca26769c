"""`sav triage`: a verdict for each line, whatever the line; another grid tried or refused; past tickets from topics."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

import pytest
from typer.testing import CliRunner

import cli.triage
from services.triage.past import Happened
from shared.codec import Envelope, encode, sealed_data
from shared.events.base import Event
from shared.personal import ClearSeal
from shared.runtime.ports import Partition, Record
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, opened
from tests.unit.services.triage.test_past import FLOU, classified, corrected

RUN = CliRunner()
SHIPPED = files("services.triage").joinpath("grid.fr.json").read_text(encoding="utf-8")


def verdicts(raw: bytes, *more: str) -> list[dict[str, Any]]:
    answer = RUN.invoke(cli.triage.app, ["classify", "--jsonl", *more], input=raw)
    assert answer.exit_code == 0
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> list[Happened]:
    """What the topics hold, instead of a broker."""
    held: list[Happened] = []
    monkeypatch.setattr(cli.triage, "_read", lambda _: held)
    return held


@requirement("R5", "R6", "R8")
def test_each_line_gets_its_verdict_in_order_and_a_broken_one_is_critique_without_an_id() -> None:
    raw = (
        '{"id": "a", "text": "La centrale ne répond plus."}\n\n{broken\n"text"\n\xff\n'.encode("latin-1")
        + '{"id": "b", "text": "La caméra 3 est floue.", "form": null}\n'.encode()
    )

    given = verdicts(raw)

    assert [one["id"] for one in given] == [None, None, None, None, "b"]
    assert [one["criticality"] for one in given] == ["critique"] * 4 + ["standard"]
    assert [one["doubt"] for one in given] == [True] * 4 + [False]
    assert given[0].keys() == {"id", "criticality", "doubt", "reasons", "would_change", "version"}


@requirement("R8")
def test_a_line_of_a_megabyte_and_one_nested_without_end_are_critique() -> None:
    given = verdicts(json.dumps({"id": 1, "text": "porte " * 200_000}).encode() + b"\n" + b"[" * 100_000 + b"\n")

    assert [(one["id"], one["criticality"], one["doubt"]) for one in given] == [
        (1, "critique", True),
        (None, "critique", True),
    ]


def test_another_grid_is_used_and_named(tmp_path: Path) -> None:
    other = tmp_path / "essai.json"
    other.write_text(json.dumps(json.loads(SHIPPED) | {"version": "essai"}), encoding="utf-8")

    assert verdicts(b'{"id": 1, "text": "Facture"}', "--grid", str(other))[0]["version"] == "essai"


@pytest.mark.parametrize("content", ["{", "[]", "{}", None])
def test_a_grid_that_can_not_be_used_is_refused_with_the_reason(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "grille.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    answer = RUN.invoke(cli.triage.app, ["replay", "--grid", str(path)])

    assert answer.exit_code == 1
    assert "Grille inutilisable" in answer.output


def test_a_message_alone_is_answered_in_french() -> None:
    answer = RUN.invoke(cli.triage.app, ["classify"], input="La porte du hall ne se referme plus.")

    assert answer.exit_code == 0
    assert "Critique" in answer.stdout
    assert "« porte du hall ne se referme plus »" in answer.stdout


@requirement("R6")
def test_a_replay_shows_both_sides_and_what_would_be_lowered_first(topics: list[Happened], tmp_path: Path) -> None:
    topics += [
        Happened("t1", "1", MONDAY, opened(text=FLOU)),
        Happened("t1", "2", MONDAY, classified("critique", "C-SYSTEME")),
    ]
    grid = tmp_path / "grille.json"
    grid.write_text(SHIPPED, encoding="utf-8")

    told = RUN.invoke(cli.triage.app, ["replay", "--grid", str(grid)]).stdout
    assert "1 changeraient, dont 1 vers une criticité plus basse" in told
    assert "critique → standard" in told
    assert "C-SYSTEME" in told
    assert "S-DEGRADE" in told
    data = json.loads(RUN.invoke(cli.triage.app, ["replay", "--grid", str(grid), "--json"]).stdout)
    assert (data["tickets"], data["changes"][0]["lowered"]) == (1, True)


@requirement("R7")
def test_corrections_are_listed_by_rule(topics: list[Happened]) -> None:
    assert "Aucune classe" in RUN.invoke(cli.triage.app, ["corrections"]).stdout
    topics += [
        Happened("t1", "1", MONDAY, classified("standard", "S-PILE")),
        Happened("t1", "2", MONDAY, corrected("standard", "critique")),
    ]

    assert "S-PILE" in RUN.invoke(cli.triage.app, ["corrections"]).stdout
    data = json.loads(RUN.invoke(cli.triage.app, ["corrections", "--json"]).stdout)
    assert data == {"rules": [{"rule": "S-PILE", "decided": 1, "raised": 1, "lowered": 0, "tickets": ["t1"]}]}


class Held:
    """Topics as a broker holds them, without one."""

    records: ClassVar[list[Record]] = []
    asked: ClassVar[list[tuple[str, ...]]] = []

    def __init__(self, _kafka: str, _prefix: str, topics: tuple[str, ...]) -> None:
        self.asked.append(topics)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def ends(self) -> dict[Partition, int]:
        return {}

    async def read_to(self, _ends: object) -> AsyncIterator[list[Record]]:
        yield self.records


def record(event_id: str, payload: Event) -> Record:
    data = sealed_data(payload, "t1", ClearSeal())
    value = encode(Envelope(event_id, payload.type_name, "sav/dev/intake", "t1", MONDAY, data, 1))
    return Record("sav.intake", 0, 0, b"t1", value)


@requirement("R6")
def test_what_the_topics_hold_is_decoded_and_what_nobody_can_read_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = [record("1", opened(text=FLOU)), record("2", classified("critique", "C-SYSTEME"))]
    monkeypatch.setattr(Held, "records", [*held, Record("sav.intake", 0, 9, b"t1", b"{")])
    monkeypatch.setattr("shared.runtime.replay.Replay", Held)
    grid = tmp_path / "grille.json"
    grid.write_text(SHIPPED, encoding="utf-8")

    answer = RUN.invoke(cli.triage.app, ["replay", "--grid", str(grid), "--json"])

    assert answer.exit_code == 0
    assert "1 événements illisibles" in answer.stderr
    [change] = json.loads(answer.stdout)["changes"]
    assert (change["was"]["criticality"], change["would_be"]["criticality"]) == ("critique", "standard")
    assert Held.asked == [("sav.intake", "sav.triage")]


def test_a_broker_that_is_away_is_said_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> NoReturn:
        raise ConnectionError

    monkeypatch.setattr("shared.runtime.replay.Replay", away)

    answer = RUN.invoke(cli.triage.app, ["corrections"])

    assert answer.exit_code == 1
    assert "Kafka ne répond pas" in answer.output
