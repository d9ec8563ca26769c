"""What the operators' tools share: a stage by its name, instants as they are typed, progress on a terminal.

Used by the commands that read or mend a running system; no rule of the procedure.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from shared.decider import Stage
from shared.runtime.mongo import Store
from shared.runtime.settings import Settings
from shared.topics import STAGES

Json = Annotated[bool, typer.Option("--json", help="Sortie pour une machine.")]


def stage_named(name: str) -> Stage[Any, Any]:
    """Return a stage by its service's name. Raises typer's error for any other word."""
    if name not in STAGES:
        raise typer.BadParameter(f"« {name} » : {', '.join(STAGES)}")
    stage: Stage[Any, Any] = importlib.import_module(f"services.{name}.app").PART.stage
    return stage


def instant(text: str) -> datetime | None:
    """Return an ISO 8601 instant in UTC; one without an offset is refused, an empty text is none."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"« {text} » n'est pas un instant ISO 8601, comme 2026-11-05T08:00:00+01:00") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"« {text} » ne dit pas son décalage : ajouter Z, ou +01:00")
    return at.astimezone(UTC)


@contextmanager
def store_of(service: str) -> Iterator[Store]:
    """Hand out a service's store, and close it."""
    settings = Settings()
    store = Store(settings.mongo_for(service), settings.database(service))
    try:
        yield store
    finally:
        store.close()


class Progress:
    """One line on standard error that is written over, on a terminal alone."""

    def __init__(self, words: dict[str, str]) -> None:
        """`words` says in French what each kind of work is."""
        self._words = words
        self._shows = sys.stderr.isatty()

    def __call__(self, what: str, count: int) -> None:
        """Show how far it is."""
        if self._shows:
            typer.echo(f"\r\033[K{self._words[what]} : {count}", err=True, nl=False)

    def end(self) -> None:
        """Leave the line."""
        if self._shows:
            typer.echo("\r\033[K", err=True, nl=False)
