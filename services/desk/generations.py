"""Which collection of the desk's database is the read model: one is live, others are being built or kept for a while.

Read by the desk before it writes a batch, and by every tool that shows tickets; changed by `rebuild` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.runtime.mongo import Store

FIRST = "tickets"
KEPT = timedelta(days=1)
"""How long a read model is kept that was replaced: a working day in which somebody may find the new one wrong."""
_NAME = "read-model"


@dataclass(frozen=True, slots=True)
class Former:
    """A read model that was replaced, and when (UTC)."""

    collection: str
    until: datetime


class Generations:
    """The one document that names the live collection."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: Any = store.collection("generations")

    async def live(self) -> str:
        """Return the live collection's name."""
        row = await self._names.find_one({"_id": _NAME})
        return str(row["live"]) if row else FIRST

    async def former(self) -> list[Former]:
        """Return what was replaced and is still kept, oldest first."""
        row = await self._names.find_one({"_id": _NAME})
        return [Former(one["collection"], one["until"]) for one in row["former"]] if row else []

    async def next(self) -> str:
        """Return a name that no kept read model has. What a broken-off rebuild left under it is dropped."""
        taken = [await self.live(), *(one.collection for one in await self.former())]
        numbers = [int(name.rpartition("_")[2]) for name in taken if name != FIRST]
        name = f"{FIRST}_{max(numbers, default=1) + 1}"
        await self._store.collection(name).drop()
        return name

    async def switch(self, to: str, at: datetime) -> None:
        """Make another collection the live one from now on (`at`, UTC); the one before is kept."""
        former = [*await self.former(), Former(await self.live(), at)]
        rows = [{"collection": one.collection, "until": one.until} for one in former]
        await self._names.update_one({"_id": _NAME}, {"$set": {"live": to, "former": rows}}, upsert=True)

    async def prune(self, now: datetime) -> list[str]:
        """Drop what was replaced longer ago than `KEPT`; return the names."""
        former = await self.former()
        old = [one for one in former if now - one.until >= KEPT]
        if old:
            for one in old:
                await self._store.collection(one.collection).drop()
            rows = [{"collection": one.collection, "until": one.until} for one in former if one not in old]
            await self._names.update_one({"_id": _NAME}, {"$set": {"former": rows}})
        return [one.collection for one in old]
