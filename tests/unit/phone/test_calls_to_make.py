"""Messages by telephone: an operator calls and says what came of it; nothing else counts as delivered (R3, R13)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.phone.to_call import PhoneOutbox
from shared.events.base import Channel
from shared.events.notify import MessagePersonal, MessageToSend
from shared.runtime.ports import Record
from shared.testing.faults import Faults
from shared.testing.store import MemoryGraves, MemoryStore
from tests.requirements import requirement
from tests.unit.phone.kit import PASSWORD, Phone
from tests.unit.portal.kit import hidden, words_of
from tests.unit.services.desk.told import body_of

WORDS = MessagePersonal(
    name="Mme Barrois",
    phone="+33199001234",
    subject="Relance",
    text="Bonjour,\n\nRésolu ?\nOui : https://portail.example/c/x",
)


def asked(phone: Phone, message: str = "m-1", channel: Channel = "phone") -> None:
    """Notify asks for a message, twice."""
    sent = MessageToSend(message=message, kind="reminder", generation=1, resolution=2, channel=channel, personal=WORDS)
    record = Record("sav.notify", 0, 0, b"t-1", body_of("notify", 1, sent, ticket="t-1"))
    outbox, graves = PhoneOutbox(phone.to_call, phone.pager, phone.clock), MemoryGraves(MemoryStore(), Faults())
    for _ in range(2):
        asyncio.run(outbox.hear(record, graves))


@requirement("R13")
@pytest.mark.parametrize(("button", "statuses"), [("joint", ["accepted", "delivered"]), ("faux", ["failed"])])
def test_what_an_operator_says_of_a_call_is_reported_and_the_call_leaves_the_list(
    button: str, statuses: list[str]
) -> None:
    phone = Phone()
    asked(phone)
    with phone.operator() as browser:
        shown = browser.get("/poste/rappels")
        assert "1 appel à passer" in words_of(shown)
        assert "Résolu ?" in words_of(shown)
        assert "://portail" not in shown.text
        assert "Mme Barrois – 01 99 00 12 34" in words_of(shown)
        phone.clock.advance(timedelta(minutes=2))
        after = browser.post("/poste/rappels", data={"page": hidden(shown), "message": "m-1", "came": button})
    assert "Aucun appel à passer" in words_of(after)
    assert [(one.status, one.message, one.resolution, one.at) for one in phone.door.reports] == [
        (status, "m-1", 2, phone.clock.now()) for status in statuses
    ]


@requirement("R13")
@pytest.mark.parametrize("fields", [{}, {"page": "faux", "came": "joint"}, {"came": "delivered"}])
def test_nothing_is_reported_without_an_operators_press_on_that_very_page(fields: dict[str, str]) -> None:
    phone = Phone()
    asked(phone)
    with phone.operator() as browser:
        browser.get("/poste/rappels")
        assert browser.post("/poste/rappels", data={"message": "m-1"} | fields).status_code == 409
    with phone.operator(password=PASSWORD + "x") as browser:
        assert browser.get("/poste/rappels").status_code == 401
    assert phone.door.reports == []


def test_messages_of_other_channels_are_not_on_the_list() -> None:
    phone = Phone()
    asked(phone, channel="email")
    assert phone.to_call.there == {}
