"""Mails that are made to break a parser: none raises, and none takes more than time in proportion to its length."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.email.mail import understood
from adapters.email.tree import MOST_PARTS, parse

HEAD = b"From: a@b.example\r\nSubject: x\r\n"
DAEMON = b"From: mailer-daemon@b.example\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
TEXT = HEAD + b"\r\n"
SIZE = 100_000
"""Bytes of each. What takes the square of it takes minutes here; what should take a share takes a tenth of a second."""
CPU_SECONDS = 4.0
"""Ten times what the slowest takes on the machine of development, of processor time, so that load does not count."""


def nested(head: str) -> bytes:
    opened = (head.format(n=n) for n in range(SIZE // len(head)))
    return HEAD + "".join(opened).encode() + b"Content-Type: text/plain\r\n\r\nau secours\r\n"


def encoded(times: int) -> bytes:
    mail = TEXT + b"au secours"
    for _ in range(times):
        head = HEAD + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        mail = head + base64.encodebytes(mail)
    return mail


REPEATED: dict[str, tuple[bytes, bytes]] = {
    "parts": (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"--b\r\n\r\nx\r\n"),
    "mails in mails": (HEAD, b"Content-Type: message/rfc822\r\n\r\n"),
    "one boundary in itself": (HEAD, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
    "no boundary named": (HEAD, b"Content-Type: multipart/mixed\r\n\r\n--x\r\n"),
    "folds": (HEAD + b"X-A: ", b"a\r\n "),
    "stray lines": (HEAD, b"stray\r\nX-A: b\r\n"),
    "encoded words never closed": (b"From: a@b.example\r\nSubject: ", b"=?a?q?x"),
    "question marks": (b"From: a@b.example\r\nSubject: =?utf-8?q?", b"?a"),
    "addresses": (HEAD + b"To: ", b"a@b.example, "),
    "open brackets": (HEAD + b"To: ", b"<"),
    "open comments": (HEAD + b"To: ", b"("),
    "escaped quotation marks": (HEAD + b"To: ", b'"\\'),
    "names without addresses": (HEAD + b"To: ", b"a,"),
    "at signs": (HEAD + b"To: ", b"a@"),
    "parameters": (HEAD + b"Content-Type: text/plain; ", b'a="'),
    "blanks in parameters": (HEAD + b"Content-Type: text/plain; ", b" "),
    "references": (HEAD + b"References: ", b"<a "),
    "files never ended": (TEXT, b"begin 644 a\r\n"),
    "tags never closed": (HTML, b'<a "'),
    "mixed quotation marks": (HTML, b"<a '\"<b \"'"),
    "comments never closed": (HTML, b"<!--"),
    "scripts never closed": (HTML, b"<SCRIPT>"),
    "quotes in quotes": (HTML, b"<blockquote>x"),
    "ampersands": (HTML, b"&#"),
    "answers between quotes": (TEXT, b"> a\r\nb\r\n"),
    "attributions": (TEXT, b"On 1 Jan 2026 10:00 a <a@b.example> wrote:\r\n"),
    "attributions far apart": (TEXT, b"\r\n\r\n\r\n\r\nLe 1/1/2026 10:00 x a ecrit :"),
    "header blocks": (TEXT, b"From: a\r\nTo: b\r\n"),
    "dashes": (TEXT, b"-- reply above "),
    "rules": (TEXT, b"____________________\r\nabc\r\n"),
    "goodbyes": (TEXT, b"Cordialement\r\n"),
    "mobile footers": (TEXT, b"Envoye de mon x x x x\r\n"),
    "blank lines": (TEXT, b"\r\n"),
    "blanks": (TEXT, b" "),
    "at signs in words": (TEXT, b"a@"),
    "figures": (TEXT, b"1."),
    "a codec that takes the square": (HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n", b"a-"),
    "padding": (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n", b"="),
    "addresses in a bounce": (DAEMON, b"a@b.example\r\n"),
    "ids in a bounce": (DAEMON, b"Message-ID: <"),
    "letters in a bounce": (DAEMON, b"a"),
    "blank lines in a bounce": (DAEMON, b">\r\n"),
}


@pytest.mark.parametrize("name", REPEATED)
def test_what_is_repeated_without_end_takes_its_share_of_time(name: str) -> None:
    head, again = REPEATED[name]
    begun = time.process_time()
    understood(head + again * (SIZE // len(again)))
    assert time.process_time() - begun < CPU_SECONDS


@pytest.mark.parametrize(
    "mail",
    [
        nested('Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'),
        nested('Content-Type: message/rfc822\r\n\r\nX-A: {n}\r\n'),
        encoded(12),
    ],
    ids=["multiparts", "mails", "encoded mails"],
)  # fmt: skip
def test_what_is_nested_without_end_takes_its_share_of_time(mail: bytes) -> None:
    begun = time.process_time()
    understood(mail)
    assert time.process_time() - begun < CPU_SECONDS


def test_no_more_parts_are_made_than_any_mail_has_and_the_last_keeps_the_rest() -> None:
    root = parse(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * (MOST_PARTS + 10))
    assert sum(1 for _ in root.walk()) == MOST_PARTS
    assert root.children[-1].raw.endswith(b"x\r\n")


PIECES = [
    b"From: ", b"To: a@b, ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: message/rfc822", b"Content-Type: text/html; charset=",
    b"Content-Type: message/delivery-status", b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename*0*=", b"--b", b"--b--", b"\r\n", b"\n", b"\r\n\r\n",
    b"=?utf-8?Q?=C3", b"?=", b"=?x?B?", b"<a@b>", b"\"", b"(", b"<div>", b"<blockquote>", b"<!--",
    b"&#x110000;", b"> ", b"Le 1/1/2026 a ecrit :\n", b"-- \n", b"Cordialement\n", b"begin 644 x\n", b"\nend\n",
    b"\xff\xfe", b"\x00", b"\xe9", b"utf-7", b"Action: failed\n", b"Final-Recipient: rfc822; a@b.example\n",
    b"MAILER-DAEMON@x", b"%ff", b"''", b";", b":", b" ",
]  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=40))
def test_no_mail_made_of_what_parsers_look_for_raises(pieces: list[bytes]) -> None:
    said = understood(b"".join(pieces))
    everything = [said.subject, said.body, said.text, said.sender.name, *(one.filename for one in said.attachments)]
    "".join(everything).encode()  # no lone surrogate
    assert "\x00" not in "".join(everything)
    assert all(one.size >= 0 for one in said.attachments)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_every_text_comes_back_whole_as_a_body(text: str) -> None:
    raw = b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = understood(raw + base64.encodebytes(text.encode("utf-8", "replace"))).body
    kept = [letter for letter in text if letter.isalnum()]
    assert [letter for letter in body if letter.isalnum()] == kept
