"""Many seeds on all cores, each in a process that shares nothing; the results come in the order of the seeds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

from simulate.faults import KINDS
from simulate.run import Asked, Result, simulate


def run_all(asked: Sequence[Asked], processes: int = 0) -> Iterator[Result]:
    """Yield the result of each, in order; `processes` 0 means one per core, 1 none beside this one."""
    processes = min(processes or os.cpu_count() or 1, len(asked))
    if processes <= 1:
        yield from map(simulate, asked)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(simulate, asked, chunksize=1)


def shortened(asked: Asked, failed: Result) -> Result:
    """Return a failure of the same promise with as few kinds of fault, and as few tickets, as still show it."""
    promise = failed.breaches[0].promise
    best, found = replace(asked, faults=failed.kinds, swarm=False, tickets=failed.tickets), failed
    for kind in [*KINDS, "ticket", "ticket", "ticket"]:
        if kind == "ticket":
            smaller = replace(best, tickets=max(1, best.tickets // 2))
        else:
            smaller = replace(best, faults=tuple(one for one in best.faults if one != kind))
        if smaller == best:
            continue
        again = simulate(smaller)
        if any(breach.promise == promise for breach in again.breaches):
            best, found = smaller, again
    return replace(found, asked=best)


def replay_line(asked: Asked) -> str:
    """Return the command that runs exactly this again."""
    faults = "none" if not asked.faults else "all" if asked.swarm and asked.faults == KINDS else ",".join(asked.faults)
    tickets = f" --tickets {asked.tickets}" if asked.tickets else ""
    return f"sav simulate --seed {asked.seed} --seeds 1 --days {asked.days:g}{tickets} --faults {faults}"
