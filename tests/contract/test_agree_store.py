"""Whatever a stage does to its store, the model says what a MongoDB server says: random operations, step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from shared.errors import GoRound
from shared.runtime.append import append_id
from shared.runtime.ports import Document, Position
from shared.testing.faults import Faults
from tests.contract.conftest import StorePorts, fake_store, real_store

STEPS = 150
"""Operations of one list: some ten of each kind, so that most meet what an earlier one left."""
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
ENTITIES = [f"t{n}" for n in range(5)]
"""Few, so that appends, timers and names collide."""
Operation = tuple[str, tuple[Any, ...]]


class Drawn:
    """A list of operations, drawn from a seed: the store's own rules (no append without the one before) are kept."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)
        self._last = dict.fromkeys(ENTITIES, 0)

    def operations(self, count: int) -> Iterator[Operation]:
        """Yield so many."""
        kinds = (
            self._insert, self._insert_half, self._load, self._arm, self._delete, self._due, self._bury, self._settle,
            self._count, self._begin, self._end, self._claim, self._read,
        )  # fmt: skip
        for _ in range(count):
            yield self._dice.choice(kinds)()
        yield "load", tuple(ENTITIES)
        yield "due", (AT - timedelta(days=1), AT + timedelta(days=1), 1_000)
        yield "graves", ()

    def _append(self, entity: str, version: int) -> Document:
        text = self._dice.choice((b"ours", b"theirs", b""))
        return {"_id": append_id(entity, version), "at": AT, "body": text, "list": [{"n": version}], "none": None}

    def _appends(self) -> list[Document]:
        """Some of them new, some there already with this or other content, one perhaps twice."""
        found: list[Document] = []
        for entity in self._dice.sample(ENTITIES, self._dice.randint(0, 4)):
            if self._last[entity] and self._dice.random() < 0.4:
                found.append(self._append(entity, self._dice.randint(1, self._last[entity])))
            else:
                self._last[entity] += 1
                found.append(self._append(entity, self._last[entity]))
        if found and self._dice.random() < 0.2:
            found.append(self._dice.choice(found))
        return found

    def _insert(self) -> Operation:
        return "insert", tuple(self._appends())

    def _insert_half(self) -> Operation:
        last = dict(self._last)
        documents = self._appends()
        self._last = last
        for one in documents[: len(documents) // 2]:
            entity, _, version = one["_id"].rpartition("#")
            self._last[entity] = max(last[entity], int(version))
        return "insert-half", tuple(documents)

    def _load(self) -> Operation:
        return "load", tuple(self._dice.sample([*ENTITIES, "absent"], self._dice.randint(0, 4)))

    def _instant(self) -> datetime:
        return AT + timedelta(milliseconds=self._dice.randint(-5, 5))

    def _names(self) -> list[str]:
        return [f"{self._dice.choice(ENTITIES)}|tea|{n}" for n in range(self._dice.randint(0, 3))]

    def _arm(self) -> Operation:
        return "arm", tuple({"_id": name, "entity": name[:2], "due_at": self._instant()} for name in self._names())

    def _delete(self) -> Operation:
        return "delete", tuple(self._names())

    def _due(self) -> Operation:
        return "due", (self._instant(), self._instant(), self._dice.choice((1, 2, 100)))

    def _grave(self) -> str:
        return f"sav.intake/0/{self._dice.randrange(6)}"

    def _bury(self) -> Operation:
        reason = self._dice.choice(("not JSON", "no subject"))
        names = [self._grave() for _ in range(self._dice.randint(0, 3))]
        return "bury", tuple({"_id": name, "reason": reason, "at": AT, "settled": None} for name in names)

    def _settle(self) -> Operation:
        return "settle", (self._grave(), self._dice.choice(("p1", "p2")))

    def _count(self) -> Operation:
        return "count", (Position("sav.intake", self._dice.randrange(2), self._dice.randrange(3)),)

    def _begin(self) -> Operation:
        return "begin", (self._dice.choice(("r1", "r2")),)

    def _end(self) -> Operation:
        return "end", (self._dice.choice(("r1", "r2")),)

    def _claim(self) -> Operation:
        name, ticket = f"SAV-{self._dice.randrange(5)}", self._dice.choice(ENTITIES)
        return "claim", (self._dice.choice(("numbers", "requests")), name, {"ticket": ticket})

    def _read(self) -> Operation:
        return "read", (self._dice.choice(("numbers", "requests")), f"SAV-{self._dice.randrange(5)}")


async def half_of_it(ports: StorePorts, faults: Faults | None, documents: Sequence[Document]) -> object:
    """An insert that ends half way: the model is told to, the engine is handed the first half."""
    if faults is None:
        await ports.journal.insert(documents[: len(documents) // 2])
        return "went round"
    faults.fail("journal.insert", how="half")
    with pytest.raises(GoRound):
        await ports.journal.insert(documents)
    return "went round"


async def due_between(ports: StorePorts, after: datetime, until: datetime, limit: int) -> object:
    """Which of them come is anybody's choice where there are more than were asked for; how many is not."""
    everything = await ports.timers.due(after, until, 1_000)
    found = await ports.timers.due(after, until, limit)
    assert all(one in everything for one in found)
    return len(found), sorted(everything, key=lambda one: str(one["_id"]))


async def done(ports: StorePorts, faults: Faults | None, operation: Operation) -> object:
    """Do one operation, and return all that it says."""
    name, given = operation[0], list(operation[1])
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "insert": lambda: ports.journal.insert(given),
        "insert-half": lambda: half_of_it(ports, faults, given),
        "load": lambda: ports.journal.load(given),
        "arm": lambda: ports.timers.arm(given),
        "delete": lambda: ports.timers.delete(given),
        "due": lambda: due_between(ports, *given),
        "bury": lambda: ports.graves.bury(given),
        "settle": lambda: ports.graves.settle(given[0], given[1], "called", AT),
        "graves": ports.graves.listed,
        "count": lambda: ports.attempts.count(*given),
        "begin": lambda: ports.attempts.begin(*given),
        "end": lambda: ports.attempts.end(*given),
        "claim": lambda: ports.claims.claim(*given),
        "read": lambda: ports.claims.read(*given),
    }
    return await acts[name](), await ports.graves.unsettled()


@pytest.mark.kafka
@pytest.mark.parametrize("seed", range(6))
async def test_the_same_operations_get_the_same_answers_of_the_model_and_of_the_server(
    seed: int, mongo_uri: str, database_name: str
) -> None:
    # given a model and a server, both empty
    faults = Faults()
    model = fake_store(faults)
    told: list[str] = []
    async with real_store(mongo_uri, database_name) as real:
        # when both are asked the same, one operation after another
        for operation in Drawn(seed).operations(STEPS):
            told.append(str(operation))
            # then each answer is the same, whatever was done before
            of_model, of_real = await done(model, faults, operation), await done(real, None, operation)
            assert of_model == of_real, "\n".join(told[-10:])
    assert {name.split("'")[1] for name in told} >= {"insert", "insert-half", "load", "due", "claim", "settle"}
