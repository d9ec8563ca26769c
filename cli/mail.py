"""`sav mail`: the programs that take mail in and send it out. Settings are SAV_MAIL_* variables."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from adapters.email.settings import MailSettings
    from shared.runtime.service import Runs

app = typer.Typer(
    help="Mail in and out: long-running programs, ended by SIGTERM. docs/mail.md names every setting.",
    no_args_is_help=True,
)


@app.command()
def receive() -> None:
    """Listen by LMTP or SMTP behind the company's mail server: 250 only for what is durable.

    SAV_MAIL_LISTEN_PROTOCOL, _HOST, _PORT; SAV_MAIL_ADDRESS, _KEYS, _SPOOL, _KEPT.
    """
    from adapters.email.programs import Receive

    _run(Receive)


@app.command()
def fetch() -> None:
    """Take mail from a mailbox by IMAP, and mark as read only what is durable.

    SAV_MAIL_IMAP_HOST, _PORT, _SECURITY, _USER, _PASSWORD, _FOLDER, _SECONDS; SAV_MAIL_ADDRESS, _KEYS, _SPOOL, _KEPT.
    """
    from adapters.email.programs import Fetch

    _run(Fetch)


@app.command()
def send() -> None:
    """Hand over to the relay what notify asks for, and report what became of it.

    SAV_MAIL_RELAY_HOST, _PORT, _SECURITY, _USER, _PASSWORD, _REPORTS_SUCCESS; SAV_MAIL_ADDRESS, _NAME, _KEYS, _SPOOL;
    SAV_POLICY (`closing.bounce_grace`).
    """
    from adapters.email.programs import Send

    _run(Send)


@app.command()
def raw(request: Annotated[str, typer.Argument(help="A request's id, as a ticket's story names it.")]) -> None:
    """Write the raw mail of a request on standard output, byte for byte as it came."""
    content = asyncio.run(_raw(_settings(), request))
    if content is None:
        typer.echo(f"{request}: no mail of this request is kept here", err=True)
        raise typer.Exit(1)
    sys.stdout.buffer.write(content)


@app.command()
def attachment(
    name: Annotated[
        str, typer.Argument(help="Its SHA-256 in hexadecimal, as the ticket's form lists it under `files`.")
    ],
) -> None:
    """Write one attachment on standard output. Its sender chose its content: open it as you would a stranger's file."""
    from adapters.kept import KeptInFolder

    try:
        sys.stdout.buffer.write(KeptInFolder(_settings().mail_kept).get(name))
    except KeyError:
        typer.echo(f"{name}: nothing is kept under this hash here", err=True)
        raise typer.Exit(1) from None


@app.command()
def gone(
    door: Annotated[str, typer.Argument(help="As `sav.channels` names it: email/<replica>/<spool folder>.")],
    lost: Annotated[
        bool, typer.Option("--lost", help="Its spool is lost; without this: its spool was looked at and is empty.")
    ] = False,
) -> None:
    """Say that a receiver or fetcher never comes back, so that silence can be proved without it (R13)."""
    from adapters.line import Away, Refused
    from adapters.speaker import say_gone

    try:
        asyncio.run(say_gone(_settings(), "email", door, "lost" if lost else "empty"))
    except (Away, Refused) as error:
        typer.echo(f"{door}: not said, Kafka is away ({error})", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{door}: {'its spool is lost' if lost else 'gone with an empty spool'}")


async def _raw(settings: MailSettings, request: str) -> bytes | None:
    from adapters.email.memory import Memory
    from adapters.email.programs import DATABASE
    from adapters.kept import KeptInFolder
    from shared.runtime.mongo import MongoClaims, Store

    store = Store(settings.mongo_for(DATABASE), settings.database(DATABASE))
    try:
        name = await Memory(MongoClaims(store)).raw_of(request)
        return KeptInFolder(settings.mail_kept).get(name) if name else None
    except KeyError:
        return None
    finally:
        store.close()


def _settings() -> MailSettings:
    from pydantic import ValidationError

    from adapters.email.settings import MailSettings

    try:
        return MailSettings()
    except ValidationError as error:
        for one in error.errors():
            typer.echo(f"SAV_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}", err=True)
        raise typer.Exit(2) from error


def _run(program: Callable[[MailSettings], Runs]) -> None:
    """Run until SIGTERM or SIGINT. Exit status 0 after a graceful stop, 2 for settings, 1 where it can't go on."""
    from cli.main import configure_logging
    from shared.errors import StopService
    from shared.runtime.service import run_until_signal

    settings = _settings()
    configure_logging(settings.log_level)
    try:
        runs = program(settings)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    try:
        asyncio.run(run_until_signal(runs))
    except StopService as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
