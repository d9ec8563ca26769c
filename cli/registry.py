"""`sav registry`: contracts, sites, equipment, people and stock from CSV files, checked whole and imported whole.

Called by the office that keeps these files. Nothing is imported where anything is wrong; what is imported counts at
once for new tickets, and open tickets keep the contract that they were opened under.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from shared.registry.imports import Plan
    from shared.registry.joining import Wanted
    from shared.registry.sheets import Fault

app = typer.Typer(
    help="Registre : contrats, sites, équipements, personnes, pièces et stocks, vérifiés puis importés en entier.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Un objet JSON au lieu de phrases.")]
Folder = Annotated[
    Path,
    typer.Argument(
        help="Dossier de sites.csv, contrats.csv, equipements.csv, personnes.csv, astreintes.csv, depots.csv, "
        "pieces.csv, stocks.csv."
    ),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Politique dont les sites nomment les calendriers ; sinon SAV_POLICY.")
]
T = TypeVar("T")
KINDS = {
    "contract": "contrats",
    "duty": "tours d'astreinte",
    "site": "sites",
    "equipment": "équipements",
    "depot": "dépôts",
    "person": "personnes",
    "technician": "techniciens",
    "part": "pièces",
    "stock": "stocks",
}
WHAT = {"added": "ajoutés", "changed": "changés", "ended": "retirés"}
LARGEST_FILE_BYTES = 64 * 1024 * 1024
"""Some half a million lines; a larger one is no such file."""


@app.command()
def check(folder: Folder, policy: PolicyFile = None, as_json: Json = False) -> None:
    """Dire toutes les fautes de tous les fichiers à la fois, sans rien importer. État : 0 valable, 1 refusé."""
    wanted = _wanted(folder, policy, as_json=as_json)
    counts = _counts(wanted)
    if as_json:
        typer.echo(json.dumps({"valid": True, "errors": [], "counts": counts}, ensure_ascii=False))
        return
    typer.echo(f"{folder} : valable ; " + ", ".join(f"{number} {KINDS[kind]}" for kind, number in counts.items()))


@app.command("import")
def import_files(
    folder: Folder,
    policy: PolicyFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dire ce qui changerait, sans rien écrire.")] = False,
    as_json: Json = False,
) -> None:
    """Importer les fichiers s'ils sont tous valables ; rien sinon. État : 0 fait ou rien à faire, 1 refusé, 2 Kafka.

    L'import ne compte qu'une fois entier : interrompu, il ne change rien, et se relance tel quel.
    """
    from shared.runtime.registry_topic import import_registry, plan_import
    from shared.runtime.settings import Settings

    wanted = _wanted(folder, policy, as_json=as_json)
    act = plan_import if dry_run else import_registry
    _tell(_or_exit(act(Settings(), wanted, datetime.now(UTC).date())), dry_run=dry_run, as_json=as_json)


@app.command()
def show(as_json: Json = False) -> None:
    """Dire la version du registre qui compte, ce qu'elle contient, et les imports restés inachevés."""
    from shared.runtime.registry_topic import read_book
    from shared.runtime.settings import Settings

    book = _or_exit(read_book(Settings()))
    counts = _counts({name: thing.data for name, thing in book.things.items()})
    if as_json:
        said = {"version": book.version, "counts": counts, "unfinished": book.unfinished()}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    typer.echo(f"version {book.version or '(aucune)'}")
    for kind, number in counts.items():
        typer.echo(f"  {number:6} {KINDS[kind]}")
    for version, number in book.unfinished().items():
        typer.echo(f"inachevé : {version}, {number} enregistrements qui ne comptent pas")


def _wanted(folder: Path, policy: Path | None, *, as_json: bool) -> Wanted:
    from shared.registry.joining import join

    wanted, faults = join(_files(folder), _calendars(policy))
    if not faults:
        return wanted
    if as_json:
        typer.echo(json.dumps({"valid": False, "errors": [asdict(one) for one in faults]}, ensure_ascii=False))
    else:
        for one in faults:
            typer.echo(_in_words(one), err=True)
        typer.echo(f"{folder} : {len(faults)} faute(s), rien n'est importé", err=True)
    raise typer.Exit(1)


def _calendars(policy: Path | None) -> tuple[str, ...]:
    from pydantic import ValidationError

    from shared.policy.file import read_policy
    from shared.runtime.settings import Settings

    path = policy or Settings().policy
    try:
        return tuple(read_policy(path).calendars)
    except (OSError, ValidationError):
        typer.echo(f"sav registry : politique {path} illisible ; voir sav policy check", err=True)
        raise typer.Exit(1) from None


def _files(folder: Path) -> dict[str, bytes]:
    try:
        found = [one for one in sorted(folder.iterdir()) if one.suffix.lower() == ".csv" and one.is_file()]
        large = [one.name for one in found if one.stat().st_size > LARGEST_FILE_BYTES]
        if not large:
            return {one.name: one.read_bytes() for one in found}
        reason = f"{', '.join(large)} : plus de {LARGEST_FILE_BYTES} octets"
    except OSError as error:
        reason = f"{error.filename} : {error.strerror}"
    typer.echo(f"sav registry : {reason}", err=True)
    raise typer.Exit(1)


def _in_words(fault: Fault) -> str:
    place = [fault.file]
    if fault.line:
        place.append(f"ligne {fault.line}")
    if fault.column:
        place.append(f"colonne {fault.column}")
    return f"{', '.join(place)} : {fault.reason}"


def _counts(things: Mapping[Any, Any]) -> dict[str, int]:
    found = dict.fromkeys(KINDS, 0)
    for name in things:
        found[name.kind] += 1
    return {kind: number for kind, number in found.items() if number or kind != "technician"}


def _tell(plan: Plan | None, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        changes = {what: dict(counts) for what, counts in plan.what.items()} if plan else {}
        said = {"version": plan.version if plan else None, "written": bool(plan) and not dry_run, "changes": changes}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    if plan is None:
        typer.echo("rien à changer : le registre dit déjà cela")
        return
    typer.echo(f"version {plan.version}" + (" (rien n'est écrit)" if dry_run else ", elle compte désormais"))
    for what, counts in plan.what.items():
        for kind, number in sorted(counts.items()):
            typer.echo(f"  {number:6} {KINDS[kind]} {WHAT[what]}")


def _or_exit(work: Coroutine[Any, Any, T]) -> T:
    from shared.errors import StopService

    try:
        return asyncio.run(work)
    except StopService as stop:
        typer.echo(f"sav registry : {stop}", err=True)
        raise typer.Exit(2) from None
