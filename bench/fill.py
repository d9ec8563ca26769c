"""Puts many tickets beside: copies of a real life's documents under other names, straight into the stores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from shared.runtime.mongo import Store, insert_new

AT_ONCE = 1_000
"""Documents of one message."""


async def fill(stores: Mapping[str, Store], tickets: int, say: Callable[[str], None]) -> None:
    """Give every store the journal of so many more tickets, or their documents where it is the desk's."""
    await asyncio.gather(*(_fill(name, store, tickets, say) for name, store in stores.items()))


async def _fill(name: str, store: Store, tickets: int, say: Callable[[str], None]) -> None:
    collection = store.collection("tickets" if name == "desk" else "journal")
    life = await _one_life(collection, name)
    if not life:
        return
    waiting: list[dict[str, Any]] = []
    for n in range(tickets):
        waiting += [_copy(one, n, name) for one in life]
        if len(waiting) >= AT_ONCE:
            await insert_new(collection, waiting)
            waiting = []
        if n and n % 20_000 == 0:
            say(f"  {name}: {n} tickets")
    await insert_new(collection, waiting)


async def _one_life(collection: Any, name: str) -> list[dict[str, Any]]:
    """Return the documents of one whole ticket: the one with the most appends among the first."""
    found: list[dict[str, Any]] = await collection.find({}).limit(300).to_list(None)
    if name == "desk":
        return found[-1:]
    lives: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        lives.setdefault(str(one["_id"]).rpartition("#")[0], []).append(one)
    return max(lives.values(), key=len, default=[])


def _copy(document: dict[str, Any], n: int, name: str) -> dict[str, Any]:
    if name == "desk":
        return document | {"_id": f"filler-{n}", "number": f"filler-{n}"}
    return document | {"_id": f"filler-{n}#{str(document['_id']).rpartition('#')[2]}"}
