"""Holds a stage's journal against its topics: the state folded from the one equals the state folded from the other.

Called by `sav state verify` beside the running stage. It only reads. What is on its way (inserted, not yet published)
is looked at again until it has come, or a while has passed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared import codec
from shared.decider import Stage
from shared.errors import SendToDead
from shared.personal import Seal
from shared.runtime import append as journal_format
from shared.runtime.entity import Entity, fold
from shared.runtime.reading import Reader
from shared.runtime.replay import Topics
from shared.runtime.republish import AT_ONCE, Entities
from shared.topics import TOPICS

ON_ITS_WAY_ROUNDS = 30
"""A stage publishes within seconds of its append, or when it comes back: after half a minute it is a difference."""
BETWEEN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Difference:
    """An entity whose topic does not say what its journal does."""

    entity: str
    says: str


@dataclass
class Verdict:
    """What was compared."""

    entities: int = 0
    events: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass
class _Told:
    """What the topics say of one entity."""

    state: Any
    seq: int = 0
    unreadable: str = ""


def topics_of(stage: str) -> list[str]:
    """Return the topics that carry a stage's own events."""
    return [topic.name for topic in TOPICS if topic.writer == stage and topic.kind in ("stage", "asks", "answers")]


class Verifier:
    """Folds every entity of a stage from its topics, in memory, and compares."""

    def __init__(
        self,
        stage: Stage[Any, Any],
        seal: Seal,
        journal: Entities,
        topics: Topics,
        rounds: int = ON_ITS_WAY_ROUNDS,
    ) -> None:
        self._stage, self._journal, self._topics, self._rounds = stage, journal, topics, rounds
        self._reader = Reader(stage.name, seal)
        self._told: dict[str, _Told] = {}
        self._ahead: dict[str, dict[int, bytes]] = {}
        self._events = 0

    async def verify(self, progress: Callable[[str, int], None]) -> Verdict:
        """Compare everything; `progress` hears what is being done and how far it is."""
        await self._read(progress)
        verdict = Verdict()
        behind: list[str] = []
        after = ""
        while entities := await self._journal.entities(after, AT_ONCE):
            after = entities[-1]
            verdict.entities += len(entities)
            behind += [one.entity for one in await self._compared(entities)]
            progress("compared", verdict.entities)
        for _ in range(self._rounds):
            if not behind:
                break
            await asyncio.sleep(BETWEEN_SECONDS)
            await self._read(progress)
            behind = [one.entity for one in await self._compared(behind)]
        verdict.differences = await self._compared(behind)
        verdict.events = self._events
        return verdict

    async def _read(self, progress: Callable[[str, int], None]) -> None:
        async for records in self._topics.read_to(await self._topics.ends()):
            for record in records:
                if record.value is not None:
                    self._hear(record.value)
            progress("read", self._events)

    def _hear(self, body: bytes) -> None:
        try:
            envelope = codec.decode(body)
        except SendToDead:
            return  # nothing that a stage wrote
        if envelope.stage != self._stage.name or envelope.seq is None:
            return
        told = self._told.setdefault(envelope.subject, _Told(self._stage.initial))
        if envelope.seq <= told.seq:
            return  # a copy
        # An event may lie on several topics, and these are read side by side.
        ahead = self._ahead.setdefault(envelope.subject, {})
        ahead[envelope.seq] = body
        while (following := ahead.pop(told.seq + 1, None)) is not None:
            told.seq += 1
            self._events += 1
            self._fold(told, following)
        if not ahead:
            del self._ahead[envelope.subject]

    def _fold(self, told: _Told, body: bytes) -> None:
        if told.unreadable:
            return
        try:
            told.state = self._stage.evolve(told.state, self._reader.event(body))
        except Exception as error:  # noqa: BLE001 - as in `entity.fold`: newer code must read it
            told.unreadable = f"{type(error).__name__}: {error}"

    async def _compared(self, entities: list[str]) -> list[Difference]:
        differences = []
        for entity, documents in (await self._journal.load(entities)).items():
            appends = [journal_format.from_document(one) for one in documents]
            kept: Entity[Any] = fold(entity, self._stage.initial, appends, self._reader.event, self._stage.evolve)
            told = self._told.get(entity) or _Told(self._stage.initial)
            if says := _difference(kept, told):
                differences.append(Difference(entity, says))
        return differences


def _difference(kept: Entity[Any], told: _Told) -> str:
    if kept.unreadable or told.unreadable:
        return f"cannot be read by this code: {kept.unreadable or told.unreadable}"
    if kept.seq != told.seq:
        return f"the journal has {kept.seq} events, the topics {told.seq}"
    if kept.state != told.state:
        return "the same number of events, another state"
    return ""
