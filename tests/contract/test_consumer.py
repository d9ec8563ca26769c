"""The contract of a replica's membership of its group, on the fake and on Kafka."""

from __future__ import annotations

import pytest

from shared.errors import GoRound, StopService
from shared.runtime.ports import Partition
from tests.contract.brokers import DUE, EVENTS, REQUESTS, Broker, batches, shared_out, taken

FIRST = Partition(EVENTS, 0)


async def test_records_of_a_partition_come_in_order_and_as_they_are(broker: Broker) -> None:
    # given records with every strange thing that a broker lets through
    headers = [("null", None), ("bytes", b"\xff\xfe"), ("twice", b"1"), ("twice", b"2")]
    await broker.write(EVENTS, 0, b"first", b"k", headers)
    await broker.write(EVENTS, 0, None, b"k")
    await broker.write(EVENTS, 0, b"\xff not text", None)
    await broker.write(EVENTS, 0, b"", b"\xff")
    # when they are taken
    records = await taken(await broker.member(), 4)
    # then nothing was decoded, changed or left out
    assert [(one.topic, one.partition, one.offset) for one in records] == [(EVENTS, 0, n) for n in range(4)]
    assert [one.value for one in records] == [b"first", None, b"\xff not text", b""]
    assert [one.key for one in records] == [b"k", b"k", None, b"\xff"]
    assert records[0].headers == tuple(headers)
    assert records[1].headers == ()


async def test_no_topic_gives_more_than_its_quota_and_none_starves_another(broker: Broker) -> None:
    for n in range(8):
        await broker.write(EVENTS, n % 2, b"%d" % n)
        await broker.write(DUE, 0, b"%d" % n)
    await broker.write(REQUESTS, 5, b"urgent")
    quotas = {REQUESTS: 2, EVENTS: 3, DUE: 1}

    found = await batches(await broker.member(), 17, quotas)

    for batch in found:
        for topic, quota in quotas.items():
            assert sum(record.topic == topic for record in batch.records) <= quota
    for topic, count in ((REQUESTS, 1), (EVENTS, 8), (DUE, 8)):
        assert sum(record.topic == topic for batch in found for record in batch.records) == count


async def test_a_partition_with_a_backlog_holds_up_the_others_of_its_topic_for_one_batch_at_most(
    broker: Broker,
) -> None:
    # given a thousand words about one ticket, as it were, and a few about others
    for n in range(16):
        await broker.write(EVENTS, 0, b"%d" % n)
    for partition in (1, 2, 3):
        await broker.write(EVENTS, partition, b"other")
    # when they are taken by fours
    found = await batches(await broker.member(), 19, {EVENTS: 4})
    # then the others are there with the second batch
    early = [record.value for batch in found[:2] for record in batch.records]
    assert early.count(b"other") == 3


async def test_without_quotas_one_record_comes_at_a_time_of_any_topic(broker: Broker) -> None:
    for topic in (EVENTS, DUE, REQUESTS):
        for n in range(2):
            await broker.write(topic, 1, b"%d" % n)

    found = await batches(await broker.member(), 6, {})

    assert [len(batch.records) for batch in found] == [1] * 6


async def test_nothing_there_is_an_empty_batch(broker: Broker) -> None:
    member = await broker.member()
    await shared_out([member])

    assert (await member.take({EVENTS: 1})).records == ()


async def test_only_what_was_committed_is_behind_the_group(broker: Broker) -> None:
    # given four records taken, two of them committed
    for n in range(4):
        await broker.write(EVENTS, 0, b"%d" % n)
    await broker.write(DUE, 3, b"other")
    first = await broker.member()
    assert len(await taken(first, 5)) == 5
    await first.commit({FIRST: 2})
    # when the member leaves, and another comes
    await broker.leave(first)
    second = await broker.member()
    # then it gets what was not committed, in the partition whose offset was and in the one whose was not
    again = await taken(second, 3)
    assert sorted((one.topic, one.offset) for one in again) == [(DUE, 0), (EVENTS, 2), (EVENTS, 3)]
    assert await second.committed([FIRST, Partition(DUE, 3), Partition(REQUESTS, 0)]) == {
        FIRST: 2,
        Partition(DUE, 3): 0,
        Partition(REQUESTS, 0): 0,
    }


