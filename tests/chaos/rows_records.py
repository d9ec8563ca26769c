"""Rows about what comes on the topics: too often, too early, unreadable, too much at once: F31, F33, F38, F39."""

from __future__ import annotations

import asyncio
import random
import time
from statistics import quantiles
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.topics import PARTITIONS
from tests.chaos.scene import CAST, Broken, Scene
from tests.support.stages import mail

COPIED = ("sav.requests.email", "sav.intake", "sav.triage", "sav.notify", "sav.deliveries")


async def _at_work(scene: Scene) -> None:
    for service in CAST:
        scene.cast.enter(service)
    await scene.done(await scene.ask(2))


async def f31(scene: Scene) -> str:
    """Every record comes one to five times; then every topic is replayed from its beginning."""
    for service in CAST:
        scene.cast.enter(service)
    await scene.done(await scene.ask(8))
    await scene.calm()
    sent = len(scene.office.kinds)
    copies = 0
    for topic in COPIED:
        copies += await _copied(scene, scene.prefix + topic)
    await scene.done(await scene.ask(2))
    await scene.calm()
    scene.cast.stop_all()
    for service in CAST:
        await scene.rewind(service)
        scene.cast.enter(service)
    await scene.done(await scene.ask(2))
    await scene.calm()
    if (more := len(scene.office.kinds) - sent) != 4:
        raise Broken(f"{more} messages went out after the copies and the replay, for 4 new requests")
    return f"{copies} copies de {len(COPIED)} topics, puis tout relu : aucun second message"


async def _copied(scene: Scene, topic: str) -> int:
    """Publish every record of a topic again, up to four times, in any order."""
    dice = random.Random(topic)
    records = await _all(scene, topic)
    again = [record for record in records for _ in range(dice.randrange(5))]
    dice.shuffle(again)
    async with AIOKafkaProducer(bootstrap_servers=scene.kit.kafka.address, acks="all") as producer:
        sent = [await producer.send(topic, value, key=key, partition=n) for n, key, value in again]
        await asyncio.gather(*sent)
    return len(again)


async def _all(scene: Scene, topic: str) -> list[tuple[int, bytes | None, bytes | None]]:
    ends = await scene.ends(topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=scene.kit.kafka.address, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, n) for n in range(PARTITIONS)])
        found: list[tuple[int, bytes | None, bytes | None]] = []
        async with asyncio.timeout(30):
            while len(found) < sum(ends.values()):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [(one.partition, one.key, one.value) for one in records]
        return found
    finally:
        await consumer.stop()


_RUBBISH: tuple[bytes | None, ...] = (
    b"\xff\xfe\x00", b"", None, b"[]", b"{}", b'{"specversion":"1.0"}', b"\x00" * 100_000, b"[" * 50_000,
    (b'{"specversion":"1.0","id":"x","source":"sav/x/desk","subject":"t","time":"2026-01-01T00:00:00Z",'
    b'"type":"sav.triage.ticket-classified.v9","seq":1,"data":{}}'),
    (b'{"specversion":"1.0","id":"y","source":"sav/x/closure","subject":"t","time":"2026-01-01T00:00:00Z",'
    b'"type":"sav.closure.ticket-closed.v1","seq":9223372036854775807,"data":{"resolution":1}}'),
)  # fmt: skip
_FROM_OUTSIDE = ("sav.requests.email", "sav.requests.portal", "sav.deliveries", "sav.commands", "sav.intake.due")
_OF_STAGES = ("sav.intake", "sav.triage", "sav.notify")


async def f33(scene: Scene) -> str:
    """Corrupt bytes, null headers, wrong schemas, future versions, empty values and tombstones, on every topic."""
    # On a stage's own topic a foreign writer is itself what the auditor has to tell: that and nothing else.
    scene.expected = {"readable"}
    await _at_work(scene)
    headers = [("null", None), ("bytes", b"\xff"), ("", b"")]
    count = 0
    async with scene.asking(0.3):
        for topic in (*_FROM_OUTSIDE, *_OF_STAGES):
            for value in _RUBBISH:
                await scene.customers.put(topic, value, b"c", headers, partition=count % PARTITIONS)
                count += 1
        await scene.done(await scene.ask(5))
    scene.alive()
    report = await scene.calm()
    told = [finding for check, finding in report.findings if check.name == "readable"]
    if not told[0].violations:
        raise Broken("a foreign writer on a stage's topic went unseen")
    return f"{count} enregistrements illisibles, tous mis à part avec leur raison"


BURST = 1_000
"""Requests at once: an hour of an installer's storm (3.5 a second for five minutes) in a few seconds."""


async def f38(scene: Scene) -> str:
    """A burst: a thousand requests as fast as the broker takes them."""
    await _at_work(scene)
    keys = [uuid4().hex for _ in range(BURST)]
    waits: list[float] = []

    async def send(key: str) -> None:
        began = time.monotonic()
        document = mail(key, "La sirène hurle", {"received_at": scene.now().isoformat()})
        await scene.customers.put("sav.requests.email", document, key.encode())
        waits.append(time.monotonic() - began)

    began = time.monotonic()
    for start in range(0, BURST, 100):
        await asyncio.gather(*(send(key) for key in keys[start : start + 100]))
    accepted = time.monotonic() - began
    scene.keys += keys
    await scene.done(seconds=240)
    drained = time.monotonic() - began
    scene.alive()
    return (
        f"{BURST} demandes acceptées en {accepted:.1f} s (p99 {quantiles(waits, n=100)[98] * 1000:.0f} ms), "
        f"écoulées en {drained:.0f} s"
    )


HOT, OTHERS = 1_000, 20
"""Words on one ticket: the matrix asks for 5,000; a thousand cost the same kind of work in a fifth of the time."""


async def f39(scene: Scene) -> str:
    """A hot key: a thousand words on one ticket, and what that costs the others."""
    await _at_work(scene)
    (ticket,) = scene.customers.tickets(scene.keys[0])
    number = scene.customers.events["intake", ticket][1]["data"]["number"]
    usual = [await _latency(scene) for _ in range(OTHERS)]

    async def flood() -> None:
        for start in range(0, HOT, 50):
            await asyncio.gather(*(_reply(scene, number) for _ in range(start, start + 50)))

    flooding = asyncio.create_task(flood())
    meanwhile = [await _latency(scene) for _ in range(OTHERS)]
    await flooding
    await scene.customers.until(lambda: _replies(scene, ticket) >= HOT, 240)
    scene.alive()
    return (
        f"{HOT} réponses sur un dossier ; les autres : médiane {sorted(usual)[OTHERS // 2]:.2f} s → "
        f"{sorted(meanwhile)[OTHERS // 2]:.2f} s, au pire {max(usual):.2f} s → {max(meanwhile):.2f} s"
    )


async def _latency(scene: Scene) -> float:
    began = time.monotonic()
    await scene.done(await scene.ask(1))
    return time.monotonic() - began


async def _reply(scene: Scene, number: str) -> None:
    key = uuid4().hex
    more = {"kind": "reply", "ticket": number, "received_at": scene.now().isoformat()}
    await scene.customers.put("sav.requests.email", mail(key, f"Encore en panne {key}", more), number.encode())


def _replies(scene: Scene, ticket: str) -> int:
    said = scene.customers.events["intake", ticket].values()
    return sum(event["type"] == "sav.intake.customer-replied.v1" for event in said)
