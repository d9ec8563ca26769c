"""`sav request`: check a customer's request and publish it, as an adapter does; for operators and for trying things."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from shared.runtime.settings import Settings

app = typer.Typer(help="Requests of customers: check a document, publish it (docs/adapters.md).", no_args_is_help=True)
Document = Annotated[typer.FileBinaryRead, typer.Argument(help="A JSON document, in UTF-8; - reads standard input.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command()
def check(document: Document) -> None:
    """Say whether a document is a request that intake can read; exit with 1 and the reason where it is not."""
    channel, _, value = _record(document.read())
    typer.echo(f"a request for sav.requests.{channel}, {len(value)} bytes")


@app.command()
def send(document: Document, as_json: Json = False) -> None:
    """Check a document and publish it; exit with 1 where it is refused, with 2 where Kafka does not take it."""
    settings = Settings()
    channel, key, value = _record(document.read())
    topic = f"sav.requests.{channel}"
    try:
        asyncio.run(_publish(settings, topic, key, value))
    except (RuntimeError, OSError) as error:  # a driver's own errors are RuntimeErrors
        typer.echo(f"not published: {error}", err=True)
        raise typer.Exit(2) from None
    told = {"topic": settings.prefix + topic, "bytes": len(value)}
    typer.echo(json.dumps(told) if as_json else f"published on {told['topic']}, {told['bytes']} bytes")


def _record(raw: bytes) -> tuple[str, bytes, bytes]:
    """Return channel, key and value; leave where the door refuses the document."""
    from adapters.door import TooLarge, Unreadable, load, to_record
    from shared.events.requests import Request

    try:
        request = load(Request, raw)
        key, value = to_record(request)
    except (Unreadable, TooLarge) as refusal:
        typer.echo(f"refused: {refusal}", err=True)
        raise typer.Exit(1) from None
    return request.channel, key, value


async def _publish(settings: Settings, topic: str, key: bytes, value: bytes) -> None:
    from shared.errors import GoRound, StopService
    from shared.runtime.kafka import KafkaPublisher, broker_of
    from shared.runtime.ports import Outgoing
    from shared.runtime.topics_admin import check_topics

    try:
        await check_topics(settings.kafka, settings.prefix)
        async with broker_of(settings, "sav-request") as broker:
            await broker.start()
            await KafkaPublisher(broker, settings.prefix).publish([Outgoing(topic, key or None, value)])
    except (GoRound, StopService) as refusal:
        raise RuntimeError(str(refusal)) from refusal
