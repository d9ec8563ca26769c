"""The loop on engines of paper: what is written, committed, buried and asked for, and what trouble does to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from services.desk.gaps import ASK_AFTER_SECONDS, GapWatch
from services.desk.loop import DeskLoop, DeskPorts
from services.desk.projection import Ticket, fold_all, from_document, to_document
from shared.codec import decode
from shared.errors import GoRound, StopService
from shared.events.base import Event
from shared.runtime.ports import Batch, Document, Outgoing, Partition, Record
from tests.unit.services.desk import lives
from tests.unit.services.desk.told import MONDAY, READER, TICKET, body_of, said

OTHER = "0d7a4e2e-93a1-5e7e-8f59-3f1d8a0f6b02"


def record(stage: str, offset: int, value: bytes | None) -> Record:
    return Record(f"sav.{stage}", 0, offset, TICKET.encode(), value)


def stage_records(stage: str, events: Iterable[Event], ticket: str = TICKET) -> list[Record]:
    return [record(stage, n - 1, body_of(stage, n, event, ticket=ticket)) for n, event in enumerate(events, start=1)]


@dataclass
class PaperConsumer:
    """Hands out batches, and takes them again after a seek."""

    batches: list[list[Record]]
    assignment: int = 1
    offsets: dict[Partition, int] = field(default_factory=dict)
    sought: list[dict[Partition, int]] = field(default_factory=list)

    async def take(self, quotas: Mapping[str, int]) -> Batch:
        assert set(quotas) == {f"sav.{one}" for one in ("intake", "triage", "dispatch", "closure", "survey", "notify")}
        return Batch(tuple(self.batches[0] if self.batches else ()), self.assignment)

    async def seek_back(self, offsets: Mapping[Partition, int]) -> None:
        self.sought.append(dict(offsets))

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        self.offsets.update(offsets)
        del self.batches[0]

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        raise NotImplementedError

    async def committed(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return {one: self.offsets.get(one, 0) for one in partitions}

    async def positions(self) -> dict[Partition, int]:
        raise NotImplementedError


@dataclass
class PaperTickets:
    """Documents by id, with the version that guards them."""

    documents: dict[str, Document] = field(default_factory=dict)
    writes: int = 0
    quicker: list[Ticket] = field(default_factory=list)
    """What another replica writes just before us."""
    failing: Exception | None = None

    async def follow(self) -> None:
        pass

    async def load(self, ids: Sequence[str]) -> dict[str, Ticket]:
        return {one: from_document(self.documents[one]) if one in self.documents else Ticket(one) for one in ids}

    async def write(self, tickets: Iterable[Ticket]) -> set[str]:
        if self.failing:
            raise self.failing
        for other in self.quicker:
            self.documents[other.id] = to_document(replace(other, version=other.version + 1))
        self.quicker.clear()
        lost = set()
        for ticket in tickets:
            stored = self.documents.get(ticket.id, {"version": 0})
            if stored["version"] != ticket.version:
                lost.add(ticket.id)
                continue
            self.documents[ticket.id] = to_document(ticket) | {"version": ticket.version + 1}
            self.writes += 1
        return lost


@dataclass
class PaperPublisher:
    sent: list[Outgoing] = field(default_factory=list)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self.sent += records


@dataclass
class PaperGraves:
    buried: list[Document] = field(default_factory=list)

    async def bury(self, documents: Sequence[Document]) -> None:
        self.buried += documents

    async def unsettled(self) -> int:
        return len(self.buried)


class StoppedClock:
    def now(self) -> datetime:
        return MONDAY


class Desk:
    """A desk of paper."""

    def __init__(self, *batches: list[Record]) -> None:
        self.consumer = PaperConsumer(list(batches))
        self.tickets, self.publisher, self.graves = PaperTickets(), PaperPublisher(), PaperGraves()
        self.time = 0.0
        ports = DeskPorts(self.consumer, self.publisher, self.tickets, self.graves, StoppedClock())
        self.loop = DeskLoop("test", ports, GapWatch(lambda: self.time))

    def ticket(self, name: str = TICKET) -> Ticket:
        return from_document(self.tickets.documents[name])


async def test_each_ticket_of_a_batch_is_written_once() -> None:
    desk = Desk([*stage_records("dispatch", lives.HANDLED_ON_SITE), *stage_records("intake", [lives.OPENED], OTHER)])

    assert await desk.loop.run_batch() == 10

    assert desk.tickets.writes == 2
    assert desk.ticket().sections["dispatch"].seq == 9
    assert desk.consumer.offsets == {Partition("sav.dispatch", 0): 9, Partition("sav.intake", 0): 1}


async def test_a_batch_taken_again_after_a_crash_before_its_commit_changes_nothing() -> None:
    batch = stage_records("dispatch", lives.HANDLED_ON_SITE)
    desk = Desk(batch, batch)
    await desk.loop.run_batch()
    before = dict(desk.tickets.documents)

    await desk.loop.run_batch()

    assert desk.tickets.documents == before
    assert (desk.tickets.writes, desk.loop.tally.unchanged) == (1, 1)


async def test_a_ticket_that_another_replica_wrote_meanwhile_is_loaded_and_folded_again() -> None:
    desk = Desk(stage_records("dispatch", lives.HANDLED_ON_SITE))
    desk.tickets.quicker = [fold_all(Ticket(TICKET), [said("intake", 1, lives.OPENED)], READER.again)]

    await desk.loop.run_batch()

    assert {name: one.seq for name, one in desk.ticket().sections.items()} == {"dispatch": 9, "intake": 1}
    assert (desk.ticket().version, desk.loop.tally.conflicts) == (2, 1)


async def test_what_cannot_be_read_goes_to_the_dead_topic_raw_and_its_neighbours_go_on() -> None:
    opened = body_of("intake", 1, lives.OPENED)
    foreign = body_of("triage", 1, lives.CLASSIFIED)
    desk = Desk(
        [
            record("intake", 0, b"\xff"),
            record("intake", 1, None),
            record("intake", 2, foreign),
            record("intake", 3, opened),
        ]
    )

    await desk.loop.run_batch()

    assert [(one.topic, one.value) for one in desk.publisher.sent] == [
        ("sav.desk.dead", b"\xff"),
        ("sav.desk.dead", b""),
        ("sav.desk.dead", foreign),
    ]
    reasons = [dict(one.headers)["sav-reason"] for one in desk.publisher.sent]
    assert "not JSON" in reasons[0]
    assert "tombstone" in reasons[1]
    assert "not the writer" in reasons[2]
    assert [one["_id"] for one in desk.graves.buried] == ["sav.intake/0/0", "sav.intake/0/1", "sav.intake/0/2"]
    assert desk.ticket().sections["intake"].seq == 1
    assert desk.consumer.offsets == {Partition("sav.intake", 0): 4}


async def test_trouble_seeks_back_to_the_first_record_of_every_partition_and_commits_nothing() -> None:
    desk = Desk([*stage_records("dispatch", lives.HANDLED_ON_SITE), *stage_records("intake", [lives.OPENED])])
    desk.tickets.failing = OSError("the store is away")

    with pytest.raises(GoRound, match="OSError"):
        await desk.loop.run_batch()

    assert desk.consumer.sought == [{Partition("sav.dispatch", 0): 0, Partition("sav.intake", 0): 0}]
    assert not desk.consumer.offsets
    desk.tickets.failing = None
    await desk.loop.run_batch()
    assert desk.ticket().sections["dispatch"].seq == 9


async def test_a_batch_whose_partitions_were_revoked_is_neither_written_nor_committed() -> None:
    desk = Desk(stage_records("intake", [lives.OPENED]))
    load = desk.tickets.load

    async def revoked_meanwhile(ids: Sequence[str]) -> dict[str, Ticket]:
        desk.consumer.assignment += 1
        return await load(ids)

    desk.tickets.load = revoked_meanwhile  # type: ignore[method-assign]

    with pytest.raises(GoRound, match="revoked"):
        await desk.loop.run_batch()

    assert not desk.tickets.documents
    assert not desk.consumer.offsets


async def test_a_document_of_newer_code_stops_the_desk() -> None:
    desk = Desk(stage_records("intake", [lives.OPENED]))
    desk.tickets.documents[TICKET] = to_document(Ticket(TICKET)) | {"format": 99}

    with pytest.raises(GoRound) as raised:
        await desk.loop.run_batch()

    assert isinstance(raised.value.__cause__, StopService)


async def test_the_owner_of_what_is_missing_for_a_minute_is_asked_to_publish_it_again() -> None:
    first, _, third, *_ = stage_records("dispatch", lives.HANDLED_ON_SITE)
    desk = Desk([first, third])
    await desk.loop.run_batch()
    desk.time += ASK_AFTER_SECONDS

    await desk.loop.run_batch()
    await desk.loop.run_batch()

    [asked] = desk.publisher.sent
    command = decode(asked.value)
    assert (asked.topic, asked.key) == ("sav.commands", TICKET.encode())
    assert (command.type, command.subject) == ("sav.dispatch.republish.v1", TICKET)
    assert command.data == {"by": "runtime", "from_seq": 2}
