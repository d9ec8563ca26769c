"""`sav request`: the door of the adapters, for a document at hand."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from shared.topics import DOOR_LIMIT_BYTES
from tests.requirements import requirement

MAIL: dict[str, object] = {"channel": "email", "received_at": "2026-11-23T09:00:00Z"}


@requirement("R2")
def test_a_request_is_told_where_it_would_go() -> None:
    done = CliRunner().invoke(app, ["request", "check", "-"], input=json.dumps(MAIL))

    assert (done.exit_code, done.stdout.startswith("a request for sav.requests.email, ")) == (0, True)


@requirement("R2")
@pytest.mark.parametrize("command", ["check", "send"])
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"\xff", "document: "),
        (b"[]", "document: "),
        (json.dumps({"channel": "email"}).encode(), "received_at: Field required"),
        (json.dumps(MAIL | {"channel": "fax"}).encode(), "channel: "),
        (json.dumps(MAIL | {"personal": {"text": "x" * DOOR_LIMIT_BYTES}}).encode(), "Message trop volumineux"),
    ],
    ids=["no text", "a list", "no instant", "no channel", "too large"],
)
def test_what_the_door_refuses_is_not_published_and_the_reason_is_said(
    command: str, document: bytes, reason: str
) -> None:
    done = CliRunner().invoke(app, ["request", command, "-"], input=document, env={"SAV_KAFKA": "127.0.0.1:1"})

    assert (done.exit_code, reason in done.stderr) == (1, True), done.stderr


@requirement("R2")
def test_what_kafka_does_not_take_is_said_to_be_unpublished() -> None:
    done = CliRunner().invoke(app, ["request", "send", "-"], input=json.dumps(MAIL), env={"SAV_KAFKA": "127.0.0.1:1"})

    assert (done.exit_code, done.stderr.startswith("not published: ")) == (2, True)
