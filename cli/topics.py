"""`sav topics`: create an environment's topics, compare them with the catalogue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from shared.errors import StopService
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import check_topics, create_topics
from shared.topics import TOPICS

app = typer.Typer(help="Topics of an environment: list, create, check.", no_args_is_help=True)
T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command("list")
def show(as_json: Json = False) -> None:
    """List every topic of the catalogue, with writer, readers, key and retention."""
    if as_json:
        typer.echo(json.dumps([{f: getattr(one, f) for f in one.__slots__} for one in TOPICS], ensure_ascii=False))
        return
    for one in TOPICS:
        typer.echo(f"{one.name:24} {one.writer:22} -> {', '.join(one.readers):50} key: {one.key}")


@app.command()
def create(
    replication: Annotated[int, typer.Option(help="Copies of each partition; 3 in production.")] = 1,
    as_json: Json = False,
) -> None:
    """Create the topics that are missing; never changes one that is there."""
    settings = Settings()
    created = _or_exit(create_topics(settings.kafka, settings.prefix, replication))
    typer.echo(json.dumps({"created": created}) if as_json else f"{len(created)} topics created")


@app.command()
def check() -> None:
    """Exit with 1 where a topic is missing or has another number of partitions than the catalogue says."""
    settings = Settings()
    _or_exit(check_topics(settings.kafka, settings.prefix))
    typer.echo(f"{len(TOPICS)} topics as they should be")


def _or_exit(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except StopService as stop:
        typer.echo(str(stop), err=True)
        raise typer.Exit(1) from None
