"""Every planted bug still applies to the tree as it is, and says which promise it breaks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.mutants.hunt import named_test

HERE = Path(__file__).parent
PATCHES = sorted(HERE.glob("*.patch"))


def test_there_are_more_than_twenty_planted_bugs() -> None:
    assert len(PATCHES) > 20


@pytest.mark.parametrize("patch", PATCHES, ids=[one.stem for one in PATCHES])
def test_a_planted_bug_applies_and_says_what_it_breaks(patch: Path) -> None:
    promise = patch.read_text("utf-8").splitlines()[0]

    applied = subprocess.run(
        ["git", "apply", "--check", "-C1", str(patch)],  # noqa: S607 - git is what made the tree
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    if named := named_test(patch):
        file, _, test = named.partition("::")
        assert f"def {test}(" in (HERE.parent.parent / file).read_text("utf-8")
    assert promise.endswith(").")
    assert applied.returncode == 0, applied.stderr
