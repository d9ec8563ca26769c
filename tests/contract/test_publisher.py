"""The contract of publishing, on the fake and on Kafka."""

from __future__ import annotations

import pytest

from shared.errors import GoRound
from shared.runtime.partitions import partition_of
from shared.runtime.ports import Outgoing
from shared.topics import TOPIC_LIMIT_BYTES
from tests.contract.brokers import DUE, EVENTS, Broker, taken


async def test_what_is_published_lies_in_the_order_given_in_the_partition_of_its_key(broker: Broker) -> None:
    keys = ["t1", "t2", "é", "t1", "t2", "t1"]
    sent = [Outgoing(EVENTS, key.encode(), b"%d" % n) for n, key in enumerate(keys)]

    await broker.publisher.publish(sent)

    records = await taken(await broker.member(), 6)
    assert sorted(int(one.value or b"") for one in records) == list(range(6))
    for record in records:
        assert record.key is not None
        assert record.partition == partition_of(record.key.decode())
    for key in set(keys):
        mine = [int(one.value or b"") for one in records if one.key == key.encode()]
        assert mine == sorted(mine)


async def test_headers_and_bytes_arrive_as_they_were(broker: Broker) -> None:
    sent = Outgoing(DUE, b"t1", b"\xff\x00 raw", (("sav-reason", "déjà vu"), ("sav-topic", EVENTS)))

    await broker.publisher.publish([sent])

    (record,) = await taken(await broker.member(), 1)
    assert record.value == b"\xff\x00 raw"
    headers = dict(record.headers)
    assert headers["sav-reason"] == "déjà vu".encode()
    assert headers["sav-topic"] == EVENTS.encode()


async def test_an_empty_value_stays_empty(broker: Broker) -> None:
    await broker.publisher.publish([Outgoing(EVENTS, b"t1", b"")])

    (record,) = await taken(await broker.member(), 1)
    assert record.value == b""


async def test_without_a_key_it_lies_in_some_partition(broker: Broker) -> None:
    await broker.publisher.publish([Outgoing(EVENTS, None, b"x")])

    (record,) = await taken(await broker.member(), 1)
    assert record.key is None


async def test_nothing_to_publish_is_no_error(broker: Broker) -> None:
    await broker.publisher.publish([])


async def test_what_no_topic_takes_is_refused_and_what_comes_after_is_not_harmed(broker: Broker) -> None:
    with pytest.raises(GoRound, match="MessageSizeTooLarge"):
        await broker.publisher.publish([Outgoing(EVENTS, b"t1", b"x" * (TOPIC_LIMIT_BYTES + 512 * 1024))])

    await broker.publisher.publish([Outgoing(EVENTS, b"t1", b"small")])

    (record,) = await taken(await broker.member(), 1)
    assert record.value == b"small"
