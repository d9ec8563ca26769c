"""What servers say became of our mail: by RFC 3464, and in the words of those that do not keep to it."""

from __future__ import annotations

import pytest

from adapters.email.bounces import Delivery
from adapters.email.mail import Mail
from tests.requirements import requirement
from tests.unit.adapters.mails import mail, multipart

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.client.example>"
OURS = "Message-ID: <relance-1@sav.mileo.example>\r\nTo: ana@client.example\r\nSubject: Votre ticket\r\n"


def report(*groups: str, original: str = f"Content-Type: text/rfc822-headers\r\n\r\n{OURS}") -> Mail:
    fields = "\r\n\r\n".join(["Reporting-MTA: dns; mx.client.example", *groups])
    words = "Content-Type: text/plain\r\n\r\nVotre message n'a pas pu être remis."
    return multipart("report", words, f"Content-Type: message/delivery-status\r\n\r\n{fields}\r\n", original)


def told(body: str, subject: str = "Undeliverable") -> tuple[Delivery, ...]:
    return mail(f"Subject: {subject}", "To: retour@sav.mileo.example", sender=DAEMON, body=body).deliveries


@requirement("R13")
@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "failed", "bounce"),
        ("Failed (permanent)", "failed", "bounce"),
        ("delayed", "delayed", "delayed"),
        ("delivered", "delivered", None),
        ("relayed", "delivered", None),
    ],
)
def test_a_report_says_what_became_of_which_mail_for_whom(action: str, status: str, kind: str | None) -> None:
    said = report(
        f"Final-Recipient: rfc822; Ana@Client.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ana@client.example>:\r\n utilisateur inconnu"
    )
    (one,) = said.deliveries
    assert (one.message_id, one.recipient, one.status, one.code) == (
        "relance-1@sav.mileo.example", "ana@client.example", status, "5.1.1"
    )  # fmt: skip
    assert one.diagnostic == "550 5.1.1 <ana@client.example>: utilisateur inconnu"
    assert said.auto_kind == kind


def test_each_recipient_of_a_report_is_told_of_once() -> None:
    one = "Original-Recipient: rfc822;a@b.example\r\nFinal-Recipient: rfc822;a@b.example\r\nAction: failed"
    two = "Final-Recipient: rfc822;c@d.example\r\nAction: delayed\r\nStatus: 4.4.1"
    found = report(one, one, two).deliveries
    assert [(d.recipient, d.status) for d in found] == [("a@b.example", "failed"), ("c@d.example", "delayed")]


def test_a_report_without_an_action_is_read_by_its_status() -> None:
    group = "Final-Recipient: rfc822;a@b.example\r\nStatus: {}"
    assert report(group.format("4.2.2")).deliveries[0].status == "delayed"
    assert report(group.format("5.2.2")).deliveries[0].status == "failed"


def test_the_original_is_known_by_its_id_wherever_the_server_puts_it() -> None:
    group = "Final-Recipient: rfc822;a@b.example\r\nAction: failed"
    whole = report(group, original=f"Content-Type: message/rfc822\r\n\r\n{OURS}\r\nBonjour.")
    assert whole.deliveries[0].message_id == "relance-1@sav.mileo.example"
    named = report(f"{group}\r\n\r\nOriginal-Message-ID: <relance-1@sav.mileo.example>", original="")
    assert named.deliveries[0].message_id == "relance-1@sav.mileo.example"
    assert report(group, original="").deliveries[0].message_id == ""


QMAIL = (
    "I wasn't able to deliver your message.\r\n\r\n<ana@client.example>:\r\n550 5.1.1 no such user\r\n\r\n"
    f"--- Below this line is a copy of the message.\r\n\r\n{OURS}\r\nBonjour."
)
EXIM = (
    "A message that you sent could not be delivered.\r\n\r\n  ana@client.example\r\n    host mx [192.0.2.1]:"
    f" 550 5.1.1 no such user\r\n\r\n------ This is a copy of the message ------\r\n\r\n{OURS}"
)
SENDMAIL = (
    "   ----- The following addresses had permanent fatal errors -----\r\n<ana@client.example>\r\n"
    f"    (reason: 550 5.1.1 no such user)\r\n\r\n  ----- Original message follows -----\r\n\r\n{OURS}"
)
EXCHANGE = (
    "Échec de la remise à ces destinataires :\r\n\r\nana@client.example<mailto:ana@client.example>\r\n"
    f"550 5.1.1 no such user\r\n\r\nEn-têtes d'origine :\r\n\r\n{OURS}"
)


@pytest.mark.parametrize("body", [QMAIL, EXIM, SENDMAIL, EXCHANGE], ids=["qmail", "Exim", "sendmail", "Exchange"])
def test_a_server_that_says_it_in_words_is_understood(body: str) -> None:
    (one,) = told(body)
    assert (one.recipient, one.status, one.code) == ("ana@client.example", "failed", "5.1.1")
    assert one.message_id == "relance-1@sav.mileo.example"
    assert "no such user" in one.diagnostic


def test_a_warning_of_delay_in_words_is_no_failure() -> None:
    body = "Your message has not yet been delivered to <ana@client.example>. No action is required."
    assert [one.status for one in told(body, "Warning: message delayed")] == ["delayed"]


def test_whom_a_header_names_comes_before_the_words() -> None:
    said = mail("X-Failed-Recipients: ana@client.example, b@client.example", sender=DAEMON, body="Voir c@d.example.")
    assert [one.recipient for one in said.deliveries] == ["ana@client.example", "b@client.example"]


def test_a_report_that_names_nobody_is_read_by_whom_the_original_was_sent_to() -> None:
    assert (
        told(f"421 timed out\r\n\r\n   ----- Unsent message follows -----\r\n{OURS}")[0].recipient
        == "ana@client.example"
    )


def test_words_of_a_person_and_of_an_absence_tell_of_no_delivery() -> None:
    assert mail(body="<ana@client.example>: 550 5.1.1 no such user").deliveries == ()
    assert mail("Auto-Submitted: auto-replied", body="Écrivez à <chef@client.example>.").deliveries == ()
