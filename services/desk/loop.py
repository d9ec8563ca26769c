"""The desk's loop: records of the stage topics into documents, each ticket of a batch written once.

`DeskLoop.run_batch` is called for ever by `services.desk.app`. It never commits an offset before every document is
written, and never writes a document over another replica's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from services.desk.gaps import GapWatch, Missing
from services.desk.projection import Ticket, fold_all
from services.desk.reading import DeskReader
from services.desk.sections import Told
from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.errors import GoRound, SendToDead
from shared.events import runtime as machinery
from shared.personal import ClearSeal, Seal
from shared.runtime.breathing import breathing
from shared.runtime.dead import dead_letter, grave
from shared.runtime.failpoints import Failpoints
from shared.runtime.loop import CONFLICT_ROUNDS, IN_HAND_SECONDS
from shared.runtime.ports import Batch, Clock, Consumer, Graves, Outgoing, Publisher, Record
from shared.topics import read_by

log = structlog.get_logger()

QUOTA = 1500
"""Records of one topic in a batch: five times a stage's, for the desk decides nothing and writes each ticket once,
however many of them are its own: the more it takes, the less it has to do. With 300 it wrote 14 versions a life under
load, with this 8. A full batch, some 10,000 records at a tenth to half a millisecond, is below the 20 s that a
rebalance waits."""


class Tickets(Protocol):
    """Where documents are: `DeskStore`, or a test's own."""

    async def follow(self) -> None:
        """Turn to the read model that is live now."""
        ...

    async def load(self, ids: Sequence[str]) -> dict[str, Ticket]:
        """Return the tickets of these ids; one that is not there yet comes back empty."""
        ...

    async def write(self, tickets: Iterable[Ticket]) -> set[str]:
        """Write each as its next version; return the ids that another replica wrote meanwhile."""
        ...


@dataclass
class DeskPorts:
    """Everything outside that the loop touches."""

    consumer: Consumer
    publisher: Publisher
    tickets: Tickets
    graves: Graves
    clock: Clock


@dataclass
class Tally:
    """What the loop has done, for metrics and health; counts since the start."""

    batches: int = 0
    taken: int = 0
    written: int = 0
    unchanged: int = 0
    dead: int = 0
    conflicts: int = 0
    asked_again: int = 0
    rounds_failed: int = 0


