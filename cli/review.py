"""`sav review`: the monthly review of the satisfaction surveys, from the survey topic alone (R15)."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from shared.runtime.settings import Settings

TOPIC = "sav.survey"


def review(
    month: Annotated[str, typer.Option(help="Le mois des clôtures, comme 2026-10 (calendrier de Paris).")],
    out: Annotated[Path, typer.Option(help="Le dossier où écrire la page, les chiffres et les enquêtes.")],
    until: Annotated[
        str, typer.Option(help="Ce qu'on savait à cet instant (ISO 8601, avec son décalage) ; sans lui, maintenant.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Les chiffres aussi sur la sortie standard.")] = False,
) -> None:
    """Faire la revue mensuelle des enquêtes : taux de réponse, notes, par criticité, canal, contrat.

    Sortie : 0, tout est là ; 1, des enregistrements étaient illisibles ; 2, rien n'a pu être écrit.
    """
    from review.month import month_named
    from review.read import CannotRead, read_topic
    from review.tables import as_json as told
    from review.write import reviewed, write

    settings = Settings()
    source = settings.prefix + TOPIC
    try:
        which = month_named(month)
        at = _instant(until, settings.clock)
        if which.begins_at > at:
            raise ValueError(f"{which.in_french} n'a pas encore commencé.")
        made = reviewed(asyncio.run(read_topic(settings.kafka, source)), which, at)
        files = write(made, source, out)
    except (ValueError, CannotRead, OSError) as error:
        _stop(str(error))
    if as_json:
        typer.echo(json.dumps(told(made, source), ensure_ascii=False))
    else:
        state = "définitifs" if made.is_final else "provisoires"
        typer.echo(f"{which.in_french} : {made.now.closed} enquêtes, {made.now.answered} réponses, chiffres {state}")
        for file in files:
            typer.echo(f"  {file}")
    if made.unreadable:
        typer.echo(f"{made.unreadable} enregistrements illisibles : il manque quelque chose.", err=True)
        raise typer.Exit(1)


def _instant(text: str, clock: str) -> datetime:
    from shared.runtime.clock import clock_named

    if not text:
        return clock_named(clock).now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"« {text} » n'est pas un instant : l'écrire comme 2026-11-02T09:00:00+01:00.") from None
    if at.tzinfo is None:
        raise ValueError(f"« {text} » ne dit pas son décalage : l'écrire comme 2026-11-02T09:00:00+01:00.")
    return at.astimezone(UTC)


def _stop(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2)
