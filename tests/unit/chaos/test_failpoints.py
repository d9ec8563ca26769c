"""Fail points die on demand in a source tree, and cannot be active in an installation."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from shared.errors import StopService
from shared.runtime.failpoints import SOURCE_TREE, Failpoints


def test_an_installation_refuses_to_start_where_a_fail_point_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StopService, match="SAV_FAILPOINT is set, and this is an installation"):
        Failpoints("4-inserted", tmp_path / "no-tests-here")


def test_an_installation_without_one_starts(tmp_path: Path) -> None:
    Failpoints("", tmp_path / "no-tests-here").reach("4-inserted")


def test_the_wheel_carries_nothing_that_would_make_it_a_source_tree() -> None:
    root = Path(__file__).parents[3]
    packages = next(
        line for line in (root / "pyproject.toml").read_text().splitlines() if line.startswith("packages = ")
    )

    assert SOURCE_TREE.exists()
    assert SOURCE_TREE.relative_to(root).parts[0] == "tests"
    assert '"tests"' not in packages


@pytest.mark.parametrize(
    ("asked", "number"), [("here:2", signal.SIGKILL), ("here:2:kill", signal.SIGKILL), ("here:2:stop", signal.SIGSTOP)]
)
def test_it_acts_at_the_asked_passage_and_at_no_other(
    asked: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, what: sent.append(what))
    points = Failpoints(asked)

    points.reach("elsewhere")
    points.reach("here")
    assert sent == []
    points.reach("here")
    assert sent == [number]
    points.reach("here")
    assert sent == [number]
