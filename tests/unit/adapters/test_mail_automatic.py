"""Which mails a machine wrote, and of which kind; a person is never taken for one by their words."""

from __future__ import annotations

import pytest

from tests.unit.adapters.mails import mail, multipart


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (["Auto-Submitted: auto-replied (vacation)"], "out of office"),
        (["X-Autoreply: yes"], "out of office"),
        (["Precedence: auto_reply"], "out of office"),
        (["X-Apple-Action: OOF/VACATION"], "out of office"),
        (["Subject: Réponse automatique : Congés"], "out of office"),
        (["Subject: Automatic reply: Alarm"], "out of office"),
        (["Subject: Absence du 3 au 8", "Return-Path: <>"], "out of office"),
        (["Subject: Absence", "Auto-Submitted: auto-generated"], "out of office"),
        (["Auto-Submitted: auto-generated"], "bulk"),
        (["Precedence: bulk"], "bulk"),
        (["Precedence: junk"], "bulk"),
        (["X-Cron-Env: <SHELL=/bin/sh>"], "bulk"),
        (["X-Loop: sav@mileo.example"], "loop"),
        (["Return-Path: <>"], "bounce"),
        (["X-Failed-Recipients: a@b.example"], "bounce"),
        (["Subject: Undelivered Mail Returned to Sender"], "bounce"),
        (["Subject: Non remis : votre ticket"], "bounce"),
        (["Subject: Delivery delayed", "Return-Path: <>"], "delayed"),
    ],
)
def test_what_a_machine_says_of_itself_makes_it_one(headers: list[str], kind: str) -> None:
    said = mail(*headers)
    assert (said.is_auto, said.auto_kind) == (True, kind)


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example", "Postmaster <postmaster@mx.example>", "MAILER-DAEMON"])
def test_a_mail_server_is_a_machine_by_its_name(sender: str) -> None:
    assert mail("Subject: x", sender=sender).auto_kind == "bounce"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Auto-Submitted: no"],
        ["X-Autoreply: no"],
        ["Subject: Réponse automatique qui ne marche plus"],
        ["Subject: Re: Undelivered Mail Returned to Sender"],
        ["Subject: TR : Non remis : votre ticket"],
        ["Subject: Absence de tonalité"],
        ["Subject: Retard de votre technicien"],
        ["X-Auto-Response-Suppress: All"],
        ["X-Mailer: PHP"],
    ],
)
def test_a_person_is_none(headers: list[str]) -> None:
    said = mail(*headers)
    assert (said.is_auto, said.auto_kind) == (False, None)


@pytest.mark.parametrize("header", ["List-Id: <copro.liste.example>", "Precedence: list", "Mailing-List: contact x"])
def test_a_list_is_a_kind_of_its_own_and_what_people_write_to_it_is_no_machines(header: str) -> None:
    said = mail(header)
    assert (said.is_auto, said.auto_kind) == (False, "list")


def test_what_the_manager_of_a_list_says_is_a_machines() -> None:
    assert mail("List-Id: <copro.liste.example>", sender="copro-owner@liste.example").is_auto


def test_a_receipt_is_a_machines_and_of_no_kind_that_stops_anything() -> None:
    read = mail('Content-Type: multipart/report; report-type=disposition-notification; boundary="b"')
    assert (read.is_auto, read.auto_kind) == (True, None)
    report = "Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: delivered"
    assert (multipart("report", report).is_auto, multipart("report", report).auto_kind) == (True, None)


def test_a_report_inside_a_forwarded_mail_makes_no_machine_of_who_forwards_it() -> None:
    inner = (
        "Content-Type: message/rfc822\r\n\r\nFrom: MAILER-DAEMON@mx.example\r\n"
        "Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed"
    )
    assert not multipart("mixed", "Content-Type: text/plain\r\n\r\nQue faire ?", inner).is_auto