class DeskLoop:
    """One replica of the desk."""

    def __init__(
        self,
        environment: str,
        ports: DeskPorts,
        gaps: GapWatch,
        seal: Seal | None = None,
        failpoints: Failpoints | None = None,
        written: Callable[[Ticket, Ticket], None] | None = None,
    ) -> None:
        """`written` is told of every ticket that was written, before and after; it must not raise."""
        self._environment = environment
        self._ports = ports
        self._gaps = gaps
        self._seal = seal or ClearSeal()
        self._reader = DeskReader(self._seal)
        self._failpoints = failpoints or Failpoints()
        self._written = written
        self._quotas = dict.fromkeys((topic.name for topic in read_by("desk")), QUOTA)
        self.busy = asyncio.Lock()
        """Held while a batch is in hand; the revocation listener waits for it."""
        self.tally = Tally()

    async def run_batch(self) -> int:
        """Take one batch through its steps and return how many records it had. Raises `GoRound` after seeking back.

        1. take: what cannot be read goes to the dead topic, awaited; a crash after that writes the same dead letter
           again, known by its position.
        2. load and fold: nothing outside; a crash forgets it all.
        3. write: each changed ticket once, as the next version of what was read. A crash leaves some written; taken
           again, their records are at or below their sections' `seq` and change nothing.
        4. commit: a crash before it redelivers everything, and nothing changes.
        """
        await self._ask_owners()
        batch = await self._ports.consumer.take(self._quotas)
        if not batch.records:
            return 0
        async with self.busy:
            try:
                async with asyncio.timeout(IN_HAND_SECONDS):
                    await self._carry(batch)
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError):
                    raise
                self.tally.rounds_failed += 1
                await self._ports.consumer.seek_back(batch.first_offsets())
                if isinstance(error, Exception):
                    raise GoRound(f"{type(error).__name__}: {error}") from error
                raise
        self.tally.batches += 1
        self.tally.taken += len(batch.records)
        return len(batch.records)

    async def _carry(self, batch: Batch) -> None:
        reach = self._failpoints.reach
        # 1. take
        by_ticket, dead = self._read(batch.records)
        await self._bury(dead)
        reach("1-taken")
        # 2, 3. load, fold, write. Which read model is live is asked once the batch is taken, never before: a rebuild
        # reads itself what was there when it switched, and trusts that later batches go to the new one.
        await self._ports.tickets.follow()
        await self._write(batch, by_ticket)
        reach("3-written")
        # 4. commit
        self._check(batch)
        await self._ports.consumer.commit(batch.next_offsets())
        reach("4-committed")

    def _read(self, records: Iterable[Record]) -> tuple[dict[str, list[Told]], list[tuple[Record, str]]]:
        by_ticket: dict[str, list[Told]] = {}
        dead: list[tuple[Record, str]] = []
        for record in records:
            try:
                told = self._reader.read(record)
            except SendToDead as error:
                dead.append((record, str(error)))
                continue
            by_ticket.setdefault(told.ticket, []).append(told)
        return by_ticket, dead

    async def _bury(self, dead: Sequence[tuple[Record, str]]) -> None:
        if not dead:
            return
        now = self._ports.clock.now()
        await self._ports.graves.bury([grave(record, reason, now) for record, reason in dead])
        await self._ports.publisher.publish([dead_letter("desk", record, reason) for record, reason in dead])
        self.tally.dead += len(dead)
        for record, _ in dead:
            log.warning("dead", stage="desk", topic=record.topic, partition=record.partition, offset=record.offset)

    async def _write(self, batch: Batch, by_ticket: Mapping[str, Sequence[Told]]) -> None:
        left = sorted(by_ticket)
        for _ in range(CONFLICT_ROUNDS):
            known = await self._ports.tickets.load(left)
            folded = {one: fold_all(known[one], by_ticket[one], self._reader.again) async for one in breathing(left)}
            changed = [ticket for one, ticket in folded.items() if ticket is not known[one]]
            self._check(batch)
            lost = await self._ports.tickets.write(changed)
            self._note(folded, changed, lost)
            if self._written is not None:
                for ticket in changed:
                    if ticket.id not in lost:
                        self._written(known[ticket.id], ticket)
            if not lost:
                return
            # Another replica was quicker: load what it wrote and fold these tickets again, them alone.
            left = sorted(lost)
        raise GoRound(f"{len(left)} tickets are being written by another replica")

    def _note(self, folded: Mapping[str, Ticket], changed: Sequence[Ticket], lost: set[str]) -> None:
        self.tally.written += len(changed) - len(lost)
        self.tally.unchanged += len(folded) - len(changed)
        self.tally.conflicts += len(lost)
        for name, ticket in folded.items():
            if name not in lost:
                self._gaps.note(ticket)

    def _check(self, batch: Batch) -> None:
        """A batch belongs to the assignment it was fetched under: revoked since, it is not gone on with."""
        if self._ports.consumer.assignment != batch.assignment:
            raise GoRound("the partitions of this batch were revoked")

    async def _ask_owners(self) -> None:
        """Ask the owners of events that have been missing for a while to publish them again; each once."""
        due = self._gaps.due()
        if not due:
            return
        await self._ports.publisher.publish([self._republish(missing) for missing in due])
        for missing in due:
            self._gaps.asked(missing)
            self.tally.asked_again += 1
            log.warning("gap", stage=missing.stage, ticket=missing.ticket, seq=missing.seq)

    def _republish(self, missing: Missing) -> Outgoing:
        command = machinery.Republish(by="runtime", from_seq=missing.seq)
        envelope = Envelope(
            id=ids.command_id(self._environment, "desk", *missing),
            type=machinery.republish_type(missing.stage),
            source=f"sav/{self._environment}/desk",
            subject=missing.ticket,
            time=self._ports.clock.now(),
            data=sealed_data(command, missing.ticket, self._seal),
        )
        return Outgoing("sav.commands", missing.ticket.encode(), encode(envelope))
