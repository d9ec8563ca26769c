"""The door of every adapter: what a record is, and what is refused; and the forms of the phone and of the portal."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from adapters.door import FRAME_BYTES, KEY_BYTES, TooLarge, Unreadable, size_on_topic, to_record
from adapters.phone.read import read as read_phone
from adapters.portal.read import read as read_portal
from adapters.telephone import e164
from shared.events.requests import Request, RequestPersonal
from shared.topics import DOOR_LIMIT_BYTES

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def request(**personal: str) -> Request:
    return Request(channel="email", key="k", received_at=AT, personal=RequestPersonal(**personal))


def of_size(size: int, **personal: str) -> Request:
    """A request of so many bytes on its topic: key, value, headers and frame."""
    empty = size_on_topic(*to_record(request(text="a", **personal))) - 1
    return request(text="a" * (size - empty), **personal)


def test_a_record_is_plain_json_without_what_is_default() -> None:
    assert json.loads(to_record(request(text="Bonjour"))[1]) == {
        "channel": "email", "key": "k", "received_at": "2026-11-23T09:00:00Z", "personal": {"text": "Bonjour"},
    }  # fmt: skip


def test_the_key_is_the_customer_else_the_address_else_the_number_else_the_idempotency_key() -> None:
    whole = request(email="ana@client.example", phone="+33639980001").model_copy(update={"customer": "C-1"})
    assert to_record(whole)[0] == b"C-1"
    assert to_record(request(email="ana@client.example", phone="+33639980001"))[0] == b"ana@client.example"
    assert to_record(request(phone="+33639980001"))[0] == b"+33639980001"
    assert to_record(request())[0] == b"k"


@pytest.mark.parametrize("size", [DOOR_LIMIT_BYTES - 1, DOOR_LIMIT_BYTES])
def test_a_request_up_to_the_limit_passes(size: int) -> None:
    key, value = to_record(of_size(size))
    assert len(key) + len(value) + FRAME_BYTES == size


def test_a_request_one_byte_above_the_limit_is_refused_with_the_limit_in_two_languages() -> None:
    with pytest.raises(TooLarge) as refused:
        to_record(of_size(DOOR_LIMIT_BYTES + 1))
    said = str(refused.value)
    assert f"la limite est de {DOOR_LIMIT_BYTES} octets" in said
    assert f"the limit is {DOOR_LIMIT_BYTES} bytes" in said


@pytest.mark.parametrize("address", ["a@b.example", f"{'é' * 60}@{'b' * 400}.example"])
def test_the_key_counts_too_and_is_cut_where_it_is_longer_than_a_key_may_be(address: str) -> None:
    key, _ = to_record(of_size(DOOR_LIMIT_BYTES, email=address))
    assert len(key) == min(len(address.encode()), KEY_BYTES)
    with pytest.raises(TooLarge):
        to_record(of_size(DOOR_LIMIT_BYTES + 1, email=address))


def test_what_kafka_writes_around_a_record_is_less_than_what_is_counted_for_it() -> None:
    key, value = b"k" * KEY_BYTES, b"v" * 1_000_000
    headers = [("correlation_id", b"x" * 36), ("content-type", b"application/json; charset=utf-8")]
    batch = DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, headers)
    assert len(key) + len(value) < batch <= size_on_topic(key, value)


@pytest.mark.parametrize(
    "written",
    ["06 39 98 00 01", "06.39.98.00.01", "0639980001", "+33 6 39 98 00 01", "+33 (0)6 39 98 00 01", "0033639980001"],
)
def test_a_number_has_one_form_however_it_was_written(written: str) -> None:
    assert e164(written) == "+33639980001"


@pytest.mark.parametrize("written", ["", "masqué", "poste 12", "112"])
def test_what_is_no_number_stays_as_it_was_written(written: str) -> None:
    assert e164(f" {written} ") == written


def test_an_operators_note_says_who_called_and_what_for() -> None:
    note = {"call": "A-1", "operator": "sophie", "caller": "M. Roche", "number": "06 39 98 00 01", "note": "Alarme HS."}
    read = read_phone(json.dumps(note).encode(), AT)
    assert (read.kind, read.channel, read.key, read.customer) == ("request", "phone", "A-1", "")
    assert read.personal == RequestPersonal(name="M. Roche", phone="+33639980001", text="Alarme HS.")
    assert read.form == {"operator": "sophie"}


def test_a_call_about_a_ticket_is_a_reply_and_a_confirmation_names_its_resolution() -> None:
    about = read_phone(b'{"call": "A-2", "ticket": "25 129 369 s", "note": "Toujours en panne."}', AT)
    assert (about.kind, about.ticket) == ("reply", "25-129-369-S")
    solved = read_phone(b'{"kind": "confirmation", "ticket": "25-129-369-S", "resolution": 1}', AT)
    assert (solved.kind, solved.resolution) == ("confirmation", 1)


def test_a_survey_answer_of_the_portal_has_scores_and_a_comment() -> None:
    page = {
        "nonce": "n", "kind": "survey-answer", "ticket": "25-129-369-S", "resolution": 2, "message": "Parfait.",
        "scores": {"responsiveness": 5, "quality": 4, "communication": 3},
    }  # fmt: skip
    read = read_portal(json.dumps(page).encode(), AT)
    assert read.scores is not None
    assert (read.scores.quality, read.personal.comment, read.personal.text) == (4, "Parfait.", "")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"Alarme HS", "JSON"),
        (b"[]", "document"),
        (b'{"number": 12}', "number"),
        (b'{"kind": "confirmation"}', "names its ticket"),
        (b'{"note": "\\ud800"}', "JSON"),
    ],
)
def test_what_is_no_document_of_the_channel_is_refused_with_what_is_wrong(raw: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_phone(raw, AT)


def test_a_byte_order_mark_is_no_reason_to_refuse() -> None:
    assert read_portal(b'\xef\xbb\xbf{"message": "Bonjour"}', AT).personal.text == "Bonjour"
