"""Events of a call, in any order and however often, are one request; whoever calls gets a ticket (R1, R2)."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from adapters.accept import NotAccepted
from adapters.phone.call import ENDED_WITHIN, NOTED_WITHIN, TRANSCRIBED_WITHIN, VOICEMAIL_WITHIN
from adapters.phone.signature import TOLERANCE, signature
from tests.requirements import requirement
from tests.unit.phone.kit import KEY, Phone
from tests.unit.portal.kit import know
from tests.unit.services.desk import lives

WORDS = "Bonjour, l'alarme de l'agence ne répond plus du tout."
SECOND = timedelta(seconds=1)
CALLER, SPACED, NATIONAL, LONG = "+33199001001", "+33 1 99 00 10 01", "0199001001", "0033199001001"
ORDERS = list(itertools.permutations(["ringing", "ended", "voicemail", "transcription"]))


def due(phone: Phone) -> None:
    asyncio.run(phone.calls.tell_due())


@requirement("R1", "R2")
@pytest.mark.parametrize("order", ORDERS)
def test_a_voicemail_in_any_order_of_its_events_each_twice_is_one_request_with_its_words(
    order: tuple[str, ...],
) -> None:
    phone = Phone()
    begun = phone.clock.now()
    for what in (*order, *order):
        if what == "transcription":
            assert phone.event("voicemail", transcription=WORDS, recording="https://r.example/1").status_code == 204
        else:
            assert phone.event(what).status_code == 204
        phone.clock.advance(SECOND)
    due(phone)
    phone.clock.advance(timedelta(days=1))
    due(phone)

    assert len(phone.door.distinct()) == 1
    said = phone.door.taken[0]
    assert (said.kind, said.channel, said.key, said.personal.text) == ("request", "phone", "sav:c-1", WORDS)
    assert said.personal.phone == "+33199001001"
    assert said.received_at == begun
    assert phone.door.held == []


@requirement("R1", "R2")
@pytest.mark.parametrize("number", ["", "anonymous", "Restricted", "masqué", "+266696687", "104"])
def test_a_caller_who_withholds_the_number_still_gets_a_ticket(number: str) -> None:
    phone = Phone()
    phone.event("voicemail", number=number, transcription=WORDS)
    assert [(one.personal.phone, one.personal.text) for one in phone.door.taken] == [("", WORDS)]


@pytest.mark.parametrize(
    ("events", "wait", "text"),
    [
        (("ringing", "ended"), VOICEMAIL_WITHIN, "Appel manqué du 01 99 00 10 01, sans message."),
        (("ringing",), ENDED_WITHIN + VOICEMAIL_WITHIN, "Appel manqué du 01 99 00 10 01, sans message."),
        (("ringing", "ended", "voicemail"), TRANSCRIBED_WITHIN, "Message vocal du 01 99 00 10 01, sans transcription"),
        (("ringing", "answered", "ended"), NOTED_WITHIN, "Appel du 01 99 00 10 01, pris au standard ; aucune note"),
    ],
)
@requirement("R2")
def test_a_call_that_leaves_no_words_is_told_when_its_time_is_over_and_not_before(
    events: tuple[str, ...], wait: timedelta, text: str
) -> None:
    phone = Phone()
    for what in events:
        phone.event(what)
    phone.clock.advance(wait - SECOND)
    due(phone)
    assert phone.door.taken == []
    assert len(phone.door.held) == 1

    phone.clock.advance(SECOND)
    due(phone)
    phone.clock.advance(SECOND)
    due(phone)
    (said,) = phone.door.taken
    assert said.personal.text.replace("\u00a0", " ").startswith(text)
    assert phone.door.held == []


@requirement("R2")
def test_a_transcription_that_comes_late_is_added_to_the_ticket_and_opens_no_second_one() -> None:
    phone = Phone()
    phone.event("voicemail")
    phone.clock.advance(TRANSCRIBED_WITHIN)
    due(phone)
    phone.event("voicemail", transcription=WORDS)
    assert len(phone.door.taken) == 1

    know(phone.tickets, ("intake", [lives.OPENED]), ticket=phone.calls.ticket_id("sav:c-1"))
    for _ in range(2):
        due(phone)
    first, second = phone.door.taken
    assert (second.kind, second.ticket, second.personal.text) == ("reply", lives.NUMBER, WORDS)
    assert first.key != second.key


@requirement("R2")
def test_a_crash_between_deciding_and_noting_says_the_very_same_again() -> None:
    phone = Phone()
    phone.event("voicemail")
    phone.clock.advance(TRANSCRIBED_WITHIN)
    phone.door.loses_answers = True
    with pytest.raises(NotAccepted):
        due(phone)
    phone.door.loses_answers = False
    phone.restart()
    phone.event("voicemail", transcription=WORDS)
    due(phone)

    first, again, *_ = phone.door.taken
    assert first == again
    assert WORDS not in again.personal.text
    assert phone.store.there["sav:c-1"].told == "without-words"  # and the words follow once the number is known


@requirement("R13")
def test_silence_is_not_claimed_past_a_call_that_may_still_become_a_request_even_after_a_restart() -> None:
    phone = Phone()
    begun = phone.clock.now()
    phone.event("ringing")
    assert phone.door.held == [begun]
    phone.door.held.clear()
    phone.restart()
    phone.clock.advance(SECOND)
    due(phone)
    assert phone.door.held == [begun]


@requirement("R2")
def test_two_replicas_that_hear_one_call_lose_nothing_of_it() -> None:
    phone = Phone()
    phone.event("ringing")
    first = phone.store.there["sav:c-1"]

    def other_replica() -> None:
        phone.store.there["sav:c-1"] = first.model_copy(update={"version": 2, "answered": True})

    phone.store.meanwhile = [other_replica]
    phone.event("ended")
    call = phone.store.there["sav:c-1"]
    assert (call.answered, call.ended_at is not None, call.version) == (True, True, 3)


@requirement("R2")
def test_what_cannot_be_kept_is_said_to_be_said_again() -> None:
    phone = Phone()
    phone.store.away = True
    assert phone.event("ringing").status_code == 503
    phone.store.away, phone.door.refuses = False, True
    assert phone.event("voicemail", transcription=WORDS).status_code == 503
    phone.door.refuses = False
    due(phone)
    assert [one.personal.text for one in phone.door.taken] == [WORDS]


@pytest.mark.parametrize("after", [-TOLERANCE - SECOND, -TOLERANCE, timedelta(0), TOLERANCE, TOLERANCE + SECOND])
def test_a_signature_is_believed_for_five_minutes_either_way(after: timedelta) -> None:
    phone, body = Phone(), b'{"call": "c", "event": "ringing"}'
    timestamp = str(int(phone.clock.now().timestamp()))
    headers = {"x-sav-timestamp": timestamp, "x-sav-signature": signature(KEY, timestamp, body)}
    phone.clock.advance(after)
    assert phone.post("/phone/events/sav", body, headers).status_code == (204 if abs(after) <= TOLERANCE else 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-sav-signature": ""},
        {"x-sav-signature": "0" * 64},
        {"x-sav-signature": "é"},
        {"x-sav-timestamp": ""},
        {"x-sav-timestamp": "٣"},
        {"x-sav-timestamp": "9" * 400},
        {"x-sav-timestamp": "-1"},
    ],
)
@pytest.mark.parametrize("path", ["/phone/events/sav", "/phone/route"])
def test_what_is_not_signed_is_not_believed(path: str, headers: dict[str, str]) -> None:
    phone = Phone()
    assert phone.post(path, b'{"call": "c", "event": "ringing"}', headers).status_code == 401
    assert phone.store.there == {}


def test_a_body_that_was_changed_on_its_way_is_not_believed() -> None:
    phone, timestamp = Phone(), str(int(Phone().clock.now().timestamp()))
    headers = {"x-sav-timestamp": timestamp, "x-sav-signature": signature(KEY, timestamp, b'{"call": "c"}')}
    assert phone.post("/phone/events/sav", b'{"call": "d"}', headers).status_code == 401


@pytest.mark.parametrize(
    ("system", "payload", "what"),
    [
        ("twilio", {"CallSid": "CA1", "From": CALLER, "TranscriptionText": WORDS}, "voicemail"),
        ("aircall", {"event": "call.voicemail_left", "data": {"id": 7, "raw_digits": SPACED}}, "voicemail"),
        ("asterisk-ari", {"type": "StasisStart", "channel": {"id": "1.2", "caller": {"number": NATIONAL}}}, "ringing"),
        ("freeswitch", {"Event-Name": "CHANNEL_ANSWER", "Unique-ID": "u", "Caller-Caller-ID-Number": LONG}, "answered"),
    ],
)
def test_the_payloads_of_common_telephone_systems_are_understood(
    system: str, payload: dict[str, object], what: str
) -> None:
    event = Phone().board.mappings.event(system, json.dumps(payload).encode(), "application/json")
    assert event is not None
    assert (event.what, event.number, event.call.startswith(f"{system}:")) == (what, "+33199001001", True)


def test_a_payload_may_be_a_form_and_what_is_no_customers_call_is_passed_over() -> None:
    phone = Phone()
    form = {"content-type": "application/x-www-form-urlencoded"}
    said = {"CallSid": "CA1", "From": "+33199001001", "CallStatus": "ringing", "Direction": "inbound"}
    assert phone.post("/phone/events/twilio", urlencode(said).encode(), form).status_code == 204
    assert set(phone.store.there) == {"twilio:CA1"}
    outgoing = said | {"CallSid": "CA2", "Direction": "outbound-api"}
    assert phone.post("/phone/events/twilio", urlencode(outgoing).encode(), form).status_code == 204
    assert phone.post("/phone/events/aircall", b'{"event": "user.created", "data": {"id": 1}}').status_code == 204
    assert set(phone.store.there) == {"twilio:CA1"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/phone/events/inconnu", b"{}", 404),
        ("/phone/events/sav", b"[]", 422),
        ("/phone/events/sav", b"\xff", 422),
        ("/phone/events/sav", b'{"event": "ringing"}', 422),
        ("/phone/events/sav", b'{"event": "ringing", "call": "' + b"c" * 201 + b'"}', 422),
        ("/phone/route", b"[]", 422),
        ("/phone/events/sav", b" " * 600_000, 413),
    ],
)
def test_a_payload_that_says_nothing_is_refused_with_the_reason(path: str, body: bytes, status: int) -> None:
    answer = Phone().post(path, body)
    assert answer.status_code == status
    assert answer.json()["error"]
