"""`sav demo`: the whole procedure, played on real engines; and the mails that its customers got."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from demo.mailbox import Shown

DEFAULT_TICKETS = 120
"""Every sample once, about."""
FOLDER = Path(".sav/demo")

app = typer.Typer(help="La démonstration : toute la procédure, jouée sur de vrais moteurs.")
mailbox = typer.Typer(help="Les courriels que les clients de la démonstration ont reçus.")
app.add_typer(mailbox, name="mailbox")
Folder = Annotated[Path, typer.Option("--folder", help="Dossier de la démonstration.")]
Json = Annotated[bool, typer.Option("--json", help="Sortie pour une machine.")]


@app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    tickets: Annotated[int, typer.Option(min=1, max=2_000, help="How many requests.")] = DEFAULT_TICKETS,
    once: Annotated[
        bool, typer.Option("--once", help="End when every ticket has; exit status 0 only if nothing is wrong.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where engines keep their data.")] = FOLDER,
) -> None:
    """Play the whole procedure on real Kafka and the MongoDB protocol: 12 days in a few minutes. Ctrl-C ends it."""
    if context.invoked_subcommand is not None:
        return
    from demo.main import Options, run_demo

    try:
        status = run_demo(Options(tickets, once, folder), Console())
    except KeyboardInterrupt:
        status = 130
    raise typer.Exit(status)


@mailbox.callback(invoke_without_command=True)
def every(context: typer.Context) -> None:
    """Les courriels que les clients de la démonstration ont reçus ; sans autre mot : leur liste."""
    if context.invoked_subcommand is None:
        listed()


@mailbox.command("list")
def listed(folder: Folder = FOLDER, as_json: Json = False) -> None:
    """Lister les courriels, du plus ancien au plus récent ; `show` prend le nom de la première colonne."""
    found = _mails(folder)
    if as_json:
        typer.echo(json.dumps([_fields(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        typer.echo(f"{one.name:<15} {one.when:<34} {one.called:<24} {one.to}  {one.subject}")


@mailbox.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NUMÉRO[/n]", help="Un courriel, comme 26-666-273-Y/1 ; sans /n : tous.")
    ],
    folder: Folder = FOLDER,
    as_page: Annotated[
        bool, typer.Option("--html", help="Écrire la page à côté du courriel, et dire où ; rien ne s'ouvre.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Montrer un courriel comme son client l'a lu."""
    from demo.mailbox import chosen, text_of, write_page

    found = _mails(folder)
    shown = chosen(found, name)
    if not shown:
        typer.echo(f"« {name} » : aucun courriel de ce nom ; « sav demo mailbox list » les nomme tous", err=True)
        raise typer.Exit(1)
    pages = {one.name: str(write_page(one)) for one in shown} if as_page else {}
    if as_json:
        told = [_fields(one) | {"text": text_of(one.path), "page": pages.get(one.name, "")} for one in shown]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in shown:
        if as_page:
            typer.echo(pages[one.name])
        else:
            typer.echo(f"{one.name}  {one.when}\nÀ : {one.to}\nObjet : {one.subject}\n\n{text_of(one.path)}\n")


def _mails(folder: Path) -> list[Shown]:
    from demo.mailbox import NoDemo, mails

    try:
        return mails(folder)
    except NoDemo as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _fields(one: Shown) -> dict[str, object]:
    return {
        "name": one.name,
        "number": one.number,
        "n": one.n,
        "at": one.at.isoformat(),
        "to": one.to,
        "kind": one.kind,
        "subject": one.subject,
        "file": str(one.path),
    }
