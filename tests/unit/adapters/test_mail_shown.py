"""The demonstration's mails as files: one folder an address, nothing outside of it, readable as what was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.email.mail import understood
from adapters.email.shown import write_mail
from tests.support.mail import CUSTOMER, NUMBER, T0, to_send


def test_a_mail_is_a_file_in_its_recipients_folder(tmp_path: Path) -> None:
    path = write_mail(tmp_path, to_send(), NUMBER, T0, "Alarmes")

    assert path.parent == tmp_path / CUSTOMER
    assert path.name.startswith("2026-03-02 09h00 acknowledgement")
    assert understood(path.read_bytes()).subject == f"Votre demande {NUMBER} est enregistrée"


@pytest.mark.parametrize("address", ["../../x@client.example", "..@client.example", "a/b@client.example"])
def test_no_address_leads_out_of_the_folder(tmp_path: Path, address: str) -> None:
    path = write_mail(tmp_path / "mail", to_send(email=address), NUMBER, T0, "Alarmes")

    assert path.resolve().is_relative_to((tmp_path / "mail").resolve())
    assert path.parent.parent == tmp_path / "mail"
