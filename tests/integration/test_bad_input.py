"""What strangers write to the topics of a real intake: kept, with a reason for people; its neighbours are processed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from shared.engines.choose import Engines
from shared.topics import DOOR_LIMIT_BYTES
from tests.requirements import requirement
from tests.support.stages import Customers, Stages, classified, mail

pytestmark = [pytest.mark.kafka]
Headers = Sequence[tuple[str, bytes | None]]


@pytest.fixture(scope="module")
def stages(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """A real intake and a real triage."""
    made = Stages(engines.kafka(), engines.mongo("tests"), tmp_path_factory.mktemp("bad-input"))
    made.create_topics()
    with made.started("intake", "triage"):
        yield made


def request(**changed: object) -> bytes:
    return mail("k", other=changed)


REQUESTS: list[tuple[str, bytes | None, str]] = [
    ("undecodable bytes", b"\xff\xfe\x00\x80", "the value is not JSON in UTF-8"),
    ("a text in Latin-1", mail("k", "déjà").decode().encode("latin-1"), "the value is not JSON in UTF-8"),
    ("nothing", b"", "the value is not JSON in UTF-8"),
    ("a tombstone", None, "the record has no value (a tombstone)"),
    ("a list", b"[]", "the value is a JSON list, not an object"),
    ("a request that says nothing", b"{}", "request: received_at: Field required"),
    ("an unknown kind", request(kind="dance"), "kind: Input should be 'request'"),
    ("an unknown version", request(v=2), "v: Input should be 1"),
    ("another channel", request(channel="phone"), "channel 'phone' on the topic of email"),
    ("a date from 1970", request(received_at="1970-01-01T00:00:00Z"), "received_at is more than 400 days ago"),
    (
        "a date from 9999",
        request(received_at="9999-12-31T23:59:59Z"),
        "more than 1 day(s) in the future",
    ),
    ("a date that is none", request(received_at="hier"), "received_at: "),
    ("a number beyond counting", request(resolution=2**63), "resolution: "),
    ("a click about nothing", request(kind="confirmation"), "a confirmation names its ticket and its resolution"),
    ("one character over the limit", mail("k", "x" * 250_001), "the text has 250001 characters; the limit is 250000"),
]
EVENTS: list[tuple[str, bytes | None, str]] = [
    ("a seq of 0", classified(0), "seq is 0; the first event of a ticket in a stage has seq 1"),
    ("a seq beyond counting", classified(2**63), "no ticket has that many events"),
    ("somebody else's event", classified(1, source="sav/x/closure"), "is not the writer of sav.triage"),
    ("an event without its data", classified(1, data={}), "criticality: Field required"),
    ("an event of no ticket", classified(1, subject=""), "the CloudEvent has no subject"),
    ("no CloudEvent", b'{"hello": "world"}', "not a CloudEvent"),
]
CASES = [
    (topic, *case) for topic, cases in (("sav.requests.email", REQUESTS), ("sav.triage", EVENTS)) for case in cases
]


@requirement("R2")
@pytest.mark.parametrize(("topic", "name", "value", "reason"), CASES, ids=[case[1] for case in CASES])
async def test_what_cannot_be_read_is_kept_with_its_reason_and_its_neighbours_become_tickets(
    stages: Stages, topic: str, name: str, value: bytes | None, reason: str
) -> None:
    # given a bad record between two healthy requests, in their partition
    keys = [uuid4().hex, uuid4().hex]
    async with Customers(stages) as customers:
        await customers.put("sav.requests.email", mail(keys[0]), b"c", partition=0)
        bad = await customers.put(topic, value, b"c", partition=0)
        await customers.put("sav.requests.email", mail(keys[1]), b"c", partition=0)
        # when both stages have dealt with them
        await customers.until(lambda: customers.done(keys) and _told(customers, topic, bad.offset) != "")
        # then the bad one is kept as it came, with a reason, and the others are tickets
        customers.check(keys)
        assert reason in _told(customers, topic, bad.offset)
        (letter,) = [one for one in customers.records["sav.intake.dead"] if _is_of(one.headers, topic, bad.offset)]
        assert letter.value == (value or b"")
        assert dict(letter.headers)["sav-value"] == (b"null" if value is None else b"as it came"), name


@requirement("R2")
async def test_null_headers_and_headers_that_are_no_text_harm_nobody(stages: Stages) -> None:
    keys = [uuid4().hex for _ in range(3)]
    headers: Headers = [("null", None), ("bytes", b"\xff\xfe"), ("", b""), ("null", None)]
    async with Customers(stages) as customers:
        for key in keys:
            await customers.put("sav.requests.email", mail(key), None, headers, partition=0)

        await customers.until(lambda: customers.done(keys))

        customers.check(keys)


@requirement("R2")
async def test_unknown_fields_are_passed_over_and_optional_ones_may_be_missing(
    stages: Stages,
) -> None:
    key = uuid4().hex
    async with Customers(stages) as customers:
        await customers.send(key, newer={"fields": [1]}, form={"ville": "Metz"}, personal={"shoe": 44, "text": "ok"})

        await customers.until(lambda: customers.done([key]))

        customers.check([key])


@requirement("R2")
async def test_the_same_key_again_is_the_same_request_and_with_other_words_another_one(stages: Stages) -> None:
    key, last = uuid4().hex, uuid4().hex
    door, siren = f"La porte ne ferme plus {key}", f"La sirène hurle {key}"
    async with Customers(stages) as customers:
        for text in (door, door, siren, siren):
            await customers.send(key, text)
        await customers.send(last)
        await customers.until(lambda: customers.done([key, last]) and len(_opened_with(customers, key)) >= 2)

        assert _opened_with(customers, key) == [door, siren]
        customers.check([key, last])


@requirement("R2")
async def test_a_request_of_exactly_the_limit_becomes_a_ticket_and_one_byte_more_is_refused_by_the_broker(
    stages: Stages,
) -> None:
    # given a request that fills its topic's limit to the byte
    key, neighbour = uuid4().hex, uuid4().hex
    async with Customers(stages) as customers:
        largest = await _send_the_largest(stages, key)
        # when another has one byte more, then it is refused to whoever sends it
        with pytest.raises(MessageSizeTooLargeError):
            await _offer(stages, largest + b" ")
        # and the first becomes a ticket
        await customers.send(neighbour)
        await customers.until(lambda: customers.done([key, neighbour]))
        customers.check([key, neighbour])


@requirement("R2")
@pytest.mark.parametrize("compression", [None, "gzip"])
async def test_ten_megabytes_of_text_are_refused_by_the_broker_packed_or_not(
    stages: Stages, compression: str | None
) -> None:
    value = mail(uuid4().hex, "x" * 10 * 1024 * 1024)
    async with AIOKafkaProducer(
        bootstrap_servers=stages.kafka, max_request_size=20 * 1024 * 1024, compression_type=compression
    ) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(f"{stages.environment}.sav.requests.email", value)


@requirement("R2")
async def test_a_sender_whose_clock_says_1970_does_not_have_its_requests_swept_away_as_old(stages: Stages) -> None:
    key = uuid4().hex
    async with AIOKafkaProducer(bootstrap_servers=stages.kafka) as producer:
        topic = f"{stages.environment}.sav.requests.email"
        place = await producer.send_and_wait(topic, mail(key), timestamp_ms=1)
    assert place.timestamp > 1_700_000_000_000
    async with Customers(stages) as customers:
        await customers.until(lambda: customers.done([key]))
        customers.check([key])


@requirement("R2")
async def test_an_event_of_a_newer_version_holds_its_ticket_and_no_other(stages: Stages) -> None:
    # given a ticket, and an event about it that only newer code understands
    first, second = uuid4().hex, uuid4().hex
    async with Customers(stages) as customers:
        await customers.send(first)
        await customers.until(lambda: customers.done([first]))
        (ticket,) = customers.tickets(first)
        newer = classified(2, ticket, type="sav.triage.ticket-reclassified.v9")
        await customers.put("sav.triage", newer, ticket.encode())
        # when another request comes
        await customers.send(second)
        await customers.until(
            lambda: customers.done([second]) and "needs-attention" in customers.types("intake", ticket)
        )
        # then a person is told of the one, and the other is a ticket like any
        customers.check([second])
        said = customers.events["intake", ticket]
        told = next(one["data"] for one in said.values() if one["type"].endswith("needs-attention.v1"))
        assert told["about"] == "held"
        assert "sav.triage.ticket-reclassified.v9 is a version that this code does not know" in told["reason"]


@requirement("R2")
async def test_a_type_that_nobody_knows_is_passed_over(stages: Stages) -> None:
    first, second = uuid4().hex, uuid4().hex
    async with Customers(stages) as customers:
        await customers.send(first)
        await customers.until(lambda: customers.done([first]))
        (ticket,) = customers.tickets(first)
        unknown = classified(2, ticket, type="sav.triage.coffee-made.v1")
        await customers.put("sav.triage", unknown, ticket.encode())
        await customers.send(second)

        await customers.until(lambda: customers.done([second]))

        customers.check([first, second])


def _told(customers: Customers, topic: str, offset: int) -> str:
    return next((reason for where, place, reason in customers.dead() if (where, place) == (topic, f"0/{offset}")), "")


def _is_of(headers: Headers, topic: str, offset: int) -> bool:
    told = dict(headers)
    return (told["sav-topic"], told["sav-offset"]) == (topic.encode(), str(offset).encode())


def _opened_with(customers: Customers, word: str) -> list[str]:
    """Return the first words of every ticket in which a word stands."""
    events = [event for (stage, _), said in customers.events.items() if stage == "intake" for event in said.values()]
    texts = [event["data"].get("personal", {}).get("data", {}).get("text", "") for event in events]
    return sorted(text for text in texts if word in text)


async def _send_the_largest(stages: Stages, key: str) -> bytes:
    """Send the largest request that the broker takes, and return it; a batch has a head of its own, so it is asked."""
    frame = mail(key, other={"form": {"note": "FILL"}})
    room = DOOR_LIMIT_BYTES - len(frame) + len("FILL")
    for head in range(50, 200):
        value = frame.replace(b"FILL", b"x" * (room - head))
        with suppress(MessageSizeTooLargeError):
            await _offer(stages, value)
            return value
    raise AssertionError("a batch's head has more than 200 bytes")


async def _offer(stages: Stages, value: bytes) -> None:
    """Offer a request that the broker may refuse, from a plain producer.

    aiokafka counts a refused batch into an idempotent producer's sequence: its next one to that partition would be
    refused as out of order.
    """
    async with AIOKafkaProducer(bootstrap_servers=stages.kafka, max_request_size=4 * 1024 * 1024) as producer:
        await producer.send_and_wait(f"{stages.environment}.sav.requests.email", value, key=b"c", partition=0)