async def test_what_is_sought_back_comes_again_and_nothing_else(broker: Broker) -> None:
    for n in range(3):
        await broker.write(EVENTS, 0, b"%d" % n)
        await broker.write(EVENTS, 1, b"%d" % n)
    member = await broker.member()
    (*_, last) = await batches(member, 6)
    assert set(last.next_offsets()) <= {FIRST, Partition(EVENTS, 1)}

    await member.seek_back({FIRST: 1})

    assert [(one.partition, one.offset) for one in await taken(member, 2)] == [(0, 1), (0, 2)]
    assert (await member.take({EVENTS: 10})).records == ()


async def test_seeking_back_what_is_not_assigned_is_no_error(broker: Broker) -> None:
    await broker.write(EVENTS, 0, b"x")
    members = [await broker.member(), await broker.member()]
    for member in members:
        await member.seek_back({Partition(EVENTS, n): 0 for n in range(6)})


async def test_positions_are_those_behind_what_was_taken(broker: Broker) -> None:
    for n in range(3):
        await broker.write(EVENTS, 0, b"%d" % n)
    member = await broker.member()
    await taken(member, 3)

    found = await member.positions()

    assert found[FIRST] == 3
    assert found[Partition(EVENTS, 1)] == 0
    assert len(found) == 18


async def test_end_offsets_are_asked_of_the_broker_now(broker: Broker) -> None:
    member = await broker.member()
    await broker.write(EVENTS, 0, b"x")
    assert await member.end_offsets([FIRST, Partition(DUE, 5)]) == {FIRST: 1, Partition(DUE, 5): 0}
    await broker.write(EVENTS, 0, b"y")
    assert await member.end_offsets([FIRST]) == {FIRST: 2}
    assert await member.end_offsets([]) == {}


async def test_what_the_group_has_committed_is_known_to_each_of_its_members(broker: Broker) -> None:
    members = [await broker.member(), await broker.member()]
    await shared_out(members)
    everything = [Partition(EVENTS, n) for n in range(6)]
    for at in everything:
        await broker.write(at.topic, at.partition, b"x")
    for member in members:
        for batch in await batches(member, 3):
            await member.commit(batch.next_offsets())

    for member in members:
        assert await member.committed(everything) == dict.fromkeys(everything, 1)


async def test_a_second_member_takes_half_of_every_topic_and_the_first_learns_of_it(broker: Broker) -> None:
    # given a member with everything
    first = await broker.member()
    await shared_out([first])
    before = first.assignment
    # when another joins
    second = await broker.member()
    await shared_out([first, second])
    # then work of the old assignment is not to go on, and each has the same partitions of every topic
    assert first.assignment != before
    for member in (first, second):
        mine = await member.positions()
        assert {at.partition for at in mine if at.topic == EVENTS} == {at.partition for at in mine if at.topic == DUE}
        assert len(mine) == 9
    # and when it leaves, the first has all again
    before = first.assignment
    await broker.leave(second)
    await shared_out([first])
    assert first.assignment != before


async def test_a_commit_for_what_belongs_to_another_member_is_refused(broker: Broker) -> None:
    first = await broker.member()
    await broker.write(EVENTS, 0, b"x")
    await taken(first, 1)
    await first.commit({FIRST: 1})
    second = await broker.member()
    await shared_out([first, second])
    theirs = dict.fromkeys(await second.positions(), 0)

    with pytest.raises(GoRound):
        await first.commit(theirs)


async def test_a_partition_that_nobody_ever_read_starts_at_its_beginning(broker: Broker) -> None:
    # given records that were there before the group, some of them gone by retention
    for n in range(3):
        await broker.write(EVENTS, 0, b"%d" % n)
    await broker.cut(FIRST, 1)

    records = await taken(await broker.member(), 2)

    assert [one.offset for one in records] == [1, 2]


async def test_a_group_whose_offsets_were_lost_stops_for_a_person(broker: Broker) -> None:
    # given partitions that this stage has read before: its store says so
    first = await broker.member()
    await shared_out([first])
    await broker.leave(first)
    # when the broker knows no offset of them any more, as of a group that has another name
    second = await broker.member("forgotten")
    # then nothing is read
    with pytest.raises(StopService, match=r"offset of .* is lost"):
        await shared_out([second])


async def test_what_is_gone_before_it_was_read_stops_for_a_person(broker: Broker) -> None:
    # given a group that read one record of five
    for n in range(5):
        await broker.write(EVENTS, 0, b"%d" % n)
    first = await broker.member()
    await taken(first, 5)
    await first.commit({FIRST: 1})
    await broker.leave(first)
    # when retention has taken more than that
    await broker.cut(FIRST, 3)
    # then neither the beginning nor the end is right by itself
    with pytest.raises(StopService, match="no longer has"):
        await taken(await broker.member(), 1)
