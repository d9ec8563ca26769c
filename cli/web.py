"""`sav portal` and `sav phone`: the adapters that people and the telephone system reach by HTTP (R1)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Coroutine
from datetime import datetime
from typing import Annotated, Any

import structlog
import typer

from shared.errors import StopService
from shared.runtime.settings import Settings

portal = typer.Typer(
    help="Portal: the guided form and the pages behind our links (R1, R12, R14).", no_args_is_help=True
)
phone = typer.Typer(
    help="Phone: events of calls, where to send one, the operators' page (R1, R3).", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@portal.command("serve")
def serve_portal() -> None:
    """Serve the portal until SIGTERM; SAV_PORTAL_KEYS, _PHONE, _HOST, _PORT, _SPOOL, _UPLOADS… say how.

    Behind a reverse proxy that brings TLS; the policy's `portal` is the address that customers see.
    """
    from adapters.portal.serve import serve_portal as serve
    from adapters.web.settings import PortalSettings

    _run("portal", lambda settings: serve(settings, PortalSettings()))


@portal.command("link")
def link(
    purpose: Annotated[str, typer.Argument(help="d: the ticket's page; c: is it solved; s: the survey.")],
    number: Annotated[str, typer.Argument(help="The ticket's number.")],
    resolution: Annotated[int, typer.Option(help="For c and s: which resolution it is about.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Make a customer's link, for somebody on the phone who has lost the message. Whoever has it answers for them."""
    from adapters.web.links import Links
    from adapters.web.settings import PortalSettings
    from shared.numbers import normalised
    from shared.runtime.clock import clock_named
    from shared.runtime.policies import PolicyFiles

    settings = Settings()
    known = normalised(number)
    if purpose not in ("d", "c", "s") or known is None:
        raise typer.BadParameter("a purpose (d, c or s), and a ticket's number with its check letter: 26-666-273-Y")
    if (purpose == "d") is not (resolution == 0):
        raise typer.BadParameter("--resolution belongs to c and s, and only to them")
    try:
        links = Links(PortalSettings().all_keys, settings.environment)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    now: datetime = clock_named(settings.clock).now()
    base = PolicyFiles(settings.policy, time.monotonic).book.current(now).portal
    address = base + links.path(purpose, known, resolution, now)  # type: ignore[arg-type]
    typer.echo(json.dumps({"link": address}) if as_json else address)


@phone.command("serve")
def serve_phone() -> None:
    """Serve the phone adapter until SIGTERM; SAV_PHONE_KEYS, _DESK, _ON_CALL, _OPERATOR_PASSWORD… say how.

    POST /phone/events/SYSTEM and /phone/route are signed: see docs. Behind a reverse proxy that brings TLS.
    """
    from adapters.phone.serve import serve_phone as serve
    from adapters.phone.settings import PhoneSettings

    _run("phone", lambda settings: serve(settings, PhoneSettings()))


@phone.command("sign")
def sign(timestamp: Annotated[int, typer.Argument(help="Unix seconds.")]) -> None:
    """Sign a body on standard input with the newest key, for whoever connects a telephone system and tries it."""
    from adapters.phone.settings import PhoneSettings
    from adapters.phone.signature import signature

    keys = PhoneSettings().all_keys
    if not keys:
        typer.echo("SAV_PHONE_KEYS is empty", err=True)
        raise typer.Exit(2)
    typer.echo(signature(keys[0], str(timestamp), sys.stdin.buffer.read()))


def _run(adapter: str, serve: Any) -> None:
    """Run an adapter; exit with 3 where it stopped for a person, with 2 where its settings are wrong."""
    from pydantic import ValidationError

    from cli.main import configure_logging

    settings = Settings()
    configure_logging(settings.log_level)
    try:
        work: Coroutine[Any, Any, None] = serve(settings)
        asyncio.run(work)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        typer.echo(f"settings of the {adapter}: {wrong}", err=True)
        raise typer.Exit(2) from None
    except StopService as stop:
        structlog.get_logger().critical("stopped_for_a_person", adapter=adapter, reason=str(stop))
        raise typer.Exit(3) from None
