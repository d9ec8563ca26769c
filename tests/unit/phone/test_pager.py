"""R1: who is on call is called by the telephone system; what came of it is reported, and nobody waits for nothing."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from adapters.phone.pager import Pager
from adapters.phone.signature import SIGNATURE, TIMESTAMP, is_signed
from adapters.phone.to_call import PhoneOutbox
from shared.events.notify import MessagePersonal, StaffMessageToSend
from shared.runtime.ports import Record
from shared.testing.faults import Faults
from shared.testing.store import MemoryGraves, MemoryStore
from tests.requirements import requirement
from tests.unit.phone.kit import KEY, Phone
from tests.unit.services.desk.told import body_of
from tests.unit.services.harness import AROUND

TEN_MINUTES = timedelta(minutes=10)
MESSAGE = "t-1:page:2:1:T-02"
WORDS = MessagePersonal(
    name="Mathis Rolland", phone="+33639980002", subject="Astreinte", text="Pour accepter, tapez 1."
)


def called(phone: Phone) -> StaffMessageToSend:
    """Notify asks for a call."""
    sent = StaffMessageToSend(
        message=MESSAGE,
        kind="page",
        person="T-02",
        channel="phone",
        generation=2,
        resolution=1,
        answer_by=phone.clock.now() + TEN_MINUTES,
        personal=WORDS,
    )
    record = Record("sav.notify", 0, 0, b"t-1", body_of("notify", 1, sent, ticket="t-1"))
    outbox = PhoneOutbox(phone.to_call, phone.pager, phone.clock)
    asyncio.run(outbox.hear(record, MemoryGraves(MemoryStore(), Faults())))
    return sent


@requirement("R1")
def test_a_call_is_handed_to_the_telephone_system_signed_with_what_to_say() -> None:
    phone = Phone()

    called(phone)

    ((address, body, headers),) = phone.handed
    said = json.loads(body)
    assert address == "https://standard.example/appels"
    assert (said["number"], said["say"], said["message"]) == (WORDS.phone, WORDS.text, MESSAGE)
    assert is_signed([KEY], headers[TIMESTAMP], headers[SIGNATURE], body, phone.clock.now())
    assert phone.door.reports == []
    assert phone.to_call.there == {}, "an operator has nothing to do with it"


@requirement("R1")
def test_a_call_that_cannot_go_out_is_reported_at_once() -> None:
    phone = Phone()
    phone.switchboard_is_away = True

    called(phone)

    (report,) = phone.door.reports
    assert (report.status, report.kind, report.generation, report.ticket) == ("failed", "page", 2, "t-1")


@requirement("R1")
def test_without_a_telephone_system_every_call_fails_and_says_so() -> None:
    phone = Phone()
    phone.pager = Pager("", KEY, phone.door, phone.clock)

    called(phone)

    assert [one.status for one in phone.door.reports] == ["failed"]
    assert "SAV_PHONE_PAGER" in phone.door.reports[0].reason


@requirement("R1")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_call_that_is_heard_of_when_it_is_the_next_one_s_turn_calls_nobody(off: timedelta, said: str) -> None:
    phone = Phone()
    sent = called(Phone())
    phone.clock.set(phone.clock.now() + TEN_MINUTES + off)

    asyncio.run(phone.pager.call("t-1", sent))

    assert bool(phone.handed) is (said == "just before")


@requirement("R1")
@pytest.mark.parametrize(("accepted", "status"), [(True, "delivered"), (False, "failed")])
def test_what_the_person_answers_is_reported(accepted: bool, status: str) -> None:
    phone = Phone()

    answer = phone.post("/phone/page", json.dumps({"message": MESSAGE, "accepted": accepted}).encode())

    assert answer.status_code == 204
    (report,) = phone.door.reports
    assert (report.message, report.status, report.resolution, report.channel) == (MESSAGE, status, 1, "phone")


@pytest.mark.parametrize(
    "body",
    [b"{}", b"no", b'{"message": "t-1:reminder:1:1:email", "accepted": true}', b'{"message": "x", "accepted": 1}'],
)
def test_what_is_no_answer_of_a_call_is_refused(body: bytes) -> None:
    phone = Phone()

    assert phone.post("/phone/page", body).status_code == 422
    assert phone.door.reports == []


def test_what_is_not_signed_is_not_believed() -> None:
    phone = Phone()

    assert phone.post("/phone/page", b"{}", {SIGNATURE: "0" * 64}).status_code == 401
