"""`python -m bench`: everything that is measured, in one interleaved run.

Each round lives real lives, then moves the floor, on the same engines, so that what else the machine does weighs on
both.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import statistics
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from bench import count, memory
from bench.fill import fill
from bench.floor import Floor
from bench.lives import Lives, Round
from bench.shape import StageShape
from bench.sweep import sweep_times
from demo.arrivals import SAMPLES
from demo.stack import Stack, stack
from shared.policy.file import shipped_text
from shared.runtime.mongo import Store
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import create_topics

ENVIRONMENT = "bench"
FOLDER = Path(".sav/bench").resolve()
COLD_SHARE = 10
"""Every tenth life is one that no service has in its cache."""
PACE, PACE_SECONDS = 10, 20
"""Requests a second, and for how long, while the delay to the acknowledgement is measured: a busy day's hour."""


def say(text: str) -> None:
    """Tell a person what is being done."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--lives", type=int, default=1500, help="lives of a round; few measure the start, not the rate")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of floor and lives")
    parser.add_argument("--tickets", type=int, default=40_000, help="tickets to put beside, for the cost of age")
    parser.add_argument("--timers", type=int, default=1_000_000, help="timers of the largest sweep")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    logging.basicConfig(filename=FOLDER / "bench.log", level=logging.WARNING)
    policy = FOLDER / "policy.json"
    policy.write_text(quick_policy(), "utf-8")
    result = asyncio.run(measured(asked, policy))
    print(json.dumps(result, indent=2) if asked.json else as_text(result))


async def measured(asked: Namespace, policy: Path) -> dict[str, Any]:
    """Return every figure."""
    with stack(FOLDER, ENVIRONMENT, {"SAV_POLICY": str(policy)}, say) as services:
        await prepare(services)
        services.start_all(lambda _: None)
        figures = await _with_services(services, asked)
    say("the sweeper, on a store of its own")
    figures["sweep"] = {
        name: _spread(await sweep_times(FOLDER / f"sweep-{name}", timers, overdue, say))
        for name, timers, overdue in (
            ("500 due among 10,000", 10_000, 0),
            (f"500 due among {asked.timers:,}", asked.timers, 0),
            ("500 due beside 50,000 overdue", 10_000, 50_000),
        )
    }
    return figures


async def _with_services(services: Stack, asked: Namespace) -> dict[str, Any]:
    names = Settings(environment=ENVIRONMENT)
    stores = {name: Store(uri, names.database(name)) for name, uri in services.mongo.items()}
    lives = Lives(services.kafka, ENVIRONMENT, say)
    await lives.start()
    try:
        figures: dict[str, Any] = {"idle_mib": memory.of_stack(services)}
        say(f"warming up: {asked.lives // 5} lives")
        await lives.run(asked.lives // 5)
        tally = await count.topics(services.kafka, f"{ENVIRONMENT}.")
        shapes = await count.shapes(tally, stores, asked.lives // 5)
        figures["life"] = [asdict(one) for one in shapes]
        young, floors, stages_alone = [], [], []
        for n in range(asked.rounds):
            say(f"round {n + 1} of {asked.rounds}: {asked.lives} lives")
            young.append(await _round(services, lives, asked.lives))
            floors.append(await _floor(services, stores, shapes, asked.lives, f"young{n}"))
            without_desk = [one for one in shapes if one.name != "desk"]
            stages_alone.append(await _floor(services, stores, without_desk, asked.lives, f"stages{n}"))
            say(f"round {n + 1}: {young[-1].per_second:.1f} lives/s, floor {floors[-1]:.1f}")
        figures |= _rates(young, floors)
        figures["floor_without_desk_per_second"] = _spread(stages_alone)
        say(f"acknowledgements at {PACE} requests a second for {PACE_SECONDS} s")
        figures["acknowledgement_ms"] = _percentiles(await lives.trickle(PACE, PACE_SECONDS))
        say(f"putting {asked.tickets} tickets beside")
        await fill(stores, asked.tickets, say)
        old = []
        for n in range(asked.rounds):
            old.append(await _round(services, lives, asked.lives))
            say(f"round {n + 1} of {asked.rounds} beside them: {old[-1].per_second:.1f} lives/s")
        figures["after_tickets"] = asked.tickets
        figures["lives_per_second_after"] = _spread([one.per_second for one in old])
        figures["cost_after"] = figures["lives_per_second"]["median"] / figures["lives_per_second_after"]["median"]
        return figures
    finally:
        await lives.stop()
        for store in stores.values():
            store.close()


async def _round(services: Stack, lives: Lives, wanted: int) -> Round:
    """Open every tenth ticket, let the services forget it by starting them again, then let all lives go."""
    cold = await lives.open(wanted // COLD_SHARE)
    services.stop()
    shutil.rmtree(services.folder / "logs")  # where "ready" would still be read of the processes before
    services.start_all(lambda _: None)
    return await lives.run(wanted - len(cold), cold)


async def _floor(services: Stack, stores: dict[str, Store], shapes: list[StageShape], wanted: int, name: str) -> float:
    seconds = await Floor(services.kafka, stores, shapes, name).run(wanted)
    return wanted / seconds


async def prepare(services: Stack) -> None:
    """Make the topics, and publish the registry."""
    await create_topics(services.kafka, f"{ENVIRONMENT}.")
    async with AIOKafkaProducer(bootstrap_servers=services.kafka, acks="all") as producer:
        registry = (SAMPLES / "registry.json").read_bytes()
        await producer.send_and_wait(f"{ENVIRONMENT}.sav.registry", registry, key=b"registry")


def quick_policy() -> str:
    """Return the shipped policy without its waits: an answer is final, and a survey due, within a second."""
    policy = json.loads(shipped_text())
    policy["version"] = "bench"
    policy["closing"]["undo"] = "PT0.2S"
    policy["survey"] |= {"after": "PT0.2S"}
    return json.dumps(policy)


def _rates(young: list[Round], floors: list[float]) -> dict[str, Any]:
    rates = [one.per_second for one in young]
    return {
        "lives_per_second": _spread(rates),
        "floor_per_second": _spread(floors),
        "ratio": _spread([mine / floor for mine, floor in zip(rates, floors, strict=True)]),
        "acknowledgement_under_load_ms": _percentiles([one for each in young for one in each.acknowledgements]),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {f"p{share}": 1000 * ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 99)}


def as_text(figures: dict[str, Any]) -> str:
    """Return the table that a person reads."""

    def show(one: dict[str, float]) -> str:
        return f"{one['median']:10.2f}   [{one['least']:.2f} to {one['most']:.2f}]"

    ack, loaded = figures["acknowledgement_ms"], figures["acknowledgement_under_load_ms"]
    lines = [
        f"whole lives a second, every tenth cold      {show(figures['lives_per_second'])}",
        f"the floor: the same, moved without logic    {show(figures['floor_per_second'])}",
        f"ratio to the floor, round by round          {show(figures['ratio'])}",
        f"the floor without the desk's documents      {show(figures['floor_without_desk_per_second'])}",
        f"request to acknowledgement asked, 10/s      p50 {ack['p50']:.0f} ms, p99 {ack['p99']:.0f} ms",
        f"the same while lives go as fast as they can p50 {loaded['p50']:.0f} ms, p99 {loaded['p99']:.0f} ms",
        f"lives a second beside {figures['after_tickets']:,} tickets       {show(figures['lives_per_second_after'])}",
        f"cost of a life then, against the first      {figures['cost_after']:10.2f}",
        *(f"sweep, {name:37} {1000 * one['median']:8.1f} ms" for name, one in figures["sweep"].items()),
        f"memory of the idle stack                    {figures['idle_mib']['whole']:8.0f} MiB",
        *(f"    {name:40} {size:8.0f} MiB" for name, size in figures["idle_mib"].items() if name != "whole"),
    ]
    return "\n".join(lines)
