"""The one function in which write, publish and commit are ordered, for every stage.

`Loop.run_batch` is called for ever by `shared.runtime.service`, and by the simulator with other ports. It decides
nothing: `gate` does. It never writes before everything that will be written is encoded, never publishes before the
journal has it, never commits before everything is published.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, Protocol, TypeVar

import structlog

from shared.decider import Stage
from shared.errors import GoRound, SendToDead, StopService
from shared.personal import Seal
from shared.policy.book import Policies
from shared.runtime import append as journal_format
from shared.runtime.append import Append, Said, timer_document
from shared.runtime.breathing import breathing
from shared.runtime.dead import dead_letter, grave
from shared.runtime.entity import Entity, fold
from shared.runtime.failpoints import Failpoints
from shared.runtime.gate import Draft, Setting
from shared.runtime.ports import (
    Attempts,
    Batch,
    Clock,
    Consumer,
    Document,
    Graves,
    Journal,
    Outgoing,
    Partition,
    Position,
    Publisher,
    Record,
    Timers,
)
from shared.runtime.reading import REQUESTS, TIMER, Incoming, Reader
from shared.topics import read_by

S = TypeVar("S")
F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)
T = TypeVar("T")
log = structlog.get_logger()

IN_HAND_SECONDS = 60
"""Longest time with a batch in hand while an engine is away: aiokafka leaves the group after 5 minutes without a
fetch, and a rebalance waits for us 20 s of them."""
CACHE_ENTITIES = 5_000
"""Folded tickets kept per replica: some 10 kB each, so 50 MB; a ticket in work is touched every few minutes."""
CONFLICT_ROUNDS = 5
"""A ticket that another replica wrote is decided again this often; two living owners need more than that to end."""
DEATHS = 3
"""A record that was in hand at this many unclean exits is held by itself."""
QUOTA = {"requests": 50}
"""Records of one topic in a batch; requests are few, so that one batch of big mails stays under 100 MB."""
QUOTA_OTHERWISE = 300
"""Of seven topics that makes a batch of 2,000 at most: half a second to two on the embedded store, far below the 20 s
that a rebalance waits for it, and that many are taken one by one after an unclean exit. 1,000 bring little more; with
100 a stage under load wrote a tenth more appends, for what comes together of a ticket is one."""


class Shell(Protocol[F_co]):
    """What a stage may know beyond the ticket, read from outside and handed to `decide`."""

    async def route(self, incoming: Incoming) -> Incoming:
        """Return a request with its id and ticket; raises `SendToDead` where it can go nowhere."""
        ...

    async def facts(self, incoming: Incoming) -> F_co:
        """Return the facts for one message."""
        ...


@dataclass
class Ports:
    """Everything outside that the loop touches."""

    consumer: Consumer
    publisher: Publisher
    journal: Journal
    timers: Timers
    graves: Graves
    attempts: Attempts
    clock: Clock


@dataclass
class Tally:
    """What the loop has done, for metrics and health; counts since the start."""

    batches: int = 0
    taken: int = 0
    appended: int = 0
    published: int = 0
    republished: int = 0
    dead: int = 0
    held: int = 0
    conflicts: int = 0
    rounds_failed: int = 0


@dataclass
class _Work(Generic[S, F]):
    """One batch on its way through the steps."""

    batch: Batch
    incoming: list[Incoming] = field(default_factory=list)
    of_entity: dict[str, list[Incoming]] = field(default_factory=dict)
    """The same, by the entity that each is for."""
    dead: list[tuple[Record, str]] = field(default_factory=list)
    facts: dict[str, F] = field(default_factory=dict)
    unknown: dict[str, Exception] = field(default_factory=dict)
    """Why the facts for a message could not be read: its ticket alone is held."""
    drafts: dict[str, Draft[S, F]] = field(default_factory=dict)


class Loop(Generic[S, F]):
    """One replica of one stage."""

    def __init__(
        self,
        environment: str,
        stage: Stage[S, F],
        policies: Policies,
        seal: Seal,
        shell: Shell[F],
        ports: Ports,
        failpoints: Failpoints | None = None,
    ) -> None:
        self._environment = environment
        self._stage = stage
        self._policies = policies
        self._seal = seal
        self._shell = shell
        self._ports = ports
        self._reader = Reader(stage.name, seal)
        self._failpoints = failpoints or Failpoints()
        self._cache: OrderedDict[str, Entity[S]] = OrderedDict()
        self._barriers: dict[str, dict[Partition, int]] = {}
        """Of irreversible deadlines that came too early: up to where the other topics must have been read."""
        self._recalled: set[str] = set()
        """Those of them whose barrier was read since, and which the sweeper was told of."""
        self._careful: dict[Partition, int] = {}
        """After an unclean exit: up to which offset what lies there may have been in hand."""
        self._one_by_one = False
        self._verdicts: dict[Position, bool] = {}
        self._assignment = -1
        self._topics = read_by(stage.name)
        self._quotas = {topic.name: QUOTA.get(topic.kind, QUOTA_OTHERWISE) for topic in self._topics}
        self.busy = asyncio.Lock()
        """Held while a batch is in hand; the revocation listener waits for it."""
        self.tally = Tally()

    async def run_batch(self) -> int:
        """Take one batch through its six steps and return how many records it had. Raises `GoRound` after seeking back.

        1. take: nothing has happened; a crash takes the same records again. What cannot be read goes to the dead
           topic, awaited; a crash after that writes the same dead letter again, known by its position.
        2. load: reads only.
        3. decide and encode: nothing outside; a crash forgets it all, and the next round may decide with a later now.
        4. insert the appends, then arm timers: a crash between the inserts leaves some tickets done and others not,
           each whole. Redelivery finds the done ones by their causes, publishes them and arms their deadlines.
        5. publish, then delete consumed timers: a crash leaves a part published; redelivery publishes the same append
           again, unchanged, and readers drop the copies by their seq. A timer left behind fires, is found consumed,
           and its append is published again before it is deleted.
        6. commit: a crash before it redelivers everything, and every record is found to be named by an append.
        """
        moved = self._ports.consumer.assignment != self._assignment
        # Without quotas one record comes alone: what kills the process must not convict its neighbours.
        quotas = {} if self._careful and (self._one_by_one or moved) else self._quotas
        batch = await self._ports.consumer.take(quotas)
        if not batch.records:
            return 0
        async with self.busy:
            work: _Work[S, F] = _Work(batch)
            try:
                async with asyncio.timeout(IN_HAND_SECONDS):
                    await self._carry(work)
            except BaseException as error:
                # Whatever happened, nothing cached may claim to be written, and nothing taken may be skipped.
                self._evict(work)
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

    async def _carry(self, work: _Work[S, F]) -> None:
        reach, ports = self._failpoints.reach, self._ports
        self._follow_assignment(work.batch.assignment)
        # 1. take
        await self._read(work)
        await self._bury(work.dead)
        reach("1-taken")
        # 2. load
        await self._load(work.of_entity)
        reach("2-loaded")
        # 3. decide
        await self._learn_facts(work)
        await self._meet_barriers(work)
        await self._decide(work, set(work.of_entity))
        reach("3-decided")
        # 4. insert, then arm
        self._check(work.batch)
        await self._insert(work)
        reach("4-inserted")
        await ports.timers.arm(self._timers_to_arm(work))
        reach("4-armed")
        # 5. publish, then delete consumed timers
        self._check(work.batch)
        await self._publish(work)
        reach("5-published")
        gone = sorted({name for draft in work.drafts.values() for name in draft.gone_timers})
        await ports.timers.delete(gone)
        reach("5-deleted")
        self._forget_barriers(gone)
        # 6. commit
        self._check(work.batch)
        await ports.consumer.commit(work.batch.next_offsets())
        reach("6-committed")
        await self._be_less_careful(work.batch)

    # -- 1 ---------------------------------------------------------------------------------------------------------

    async def _read(self, work: _Work[S, F]) -> None:
        read = [await self._understand(record) for record in work.batch.records]
        # Requests ask together where they go: a batch of questions costs the store little more than one.
        requests = [(n, one) for n, one in enumerate(read) if isinstance(one, Incoming) and not one.entity]
        routed = await _together(self._route(one) for _, one in requests)
        for (n, _), one in zip(requests, routed, strict=True):
            read[n] = one
        for record, understood in zip(work.batch.records, read, strict=True):
            if isinstance(understood, Incoming):
                work.incoming.append(understood)
            elif understood is not None:
                work.dead.append((record, understood))
        work.incoming.sort(key=lambda one: one.source == TIMER)  # stable: partition order stays, timers go last
        for incoming in work.incoming:
            work.of_entity.setdefault(incoming.entity, []).append(incoming)

    async def _understand(self, record: Record) -> Incoming | str | None:
        """Return the message in a record, why there is none, or None for another stage's."""
        if not await self._survived(record):
            return f"in hand at {DEATHS} unclean exits of the process"
        try:
            return self._reader.read(record)
        except SendToDead as error:
            return str(error)

    async def _route(self, incoming: Incoming) -> Incoming | str:
        try:
            return await self._shell.route(incoming)
        except SendToDead as error:
            return str(error)

    async def _survived(self, record: Record) -> bool:
        """After an unclean exit a record is counted before it is touched; that exit and two counted ones convict it."""
        if record.offset >= self._careful.get(Partition(record.topic, record.partition), 0):
            return True
        position = record.position
        if position not in self._verdicts:
            # Once in a life of the process: that an engine was away, and the record is taken again, kills nobody.
            self._verdicts[position] = await self._ports.attempts.count(position) < DEATHS
        return self._verdicts[position]

    async def begin(self, replica: str) -> None:
        """Look, once partitions are assigned, whether the last run of this replica ended uncleanly."""
        if await self._ports.attempts.begin(replica):
            partitions = [Partition(topic.name, p) for topic in self._topics for p in range(topic.partitions)]
            ends = await self._ports.consumer.end_offsets(partitions)
            done = await self._ports.consumer.committed(partitions)
            # A batch was in hand at most, and it lies right behind what the group has committed.
            in_hand = {at: min(end, done[at] + self._quotas[at.topic]) for at, end in ends.items()}
            self._careful = {at: offset for at, offset in in_hand.items() if done[at] < offset}
            log.warning("unclean_exit", stage=self._stage.name, replica=replica)

    async def end(self, replica: str) -> None:
        """Note a stop in good order."""
        await self._ports.attempts.end(replica)

    async def _be_less_careful(self, batch: Batch) -> None:
        for partition, offset in batch.next_offsets().items():
            if offset >= self._careful.get(partition, offset + 1):
                del self._careful[partition]
        if self._careful:
            # What lies in partitions of other replicas concerns us once they come to us.
            self._one_by_one = not self._careful.keys().isdisjoint(await self._ports.consumer.positions())

    async def _bury(self, dead: Sequence[tuple[Record, str]]) -> None:
        if not dead:
            return
        stage = self._stage.name
        await self._ports.graves.bury([grave(record, reason, self._ports.clock.now()) for record, reason in dead])
        await self._ports.publisher.publish([dead_letter(stage, record, reason) for record, reason in dead])
        self.tally.dead += len(dead)
        for record, _ in dead:
            log.warning("dead", stage=stage, topic=record.topic, partition=record.partition, offset=record.offset)

    # -- 2 ---------------------------------------------------------------------------------------------------------

    async def _load(self, entities: Iterable[str], *, fresh: bool = False) -> None:
        wanted = sorted(one for one in entities if fresh or one not in self._cache)
        if not wanted:
            return
        for entity, documents in (await self._ports.journal.load(wanted)).items():
            self._cache[entity] = self._folded(entity, documents)

    def _folded(self, entity: str, documents: Iterable[Document]) -> Entity[S]:
        appends = [journal_format.from_document(document) for document in documents]
        return fold(entity, self._stage.initial, appends, self._reader.event, self._stage.evolve)

    # -- 3 ---------------------------------------------------------------------------------------------------------

    async def _learn_facts(self, work: _Work[S, F]) -> None:
        wanted = {one.id: one for one in work.incoming}
        for entity in sorted(work.of_entity):
            for waits in self._cache[entity].waiting.values():
                if waits.id not in wanted and (again := self._quietly(waits.record)) is not None:
                    wanted[waits.id] = again.of(waits.entity, waits.id) if not again.entity else again
        asked = [(name, one) for name, one in wanted.items() if one.message is not None]
        await _together(self._learn(work, name, one) for name, one in asked if one.source == REQUESTS)
        for name, one in asked:
            if one.source != REQUESTS:  # these ask no store, and a task each would cost more than the answer
                await self._learn(work, name, one)

    async def _learn(self, work: _Work[S, F], name: str, incoming: Incoming) -> None:
        work.unknown.pop(name, None)
        try:
            work.facts[name] = await self._shell.facts(incoming)
        except (GoRound, StopService):
            raise
        except Exception as error:  # noqa: BLE001 - as in `decide`: one ticket is held, never its neighbours
            work.unknown[name] = error

    def _quietly(self, record: Record) -> Incoming | None:
        try:
            return self._reader.read(record)
        except SendToDead:
            return None  # the gate reads it once more, and says so

    async def _meet_barriers(self, work: _Work[S, F]) -> None:
        """Take, for irreversible deadlines, the end offsets of their partitions on the stage's other topics."""
        met = {one.id: one.record.partition for one in work.incoming if self._is_irreversible(one)}
        new = {name: partition for name, partition in met.items() if name not in self._barriers}
        if new:
            # One question for all of them: each costs the broker as much as a batch of records.
            ends = await self._ports.consumer.end_offsets(
                Partition(topic.name, partition)
                for partition in sorted(set(new.values()))
                for topic in self._topics
                if topic.kind != "due"
            )
            for name, partition in new.items():
                self._barriers[name] = {at: end for at, end in ends.items() if at.partition == partition}
        if self._barriers:
            self._reached = await self._ports.consumer.positions()

    def _is_irreversible(self, incoming: Incoming) -> bool:
        due = incoming.due
        return due is not None and due.kind.partition(":")[0] in self._stage.irreversible

    def _caught_up(self, incoming: Incoming) -> bool:
        passed = self._is_passed(incoming.id)
        if passed:
            self._forget_barriers([incoming.id])
        return passed

    def _is_passed(self, timer: str) -> bool:
        barrier = self._barriers.get(timer)
        return barrier is not None and all(self._reached.get(at, 0) >= end for at, end in barrier.items())

    def newly_passed(self) -> list[str]:
        """Return the timers that were refused for what lay before them and need not wait any more; each one once."""
        passed = [name for name in self._barriers if name not in self._recalled and self._is_passed(name)]
        self._recalled.update(passed)
        return passed

    def _forget_barriers(self, timers: Iterable[str]) -> None:
        for name in timers:
            self._barriers.pop(name, None)
            self._recalled.discard(name)

    _reached: Mapping[Partition, int] = {}

    async def _decide(self, work: _Work[S, F], entities: set[str]) -> None:
        now, policies = self._ports.clock.now(), self._policies.book
        setting = Setting(
            self._environment,
            self._stage,
            policies,
            policies.current(now).version,
            self._seal,
            self._reader.read,
            now,
            partial(_fact, work.facts, work.unknown),
            self._caught_up,
        )
        async for entity in breathing(sorted(entities)):
            self._draft(work, setting, entity)
        stale = {name for name, draft in work.drafts.items() if draft.stale and name in entities}
        if stale:
            # A deadline of an append that we have not seen: another replica wrote it.
            await self._load(stale, fresh=True)
            await self._learn_facts(work)
            for entity in sorted(stale):
                self._draft(work, setting, entity)
        late_dead = [one for name in sorted(entities) for one in work.drafts[name].dead]
        await self._bury(late_dead)

    def _draft(self, work: _Work[S, F], setting: Setting[S, F], entity: str) -> None:
        draft: Draft[S, F] = Draft(setting, self._cache[entity].working_copy())
        for incoming in work.of_entity[entity]:
            self._failpoints.meet(incoming.record.key)
            draft.offer(incoming)
        draft.close()
        work.drafts[entity] = draft
        for name, error in draft.failures:
            log.error(
                "held", stage=self._stage.name, entity=entity, message=name, error=type(error).__name__, exc_info=error
            )

    # -- 4 ---------------------------------------------------------------------------------------------------------

    async def _insert(self, work: _Work[S, F]) -> None:
        open_entities = set(work.drafts)
        for _ in range(CONFLICT_ROUNDS):
            lost = await self._insert_in_order([work.drafts[name] for name in sorted(open_entities)])
            for name in sorted(open_entities - lost):
                self._remember(work.drafts[name])
            if not lost:
                return
            # Another replica was quicker: load what it wrote and decide these tickets again, them alone.
            self.tally.conflicts += len(lost)
            self._forget(lost)
            await self._load(lost, fresh=True)
            await self._learn_facts(work)
            await self._decide(work, lost)
            open_entities = lost
        raise GoRound(f"{len(open_entities)} tickets are being written by another replica")

    async def _insert_in_order(self, drafts: Sequence[Draft[S, F]]) -> set[str]:
        """Insert the first append of every ticket, then the second ones…; return the tickets that another wrote.

        Nearly always there is one each. A later append is never there without the one before it.
        """
        lost: set[str] = set()
        for nth in range(max((len(draft.appends) for draft in drafts), default=0)):
            appends = [one.appends[nth] for one in drafts if len(one.appends) > nth and one.entity.id not in lost]
            taken = await self._ports.journal.insert([journal_format.to_document(one) for one in appends])
            lost |= {one.entity for one in appends if one.id in taken}
        return lost

    def _remember(self, draft: Draft[S, F]) -> None:
        entity = draft.entity
        self._cache[entity.id] = entity
        self._cache.move_to_end(entity.id)
        while len(self._cache) > CACHE_ENTITIES:
            self._cache.popitem(last=False)
        self.tally.appended += len(draft.appends)
        self.tally.held += len(draft.failures)

    def _timers_to_arm(self, work: _Work[S, F]) -> list[Document]:
        documents = []
        for name, draft in work.drafts.items():
            new = {one.version for one in draft.appends}
            # After a crash nobody knows which were armed: then all that are live now, whoever armed them.
            live = draft.entity.live_timers()
            documents += [timer_document(name, one) for one in live if draft.again or one.generation in new]
        return documents

    # -- 5 ---------------------------------------------------------------------------------------------------------

    async def _publish(self, work: _Work[S, F]) -> None:
        outgoing: list[Outgoing] = []
        for name in sorted(work.drafts):
            outgoing += await self._again(work.drafts[name])
            fresh = [said for one in work.drafts[name].appends for said in one.events]
            self.tally.published += len(fresh)
            outgoing += _outgoing(fresh)
        if outgoing:
            await self._ports.publisher.publish(outgoing)

    async def _again(self, draft: Draft[S, F]) -> list[Outgoing]:
        fresh = {one.version for one in draft.appends}
        wanted = {version for version in draft.again if version not in fresh}
        if not wanted and draft.republish_from is None:
            return []
        entity = draft.entity.id
        documents = (await self._ports.journal.load([entity]))[entity]
        appends = [journal_format.from_document(one) for one in documents]
        said = [
            event
            for one in appends
            for event in one.events
            if one.version in wanted or _asked_for(event, draft.republish_from, one, fresh)
        ]
        self.tally.republished += len(said)
        return _outgoing(said)

    # -- around ----------------------------------------------------------------------------------------------------

    def _check(self, batch: Batch) -> None:
        """A batch belongs to the assignment it was fetched under: revoked since, it is not gone on with."""
        if self._ports.consumer.assignment != batch.assignment:
            raise GoRound("the partitions of this batch were revoked")

    def _follow_assignment(self, assignment: int) -> None:
        if assignment != self._assignment:
            self._cache.clear()
            self._barriers.clear()
            self._recalled.clear()
            self._assignment = assignment

    def _evict(self, work: _Work[S, F]) -> None:
        self._forget({one.entity for one in work.incoming})

    def _forget(self, entities: Iterable[str]) -> None:
        for entity in entities:
            self._cache.pop(entity, None)


async def _together(acts: Iterable[Awaitable[T]]) -> list[T]:
    """Await all; raise the first error only once each has ended, so that none works on behind a batch that failed."""
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    for one in outcomes:
        if isinstance(one, BaseException):
            raise one
    return [one for one in outcomes if not isinstance(one, BaseException)]


def _fact(facts: Mapping[str, F], unknown: Mapping[str, Exception], incoming: Incoming) -> F:
    # Of the two, not of the batch: what a draft refers to must not refer to the draft, or only the garbage collector
    # frees a batch.
    if (error := unknown.get(incoming.id)) is not None:
        raise error
    return facts[incoming.id]


def _asked_for(event: Said, first: int | None, append: Append, fresh: set[int]) -> bool:
    return first is not None and event.seq is not None and event.seq >= first and append.version not in fresh


def _outgoing(events: Iterable[Said]) -> list[Outgoing]:
    return [Outgoing(topic, key.encode(), said.body) for said in events for topic, key in said.routes]
