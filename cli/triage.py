"""`sav triage`: classify requests, run another grid over past tickets, list the rules that technicians corrected.

Called by people and scripts. It only reads; no ticket changes. Who edits the grid looks here before it is in force.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.triage.grid import Grid
    from services.triage.past import Change, Happened, RuleRecord, Side
    from shared.events.intake import TicketOpened
    from shared.events.triage import TicketClassified

app = typer.Typer(
    help="Criticité : classer des demandes, rejouer une grille sur le passé, voir les règles que l'on a corrigées.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Sortie pour une machine.")]
GridFile = Annotated[Path | None, typer.Option("--grid", help="Une autre grille que celle qui est en vigueur.")]
Since = Annotated[str, typer.Option("--since", help="À partir de cet instant, comme 2026-11-05T08:00:00+01:00.")]


@app.command()
def classify(
    jsonl: Annotated[
        bool,
        typer.Option(
            "--jsonl",
            help="Lire une demande JSON par ligne (id, channel, subject, text, form, contract), écrire un verdict par "
            "ligne. Une ligne illisible donne un verdict Critique, dans le doute, sans id.",
        ),
    ] = False,
    grid: GridFile = None,
) -> None:
    """Classer ce qui arrive sur l'entrée : un message entier, ou avec --jsonl une demande par ligne."""
    from services.triage.batch import classify_json, classify_line

    in_force = _grid(grid)
    if jsonl:
        for line in sys.stdin.buffer:
            if line.strip():
                _line(classify_line(line, in_force))
        return
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    verdict = classify_json({"text": text}, in_force)
    doubt = " (dans le doute)" if verdict["doubt"] else ""
    typer.echo(f"{str(verdict['criticality']).capitalize()}{doubt}, grille {verdict['version']}")
    for reason in verdict["reasons"] if isinstance(verdict["reasons"], list) else ():
        words = ", ".join(f"« {one} »" for one in reason["evidence"])
        typer.echo(f"  {reason['rule']:18} {reason['says']}{f' {words}' if words else ''}")
    typer.echo(f"  {verdict['would_change']}")


@app.command()
def replay(
    grid: Annotated[Path, typer.Option("--grid", help="La grille à essayer, un fichier JSON.")],
    since: Since = "",
    as_json: Json = False,
) -> None:
    """Rejouer une grille sur les dossiers passés, à blanc : ce qui aurait changé, les raisons côte à côte."""
    from services.triage.past import replay as run_again

    tried, start = _grid(grid), _instant(since)
    found = run_again(_read(("sav.intake", "sav.triage")), tried, start)
    if as_json:
        _line({"grid": tried.version, "tickets": found.tickets, "changes": [_plain(one) for one in found.changes]})
        return
    lowered = sum(one.lowered for one in found.changes)
    typer.echo(
        f"Grille {tried.version} : {found.tickets} dossiers relus, {len(found.changes)} changeraient, "
        f"dont {lowered} vers une criticité plus basse. Rien n'a été modifié."
    )
    for change in sorted(found.changes, key=lambda one: (not one.lowered, one.number)):
        typer.echo(f"{change.number}  {change.was.criticality} → {change.would_be.criticality}")
        _side("alors ", change.was)
        _side("serait", change.would_be)


@app.command()
def corrections(since: Since = "", as_json: Json = False) -> None:
    """Lister les règles dont un technicien a corrigé la classe : d'abord celles qui avaient classé trop bas."""
    from services.triage.past import corrections as erred

    records: Sequence[RuleRecord] = erred(_read(("sav.triage",)), _instant(since))
    if as_json:
        _line({"rules": [asdict(one) for one in records]})
        return
    if not records:
        typer.echo("Aucune classe n'a été corrigée par un technicien.")
        return
    typer.echo(f"{'règle':20} {'décisions':>9} {'relevées':>9} {'abaissées':>9}  dossiers")
    for one in records:
        typer.echo(f"{one.rule:20} {one.decided:>9} {one.raised:>9} {one.lowered:>9}  {', '.join(one.tickets[:5])}")


