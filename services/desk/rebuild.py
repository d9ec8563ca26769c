"""Builds the read model anew beside the live one while events flow, compares the two, and switches.

Called by `sav readmodel rebuild`. It never writes to the live collection before the switch, and the desk goes on
writing all the while: before every batch, once it has taken its records, it looks which collection is live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.desk.generations import Generations
from services.desk.projection import Ticket, fold_all
from services.desk.reading import DeskReader
from services.desk.sections import Told
from services.desk.store import DeskStore
from shared.errors import GoRound, SendToDead
from shared.personal import Seal
from shared.runtime.loop import CONFLICT_ROUNDS
from shared.runtime.ports import Record
from shared.runtime.replay import Topics

ON_ITS_WAY_ROUNDS = 30
BETWEEN_SECONDS = 1.0
"""Tickets that differ are looked at again for half a minute: the live desk may be a batch behind, or ahead."""
AT_ONCE = 200
"""Tickets compared together: some 10 kB each."""

Progress = Callable[[str, int], None]


@dataclass
class Rebuilt:
    """What came of it."""

    collection: str
    tickets: int = 0
    events: int = 0
    unreadable: int = 0
    """Records that no desk can read; the live one has sent them to its dead topic."""
    different: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By ticket id, the fields that differ from the live read model."""
    switched: bool = False


class Rebuild:
    """One rebuilding of the read model."""

    def __init__(
        self,
        generations: Generations,
        live: DeskStore,
        new: DeskStore,
        topics: Topics,
        seal: Seal,
        rounds: int = ON_ITS_WAY_ROUNDS,
    ) -> None:
        self._generations, self._live, self._new, self._topics = generations, live, new, topics
        self._rounds = rounds
        self._reader = DeskReader(seal)
        self._result = Rebuilt(new.name)

    async def run(self, now: Callable[[], datetime], progress: Progress, *, whatever: bool = False) -> Rebuilt:
        """Build, compare and, where nothing differs or `whatever` is said, switch.

        A crash before the switch leaves the live read model as it was, and a collection that the next rebuild drops.
        After the switch the desk writes to the new one: what it had taken just before may have gone to the old one,
        so everything up to the ends as they are then is read here too. A crash between the two leaves gaps that the
        desk sees and asks the owners about; saying it again builds another.
        """
        await self._new.prepare()
        await self._read(progress)
        await self._compare(progress)
        if self._result.different and not whatever:
            return self._result
        await self._generations.switch(self._new.name, now())
        self._result.switched = True
        await self._read(progress)
        return self._result

    async def _read(self, progress: Progress) -> None:
        async for records in self._topics.read_to(await self._topics.ends()):
            await self._write(self._by_ticket(records))
            progress("read", self._result.events)

    def _by_ticket(self, records: Iterable[Record]) -> dict[str, list[Told]]:
        by_ticket: dict[str, list[Told]] = {}
        for record in records:
            try:
                told = self._reader.read(record)
            except SendToDead:
                self._result.unreadable += 1
                continue
            self._result.events += 1
            by_ticket.setdefault(told.ticket, []).append(told)
        return by_ticket

    async def _write(self, by_ticket: Mapping[str, list[Told]]) -> None:
        left = sorted(by_ticket)
        for _ in range(CONFLICT_ROUNDS):
            known = await self._new.load(left)
            folded = [fold_all(known[one], by_ticket[one], self._reader.again) for one in left]
            lost = await self._new.write([one for one in folded if one is not known[one.id]])
            if not lost:
                return
            left = sorted(lost)  # after the switch the desk writes here too
        raise GoRound(f"{len(left)} tickets are being written by the desk")

    async def _compare(self, progress: Progress) -> None:
        different: dict[str, tuple[str, ...]] = {}
        after = ""
        while ids := await self._new.ids(after, AT_ONCE):
            after = ids[-1]
            self._result.tickets += len(ids)
            different |= await self._differences(ids)
            progress("compared", self._result.tickets)
        for _ in range(self._rounds):
            if not different:
                break
            await asyncio.sleep(BETWEEN_SECONDS)
            await self._read(progress)
            different = await self._differences(sorted(different))
        self._result.different = different

    async def _differences(self, ids: list[str]) -> dict[str, tuple[str, ...]]:
        new, live = await self._new.load(ids), await self._live.load(ids)
        found = {one: _different(new[one], live[one]) for one in ids}
        return {one: fields for one, fields in found.items() if fields}


def _different(new: Ticket, live: Ticket) -> tuple[str, ...]:
    return tuple(name for name in ("sections", "story", "personal") if getattr(new, name) != getattr(live, name))
