"""A telephone system's own proof is believed for its own payloads alone, and only with the secret that was set (R2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.testclient import TestClient

from adapters.phone.proof import is_proved
from tests.unit.phone.kit import Phone
from tests.unit.phone.payloads import AIRCALL, TWILIO

TOKEN, AUTH = "t" * 32, "a" * 32
HOST = "https://appels.exemple.fr"
SECRETS = {"aircall": TOKEN, "twilio": AUTH}


def post(phone: Phone, system: str, body: bytes, **headers: str) -> httpx2.Response:
    """A call by HTTP without our own signature."""
    kind = "application/x-www-form-urlencoded" if system == "twilio" else "application/json"
    client = TestClient(phone.app, base_url="http://127.0.0.1:8081")
    sent = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    encoded = {name.encode(): value.encode() for name, value in sent.items()}
    answer: httpx2.Response = client.post(f"/phone/events/{system}", content=body, headers=encoded)
    return answer


def signed(said: dict[str, Any], secret: str = AUTH, address: str = f"{HOST}/phone/events/twilio") -> str:
    """Twilio's own signature, made independently of our code: address, then names and values in order."""
    text = address
    for name in sorted(said):
        text += name + str(said[name])
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_aircalls_token_in_the_body_is_believed() -> None:
    phone = Phone(secrets=SECRETS)
    assert post(phone, "aircall", json.dumps(AIRCALL["ringing"]).encode()).status_code == 204
    assert set(phone.store.there) == {"aircall:812"}


@pytest.mark.parametrize("token", ["", "x" * 32, None, 7, ["t" * 32], {"t": 1}])
def test_another_token_is_not(token: object) -> None:
    phone = Phone(secrets=SECRETS)
    assert post(phone, "aircall", json.dumps(AIRCALL["ringing"] | {"token": token}).encode()).status_code == 401
    assert phone.store.there == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'"t"', b"null"])
def test_a_body_that_holds_no_token_is_not_believed(body: bytes) -> None:
    assert post(Phone(secrets=SECRETS), "aircall", body).status_code == 401


def test_twilios_signature_over_its_address_and_form_is_believed() -> None:
    phone, said = Phone(secrets=SECRETS, address=HOST + "/"), TWILIO["ringing"]
    assert post(phone, "twilio", urlencode(said).encode(), x_twilio_signature=signed(said)).status_code == 204
    assert len(phone.store.there) == 1


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "é",
        signed(TWILIO["ringing"], secret=TOKEN),
        signed(TWILIO["ringing"], address="https://autre.exemple.fr/phone/events/twilio"),
        signed(TWILIO["ringing"] | {"From": "+33199001002"}),
    ],
)
def test_a_signature_of_something_else_is_not(signature: str) -> None:
    phone = Phone(secrets=SECRETS, address=HOST)
    assert post(phone, "twilio", urlencode(TWILIO["ringing"]).encode(), x_twilio_signature=signature).status_code == 401
    assert phone.store.there == {}


@pytest.mark.parametrize("settings", [{}, {"secrets": {"aircall": ""}}, {"secrets": {"twilio": TOKEN}}])
def test_without_its_own_secret_no_system_is_believed_without_our_signature(settings: dict[str, Any]) -> None:
    phone = Phone(**settings)
    assert post(phone, "aircall", json.dumps(AIRCALL["ringing"] | {"token": ""}).encode()).status_code == 401
    assert post(phone, "aircall", json.dumps(AIRCALL["ringing"]).encode()).status_code == 401


@pytest.mark.parametrize("system", ["sav", "ringover", "3cx-webhook"])
def test_a_secret_opens_no_other_systems_door(system: str) -> None:
    phone = Phone(secrets=SECRETS | {system: TOKEN})
    assert (
        post(phone, system, json.dumps({"token": TOKEN, "call": "c", "event": "ringing"}).encode()).status_code == 401
    )


def test_nothing_is_proved_without_an_address_or_by_our_own_kind_of_proof() -> None:
    form = urlencode(TWILIO["ringing"]).encode()
    headers = {"x-twilio-signature": signed(TWILIO["ringing"], address="")}
    assert not is_proved("form", AUTH, "", headers, form)
    assert not is_proved("sav", AUTH, HOST, headers, form)
