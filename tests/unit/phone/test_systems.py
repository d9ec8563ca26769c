"""Telephone systems' own payloads, by the field names of their documentation, become one call and one request."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.phone.mapping import read_mappings
from tests.requirements import requirement
from tests.unit.phone.kit import Phone
from tests.unit.phone.payloads import AIRCALL, ASTERISK, CALLER, RINGOVER, THREE_CX, TWILIO

FORM = {"content-type": "application/x-www-form-urlencoded"}
KNOWN = [
    ("twilio", TWILIO, {"ringing": "ringing", "answered": "answered", "ended": "ended", "transcribed": "ended"}),
    (
        "aircall",
        AIRCALL,
        {
            "ringing": "ringing",
            "on an agent": "ringing",
            "answered": "answered",
            "hung up": "ended",
            "ended": "ended",
            "voicemail": "voicemail",
        },
    ),
    (
        "ringover",
        RINGOVER,
        {"ringing": "ringing", "answered": "answered", "ended": "ended", "missed": "ended", "voicemail": "voicemail"},
    ),
    ("3cx-webhook", THREE_CX, {"ringing": "ringing", "answered": "answered", "ended": "ended", "missed": "ended"}),
    ("asterisk-ari", ASTERISK, {"ringing": "ringing", "answered": "answered", "ended": "ended"}),
]
CASES = [(system, said[name], what) for system, said, wanted in KNOWN for name, what in wanted.items()]


@requirement("R1")
@pytest.mark.parametrize(("system", "payload", "what"), CASES)
def test_an_event_of_a_call_says_who_called_and_what_happened(system: str, payload: dict[str, Any], what: str) -> None:
    event = read_mappings().event(system, json.dumps(payload).encode(), "application/json")

    assert event is not None
    assert (event.what, event.number) == (what, CALLER)


@pytest.mark.parametrize(
    ("system", "payload"),
    [
        ("ringover", RINGOVER["colleague"]),
        ("ringover", RINGOVER["outbound"]),
        ("ringover", RINGOVER["tagged"]),
        ("ringover", RINGOVER["talk recorded"]),
        ("aircall", {"resource": "user", "event": "user.created", "data": {"id": 812}}),
        ("aircall", AIRCALL["ringing"] | {"data": AIRCALL["ringing"]["data"] | {"direction": "outbound"}}),
        ("3cx-webhook", THREE_CX["outgoing"]),
        ("3cx-webhook", THREE_CX["outgoing answered"]),
        ("asterisk-ari", ASTERISK["digit"]),
        ("asterisk-ari", ASTERISK["playback"]),
        ("twilio", TWILIO["ringing"] | {"Direction": "outbound-dial"}),
    ],
)
def test_what_is_no_customers_call_is_passed_over(system: str, payload: dict[str, Any]) -> None:
    assert read_mappings().event(system, json.dumps(payload).encode(), "application/json") is None


@requirement("R1", "R2")
@pytest.mark.parametrize("order", list(itertools.permutations(["ringing", "answered", "ended", "transcribed"])))
def test_a_call_to_twilio_with_a_transcribed_message_is_one_request_in_any_order(order: tuple[str, ...]) -> None:
    phone = Phone()
    phone.recordings["https://cdn.operateur.example/RE2"] = b"ID3 a voice"
    for name in (*order, "recorded", *order):
        assert phone.post("/phone/events/twilio", urlencode(TWILIO[name]).encode(), FORM).status_code == 204
    asyncio.run(phone.calls.tell_due())

    (said,) = {one.model_dump_json() for one in phone.door.taken}
    assert json.loads(said)["personal"] | {"phone": CALLER} == json.loads(said)["personal"]
    assert "ne répond plus" in said


@requirement("R1", "R2")
@pytest.mark.parametrize(
    ("system", "said", "names", "recording"),
    [
        ("aircall", AIRCALL, ("ringing", "ended", "voicemail"), "https://cdn.operateur.example/812.mp3"),
        ("ringover", RINGOVER, ("ringing", "voicemail", "voicemail there"), "https://cdn.operateur.example/vm.mp3"),
    ],
)
def test_a_voicemail_is_one_request_with_its_recording_whatever_comes_first(
    system: str, said: dict[str, dict[str, Any]], names: tuple[str, ...], recording: str
) -> None:
    for order in itertools.permutations(names):
        phone = Phone()
        phone.recordings[recording] = b"ID3 a voice"
        for name in (*order, *order):
            phone.post(f"/phone/events/{system}", json.dumps(said[name]).encode())
        phone.clock.advance(timedelta(minutes=10))
        asyncio.run(phone.calls.tell_due())

        (request,) = phone.door.taken
        assert request.personal.phone == CALLER
        assert (request.form["call"], request.form["recording"]) == (
            "voicemail",
            f"sha256:{next(iter(phone.kept.there))}",
        )


def test_three_legs_of_one_call_to_a_3cx_are_one_call() -> None:
    phone = Phone()
    for name in ("ringing", "answered", "ended"):
        phone.post("/phone/events/3cx-webhook", json.dumps(THREE_CX[name]).encode())

    (call,) = phone.store.there.values()
    assert (call.answered, call.ended_at is not None) == (True, True)


@pytest.mark.parametrize(
    ("system", "payload"),
    [
        ("ringover", RINGOVER["anonymous"]),
        ("aircall", AIRCALL["ringing"] | {"data": AIRCALL["ringing"]["data"] | {"raw_digits": "anonymous"}}),
        ("3cx-webhook", THREE_CX["ringing"] | {"callerid": "anonymous"}),
        ("3cx-webhook", THREE_CX["ringing"] | {"callerid": "104"}),
        ("twilio", TWILIO["ringing"] | {"From": "+7378742833"}),
        ("asterisk-ari", ASTERISK["ringing"] | {"channel": ASTERISK["ringing"]["channel"] | {"caller": {}}}),
    ],
)
def test_a_caller_who_withholds_the_number_has_none_whatever_stands_in_its_place(
    system: str, payload: dict[str, Any]
) -> None:
    event = read_mappings().event(system, json.dumps(payload).encode(), "application/json")

    assert event is not None
    assert event.number == ""


@pytest.mark.parametrize(
    ("written", "number"),
    [("33199001001", CALLER), ("0199001001", CALLER), ("+33199001001", CALLER), ("0033199001001", CALLER)],
)
def test_a_number_is_the_same_with_and_without_its_plus(written: str, number: str) -> None:
    payload = json.dumps(THREE_CX["ringing"] | {"callerid": written}).encode()
    event = read_mappings().event("3cx-webhook", payload, "application/json")

    assert event is not None
    assert event.number == number
