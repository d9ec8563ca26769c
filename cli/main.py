"""The console script `sav`: people and process managers call it; it holds no rule of the procedure itself."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from typing import Annotated

import structlog
import typer

from cli import (
    adapter,
    dead,
    demo,
    email,
    journal,
    mail,
    policy,
    readmodel,
    registry,
    request,
    state,
    ticket,
    time,
    topics,
    triage,
    web,
)
from cli.audit import audit
from cli.prove import prove
from cli.review import review
from cli.simulate import simulate
from shared.errors import StopService
from shared.runtime.service import Part, Service, run_until_signal
from shared.runtime.settings import Settings
from shared.topics import STAGES

app = typer.Typer(
    name="sav",
    help="Service après-vente, procédure PROC-QUAL-006 : services, outils, démonstration.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(topics.app, name="topics")
app.add_typer(dead.app, name="dead")
app.add_typer(ticket.app, name="ticket")
app.add_typer(request.app, name="request")
app.add_typer(triage.app, name="triage")
app.add_typer(time.app, name="time")
app.add_typer(policy.app, name="policy")
app.add_typer(registry.app, name="registry")
app.add_typer(email.app, name="email")
app.add_typer(mail.app, name="mail")
app.add_typer(journal.app, name="journal")
app.add_typer(state.app, name="state")
app.add_typer(readmodel.app, name="readmodel")
app.add_typer(adapter.app, name="adapter")
app.add_typer(web.portal, name="portal")
app.add_typer(web.phone, name="phone")
app.add_typer(demo.app, name="demo")
app.command()(audit)
app.command()(review)
app.command()(prove)
app.command()(simulate)


@app.command()
def run(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(STAGES)}, desk.")],
) -> None:
    """Run one replica of a service until SIGTERM; engines and names come from SAV_* variables."""
    if service not in (*STAGES, "desk"):
        raise typer.BadParameter(f"{service!r} is none of {', '.join(STAGES)}, desk")
    settings = Settings()
    configure_logging(settings.log_level)
    try:
        asyncio.run(_run(service, settings))
    except StopService as stop:
        structlog.get_logger().critical("stopped_for_a_person", service=service, reason=str(stop))
        raise typer.Exit(3) from None


async def _run(service: str, settings: Settings) -> None:
    if service == "desk":
        from services.desk.app import desk_service

        await run_until_signal(desk_service(settings))
        return
    part: Part = importlib.import_module(f"services.{service}.app").PART
    await run_until_signal(Service(part, settings))


def configure_logging(level: str) -> None:
    """One JSON line an event on standard error, and of a library's flood one line a minute."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(OncePerMinute())
    logging.basicConfig(level=logging.ERROR, handlers=[handler], format="%(name)s: %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class OncePerMinute(logging.Filter):
    """Lets the same complaint of a library through once a minute: an outage otherwise writes 131,000 lines in one."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether this line is new."""
        last = self._said.get(record.msg, 0.0)
        fresh = record.created - last >= 60
        if fresh:
            self._said[record.msg] = record.created
        return fresh


def main() -> None:
    """Run the command line."""
    app()
