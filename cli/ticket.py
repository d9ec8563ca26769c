"""`sav ticket`: one ticket with its whole story, and lists of tickets, from the desk's read model. It only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console

from cli import ticket_view
from services.desk.projection import Ticket
from services.desk.shown import PHASES, Phase
from services.desk.store import PAGE, DeskStore, Filters, NotACursor
from shared.errors import StopService
from shared.events.base import RANK, Criticality
from shared.numbers import normalised
from shared.personal import ClearSeal
from shared.runtime.clock import clock_named
from shared.runtime.mongo import Store
from shared.runtime.ports import Document
from shared.runtime.settings import Settings

app = typer.Typer(help="Dossiers : en montrer un avec son récit, en lister.", no_args_is_help=True)
T = TypeVar("T")
C = TypeVar("C", Phase, Criticality)
Json = Annotated[bool, typer.Option("--json", help="Sortie pour une machine.")]


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="Le numéro du dossier, comme le client le dit : 26-666-273-Y.")],
    as_json: Json = False,
) -> None:
    """Montrer un dossier : où il en est, ses échéances, son récit."""
    known = normalised(number)
    if known is None:
        _stop(
            f"« {number} » n'est pas un numéro de dossier : la lettre de contrôle ne correspond pas aux chiffres. "
            "Le relire avec le client (forme : 26-666-273-Y)."
        )
    ticket = _ask(lambda store: store.ticket_by_number(known))
    if ticket is None:
        _stop(
            f"Le numéro {known} est bien formé, mais aucun dossier ne le porte dans l'environnement "
            f"« {Settings().environment} »."
        )
    now = clock_named(Settings().clock).now()
    personal = _opened(ticket)
    if as_json:
        _echo(ticket_view.as_json(ticket, personal, now))
    else:
        ticket_view.show(Console(), ticket, personal, now)


@app.command("list")
def list_(
    phase: Annotated[str, typer.Option(help=f"Où en est le dossier : {', '.join(PHASES)}.")] = "",
    criticality: Annotated[str, typer.Option(help=f"Criticité : {', '.join(RANK)}.")] = "",
    customer: Annotated[str, typer.Option(help="Référence du client, comme C-1001.")] = "",
    late: Annotated[bool, typer.Option("--late", help="Seulement ce qui est en retard maintenant.")] = False,
    attention: Annotated[bool, typer.Option("--attention", help="Seulement ce qui attend une personne.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Nombre de dossiers.")] = PAGE,
    after: Annotated[str, typer.Option(help="Où reprendre : le repère donné par la page précédente.")] = "",
    as_json: Json = False,
) -> None:
    """Lister des dossiers, les plus récents d'abord."""
    now = clock_named(Settings().clock).now()
    filters = Filters(
        phase=_one_of(phase, PHASES),
        criticality=_one_of(criticality, tuple(RANK)),
        customer=customer or None,
        attention=True if attention else None,
        late_at=now if late else None,
    )
    try:
        page = _ask(lambda store: store.tickets(filters, after or None, limit))
    except NotACursor:
        _stop(f"« {after} » n'est pas un repère de page : reprendre celui que la page précédente a donné.")
    if as_json:
        _echo(ticket_view.page_as_json(page, now))
    else:
        ticket_view.show_page(Console(), page, now)


def _one_of(value: str, known: tuple[C, ...]) -> C | None:
    if not value:
        return None
    for one in known:
        if one == value:
            return one
    raise typer.BadParameter(f"« {value} » : {', '.join(known)}")


def _echo(answer: Document) -> None:
    typer.echo(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode())


def _opened(ticket: Ticket) -> dict[str, dict[int, dict[str, Any]]]:
    """Open what is personal, here and now: nothing keeps it in clear."""
    seal = ClearSeal()
    return {
        stage: {seq: seal.open(ticket.id, one) for seq, one in kept.items()} for stage, kept in ticket.personal.items()
    }


def _ask(question: Callable[[DeskStore], Awaitable[T]]) -> T:
    try:
        return asyncio.run(_asked(question))
    except StopService as stop:
        _stop(str(stop))


async def _asked(question: Callable[[DeskStore], Awaitable[T]]) -> T:
    settings = Settings()
    store = Store(settings.mongo_for("desk"), settings.database("desk"))
    try:
        if not await store.ping():
            raise StopService("La base du desk ne répond pas : vérifier SAV_MONGO (ou SAV_MONGO_OF) et réessayer.")
        desk = DeskStore(store)
        await desk.follow()
        return await question(desk)
    finally:
        store.close()


def _stop(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
