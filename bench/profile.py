"""Where the time of a life goes, by process: `python -m bench.profile` prints milliseconds of CPU a life.

CPU rather than the clock, so that what else the machine does weighs less. No test runs it; Linux alone (`/proc`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from bench.lives import Lives
from bench.main import ENVIRONMENT, FOLDER, prepare, quick_policy, say
from demo.stack import Stack, stack

WARM_UP = 100
"""Lives before anything is counted: Java compiles, caches fill."""


def main() -> None:
    """Print a table, a column a round."""
    parser = ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--lives", type=int, default=500, help="lives of a round")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    logging.basicConfig(filename=FOLDER / "bench.log", level=logging.WARNING)
    policy = FOLDER / "policy.json"
    policy.write_text(quick_policy(), "utf-8")
    asyncio.run(_profiled(asked.lives, asked.rounds, policy))


async def _profiled(wanted: int, rounds: int, policy: Path) -> None:
    with stack(FOLDER, ENVIRONMENT, {"SAV_POLICY": str(policy)}, say) as services:
        await prepare(services)
        services.start_all(lambda _: None)
        lives = Lives(services.kafka, ENVIRONMENT, say)
        await lives.start()
        await lives.run(WARM_UP)
        columns: list[Counter[str]] = []
        for _ in range(rounds):
            before = _seconds(services)
            lived = await lives.run(wanted)
            columns.append(_seconds(services) - before)
            say(f"{lived.per_second:.1f} lives/s")
        await lives.stop()
    print(as_text(columns, wanted))


def as_text(columns: list[Counter[str]], lives: int) -> str:
    """Return the table, the greatest first, in milliseconds of CPU a life."""
    names = sorted(columns[-1], key=lambda name: -columns[-1][name])
    rows: list[Mapping[str, float]] = [column | {"whole": column.total()} for column in columns]
    return "\n".join(
        f"{name:20}" + "".join(f"{1000 * row.get(name, 0.0) / lives:8.1f}" for row in rows)
        for name in (*names, "whole")
    )


def _seconds(services: Stack) -> Counter[str]:
    """Return the CPU seconds so far of this process and of all that it started, by name."""
    found: Counter[str] = Counter()
    tick = os.sysconf("SC_CLK_TCK")
    marker = str(services.folder)
    ours = {child.pid: name for name, child in services.services.items()} | {os.getpid(): "bench"}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        name = ours.get(int(process.name)) or (_engine(words) if marker in words else "")
        if name:
            found[name] += (int(fields[11]) + int(fields[12])) / tick  # type: ignore[assignment]
    return found


def _engine(words: str) -> str:
    store = re.search(r"/mongo-([a-z]+)/", words)
    return f"store of {store.group(1)}" if store else "Kafka"


if __name__ == "__main__":
    main()
