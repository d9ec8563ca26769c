"""`sav dead`: what a service could not read, kept raw; a person settles each."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from shared.runtime.clock import clock_named
from shared.runtime.mongo import MongoGraves, Store
from shared.runtime.ports import Document
from shared.runtime.settings import Settings

app = typer.Typer(help="Records that could not be read: list them, settle them.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="The service that could not read them: intake, triage…")]


@app.command("list")
def show(
    service: Service, as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False
) -> None:
    """List them with the reason; the raw bytes are on the topic sav.<service>.dead."""
    for one in asyncio.run(_listed(service)):
        if as_json:
            typer.echo(json.dumps(one, default=str, ensure_ascii=False))
        else:
            state = f"réglé par {one['settled']['by']}" if one["settled"] else "à régler"
            typer.echo(f"{one['_id']:40} {state:20} {one['reason']}")


async def _listed(service: str) -> list[Document]:
    settings = Settings()
    store = Store(settings.mongo_for(service), settings.database(service))
    try:
        return await MongoGraves(store).listed()
    finally:
        store.close()


@app.command()
def settle(
    service: Service,
    name: Annotated[str, typer.Argument(help="As `sav dead list` shows it: topic/partition/offset.")],
    by: Annotated[str, typer.Option(help="Who settles it.")],
    how: Annotated[str, typer.Option(help="What was done: the customer was called, published again as …")],
) -> None:
    """Note that a person has dealt with one; silence can be proved again when none is left (R13)."""
    if not asyncio.run(_settle(service, name, by, how)):
        typer.echo(f"{name}: nothing of this name lies dead in {service}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{name}: settled")


async def _settle(service: str, name: str, by: str, how: str) -> bool:
    settings = Settings()
    store = Store(settings.mongo_for(service), settings.database(service))
    try:
        return await MongoGraves(store).settle(name, by, how, clock_named(settings.clock).now())
    finally:
        store.close()
