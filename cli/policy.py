"""`sav policy`: is a policy file sound, and what does a change of it mean; nothing is changed by asking.

Called by whoever edits the policy, and by a build before it ships one.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.policy.check import Fault
    from shared.policy.diff import Change
    from shared.policy.model import Policy

app = typer.Typer(
    help="Politique : vérifier un fichier, expliquer ce qu'un changement veut dire.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Un objet JSON au lieu de phrases.")]
File = Annotated[Path, typer.Argument(help="Fichier de politique ; « shipped » pour celui qui est livré.")]


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """Dire toutes les fautes d'un fichier à la fois, et ce qui est valable mais étonne. État : 0 valable, 1 refusé."""
    from shared.policy.check import doubts

    policy, faults = _read(file)
    found = doubts(policy) if policy else []
    if as_json:
        said = {
            "file": str(file),
            "valid": policy is not None,
            "version": policy.version if policy else None,
            "errors": [asdict(one) for one in faults],
            "warnings": found,
        }
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _tell(file, policy, faults, found)
    if policy is None:
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Politique en vigueur ; « shipped » pour celle qui est livrée.")],
    new: Annotated[Path, typer.Argument(help="Politique voulue.")],
    as_json: Json = False,
) -> None:
    """Dire ce qui change et ce que cela veut dire. État : 0 rien, 1 des changements, 2 un fichier refusé.

    Un contenu changé sous la même version est refusé (2) : personne ne saurait sous quelles règles on a décidé.
    """
    from shared.policy.diff import changes, same_version

    before, after = _sound(old), _sound(new)
    found = changes(before, after)
    kept = same_version(before, after)
    if as_json:
        said = {
            "old": before.version,
            "new": after.version,
            "version_must_change": kept,
            "changes": [asdict(one) for one in found],
        }
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _tell_changes(before, after, found)
    if kept:
        typer.echo(
            f"sav policy : le contenu change mais la version reste « {after.version} » : en donner une autre", err=True
        )
        raise typer.Exit(2)
    raise typer.Exit(1 if found else 0)


def _tell(file: Path, policy: Policy | None, faults: list[Fault], found: list[str]) -> None:
    for one in faults:
        typer.echo(f"{file} : {one.place} : {one.reason}", err=True)
    for doubt in found:
        typer.echo(f"{file} : à vérifier : {doubt}")
    if policy is not None:
        typer.echo(f"{file} : politique « {policy.version} » valable, {len(policy.calendars)} calendriers")


def _tell_changes(before: Policy, after: Policy, found: list[Change]) -> None:
    if not found:
        typer.echo(f"« {before.version} » et « {after.version} » disent la même chose")
        return
    typer.echo(f"« {before.version} » → « {after.version} » : {len(found)} changement(s)")
    for one in found:
        typer.echo(f"\n{one.place} : {one.old} → {one.new}\n  {one.meaning}")


def _sound(file: Path) -> Policy:
    policy, faults = _read(file)
    if policy is None:
        for one in faults:
            typer.echo(f"{file} : {one.place} : {one.reason}", err=True)
        raise typer.Exit(2)
    return policy


def _read(file: Path) -> tuple[Policy | None, list[Fault]]:
    from shared.policy.check import Fault, read
    from shared.policy.file import shipped_text

    try:
        text = shipped_text() if str(file) == "shipped" else file.read_text("utf-8")
    except OSError as error:
        return None, [Fault("fichier", f"illisible : {error.strerror}")]
    except UnicodeDecodeError:
        return None, [Fault("fichier", "n'est pas en UTF-8")]
    return read(text)
