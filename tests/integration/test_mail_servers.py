"""Mail against a real Postfix and a real Dovecot: taken, kept by the queue while we say 451, bounced, read by IMAP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import aiosmtplib
import pytest
from imap_tools import MailBoxUnencrypted

from adapters.email.child import Parsers
from adapters.email.fetch import Fetcher
from adapters.email.incoming import Incoming
from adapters.email.mail import understood
from adapters.email.mailbox import Mailbox
from adapters.email.receive import Handler, Receiver
from adapters.email.relay import Relay
from adapters.email.settings import MailSettings
from adapters.email.unpack import Unpackers
from tests.requirements import requirement
from tests.support.kafka import until
from tests.support.mail import ADDRESS, CUSTOMER, KEY, NUMBER, Post, mail, to_send
from tests.support.mail_servers import PASSWORD, dovecot, missing, ports, postfix

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


class Servers(NamedTuple):
    """Where everything listens."""

    smtp: int
    lmtp: int
    imap: int


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Both servers, once for all these tests."""
    found = ports()
    with dovecot(found), postfix(found):
        yield Servers(found["smtp"], found["lmtp"], found["imap"])


@pytest.fixture
async def post(servers: Servers, tmp_path: Path) -> AsyncIterator[Post]:
    """Both ways of the mail: LMTP from Postfix, SMTP to Postfix, parsing in real children."""
    made = Post(tmp_path)
    made.settings = settings(servers)
    async with Parsers(1) as parsers, Unpackers() as files:
        made.incoming = Incoming("test", made.door, parsers, files, made.memory, made.kept, made.signer)
        handler = Handler(made.incoming, made.door.receiving, made.signer, one_recipient=True)
        async with Receiver(handler, "lmtp", "127.0.0.1", servers.lmtp):
            made.sender._settings = made.settings
            made.sender._relay = Relay(made.settings)
            yield made


def settings(servers: Servers, **changes: object) -> MailSettings:
    fields: dict[str, object] = {
        "mail_address": ADDRESS,
        "mail_keys": KEY,
        "mail_relay_host": "127.0.0.1",
        "mail_relay_port": servers.smtp,
        "mail_relay_reports_success": True,
        "mail_imap_host": "127.0.0.1",
        "mail_imap_port": servers.imap,
        "mail_imap_security": "none",
        "mail_imap_user": "sav",
        "mail_imap_password": PASSWORD,
        "replica": "here",
    }
    return MailSettings(**(fields | changes))  # type: ignore[arg-type]


async def bring(servers: Servers, raw: bytes, *recipients: str) -> None:
    """A customer's server hands a mail to Postfix."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=servers.smtp, timeout=30) as client:
        await client.sendmail(CUSTOMER, list(recipients or (ADDRESS,)), raw)


def inbox(servers: Servers, user: str) -> list[Message]:
    with MailBoxUnencrypted("127.0.0.1", servers.imap).login(user, PASSWORD) as box:
        return [one.obj for one in box.fetch(mark_seen=False)]


@requirement("R1", "R2")
async def test_a_mail_that_we_answer_with_451_stays_with_postfix_and_comes_again(servers: Servers, post: Post) -> None:
    post.door.is_shut = True
    await bring(servers, mail("La caméra est noire — dépêchez-vous."))

    async def tried() -> bool:
        return bool(await asyncio.to_thread(lambda: list(post.kept._folder.glob("*/*"))))

    await until(tried)
    assert post.door.requests == []
    post.door.is_shut = False

    async def taken() -> bool:
        return bool(post.door.requests)

    await until(taken)
    (request,) = post.door.requests
    assert request.personal.text == "La caméra est noire — dépêchez-vous."


@requirement("R2")
async def test_one_mail_to_two_of_our_addresses_is_one_request(servers: Servers, post: Post) -> None:
    await bring(servers, mail(message_id="<two@client.example>"), ADDRESS, "sav+info@alarmes.example")
    await bring(servers, mail(message_id="<last@client.example>"))

    async def taken() -> bool:
        return any(request.key == "last@client.example" for request in post.door.requests)

    await until(taken)
    assert sorted(request.key for request in post.door.requests) == ["last@client.example", "two@client.example"]


@requirement("R3", "R13")
async def test_a_message_reaches_the_customers_mailbox_and_postfix_reports_its_success(
    servers: Servers, post: Post
) -> None:
    await post.ticket()
    event = to_send("reminder", resolution=1)
    await post.ask(event)

    async def reported() -> bool:
        return await post.memory.received_at(event.message) is not None

    await until(reported)
    (found,) = inbox(servers, CUSTOMER)
    assert understood(bytes(found)).subject == f"Votre demande {NUMBER} est enregistrée"
    assert post.signer.number_in([found["Reply-To"]]) == NUMBER
    assert found["Return-Path"].startswith("<sav+r-")
    assert set(post.said()) == {"accepted"}


@requirement("R13")
async def test_a_bounce_by_postfix_is_known_by_its_message(post: Post) -> None:
    event = to_send("reminder", resolution=2, email="ana@gone.example")
    await post.ask(event)

    async def bounced() -> bool:
        return "bounced" in post.said()

    await until(bounced)
    assert post.said() == ["accepted", "bounced"]
    assert {report.message for report in post.door.reports} == {event.message}
    assert "relaying denied" in post.door.reports[-1].reason
    assert post.door.requests == []


async def test_greylisting_is_waited_for_and_a_refusal_is_a_persons_task(post: Post) -> None:
    await post.ask(to_send("reminder", resolution=3, email="nobody@client.example"))
    await post.ask(to_send("reminder", resolution=4, email="grey@client.example"))

    assert [(report.status, report.resolution) for report in post.door.reports] == [("failed", 3)]
    (waiting,) = [one for one in post.store.all("timers") if one["what"] == "send"]
    assert waiting["n"] == 2


@requirement("R2", "R8")
async def test_a_mailbox_of_dovecot_is_taken_once_marked_and_survives_its_odd_mails(
    servers: Servers, post: Post
) -> None:
    def put(*raws: bytes) -> None:
        with MailBoxUnencrypted("127.0.0.1", servers.imap).login("sav", PASSWORD) as box:
            for raw in raws:
                box.append(raw)

    def unread() -> list[str]:
        with MailBoxUnencrypted("127.0.0.1", servers.imap).login("sav", PASSWORD) as box:
            return box.uids("UNSEEN")

    await asyncio.to_thread(
        put, mail("Un.", message_id="<i1@client.example>"), b"\xff\xfe not a mail \x00 at all", b"x"
    )
    box = Mailbox(post.settings)
    goes = Fetcher(box, post.incoming, post.memory, post.door, post.clock)

    assert await goes.round() == 3
    await asyncio.to_thread(put, mail("Deux.", message_id="<i2@client.example>"))
    post.door.is_shut = True
    with pytest.raises(Exception, match="réessayez"):
        await goes.round()
    assert len(await asyncio.to_thread(unread)) == 1
    post.door.is_shut = False
    assert [await goes.round(), await goes.round()] == [1, 0]
    assert await Fetcher(box, post.incoming, post.memory, post.door, post.clock).round() == 0

    assert await asyncio.to_thread(unread) == []
    assert [request.key for request in post.door.requests if not request.key.startswith("sha256:")] == [
        "i1@client.example",
        "i2@client.example",
    ]
    assert len(post.door.requests) == 4
    await asyncio.to_thread(box.close)
