"""`sav review` refuses what makes no sense before it asks Kafka anything, and writes nothing then."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.requirements import requirement


@requirement("R15")
@pytest.mark.parametrize(
    ("month", "until", "words"),
    [
        ("octobre", "", "n'est pas un mois"),
        ("2026-10", "2026-09-30T12:00:00Z", "octobre 2026 n'a pas encore commencé"),
        ("2026-10", "2026-11-02T09:00:00", "ne dit pas son décalage"),
        ("2026-10", "hier", "n'est pas un instant"),
        ("2026-10", "2026-11-02T09:00:00Z", "a échoué"),  # nobody listens on port 1
    ],
)
def test_nothing_is_written_and_the_reason_is_said(tmp_path: Path, month: str, until: str, words: str) -> None:
    out = tmp_path / "nothing"

    done = CliRunner().invoke(
        app, ["review", "--month", month, "--out", str(out), "--until", until], env={"SAV_KAFKA": "127.0.0.1:1"}
    )

    assert (done.exit_code, words in done.stderr) == (2, True)
    assert not out.exists()
