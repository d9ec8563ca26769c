"""The operator's page: who calls at one glance, a note, the number and delay read aloud (R1, R3)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.phone.desk_page import acknowledgement_of
from shared.events.requests import Request, RequestPersonal
from tests.browser.whole import Whole
from tests.requirements import requirement
from tests.unit.phone.kit import PASSWORD, Phone
from tests.unit.portal.kit import hidden, know, words_of
from tests.unit.services.desk import lives
from tests.unit.services.desk.told import MONDAY


@requirement("R1")
def test_a_caller_is_recognised_with_sites_and_equipment() -> None:
    phone = Phone()
    with phone.operator() as browser:
        shown = words_of(browser.get("/poste?appel=sav:c-1&numero=01 99 00 10 05"))
    for said in ("Groupe Artemia", "01 99 00 10 05", "premium"):
        assert said in shown
    assert shown.count("premium") == 2  # both sites of the customer, the one of the number first


@requirement("R1")
@pytest.mark.parametrize(
    ("number", "title"), [("+33199999999", "Numéro inconnu"), ("anonymous", "Appel"), ("", "Appel")]
)
def test_an_unknown_or_withheld_caller_gets_the_same_page(number: str, title: str) -> None:
    with Phone().operator() as browser:
        shown = browser.get("/poste", params={"numero": number})
    assert f"<h1>{title}" in shown.text
    assert 'name="note"' in shown.text


@requirement("R1", "R2", "R3")
def test_a_note_is_the_calls_own_request_and_the_number_and_delay_are_read_aloud() -> None:
    phone = Phone()
    phone.event("ringing")
    phone.event("answered")
    with phone.operator() as browser:
        page = browser.get("/poste?appel=sav:c-1&numero=%2B33199001001")
        know(phone.tickets, ("intake", [lives.OPENED, lives.ACK_ASKED]), ticket=phone.calls.ticket_id("sav:c-1"))
        fields = {
            "page": hidden(page),
            "call": "sav:c-1",
            "customer": "C-1001",
            "site": "S-1001",
            "number": "+33199001001",
        }
        aloud = browser.post("/poste", data=fields | {"note": "Coffre : alarme muette.", "protected": "no"})

    (said,) = phone.door.taken
    assert (said.channel, said.key, said.customer, said.personal.text) == (
        "phone",
        "sav:c-1",
        "C-1001",
        "Coffre : alarme muette.",
    )
    assert said.form == {"operator": "A-01", "site": "S-1001", "protected": "no"}
    assert lives.NUMBER in words_of(aloud)
    assert "lundi 23 novembre à 13 h 00" in words_of(aloud)
    phone.event("ended")
    phone.clock.advance(timedelta(days=1))
    assert phone.store.there["sav:c-1"].noted
    assert phone.door.held == []


@requirement("R3")
def test_that_the_number_was_told_counts_as_the_acknowledgement_from_then() -> None:
    phone = Phone()
    ticket = phone.calls.ticket_id("sav:c-1")
    know(phone.tickets, ("intake", [lives.OPENED, lives.ACK_ASKED]), ticket=ticket)
    with phone.operator() as browser:
        aloud = browser.get(f"/poste/dossier/{ticket}")
        assert phone.door.reports == []
        browser.post(f"/poste/dossier/{ticket}", data={"page": "faux"})
        assert phone.door.reports == []
        phone.clock.advance(timedelta(seconds=30))
        browser.post(f"/poste/dossier/{ticket}", data={"page": hidden(aloud)})
    assert [(one.status, one.at) for one in phone.door.reports] == [
        ("accepted", phone.clock.now()), ("delivered", phone.clock.now()),
    ]  # fmt: skip
    assert {one.message for one in phone.door.reports} == {acknowledgement_of(ticket)}


@requirement("R3")
async def test_the_message_that_an_operator_answers_for_is_the_one_that_notify_asks_for(tmp_path: Path) -> None:
    whole = Whole(tmp_path, MONDAY)
    call = Request(channel="phone", key="c", received_at=MONDAY, personal=RequestPersonal(text="Plus rien ne répond."))
    await whole.accept(call)
    (asked,) = whole.said("notify", "message-to-send")
    assert (asked["data"]["channel"], asked["data"]["message"]) == ("phone", acknowledgement_of(asked["subject"]))

    await whole.deliver("acknowledgement")
    assert len(whole.said("intake", "acknowledgement-noted")) == 1


@requirement("R2")
def test_a_note_twice_is_one_request_and_nothing_typed_is_lost_when_it_cannot_be_kept() -> None:
    phone = Phone()
    with phone.operator() as browser:
        fields = {"page": hidden(browser.get("/poste")), "note": "Badge <perdu>", "caller": "M. Oudin"}
        phone.door.refuses = True
        refused = browser.post("/poste", data=fields)
        assert refused.status_code == 503
        assert "Badge &lt;perdu&gt;</textarea>" in refused.text
        assert 'value="M. Oudin"' in refused.text
        phone.door.refuses = False
        for _ in range(2):
            browser.post("/poste", data=fields)
    assert len(phone.door.distinct()) == 1
    assert phone.door.taken[0].key.startswith("poste:")


@pytest.mark.parametrize("note", ["", "  \n"])
def test_an_empty_note_is_sent_back(note: str) -> None:
    phone = Phone()
    with phone.operator() as browser:
        assert browser.post("/poste", data={"page": hidden(browser.get("/poste")), "note": note}).status_code == 422
    assert phone.door.taken == []


@pytest.mark.parametrize("path", ["/poste", "/poste/dossier/t-1"])
def test_nobody_sees_a_customer_without_the_password_and_without_one_there_is_no_page(path: str) -> None:
    phone = Phone()
    for password in ("", "x", PASSWORD + "x"):
        with phone.operator(password=password) as browser:
            for answer in (browser.get(path), browser.post(path, data={"note": "x"})):
                assert answer.status_code == 401
                assert "basic" in answer.headers["www-authenticate"].lower()
    phone.restart(operator_password="")
    with phone.operator(password="") as browser:
        assert browser.get(path).status_code == 404
    assert phone.door.taken == []


@requirement("R2")
def test_a_note_about_a_ticket_that_there_is_is_joined_to_it() -> None:
    phone = Phone()
    with phone.operator() as browser:
        fields = {"page": hidden(browser.get("/poste")), "note": "Rappeler après 14 h.", "ticket": "26 666 273 y"}
        shown = browser.post("/poste", data=fields)
    assert [(one.kind, one.ticket) for one in phone.door.taken] == [("reply", lives.NUMBER)]
    assert f"La note est jointe au dossier {lives.NUMBER}" in words_of(shown)
