"""Counts what a round of real lives left on the topics and in the stores. It only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bson

from bench.shape import Amount, StageShape
from services.desk.generations import FIRST
from shared.runtime.mongo import Store
from shared.runtime.replay import Replay
from shared.topics import STAGES, TOPICS, read_by

Tally = dict[str, tuple[int, int]]
"""Records and bytes of a topic."""
CLAIMS = ("requests", "numbers")
"""What intake inserts beside its journal: one ticket a request, one number a ticket."""
TIMER_BYTES = 150
"""Of the document of a deadline."""


async def topics(kafka: str, prefix: str) -> Tally:
    """Return how many records each topic holds, and their bytes."""
    names = [topic.name for topic in TOPICS if topic.kind not in ("registry", "channels")]
    tally = dict.fromkeys(names, (0, 0))
    async with Replay(kafka, prefix, names) as replay:
        async for records in replay.read_to(await replay.ends()):
            for record in records:
                count, size = tally[record.topic]
                tally[record.topic] = count + 1, size + len(record.value or b"")
    return tally


async def shapes(tally: Tally, stores: Mapping[str, Store], lives: int) -> list[StageShape]:
    """Return what each stage and the desk move for one life, after so many lives and nothing else."""
    return [
        *[await _stage(one, tally, stores[one], lives) for one in STAGES],
        await _desk(tally, stores["desk"], lives),
    ]


async def _stage(stage: str, tally: Tally, store: Store, lives: int) -> StageShape:
    reads = _sum(tally, [topic.name for topic in read_by(stage)], lives)
    writes = _sum(tally, [topic.name for topic in TOPICS if topic.writer == stage], lives)
    appends: list[dict[str, Any]] = await store.collection("journal").find({}).to_list(None)
    claims = [one for kind in CLAIMS for one in await store.collection(kind).find({}).to_list(None)]
    # An append lists every deadline that is armed after it; those of its own generation it armed itself.
    armed = sum(timer[1] == int(one["_id"].rpartition("#")[2]) for one in appends for timer in one["timers"])
    return StageShape(stage, reads, writes, _amount([*appends, *claims], lives), Amount(armed / lives, TIMER_BYTES))


async def _desk(tally: Tally, store: Store, lives: int) -> StageShape:
    reads = _sum(tally, [topic.name for topic in read_by("desk")], lives)
    tickets: list[dict[str, Any]] = await store.collection(FIRST).find({}).to_list(None)
    numbers: list[dict[str, Any]] = await store.collection("numbers").find({}).to_list(None)
    versions = sum(one["version"] for one in tickets)
    rewrites = Amount(versions / lives, _amount(tickets, lives).bytes // 2)
    return StageShape("desk", reads, appends=_amount(numbers, lives), rewrites=rewrites)


def _amount(documents: Sequence[Mapping[str, Any]], lives: int) -> Amount:
    size = sum(len(bson.encode(one)) for one in documents)
    return Amount(len(documents) / lives, size // max(len(documents), 1))


def _sum(tally: Tally, names: list[str], lives: int) -> Amount:
    count = sum(tally[name][0] for name in names if name in tally)
    size = sum(tally[name][1] for name in names if name in tally)
    return Amount(count / lives, size // max(count, 1))
