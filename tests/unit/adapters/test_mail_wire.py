"""The two conversations by wire: what we answer to who brings mail, and what we conclude from the relay's answers."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest

from adapters.email import receive
from adapters.email.incoming import Arrival
from adapters.email.receive import Handler, Receiver
from adapters.email.relay import Relay
from adapters.email.settings import MailSettings
from tests.requirements import requirement
from tests.support.mail import ADDRESS, KEY, Post, mail
from tests.support.smtp_sink import Sink


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The mail's two ways on stores in memory."""
    return Post(tmp_path)


@pytest.fixture
async def smtp(post: Post) -> AsyncIterator[int]:
    """The port on which the post listens by SMTP."""
    handler = Handler(post.incoming, post.door.receiving, post.signer, one_recipient=False)
    async with Receiver(handler, "smtp", "127.0.0.1", 0) as port:
        yield port


async def brought(port: int, raw: bytes, *recipients: str) -> str:
    """Bring one mail; return the answer to its final dot."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=20) as client:
        try:
            _, answer = await client.sendmail("", list(recipients or (ADDRESS,)), raw)
        except aiosmtplib.SMTPDataError as error:
            return f"{error.code} {error.message}"
        except aiosmtplib.SMTPRecipientsRefused as error:
            return f"{error.recipients[0].code} {error.recipients[0].message}"
    return f"250 {answer}"


@requirement("R2")
async def test_a_mail_is_answered_with_250_once_the_door_has_it(post: Post, smtp: int) -> None:
    assert (await brought(smtp, mail())).startswith("250")
    assert len(post.door.requests) == 1
    assert post.door.coming == 0


@requirement("R2")
async def test_in_doubt_the_answer_is_451_and_the_same_mail_is_taken_later(post: Post, smtp: int) -> None:
    post.door.is_shut = True
    assert (await brought(smtp, mail())).startswith("451")
    post.door.is_shut = False
    assert (await brought(smtp, mail())).startswith("250")
    assert len(post.door.requests) == 1


@requirement("R2")
async def test_a_mistake_of_ours_is_answered_with_451_too(
    post: Post, smtp: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Arrival) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(post.incoming, "take", broken)
    assert (await brought(smtp, mail())).startswith("451")


@pytest.mark.parametrize(("more", "code"), [(0, "250"), (1, "552")])
async def test_a_mail_larger_than_the_limit_is_told_so(
    post: Post, monkeypatch: pytest.MonkeyPatch, more: int, code: str
) -> None:
    raw = mail()
    monkeypatch.setattr(receive, "LARGEST_BYTES", len(raw) - more)
    handler = Handler(post.incoming, post.door.receiving, post.signer, one_recipient=False)
    async with Receiver(handler, "smtp", "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for line in (b"EHLO x", b"MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>".encode(), b"DATA"):
            writer.write(line + b"\r\n")
        writer.write(raw + b".\r\n")
        writer.write(b"QUIT\r\n")
        said = (await reader.read()).decode().splitlines()
        writer.close()

    assert said[-2][:3] == code


async def test_nothing_is_relayed(post: Post, smtp: int) -> None:
    assert (await brought(smtp, mail(), "ana@client.example")).startswith("550")
    assert (await brought(smtp, mail(), "sav@autre.example")).startswith("550")
    assert post.door.requests == []


@requirement("R2")
async def test_a_line_longer_than_the_rules_allow_loses_no_words(post: Post, smtp: int) -> None:
    assert (await brought(smtp, mail("mot " * 5000 + "fin"))).startswith("250")
    assert post.door.requests[0].personal.text.endswith("mot fin")


async def test_by_lmtp_recipients_come_one_at_a_time_so_that_each_has_its_answer(post: Post) -> None:
    def talk(port: int) -> tuple[dict[str, tuple[int, bytes]], tuple[int, bytes]]:
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.ehlo()
            client.mail("")
            first = client.rcpt(ADDRESS)
            second = client.rcpt("sav+info@alarmes.example")
            return {"first": first, "second": second}, client.data(mail())

    handler = Handler(post.incoming, post.door.receiving, post.signer, one_recipient=True)
    async with Receiver(handler, "lmtp", "127.0.0.1", 0) as port:
        recipients, data = await asyncio.to_thread(talk, port)

    assert [recipients["first"][0], recipients["second"][0], data[0]] == [250, 452, 250]


def relay(port: int, **changes: object) -> Relay:
    fields = {"mail_relay_host": "127.0.0.1", "mail_relay_port": port, "mail_relay_seconds": 0.5, "mail_keys": KEY}
    return Relay(MailSettings(**(fields | changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "answer", "result"),
    [
        ("CONNECT", "421 busy", "retry"),
        ("CONNECT", "554 go away", "retry"),
        ("CONNECT", "DROP", "retry"),
        ("EHLO", "DROP", "retry"),
        ("MAIL", "451 later", "retry"),
        ("MAIL", "530 log in first", "retry"),
        ("RCPT", "450 4.2.0 greylisted", "retry"),
        ("RCPT", "550 5.1.1 no such user", "refused"),
        ("RCPT", "HANG", "retry"),
        ("DATA", "451 not now", "retry"),
        ("DATA", "554 no", "refused"),
        ("DATA", "DROP", "unknown"),
        ("DOT", "250 queued", "accepted"),
        ("DOT", "451 disk", "retry"),
        ("DOT", "552 too large", "refused"),
        ("DOT", "DROP", "unknown"),
        ("DOT", "HANG", "unknown"),
        ("DOT", "gibberish", "unknown"),
        ("QUIT", "DROP", "accepted"),
    ],
)
async def test_what_the_relay_answers_says_what_is_known_of_the_message(word: str, answer: str, result: str) -> None:
    async with Sink({word: answer}) as sink:
        outcome = await relay(sink.port).hand_over("sav+r-x@alarmes.example", "ana@client.example", mail())

    assert outcome.result == result


async def test_a_relay_that_is_not_there_is_asked_again() -> None:
    async with Sink() as sink:
        port = sink.port
    assert (await relay(port).hand_over("", "ana@client.example", mail())).result == "retry"


@pytest.mark.parametrize(
    ("gives", "sender", "asked"),
    [(True, "sav+r-x@alarmes.example", True), (True, "", False), (False, "sav+r-x@alarmes.example", False)],
)
async def test_a_report_of_success_is_asked_for_where_it_can_come_back(gives: bool, sender: str, asked: bool) -> None:
    async with Sink() as sink:
        await relay(sink.port, mail_relay_reports_success=gives).hand_over(sender, "ana@client.example", mail())

    (mail_from,) = [line for line in sink.commands if line.startswith("MAIL")]
    (rcpt,) = [line for line in sink.commands if line.startswith("RCPT")]
    assert f"FROM:<{sender}>" in mail_from
    assert ("NOTIFY=SUCCESS,FAILURE" in rcpt) is asked
