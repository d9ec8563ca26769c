"""Bytes to events and back: what is read, what is refused with a sentence, and what is left to newer code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from shared.codec import Envelope, decode, encode, load_object, open_payload, sealed_data
from shared.errors import HoldTicket, SendToDead
from shared.events.intake import CustomerReplied, TicketOpened
from shared.personal import ClearSeal
from tests.unit.services.builders import MONDAY, opened, replied
from tests.unit.services.harness import TICKET

SEAL = ClearSeal()
NO_TEXT: tuple[object, ...] = (..., "", None, 7, [])


def document(**changes: Any) -> dict[str, Any]:
    """A sound CloudEvent, changed; a field set to `...` is left out."""
    sound = {
        "specversion": "1.0",
        "id": "e-1",
        "type": CustomerReplied.type_name,
        "source": "sav/test/intake",
        "subject": TICKET,
        "time": "2026-11-23T09:00:00Z",
        "datacontenttype": "application/json",
        "data": sealed_data(replied(MONDAY), TICKET, SEAL),
        "seq": 1,
    }
    return {name: value for name, value in (sound | changes).items() if value is not ...}


def read(**changes: Any) -> Envelope:
    return decode(orjson.dumps(document(**changes)))


def with_data(**changes: Any) -> Envelope:
    data = {name: value for name, value in (document()["data"] | changes).items() if value is not ...}
    return read(data=data)


def test_a_sound_event_is_read() -> None:
    envelope = read()

    assert (envelope.id, envelope.stage, envelope.subject, envelope.seq) == ("e-1", "intake", TICKET, 1)
    assert envelope.time == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert open_payload(envelope, SEAL) == replied(MONDAY)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "no value"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'"\\ud800"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "list, not an object"),
        (b"null", "NoneType, not an object"),
        (b"1", "int, not an object"),
        (b'"text"', "str, not an object"),
    ],
)
def test_what_is_no_json_object_is_refused_with_a_sentence(value: bytes | None, sentence: str) -> None:
    with pytest.raises(SendToDead, match=sentence):
        load_object(value)
    with pytest.raises(SendToDead, match=sentence):
        decode(value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"specversion": ...}, "specversion"),
        ({"specversion": "0.3"}, "specversion"),
        ({"specversion": 1.0}, "specversion"),
        *(({name: wrong}, f"no {name}") for name in ("id", "type", "source", "subject") for wrong in NO_TEXT),
        ({"seq": 0}, "seq is 0"),
        ({"seq": -1}, "seq is -1"),
        ({"seq": True}, "seq is True"),
        ({"seq": False}, "seq is False"),
        ({"seq": 1.0}, "seq is 1.0"),
        ({"seq": "1"}, "seq is '1'"),
        ({"data": ...}, "no data object"),
        ({"data": None}, "no data object"),
        ({"data": []}, "no data object"),
        ({"data": "text"}, "no data object"),
        ({"time": ...}, "RFC 3339"),
        ({"time": None}, "RFC 3339"),
        ({"time": "yesterday"}, "RFC 3339"),
        ({"time": 1_795_424_400}, "RFC 3339"),
        ({"time": "2026-13-01T00:00:00Z"}, "RFC 3339"),
        ({"time": "2026-11-23T09:00:00"}, "no offset"),
        ({"time": "2026-11-23"}, "no offset"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_document_that_is_no_event_of_ours_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SendToDead, match=sentence):
        read(**changes)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_ends_of_the_calendar_is_refused_with_a_sentence(time: str) -> None:
    with pytest.raises(SendToDead):
        read(time=time)


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        ("2026-11-23T10:00:00+01:00", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
        ("2026-11-23T09:00:00.123456Z", datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-22T19:00:00-14:00", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
    ],
)
def test_an_instant_is_kept_in_utc(time: str, instant: datetime) -> None:
    assert read(time=time).time == instant


def test_an_envelope_without_seq_is_read_and_its_topic_decides_whether_it_needs_one() -> None:
    assert read(seq=...).seq is None


def test_fields_that_this_code_does_not_know_are_passed_over() -> None:
    assert open_payload(with_data(mood="calm"), SEAL) == replied(MONDAY)
    assert read(traceparent="00-1-2-3").id == "e-1"


@pytest.mark.parametrize("type_name", ["sav.intake.weather-noted.v1", "com.example.other.v1", "x"])
def test_a_type_never_heard_of_is_no_payload(type_name: str) -> None:
    assert open_payload(read(type=type_name), SEAL) is None


@pytest.mark.parametrize("version", ["v2", "v10", "v0"])
def test_our_own_type_in_another_version_is_left_to_newer_code(version: str) -> None:
    with pytest.raises(HoldTicket, match="version"):
        open_payload(read(type=f"sav.intake.customer-replied.{version}"), SEAL)


def test_data_sealed_by_newer_code_is_left_to_newer_code() -> None:
    with pytest.raises(HoldTicket, match="aes"):
        open_payload(with_data(personal={"seal": "aes.v1", "data": "…"}), SEAL)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"request": ...}, "request: Field required"),
        ({"request": 7}, "request: "),
        ({"channel": "fax"}, "channel: "),
        ({"received_at": "2026-11-23T09:00:00"}, "received_at: .*timezone"),
        ({"received_at": "soon"}, "received_at: "),
        ({"automatic": "perhaps"}, "automatic: "),
        ({"personal": "Mme Martin"}, "personal: "),
    ],
)
def test_data_that_does_not_fit_its_type_is_refused_naming_the_field(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SendToDead, match=sentence):
        open_payload(with_data(**changes), SEAL)


def test_a_refusal_never_quotes_what_may_be_personal() -> None:
    with pytest.raises(SendToDead) as refusal:
        open_payload(with_data(channel="mme.martin@client.example", automatic="06 12 34 56 78"), SEAL)

    assert "martin" not in str(refusal.value)
    assert "34 56" not in str(refusal.value)


def test_a_refusal_lists_five_faults_and_counts_the_rest() -> None:
    with pytest.raises(SendToDead, match=r"\(and \d+ more\)"):
        open_payload(read(type=TicketOpened.type_name, data={}), SEAL)


def test_personal_data_is_sealed_apart_and_the_rest_stays_in_clear() -> None:
    data = sealed_data(opened(), TICKET, SEAL)

    assert data["personal"]["data"]["email"] == "martin@client.example"
    assert "martin" not in orjson.dumps({name: one for name, one in data.items() if name != "personal"}).decode()


def test_the_same_envelope_gives_the_same_bytes_whatever_the_order_it_was_built_in() -> None:
    data = sealed_data(opened(), TICKET, SEAL)
    turned = dict(reversed(data.items()))
    envelope = Envelope("e-1", TicketOpened.type_name, "sav/test/intake", TICKET, MONDAY, data, 1, "c-1")

    again = Envelope("e-1", TicketOpened.type_name, "sav/test/intake", TICKET, MONDAY, turned, 1, "c-1")

    assert encode(envelope) == encode(again)
    assert decode(encode(envelope)) == envelope
