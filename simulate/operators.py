"""Operators: they roll newer code out, let go what was held for it, and say where a stopped group reads on.

They do what the procedure for operators says, with commands and Kafka's own tools; they never touch a journal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shared.runtime.ports import Document, Partition
from shared.topics import STAGES
from simulate.broker import SimBroker
from simulate.chance import spread
from simulate.faults import Plan
from simulate.witness import STAGE_TOPICS
from simulate.world import DAY, HOUR, MINUTE, World

MOST_LOOKS = 40
"""Looks at what is held once faults are over: more is somebody who holds for ever (I29)."""


class Operators:
    """Everybody who keeps the machines running."""

    def __init__(self, world: World, broker: SimBroker, plan: Plan, documents: Mapping[str, Document]) -> None:
        self._world, self._broker, self._plan, self._documents = world, broker, plan, documents
        self._witness = broker.witness
        self._orders = 0
        self._looks = 0
        self._rolling_out = False
        self._coming: set[str] = set()
        world.hearers.append(self._hear)

    # -- newer code --------------------------------------------------------------------------------------------------

    def _hear(self, ticket: str, name: str, data: dict[str, Any], envelope: dict[str, Any]) -> None:
        """A stage says that it holds a ticket: newer code is brought, and the ticket is let go."""
        if name.endswith(".needs-attention") and data["about"] == "held":
            self._witness.trace.seen["held, and a person was told"] += 1
            self._roll_out_later()

    def _roll_out_later(self) -> None:
        if not self._rolling_out:
            self._rolling_out = True
            dice = self._world.dice
            self._world.later(spread(dice, 10 * MINUTE, 2 * DAY), self._roll_out)

    def _roll_out(self) -> None:
        self._rolling_out = False
        self._broker.future.arrive()
        self._witness.trace.step("operators", "newer code")
        if self._let_go():
            self._roll_out_later()  # they look again: what came meanwhile of still newer code is held behind it

    def _let_go(self) -> bool:
        """Release whatever is held, and have said again what the desk holds; return whether there was anything."""
        if not self._broker.future.subjects:
            return False
        held = [
            (stage, entity)
            for stage in STAGES
            for entity in sorted({one for (one, _), how in self._witness.books[stage].waiting.items() if how == "held"})
        ]
        for stage, entity in held:
            self._order(stage, "release", entity, {"by": "operator"})
        shown = list(self._held_by_the_desk())
        for stage, ticket, seq in shown:
            self._order(stage, "republish", ticket, {"by": "operator", "from_seq": seq + 1})
        return bool(held or shown)

    def _held_by_the_desk(self) -> list[tuple[str, str, int]]:
        found = []
        for ticket, document in self._documents.items():
            sections = json.loads(document["sections"])
            found += [(stage, ticket, one["seq"]) for stage, one in sections.items() if one["hold"]]
        return found

    def look(self) -> bool:
        """Faults are over: bring newer code, let go what is held; return whether there was anything to do."""
        self._broker.future.arrive()
        self._looks += 1
        return self._looks <= MOST_LOOKS and self._let_go()

    def _order(self, stage: str, verb: str, subject: str, data: dict[str, Any]) -> None:
        self._orders += 1
        self._world.command(stage, verb, subject, f"operator-{self._orders}", data)

    # -- offsets -----------------------------------------------------------------------------------------------------

    def forget_offset(self) -> None:
        """The group's offset of some partition is lost, as by its expiry."""
        dice, broker = self._plan.of("offsets"), self._broker
        name = dice.choice(sorted(broker.groups))
        group = broker.groups[name]
        known = sorted(at for at, offset in group.committed.items() if offset and (name, at) not in broker.cases)
        if known:
            at = dice.choice(known)
            self._witness.trace.strike(name, "offsets", f"{at.topic} {at.partition}")
            del group.committed[at]
            broker.cases[name, at] = None
            group.rebalance()

    def cut_unread(self) -> None:
        """A partition is cut off under a group that has not read all of it: it lagged, and somebody set a retention."""
        dice, broker = self._plan.of("retention"), self._broker
        topic = dice.choice(sorted(STAGE_TOPICS))
        name = dice.choice(broker.readers_of(topic))
        at = Partition(topic, dice.randrange(broker.partitions_of(topic)))
        broker.stall(name, at, 2 * HOUR)
        self._world.later(HOUR + dice.random() * HOUR, lambda: self._cut(name, at))

    def _cut(self, name: str, at: Partition) -> None:
        broker = self._broker
        end = broker.end(at)
        if not self._plan.on or broker.groups[name].committed.get(at, 0) >= end:
            return
        self._witness.trace.strike(name, "retention", f"{at.topic} {at.partition} up to {end}")
        broker.cut(at, end)
        for group in broker.readers_of(at.topic):
            known = broker.groups[group].committed.get(at)
            if known is not None and (group, at) not in broker.cases and broker.least_position(group, at, known) < end:
                broker.cases[group, at] = known
        broker.unstall_one(name, at)

    def called_to(self, stage: str) -> None:
        """A replica stopped and says why: somebody comes."""
        if stage not in self._coming:
            self._coming.add(stage)
            self._world.later(spread(self._world.dice, MINUTE / 2, HOUR / 4), lambda: self._decide(stage))

    def _decide(self, stage: str) -> None:
        """An operator says where a group reads on: at what is there; and has owners say again what is not.

        Kafka's own tool wants the group empty: whatever its members had in hand is theirs no more.
        """
        broker, group = self._broker, self._broker.groups[stage]
        self._coming.discard(stage)
        cases = sorted(
            ((at, known) for (name, at), known in broker.cases.items() if name == stage), key=lambda one: one[0]
        )
        for at, known in cases:
            del broker.cases[stage, at]
            start = broker.start(at)
            group.committed[at] = max(known or 0, start)
            self._witness.trace.step("operators", "reset", f"{stage} {at.topic} {at.partition}")
            self._witness.trace.seen["an operator reset an offset"] += 1
            if known is not None:
                self._say_again(at, known, start)
        group.rebalance()

    def _say_again(self, at: Partition, first: int, end: int) -> None:
        gone = {
            seen.subject
            for seen in self._witness.records
            if (seen.record.topic, seen.record.partition) == at
            and first <= seen.record.offset < end
            and isinstance(seen.data.get("seq"), int)
        }
        for subject in sorted(gone):
            self._order(at.topic.removeprefix("sav."), "republish", subject, {"by": "operator", "from_seq": 1})
