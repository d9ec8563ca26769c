"""Records whole lives: `python -m tests.replay.record_lives BATCH [--seed S…] [--tickets N] [--keep K]`.

Runs the simulator twice with each seed, once with nothing going wrong and once with faults, and keeps few tickets that
together show as much as all of them. A batch that exists is never written again: `lives/README.md` says why, and when
a new one is due.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from shared import codec
from shared.events.base import Payload
from shared.personal import ClearSeal
from shared.policy.model import Policy
from shared.registry import Registry
from shared.registry.model import Equipment
from shared.runtime.service import Part, World
from simulate import virtual
from simulate.run import Asked, _Run, _silence, parts
from tests.replay.knowledge import keep_grid, keep_policy
from tests.replay.life import SUFFIX, Life, Told, data_of, written
from tests.replay.paths import PATHS, marks_of, paths_of
from tests.replay.recorder import Log, Recorder, lines_of

LIVES = Path(__file__).parent / "lives"
FAULTS = ("crash", "lost", "partial", "late", "rebalance", "outage", "copies", "stall", "spool", "blackout")
"""Without garbage, which reaches no `decide`, and without wrong clocks, by which a life is hard to read."""

SITES = Registry(
    version="1",
    equipment=tuple(
        Equipment(id=f"E{n}-{which}", site=f"S{n}", kind="caméra", zone="parking")
        for n in range(100)
        for which in range(1 + n % 2)
    ),
)
"""At every other site of the simulator's customers the camera of the car park is the only one."""


class Recorded:
    """All lives of one run."""

    def __init__(self, kind: str, seed: int, tickets: int, faults: Sequence[str]) -> None:
        self.kind = kind
        recorder, as_it_is = Recorder(), dict(parts())
        with_sites = as_it_is | {
            "triage": Part(as_it_is["triage"].stage, partial(_shell_with_sites, as_it_is["triage"]))
        }
        parts().update({name: recorder.around(part) for name, part in with_sites.items()})
        try:
            run = _Run(Asked(seed=seed, tickets=tickets, faults=tuple(faults), swarm=False))
            with _silence():
                self.breaches = virtual.run(run.go()).breaches
        finally:
            parts().update(as_it_is)
        self.policies: dict[str, Policy] = {}
        self.grids: set[str] = set()
        broken = {breach.ticket for breach in self.breaches}
        lives = self._lives(recorder, _logs(run.witness.events.values()))
        # What breaks a promise is a bug to be found, and no promise to be kept. (Without a ticket it is everybody's.)
        # A write that came late, after its decision was thrown away with its batch, is in no call that was kept.
        self.lives = [life for life in lives if life.entity not in broken and "" not in broken and life.is_whole]

    def _lives(self, recorder: Recorder, logs: dict[str, Log]) -> Iterable[Life]:
        for entity, log in logs.items():
            raws = recorder.calls[entity]
            policies = {raw.policy.version: raw.policy for raw in raws}
            assert len(policies) == 1, "a life is told under one policy"
            self.policies |= policies
            self.grids |= {raw.facts.grid.version for raw in raws if raw.stage == "triage"}
            life = Life("", entity, next(iter(policies)), (), lines_of(raws, log))
            yield replace(life, shows=paths_of(life))


def _shell_with_sites(part: Part, world: World) -> Any:
    """The simulator's registry knows no devices: let triage know some, so that its facts are seen in the lives."""
    shell: Any = part.shell(world)
    return replace(shell, registry=lambda: SITES)


def _logs(seen: Iterable[Any]) -> dict[str, Log]:
    """Return what the topics say, by entity."""
    logs: defaultdict[str, Log] = defaultdict(Log)
    for one in seen:
        envelope = codec.decode(one.record.value)
        payload = codec.open_payload(envelope, ClearSeal())
        assert isinstance(payload, Payload) and envelope.seq is not None
        place = envelope.stage, envelope.seq
        log = logs[envelope.subject]
        log.events[place] = Told(envelope.type, envelope.seq, envelope.time, data_of(payload))
        log.places[envelope.id] = place
    return logs


def chosen(lives: Sequence[tuple[str, Life]], most: int) -> list[tuple[str, Life]]:
    """Return lives that together show as much as all: each next one shows most that is new for its length."""
    marks = {id(life): marks_of(life) | {*life.shows} for _, life in lives}
    size = {id(life): len(life.lines) for _, life in lives}
    shown: set[str] = set()
    kept: list[tuple[str, Life]] = []
    while len(kept) < most:
        best = max(lives, key=lambda one: len(marks[id(one[1])] - shown) / size[id(one[1])])
        if not marks[id(best[1])] - shown:
            break
        kept.append(best)
        shown |= marks[id(best[1])]
    return kept


def say(*lines: str) -> None:
    """A command says what it did."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main(arguments: Sequence[str]) -> int:
    """Record a batch, and say what it shows and what it lacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("batch", help="name of the new folder in lives/")
    parser.add_argument(
        "--seed", type=int, nargs="+", default=[32, 33, 35], help="each runs twice: calm, and with faults"
    )
    parser.add_argument("--tickets", type=int, default=30, help="of each run")
    parser.add_argument("--keep", type=int, default=22, help="how many lives at most")
    asked = parser.parse_args(arguments)
    folder = LIVES / asked.batch
    if folder.exists():
        say(f"{folder} exists: what was recorded is never written again; name a new batch")
        return 1
    kinds = (("calm", ()), ("faulty", FAULTS))
    runs = [Recorded(kind, seed, asked.tickets, faults) for seed in asked.seed for kind, faults in kinds]
    folder.mkdir(parents=True)
    for breach in (breach for run in runs for breach in run.breaches):
        say(f"left out: {breach}")
    kept = chosen([(run.kind, life) for run in runs for life in run.lives], asked.keep)
    for number, (kind, life) in enumerate(kept, start=1):
        path = folder / f"{number:02}-{kind}{SUFFIX}"
        path.write_bytes(written(life))
        say(f"{path.name}, {path.stat().st_size} bytes: {'; '.join(life.shows)}")
    for run in runs:
        for policy in run.policies.values():
            keep_policy(folder, policy)
        for grid in run.grids:
            keep_grid(folder, grid)
    shown = {path for _, life in kept for path in life.shows}
    say(f"not shown: {'; '.join(sorted(PATHS.keys() - shown)) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
