"""One life by mail, through real servers and real processes: written, acknowledged in the mailbox, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiosmtplib
import pytest
from imap_tools import MailBoxUnencrypted

from adapters.email.mail import Mail, understood
from shared.numbers import normalised
from tests.requirements import requirement
from tests.support.kafka import until
from tests.support.mail import ADDRESS, CUSTOMER, mail
from tests.support.mail_programs import Programs
from tests.support.mail_servers import PASSWORD, dovecot, missing, ports, postfix
from tests.support.stages import PATIENCE_SECONDS, Customers, Stages

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.chaos,
    pytest.mark.timeout(400),
]


@pytest.fixture
def servers() -> Iterator[dict[str, int]]:
    """A Postfix and a Dovecot; the ports of everything."""
    found = ports()
    with dovecot(found), postfix(found):
        yield found


async def bring(port: int, raw: bytes, recipient: str) -> None:
    """The customer's server hands a mail to the company's."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=60) as client:
        await client.sendmail(CUSTOMER, [recipient], raw)


def inbox(port: int) -> list[Mail]:
    """What the customer has."""
    with MailBoxUnencrypted("127.0.0.1", port).login(CUSTOMER, PASSWORD) as box:
        return [understood(bytes(one.obj)) for one in box.fetch(mark_seen=False)]


@requirement("R1", "R2", "R3", "R4")
async def test_a_customers_mail_is_acknowledged_in_the_mailbox_and_the_answer_to_that_finds_its_ticket(
    kafka: str, mongo_uri: str, servers: dict[str, int], tmp_path: Path
) -> None:
    stages = Stages(kafka, mongo_uri, tmp_path)
    await asyncio.to_thread(stages.create_topics)
    programs = Programs(stages, tmp_path, [])
    try:
        for stage in ("intake", "triage", "notify"):
            stages.start(stage)
        programs.start("receive", SAV_MAIL_LISTEN_PORT=str(servers["lmtp"]))
        programs.start("send", SAV_MAIL_RELAY_HOST="127.0.0.1", SAV_MAIL_RELAY_PORT=str(servers["smtp"]))

        await bring(servers["smtp"], mail("L'alarme du magasin ne s'arme plus."), ADDRESS)
        found: list[Mail] = []

        async def acknowledged() -> bool:
            found[:] = await asyncio.to_thread(inbox, servers["imap"])
            return bool(found)

        await until(acknowledged, 2 * PATIENCE_SECONDS)
        (letter,) = found
        number = normalised(letter.subject)
        assert number and letter.in_reply_to == "m1@client.example" and letter.is_auto

        async with Customers(stages) as hears:
            answer = mail(
                "C'est au 12, rue Haute.",
                message_id="<m2@client.example>",
                subject="Re: mon alarme",
                In_Reply_To=f"<{letter.message_id}>",
            )
            await bring(servers["smtp"], answer, ADDRESS)

            def attached() -> bool:
                types = hears.types("intake", stages.ticket("m1@client.example"))
                return "customer-replied" in types

            await hears.until(attached)
        assert await asyncio.to_thread(inbox, servers["imap"]) == found  # an answer is not acknowledged
    finally:
        stages.stop_all()
        for child in programs.running:
            child.kill()
