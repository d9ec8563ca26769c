"""The mail programs as real processes, killed between the final dot and their note of it, and stopped in good order."""

from __future__ import annotations

import asyncio
import os
import signal
import smtplib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from adapters.email.mail import understood
from shared.codec import Envelope, encode, sealed_data
from shared.engines.supervise import free_ports
from shared.events.base import Event
from shared.events.notify import ContactNoted, Delivery, MessageKind, MessagePersonal
from shared.events.requests import Request
from shared.personal import ClearSeal
from tests.requirements import requirement
from tests.support.kafka import until
from tests.support.mail import ADDRESS, CUSTOMER, NUMBER, mail, to_send
from tests.support.mail_programs import Programs
from tests.support.smtp_sink import Sink
from tests.support.stages import PATIENCE_SECONDS, Stages

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stages(kafka: str, mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """One environment with all topics."""
    made = Stages(kafka, mongo_uri, tmp_path_factory.mktemp("mail"))
    made.create_topics()
    return made


@pytest.fixture
def programs(stages: Stages, tmp_path: Path) -> Iterator[Programs]:
    """The mail programs."""
    made = Programs(stages, tmp_path, [])
    yield made
    for child in made.running:
        child.kill()


@pytest.fixture
async def heard(stages: Stages) -> AsyncIterator[list[Delivery]]:
    """What is reported on the deliveries."""
    consumer = AIOKafkaConsumer(
        f"{stages.environment}.sav.deliveries", bootstrap_servers=stages.kafka, auto_offset_reset="earliest"
    )
    found: list[Delivery] = []

    async def listen() -> None:
        while True:
            found.append(Delivery.model_validate_json((await consumer.getone()).value))

    async with consumer:
        listening = asyncio.create_task(listen())
        yield found
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def say(stages: Stages, ticket: str, *events: Event) -> None:
    """Say it as notify does."""
    async with AIOKafkaProducer(bootstrap_servers=stages.kafka) as producer:
        for event in events:
            data = sealed_data(event, ticket, ClearSeal())
            envelope = Envelope("e", event.type_name, "/test/notify", ticket, datetime.now(UTC), data)
            await producer.send_and_wait(f"{stages.environment}.sav.notify", encode(envelope), key=ticket.encode())


def page(port: int, path: str) -> str:
    """What a program answers on its operations port."""
    with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
        return str(answer.read().decode())


@requirement("R3", "R14")
@pytest.mark.parametrize(("kind", "copies", "status"), [("acknowledgement", 2, "accepted"), ("survey", 1, "failed")])
async def test_killed_between_the_final_dot_and_its_note_an_acknowledgement_is_sent_again_and_a_survey_never(
    programs: Programs, stages: Stages, heard: list[Delivery], kind: MessageKind, copies: int, status: str
) -> None:
    ticket = f"ticket-{kind}"
    noted = ContactNoted(number=NUMBER, channels=("email",), personal=MessagePersonal(email=CUSTOMER))
    async with Sink({"DOT": "HANG"}) as sink:
        relay = {"SAV_MAIL_RELAY_HOST": "127.0.0.1", "SAV_MAIL_RELAY_PORT": str(sink.port)}
        sending = programs.start("send", **relay)
        await say(stages, ticket, noted, to_send(kind, ticket=ticket, resolution=1))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await sink.arrived.wait()
        sending.kill()
        sink.answers.clear()

        again = programs.start("send", **relay)

        async def reported() -> bool:
            return any(one.ticket == ticket and one.status == status for one in heard)

        await until(reported, PATIENCE_SECONDS)
        assert again.stop(grace=30) == 0

    assert len(sink.mails) == copies
    assert len({understood(raw).message_id for raw in sink.mails}) == 1
    assert len(set(sink.mails)) == 1
    assert [one.status for one in heard if one.ticket == ticket] == [status]


@requirement("R2")
async def test_a_receiver_killed_after_its_250_has_kept_the_mail_and_takes_its_copy_once(
    programs: Programs, stages: Stages
) -> None:
    port, pages = free_ports(2)
    listening = {"SAV_MAIL_LISTEN_PORT": str(port), "SAV_HTTP_PORT": str(pages)}
    raw = mail(message_id="<killed@client.example>")

    def bring() -> tuple[int, bytes]:
        with smtplib.LMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            client.mail("")
            client.rcpt(ADDRESS)
            return client.data(raw)

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    first = programs.start("receive", **listening)
    await until(listens, PATIENCE_SECONDS)
    assert (await asyncio.to_thread(bring))[0] == 250
    os.kill(first.pid, signal.SIGKILL)
    first.kill()

    second = programs.start("receive", **listening)
    await until(listens, PATIENCE_SECONDS)
    code, said = await asyncio.to_thread(bring)
    assert (code, b"copy" in said) == (250, True)
    shown = {path: await asyncio.to_thread(page, pages, path) for path in ("healthz", "readyz", "metrics")}
    assert (shown["healthz"], shown["readyz"]) == ("ok\n", "ready\n")
    assert 'sav_mails_received_total{answer="copy",service="mail-receive"} 1.0' in shown["metrics"]
    assert 'sav_door_spool_records{service="mail-receive"} 0.0' in shown["metrics"]
    assert await asyncio.to_thread(second.stop, 30) == 0

    consumer = AIOKafkaConsumer(
        f"{stages.environment}.sav.requests.email", bootstrap_servers=stages.kafka, auto_offset_reset="earliest"
    )
    async with consumer:
        records = await consumer.getmany(timeout_ms=5000)
    keys = [Request.model_validate_json(one.value).key for ones in records.values() for one in ones]
    assert keys == ["killed@client.example"]


async def test_a_fetcher_whose_mailbox_is_away_waits_for_it_and_stops_in_good_order(programs: Programs) -> None:
    (nobody,) = free_ports(1)
    fetching = programs.start(
        "fetch",
        SAV_MAIL_IMAP_HOST="127.0.0.1",
        SAV_MAIL_IMAP_PORT=str(nobody),
        SAV_MAIL_IMAP_SECURITY="none",
        SAV_MAIL_IMAP_SECONDS="0.2",
    )

    async def waits() -> bool:
        return "will_fetch_again" in programs.log("fetch")

    await until(waits, PATIENCE_SECONDS)
    assert await asyncio.to_thread(fetching.stop, 30) == 0
