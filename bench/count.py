"""Counts what a round of real lives left on the topics and in the stores. It only reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bson

from bench.shape import Amount, StageShape
from shared.runtime.mongo import Store
from shared.runtime.replay import Replay
from shared.topics import STAGES, TOPICS, read_by

Tally = dict[str, tuple[int, int]]
"""Records and bytes of a topic."""


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
    """Return what each stage moves for one life, after so many lives and nothing else."""
    return [await _shape(stage, tally, stores[stage], lives) for stage in STAGES]


async def _shape(stage: str, tally: Tally, store: Store, lives: int) -> StageShape:
    reads = _sum(tally, [topic.name for topic in read_by(stage)], lives)
    writes = _sum(tally, [topic.name for topic in TOPICS if topic.writer == stage], lives)
    journal = store.collection("journal")
    count = int(await journal.estimated_document_count())
    sample: list[dict[str, Any]] = await journal.find({}).limit(200).to_list(None)
    size = sum(len(bson.encode(one)) for one in sample) // max(len(sample), 1)
    # A life arms and spends a deadline for each due record; what is armed and dropped unspent is not counted.
    armed = tally.get(f"sav.{stage}.due", (0, 0))[0]
    return StageShape(stage, reads, writes, Amount(count / lives, size), Amount(armed / lives, 150))


def _sum(tally: Tally, names: list[str], lives: int) -> Amount:
    count = sum(tally[name][0] for name in names if name in tally)
    size = sum(tally[name][1] for name in names if name in tally)
    return Amount(count / lives, size // max(count, 1))
