"""`sav time`: business time for whoever wants to recompute a deadline, line by line or one with its segments.

Called by people and by scripts. It holds no rule of its own: `shared.business_time` computes, on the calendars of the
policy file. It never reads a clock.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.time_lines import Compute
    from shared.business_time import Calendar

app = typer.Typer(
    help="Temps ouvré : ajouter une durée à un instant, mesurer entre deux instants. Un jour d'une durée (P1D) vaut "
    "24 heures de temps ouvré, et non un jour ouvré.",
    no_args_is_help=True,
)
Lines = Annotated[
    bool,
    typer.Option(
        "--jsonl",
        help="Lire un objet JSON par ligne sur l'entrée, en écrire un par ligne. Une ligne fausse donne "
        '{"error": …} à sa place, et la suite continue ; l\'état de sortie reste 0.',
    ),
]
Start = Annotated[str, typer.Argument(help="Instant ISO 8601 avec son fuseau : 2026-11-27T17:00:00+01:00.")]
Named = Annotated[
    str, typer.Option("--calendar", help="france, alsace-moselle, continuous, ou un autre de la politique.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Fichier de politique ; sinon SAV_POLICY, sinon celui qui est livré.")
]


@app.command("add")
def add_duration(
    start: Start = "",
    duration: Annotated[str, typer.Argument(help="Durée ISO 8601 de temps ouvré : PT9H30M.")] = "",
    calendar: Named = "france",
    policy: PolicyFile = None,
    jsonl: Lines = False,
) -> None:
    """Dire quand une durée de temps ouvré est écoulée ; sans --jsonl, avec les périodes ouvertes comptées.

    Une ligne de --jsonl : {"start": instant, "duration": durée, "calendar": nom} donne {"end": instant UTC}.
    """
    from cli.time_lines import add_line

    _run(add_line, {"start": start, "duration": duration, "calendar": calendar}, policy, jsonl=jsonl)


@app.command("between")
def between_instants(
    start: Start = "",
    end: Annotated[str, typer.Argument(help="Instant ISO 8601, pas avant le premier.")] = "",
    calendar: Named = "france",
    policy: PolicyFile = None,
    jsonl: Lines = False,
) -> None:
    """Dire combien de temps ouvré sépare deux instants ; sans --jsonl, avec les périodes ouvertes comptées.

    Une ligne de --jsonl : {"start", "end", "calendar"} donne {"duration"} en minutes, PT570M ; ce qui dépasse une
    minute entière suit en secondes (PT570M15S), rien n'est arrondi.
    """
    from cli.time_lines import between_line

    _run(between_line, {"start": start, "end": end, "calendar": calendar}, policy, jsonl=jsonl)


def _run(compute: Compute, asked: dict[str, str], policy: Path | None, *, jsonl: bool) -> None:
    from cli.time_lines import BadLine, answer_lines

    calendars = _calendars(policy)
    if jsonl:
        try:
            answer_lines(compute, calendars, sys.stdin.buffer, sys.stdout.buffer)
        except BrokenPipeError:
            # The reader has seen enough; Python would complain when it flushes once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        _explain(compute, asked, calendars)
    except BadLine as error:
        typer.echo(f"sav time : {error}", err=True)
        raise typer.Exit(2) from None


def _explain(compute: Compute, asked: dict[str, str], calendars: Mapping[str, Calendar]) -> None:
    """Print one answer with the openings that were counted, so that a reader can add them up by hand."""
    from zoneinfo import ZoneInfo

    from cli.time_lines import calendar_of, instant_of
    from shared.business_time import segments
    from shared.durations import in_minutes

    answer, calendar = compute(asked, calendars), calendar_of(asked, calendars)
    start, end, zone = instant_of(asked, "start"), instant_of({**asked, **answer}, "end"), ZoneInfo(calendar.zone)
    typer.echo(f"calendrier {calendar.name}, fuseau {calendar.zone}")
    for opens, closes in segments(calendar, start, end):
        local = f"{opens.astimezone(zone).isoformat(' ')} → {closes.astimezone(zone).isoformat(' ')}"
        typer.echo(f"  {local}  {in_minutes(closes - opens)}")
    for name, value in answer.items():
        typer.echo(f"{name} {value}" + (f"  ({end.astimezone(zone).isoformat()})" if name == "end" else ""))


def _calendars(policy: Path | None) -> Mapping[str, Calendar]:
    from pydantic import ValidationError

    from shared.policy.file import read_policy
    from shared.runtime.settings import Settings

    path = policy or Settings().policy
    try:
        return read_policy(path).calendars
    except (OSError, ValidationError) as error:
        typer.echo(f"sav time : politique {path} illisible : {error}", err=True)
        raise typer.Exit(2) from None
