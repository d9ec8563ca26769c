"""`sav email`: a line of JSON for each path, in order, whatever lies at the path."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from cli.email import app
from tests.unit.adapters.mails import raw

MAIL = raw(
    "Subject: Panne", "To: SAV <sav@mileo.example>", "Message-ID: <1@client.example>", "In-Reply-To: <0@mileo.example>",
    body="Elle ne sonne plus du tout.\r\n\r\nLe 3 mai 2026 à 9:00, SAV a écrit :\r\n> Est-ce résolu ?",
)  # fmt: skip


def test_each_path_is_answered_in_order_and_an_unreadable_one_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    result = CliRunner().invoke(
        app, ["parse", "--jsonl"], input=f"{tmp_path}/a.eml\n{tmp_path}/none\n{tmp_path}/a.eml\n"
    )
    first, missing, again = (json.loads(line) for line in result.stdout.splitlines())
    assert first == again
    assert first["from"] == {"address": "ana@client.example", "name": "Ana"}
    assert first["to"] == [{"address": "sav@mileo.example", "name": "SAV"}]
    assert (first["message_id"], first["in_reply_to"]) == ("1@client.example", "0@mileo.example")
    assert (first["subject"], first["text"], first["language"]) == (
        "Panne",
        "Elle ne sonne plus du tout.",
        "fr",
    )
    assert first["body"].endswith("> Est-ce résolu ?")
    assert (first["is_auto"], first["auto_kind"], first["references"], first["attachments"]) == (False, None, [], [])
    assert "none" in missing["error"]
    assert result.exit_code == 1


def test_a_bare_body_is_answered_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Oui.\n\n-- \nAna")
    result = CliRunner().invoke(app, ["reply", "--jsonl"], input=f"{tmp_path}/a.txt\n")
    assert json.loads(result.stdout) == {"text": "Oui."}
    assert result.exit_code == 0


def test_without_jsonl_a_person_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    result = CliRunner().invoke(app, ["parse"], input=f"{tmp_path}/a.eml\n")
    assert "subject: Panne" in result.stdout


def test_an_answer_is_there_before_the_next_path_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    code = "from cli.email import app; app()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "parse", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for _ in range(2):
            process.stdin.write(f"{tmp_path}/a.eml\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["subject"] == "Panne"
        process.stdin.close()
        assert process.wait(60) == 0
