"""`sav journal`: arm and publish a span of a stage's journal again, or let go what is held there.

For what was lost or doubted, and once newer code or a policy can decide what this one could not.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from cli.tools import Json, Progress, instant, stage_named, store_of
from shared.errors import GoRound
from shared.runtime.republish import Done, Span, republish
from shared.runtime.settings import Settings

app = typer.Typer(help="Le journal d'une étape : le publier de nouveau, libérer un dossier.", no_args_is_help=True)


@app.command("republish")
def again(
    service: Annotated[str, typer.Argument(help="L'étape : intake, triage, dispatch…")],
    ticket: Annotated[
        list[str] | None, typer.Option(help="Seulement ce dossier (son identifiant) ; peut se répéter.")
    ] = None,
    since: Annotated[str, typer.Option(help="À partir de cet instant, comme 2026-11-05T08:00:00+01:00.")] = "",
    until: Annotated[str, typer.Option(help="Avant cet instant.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Tout le journal, sans borne.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Compter seulement.")] = False,
    as_json: Json = False,
) -> None:
    """Armer et publier de nouveau : rien n'arrive deux fois, les lecteurs écartent les copies par leur numéro."""
    stage_named(service)
    span = Span(tuple(ticket or ()), instant(since), instant(until))
    if span == Span() and not everything:
        raise typer.BadParameter("dire quoi : --ticket, --since, --until, ou --all pour tout le journal")
    try:
        done = asyncio.run(_republish(service, span, dry))
    except GoRound as error:
        typer.echo(f"Interrompu, un moteur ne répond pas ({error}) : relancer la même commande.", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(asdict(done) | {"dry_run": dry}))
        return
    verb = "À publier" if dry else "Publié de nouveau"
    typer.echo(f"{verb} : {done.events} événements de {done.entities} dossiers ; {done.timers} échéances armées.")


async def _republish(service: str, span: Span, dry: bool) -> Done:
    from shared.runtime.kafka import KafkaPublisher, broker_of
    from shared.runtime.mongo import MongoJournal, MongoTimers

    settings = Settings()
    progress, done = Progress({"published": "événements publiés"}), Done()
    broker = broker_of(settings, f"{settings.environment}-journal-{settings.replica}")
    with store_of(service) as store:
        await broker.start()
        try:
            publisher = KafkaPublisher(broker, settings.prefix)
            async for done in republish(MongoJournal(store), MongoTimers(store), publisher, span, dry=dry):
                progress("published", done.events)
        finally:
            progress.end()
            await broker.stop()
    return done


@app.command()
def release(
    service: Annotated[str, typer.Argument(help="L'étape qui retient le dossier : triage, dispatch…")],
    ticket: Annotated[str, typer.Argument(help="Le dossier, par son identifiant (`sav ticket show --json` le dit).")],
    by: Annotated[str, typer.Option(help="Qui le demande.")],
) -> None:
    """Reprendre dans l'ordre les messages d'un dossier retenu, une fois sa cause levée ; sans effet sur tout autre."""
    stage_named(service)
    asyncio.run(_release(service, ticket, by))
    typer.echo(f"{ticket} : {service} reprendra ses messages dans l'ordre.")


async def _release(service: str, ticket: str, by: str) -> None:
    from shared.codec import Envelope, encode, sealed_data
    from shared.events import runtime as machinery
    from shared.ids import command_id
    from shared.personal import ClearSeal
    from shared.runtime.clock import clock_named
    from shared.runtime.kafka import KafkaPublisher, broker_of
    from shared.runtime.ports import Outgoing

    settings = Settings()
    at, kind = clock_named(settings.clock).now(), machinery.release_type(service)
    # Each asking is a command of its own: what is still held after one may be let go by the next.
    name = command_id(settings.environment, "cli", ticket, kind, at.isoformat())
    data = sealed_data(machinery.Release(by=by), ticket, ClearSeal())
    body = encode(Envelope(name, kind, f"sav/{settings.environment}/desk", ticket, at, data))
    broker = broker_of(settings, f"{settings.environment}-journal-{settings.replica}")
    await broker.start()
    try:
        publisher = KafkaPublisher(broker, settings.prefix)
        await publisher.publish([Outgoing("sav.commands", ticket.encode(), body)])
    finally:
        await broker.stop()
