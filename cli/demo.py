"""`sav demo`: the whole procedure, played on real engines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

DEFAULT_TICKETS = 120
"""Every sample once, about."""


def demo(
    tickets: Annotated[int, typer.Option(min=1, max=2_000, help="How many requests.")] = DEFAULT_TICKETS,
    once: Annotated[
        bool, typer.Option("--once", help="End when every ticket has; exit status 0 only if nothing is wrong.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where engines keep their data.")] = Path(".sav/demo"),
) -> None:
    """Play the whole procedure on real Kafka and the MongoDB protocol: 12 days in a few minutes. Ctrl-C ends it."""
    from demo.main import Options, run_demo

    try:
        status = run_demo(Options(tickets, once, folder), Console())
    except KeyboardInterrupt:
        status = 130
    raise typer.Exit(status)
