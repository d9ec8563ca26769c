"""A batch that is done is gone: nothing of it is left for the garbage collector, which would walk the whole cache."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.unit.runtime.bench import MINUTE, Bench, swept


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """Yield what only the garbage collector could free, once it was asked to look."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_a_batch_of_words_gaps_and_deadlines_leaves_no_cycles(garbage: list[object]) -> None:
    bench = Bench()
    replica = bench.replica()
    for ticket in ("t1", "t2", "t3"):
        bench.say(1, "arm tea 5", ticket=ticket)
        bench.say(2, "a", ticket=ticket)
        bench.say(2, "a", ticket=ticket)
        bench.say(4, "c", ticket=ticket)
        bench.say(3, "b", ticket=ticket)
    await replica.run()
    bench.clock.advance(5 * MINUTE)
    await swept(replica)
    assert len(bench.words()) > 1

    gc.collect()

    ours = Counter(type(one).__qualname__ for one in garbage if type(one).__module__.startswith("shared."))
    assert not ours