@app.command("refill-sites")
def refill_sites(as_json: Json = False) -> None:
    """Remplir à nouveau le carnet des sites (pannes isolées, appels de centrale), s'il a été perdu, d'après Kafka.

    Ce qui s'y trouve déjà reste tel quel : la commande peut être lancée deux fois, et pendant que le tri tourne.
    """
    from services.triage.past import classed

    noted = _refill(classed(_read(("sav.intake", "sav.triage"))))
    if as_json:
        _line({"noted": noted})
        return
    typer.echo(f"Carnet des sites : {noted} inscriptions vérifiées ou refaites.")


def _refill(tickets: Sequence[tuple[str, TicketOpened, TicketClassified]]) -> int:
    from shared.errors import GoRound

    try:
        return asyncio.run(_noted(tickets))
    except GoRound as error:
        _stop(f"MongoDB ne répond pas ({error}) : vérifier SAV_MONGO et réessayer.")


async def _noted(tickets: Sequence[tuple[str, TicketOpened, TicketClassified]]) -> int:
    from services.triage.site_book import SiteBook, note_again
    from shared.runtime.mongo import MongoClaims, Store
    from shared.runtime.settings import Settings

    settings = Settings()
    store = Store(settings.mongo_for("triage"), settings.database("triage"))
    try:
        return await note_again(SiteBook(MongoClaims(store)), tickets)
    finally:
        store.close()


def _grid(path: Path | None) -> Grid:
    from services.triage.grid_file import read_grid, read_grid_at
    from services.triage.pattern import GridError

    try:
        return read_grid_at(path) if path else read_grid()
    except (GridError, OSError, UnicodeDecodeError) as error:
        _stop(f"Grille inutilisable : {error}")


def _instant(text: str) -> datetime | None:
    from cli.tools import instant

    return instant(text)


def _read(topics: tuple[str, ...]) -> list[Happened]:
    try:
        return asyncio.run(_history(topics))
    except (OSError, RuntimeError) as error:  # the broker's errors are runtime errors
        _stop(f"Kafka ne répond pas ({type(error).__name__}) : vérifier SAV_KAFKA et réessayer.")


async def _history(topics: tuple[str, ...]) -> list[Happened]:
    """Read what the topics hold now; what this code can't read is left out and counted on standard error."""
    from services.triage.past import Happened
    from shared.codec import decode, open_payload
    from shared.errors import HoldTicket, SendToDead
    from shared.events.base import Event
    from shared.personal import ClearSeal
    from shared.runtime.replay import Replay
    from shared.runtime.settings import Settings

    settings, seal = Settings(), ClearSeal()
    found: list[Happened] = []
    unread = 0
    async with Replay(settings.kafka, settings.prefix, topics) as reader:
        async for records in reader.read_to(await reader.ends()):
            for record in records:
                try:
                    envelope = decode(record.value)
                    payload = open_payload(envelope, seal)
                except (HoldTicket, SendToDead):
                    unread += 1
                    continue
                if isinstance(payload, Event):
                    found.append(Happened(envelope.subject, envelope.id, envelope.time, payload))
    if unread:
        typer.echo(f"{unread} événements illisibles laissés de côté.", err=True)
    return found


def _side(name: str, side: Side) -> None:
    doubt = ", dans le doute" if side.doubt else ""
    typer.echo(f"    {name} {side.criticality} ({side.grid}{doubt})")
    for reason in side.reasons:
        words = ", ".join(f"« {one} »" for one in reason.words)
        typer.echo(f"        {reason.rule:18} {reason.says}{f' {words}' if words else ''}")


def _plain(change: Change) -> dict[str, object]:
    return {**asdict(change), "lowered": change.lowered}


def _line(answer: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _stop(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
