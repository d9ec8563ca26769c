"""`sav state`: hold every stage's journal against its topics. It only reads."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from cli.tools import Json, Progress, stage_named, store_of
from shared.personal import ClearSeal
from shared.runtime.settings import Settings
from shared.runtime.verify import Verdict, Verifier, topics_of
from shared.topics import STAGES

app = typer.Typer(help="L'état des étapes : le vérifier.", no_args_is_help=True)
SHOWN = 20
"""Differences listed for people; `--json` has them all."""


@app.callback()
def group() -> None:
    """L'état des étapes : le vérifier."""


@app.command()
def verify(
    service: Annotated[list[str] | None, typer.Argument(help="Les étapes ; toutes si aucune n'est nommée.")] = None,
    as_json: Json = False,
) -> None:
    """Comparer l'état tiré des topics à celui tiré du journal, dossier par dossier ; code 1 s'ils diffèrent."""
    names = tuple(service or STAGES)
    stages = [stage_named(name) for name in names]
    verdicts = {stage.name: asyncio.run(_verify(stage.name)) for stage in stages}
    for name, verdict in verdicts.items():
        if as_json:
            differences = [{"entity": one.entity, "says": one.says} for one in verdict.differences]
            found = {"entities": verdict.entities, "events": verdict.events, "differences": differences}
            typer.echo(json.dumps({"stage": name} | found, ensure_ascii=False))
        else:
            _show(name, verdict)
    raise typer.Exit(1 if any(verdict.differences for verdict in verdicts.values()) else 0)


def _show(name: str, verdict: Verdict) -> None:
    state = "identiques" if not verdict.differences else f"{len(verdict.differences)} différences"
    typer.echo(f"{name:10} {verdict.entities:7} dossiers, {verdict.events:8} événements : {state}")
    for one in verdict.differences[:SHOWN]:
        typer.echo(f"  {one.entity} : {one.says}")


async def _verify(service: str) -> Verdict:
    from shared.runtime.mongo import MongoJournal
    from shared.runtime.replay import Replay

    settings = Settings()
    progress = Progress({"read": f"{service}, événements lus", "compared": f"{service}, dossiers comparés"})
    with store_of(service) as store:
        async with Replay(settings.kafka, settings.prefix, topics_of(service)) as replay:
            verifier = Verifier(stage_named(service), ClearSeal(), MongoJournal(store), replay)
            try:
                return await verifier.verify(progress)
            finally:
                progress.end()
