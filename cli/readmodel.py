"""`sav readmodel`: build the read model anew beside the live one, compare, switch; list and drop what is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from cli.tools import Json, Progress, store_of
from services.desk.generations import KEPT, Generations
from services.desk.rebuild import Rebuild, Rebuilt
from services.desk.store import DeskStore
from shared.errors import GoRound
from shared.personal import ClearSeal
from shared.runtime.clock import clock_named
from shared.runtime.settings import Settings
from shared.topics import read_by

app = typer.Typer(help="Le modèle de lecture : le reconstruire, voir ce qui est gardé.", no_args_is_help=True)
SHOWN = 20
"""Differences listed for people; `--json` has them all."""


@app.command()
def rebuild(
    whatever: Annotated[
        bool,
        typer.Option("--switch-anyway", help="Basculer même si des dossiers diffèrent."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Reconstruire à côté pendant que tout tourne, comparer, basculer ; l'ancien est gardé un jour."""
    try:
        result = asyncio.run(_rebuild(whatever))
    except GoRound as error:
        typer.echo(f"Interrompu, un moteur ne répond pas ({error}) : relancer la même commande.", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(vars(result), ensure_ascii=False))
    else:
        _show(result)
    raise typer.Exit(0 if result.switched else 1)


def _show(result: Rebuilt) -> None:
    typer.echo(f"{result.collection} : {result.tickets} dossiers de {result.events} événements.")
    if result.unreadable:
        typer.echo(f"{result.unreadable} enregistrements illisibles, gardés sur sav.desk.dead.")
    for ticket, fields in list(result.different.items())[:SHOWN]:
        typer.echo(f"  {ticket} diffère : {', '.join(fields)}")
    if result.switched:
        typer.echo(f"Basculé ; l'ancien est gardé {KEPT.days} jour.")
    else:
        typer.echo(
            f"{len(result.different)} dossiers diffèrent du modèle en service : rien n'a changé. Si la différence est "
            "voulue, relancer avec --switch-anyway."
        )


async def _rebuild(whatever: bool) -> Rebuilt:
    from shared.runtime.replay import Replay

    settings = Settings()
    clock = clock_named(settings.clock)
    progress = Progress({"read": "événements lus", "compared": "dossiers comparés"})
    with store_of("desk") as store:
        generations = Generations(store)
        await generations.prune(clock.now())
        live, new = DeskStore(store, await generations.live()), DeskStore(store, await generations.next())
        async with Replay(settings.kafka, settings.prefix, [topic.name for topic in read_by("desk")]) as topics:
            try:
                return await Rebuild(generations, live, new, topics, ClearSeal()).run(
                    clock.now, progress, whatever=whatever
                )
            finally:
                progress.end()


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Montrer le modèle en service et ceux qui sont gardés."""
    live, former = asyncio.run(_listed())
    if as_json:
        typer.echo(json.dumps({"live": live, "former": former}))
        return
    typer.echo(f"{live:20} en service")
    for one in former:
        typer.echo(f"{one['collection']:20} remplacé le {one['until']}")


async def _listed() -> tuple[str, list[dict[str, str]]]:
    with store_of("desk") as store:
        generations = Generations(store)
        former = await generations.former()
        return await generations.live(), [
            {"collection": one.collection, "until": one.until.isoformat()} for one in former
        ]


@app.command()
def prune() -> None:
    """Supprimer les modèles remplacés depuis plus d'un jour."""
    for name in asyncio.run(_prune()):
        typer.echo(f"{name} : supprimé")


async def _prune() -> list[str]:
    with store_of("desk") as store:
        return await Generations(store).prune(clock_named(Settings().clock).now())
