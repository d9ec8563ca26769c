"""How a process enters Kafka is said by its environment alone, and half of it is never enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime.login import login, security


def test_without_a_name_nothing_is_said_of_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAV_KAFKA_USER", raising=False)
    monkeypatch.setenv("SAV_KAFKA_PASSWORD", "secret")

    assert (login(), security()) == ({}, None)


def test_a_name_enters_by_scram_and_without_certificates_not_by_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAV_KAFKA_USER", "portal")
    monkeypatch.setenv("SAV_KAFKA_PASSWORD", "secret")

    assert login() == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "portal",
        "sasl_plain_password": "secret",
        "ssl_context": None,
    }
    made = security()
    assert made is not None and made.use_ssl is False


def test_certificates_that_are_not_there_end_the_process_rather_than_the_encryption(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SAV_KAFKA_USER", "portal")
    monkeypatch.setenv("SAV_KAFKA_CA", str(tmp_path / "ca.crt"))

    for enter in (login, security):
        with pytest.raises(FileNotFoundError):
            enter()
