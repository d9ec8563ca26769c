"""`sav demo mailbox`: the mails of the last demonstration, by their ticket, as text, page and JSON."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.email.shown import write_mail
from cli.demo import app
from tests.support.mail import CUSTOMER, NUMBER, T0, to_send

OTHER = "25-129-369-S"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A demonstration's folder in which two customers got three mails."""
    box = tmp_path / "run" / "mail"
    hour = timedelta(hours=1)
    write_mail(
        box, to_send("reminder", resolution=1, subject="Votre demande est-elle résolue ?"), NUMBER, T0 + hour, "A"
    )
    write_mail(box, to_send(), NUMBER, T0, "A")
    hostile = "Bob \x1b[2J\u202e<b>"
    write_mail(box, to_send(email="bob@client.example", name=hostile, text="Oui\x1b[2J.\n\nVoir : https://a.example/x\n"),
               OTHER, T0 + 2 * hour, "A")  # fmt: skip
    return tmp_path


def said(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["mailbox", *words, "--folder", str(folder)])


def test_mails_are_listed_from_the_oldest_under_the_number_of_their_ticket(folder: Path) -> None:
    listed = said(folder, "list")

    assert [line.split()[0] for line in listed.stdout.splitlines()] == [f"{NUMBER}/1", f"{NUMBER}/2", f"{OTHER}/1"]
    first = listed.stdout.splitlines()[0]
    assert "lundi 2 mars à 10 h 00" in first and "accusé de réception" in first and CUSTOMER in first


def test_for_machines_each_has_its_fields_and_its_file(folder: Path) -> None:
    listed = json.loads(said(folder, "list", "--json").stdout)

    assert [(one["name"], one["kind"]) for one in listed][1] == (f"{NUMBER}/2", "reminder")
    assert all(Path(one["file"]).is_file() for one in listed)


@pytest.mark.parametrize("asked", [f"{NUMBER}/1", f"{NUMBER.lower()}/1", "26 666 273 y / 1"])
def test_one_mail_is_shown_as_its_customer_read_it(folder: Path, asked: str) -> None:
    shown = said(folder, "show", asked)

    assert shown.exit_code == 0
    assert f"Objet : Votre demande {NUMBER} est enregistrée" in shown.stdout
    assert "Nous avons bien reçu votre demande." in shown.stdout


def test_a_number_alone_shows_all_of_its_ticket(folder: Path) -> None:
    assert [one["n"] for one in json.loads(said(folder, "show", NUMBER, "--json").stdout)] == [1, 2]


def test_a_page_is_written_beside_its_mail_and_nothing_of_a_name_becomes_markup(folder: Path) -> None:
    told = said(folder, "show", f"{OTHER}/1", "--html").stdout.strip()

    page = Path(told).read_text("utf-8")
    assert Path(told).suffix == ".html" and Path(told).with_suffix(".eml").is_file()
    assert 'href="https://a.example/x"' in page
    assert "bob@client.example" in page
    assert "<b>Bob" not in page and "<b>&quot;" not in page and "\x1b" not in page.partition("</header>")[0]
    assert len(json.loads(said(folder, "list", "--json").stdout)) == 3  # a page is no mail


def test_what_would_steer_a_terminal_is_not_shown(folder: Path) -> None:
    assert "\x1b" not in said(folder, "show", f"{OTHER}/1").stdout


@pytest.mark.parametrize("asked", [f"{NUMBER}/3", f"{NUMBER}/0", f"{NUMBER}/x", "26-666-273-X/1", "", "/1"])
def test_what_there_is_not_is_told_with_what_to_do(folder: Path, asked: str) -> None:
    shown = said(folder, "show", asked)

    assert shown.exit_code == 1
    assert "sav demo mailbox list" in shown.stderr


def test_without_a_demonstration_it_says_how_to_start_one(tmp_path: Path) -> None:
    for words in (("list",), ("show", NUMBER)):
        told = said(tmp_path, *words)
        assert told.exit_code == 1
        assert "sav demo --once" in told.stderr


def test_a_demonstration_without_mails_yet_says_so(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()

    assert "pas encore envoyé" in said(tmp_path, "list").stderr
