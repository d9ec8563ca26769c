"""`sav simulate`: the procedure's promises, looked for in virtual years of crashes, copies, delays and wrong clocks."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simulate.run import Result


def simulate(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds.")] = 20,
    seed: Annotated[int, typer.Option(help="The first one.")] = 1,
    days: Annotated[float, typer.Option(min=0.1, help="Virtual days during which faults go on.")] = 12.0,
    tickets: Annotated[int, typer.Option(min=0, help="Tickets of each seed; 0: drawn from the seed, 5 to 8.")] = 0,
    faults: Annotated[str, typer.Option(help="all (each seed a random half of the kinds), none, or a list.")] = "all",
    processes: Annotated[int, typer.Option(min=0, help="0: one per core.")] = 0,
    shorten: Annotated[bool, typer.Option(help="Look for a smaller form of the first failure.")] = True,
    until_broken: Annotated[bool, typer.Option(help="Stop at the first seed that is broken.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, with the trace hash of each seed.")] = False,
) -> None:
    """Run the production decisions and the production loop on a model of everything outside, and check every promise.

    Exit status 0: every seed is clean (and, from 200 seeds on with all faults, everything was exercised). 1: not so.
    """
    from simulate.faults import KINDS
    from simulate.many import run_all, shortened
    from simulate.promises import FULL, never, totals
    from simulate.run import Asked

    kinds = _kinds(faults, KINDS)
    asked = [Asked(seed + n, days, tickets, kinds, swarm=faults == "all") for n in range(seeds)]
    began, results = time.monotonic(), []
    for result in run_all(asked, processes):
        results.append(result)
        if not as_json and result.breaches:
            _tell_failure(result)
        if until_broken and result.breaches:
            break
    took = time.monotonic() - began
    failed = [one for one in results if one.breaches]
    checked, _, seen = totals(results)
    lacking = never(seen, checked) if faults == "all" and seeds >= FULL else []
    small = shortened(failed[0].asked, failed[0]) if failed and shorten else None
    if as_json:
        typer.echo(json.dumps(_as_dict(results, lacking, took, small), ensure_ascii=False))
    else:
        _tell(results, lacking, took, small)
    if failed or lacking:
        raise typer.Exit(1)


def _kinds(faults: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if faults in ("all", "none"):
        return known if faults == "all" else ()
    kinds = tuple(faults.split(","))
    if unknown := [one for one in kinds if one not in known]:
        raise typer.BadParameter(f"{', '.join(unknown)}: the kinds are all, none, or some of {', '.join(known)}")
    return kinds


def _tell_failure(result: Result) -> None:
    from simulate.many import replay_line

    first = result.breaches[0]
    typer.echo(f"BROKEN {first.promise}: {first.ticket or '-'}: {first.sentence} ({len(result.breaches)} in all)")
    typer.echo(f"  {replay_line(result.asked)}")


def _tell(results: list[Result], lacking: list[str], took: float, small: Result | None) -> None:
    from simulate.many import replay_line
    from simulate.promises import table

    if small is not None:
        first = small.breaches[0]
        typer.echo(f"\nThe first failure, shortened: {first.promise}: {first.sentence}\n  {replay_line(small.asked)}")
        typer.echo("\n".join(f"  {line}" for line in small.story))
    typer.echo("")
    typer.echo("\n".join(table(results)))
    for one in lacking:
        typer.echo(f"NOT EXERCISED: {one}")
    broken = sum(bool(one.breaches) for one in results)
    years = sum(one.virtual_days for one in results) / 365
    tickets = sum(one.tickets for one in results)
    typer.echo(
        f"\n{len(results)} seeds, {tickets} tickets, {years:.1f} virtual years, {broken} seeds broken; "
        f"{took:.0f} s, {len(results) / took * 60:.0f} seeds a minute"
    )


def _as_dict(results: list[Result], lacking: list[str], took: float, small: Result | None) -> dict[str, Any]:
    from simulate.many import replay_line
    from simulate.promises import totals

    checked, broken, seen = totals(results)
    return {
        "seeds": [_one(result) for result in results],
        "promises": {name: {"looked_at": count, "broken": broken[name]} for name, count in sorted(checked.items())},
        "happened": dict(sorted(seen.items())),
        "not_exercised": lacking,
        "seconds": round(took, 1),
        "shortened": {"replay": replay_line(small.asked), "story": small.story} if small else None,
    }


def _one(result: Result) -> dict[str, Any]:
    from simulate.many import replay_line

    return {
        "seed": result.asked.seed,
        "trace": result.digest,
        "tickets": result.tickets,
        "virtual_days": round(result.virtual_days, 2),
        "steps": result.steps,
        "faults": list(result.kinds),
        "breaches": [[one.promise, one.ticket, one.sentence] for one in result.breaches],
        "replay": replay_line(result.asked),
    }
