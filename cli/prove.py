"""`sav prove`: every deadline of a ticket recomputed from the topics alone, or of all tickets of a month."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from cli.tools import Json, Progress
from prove.clocks import Clock, Pause, Standing, Warned
from prove.life import Life
from prove.proof import Proof
from prove.proof import prove as prove_life
from prove.read import STAGE_TOPICS, lives
from shared.french import PAUSES
from shared.numbers import normalised
from shared.personal import ClearSeal
from shared.runtime.clock import clock_named
from shared.runtime.policies import PolicyFiles
from shared.runtime.settings import Settings

PARIS = ZoneInfo("Europe/Paris")
SHOWN = 20
"""Tickets listed for people where a month has many that do not hold; `--json` has them all."""
IN_FRENCH: dict[Standing, str] = {
    "kept": "tenu",
    "missed": "manqué",
    "running": "en cours",
    "paused": "en attente",
    "void": "sans objet",
}
ENDED_BY = {
    "customer": "le client a répondu",
    "technician": "reprise par le technicien",
    "departure": "départ du technicien",
    "resolved": "problème résolu",
}


def prove(
    number: Annotated[str, typer.Argument(help="Le numéro du dossier, comme le client le dit : 26-666-273-Y.")] = "",
    month: Annotated[str, typer.Option(help="Tous les dossiers reçus ce mois, comme 2026-10 (heure de Paris).")] = "",
    as_json: Json = False,
) -> None:
    """Recalculer chaque échéance depuis les topics ; code 1 si l'une diffère de ce qui a été annoncé."""
    if bool(number) == bool(month):
        raise typer.BadParameter("dire un numéro de dossier, ou --month")
    known = normalised(number) if number else None
    if number and known is None:
        raise typer.BadParameter(f"« {number} » n'est pas un numéro de dossier : relire la lettre de contrôle")
    wanted = _month(month) if month else None
    proofs = asyncio.run(_proofs())
    found = [one for one in proofs if one.number == known] if known else [one for one in proofs if _in(one, wanted)]
    if known and not found:
        typer.echo(f"Aucun dossier ne porte le numéro {known} sur ces topics.", err=True)
        raise typer.Exit(2)
    if as_json:
        for one in found:
            typer.echo(json.dumps(as_document(one), ensure_ascii=False))
    elif known:
        _show(Console(), found[0])
    else:
        _show_month(Console(), month, found)
    raise typer.Exit(0 if all(one.holds for one in found) else 1)


def _month(text: str) -> tuple[datetime, datetime]:
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=PARIS)
    except ValueError:
        raise typer.BadParameter(f"« {text} » n'est pas un mois, comme 2026-10") from None
    return first, (first + timedelta(days=32)).replace(day=1)


def _in(proof: Proof, month: tuple[datetime, datetime] | None) -> bool:
    assert month is not None
    return proof.opened_at is None or month[0] <= proof.opened_at < month[1]


async def _proofs() -> list[Proof]:
    from shared.runtime.replay import Replay

    settings = Settings()
    book, now = PolicyFiles(settings.policy, time.monotonic).book, clock_named(settings.clock).now()
    progress = Progress({"read": "événements lus"})
    async with Replay(settings.kafka, settings.prefix, STAGE_TOPICS) as topics:
        try:
            found: Iterable[Life] = (await lives(topics, ClearSeal(), progress)).values()
        finally:
            progress.end()
    return [prove_life(one, book, now) for one in found]


def as_document(proof: Proof) -> dict[str, object]:
    """Return a proof for a machine; instants in UTC, lengths in seconds."""
    return {
        "ticket": proof.ticket,
        "number": proof.number,
        "opened_at": proof.opened_at and proof.opened_at.isoformat(),
        "contract": {"tier": proof.tier, "version": proof.contract, "calendar": proof.calendar},
        "grids": proof.grids,
        "holds": proof.holds,
        "unproved": proof.unproved,
        "clocks": [_clock_document(one) for one in proof.clocks],
    }


def _clock_document(clock: Clock) -> dict[str, object]:
    return {
        "name": clock.name,
        "requirement": clock.requirement,
        "because": clock.because,
        "start": clock.start.isoformat(),
        "calendar": clock.calendar,
        "policy": clock.policy,
        "counted": [[start.isoformat(), end.isoformat()] for start, end in clock.counted],
        "pauses": [_pause_document(one) for one in clock.pauses],
        "delay_seconds": clock.delay.total_seconds(),
        "computed": clock.computed.isoformat(),
        "announced": clock.announced.isoformat(),
        "warnings": [_warning_document(one) for one in clock.warnings],
        "agrees": clock.agrees,
        "happened": clock.happened and clock.happened.isoformat(),
        "standing": clock.standing,
    }


def _pause_document(pause: Pause) -> dict[str, object]:
    return {
        "number": pause.number,
        "reason": pause.reason,
        "start": pause.start.isoformat(),
        "end": pause.end and pause.end.isoformat(),
        "ended_by": pause.ended_by,
    }


def _warning_document(warned: Warned) -> dict[str, object]:
    return {
        "computed": warned.computed and warned.computed.isoformat(),
        "announced": warned.announced and warned.announced.isoformat(),
    }


def _show(console: Console, proof: Proof) -> None:
    console.print(f"Dossier {proof.number}, reçu le {_local(proof.opened_at)}", highlight=False)
    console.print(
        f"Contrat {proof.tier} (version {proof.contract or 'aucune'}), calendrier {proof.calendar} ; "
        f"grille {', '.join(proof.grids) or 'pas encore'}",
        highlight=False,
    )
    for reason in proof.unproved:
        console.print(f"Non démontré : {reason}", markup=False)
    for clock in proof.clocks:
        console.print()
        for line, style in _lines(clock):
            console.print(line, style=style, markup=False, highlight=False)


def _lines(clock: Clock) -> Iterator[tuple[str, str]]:
    """Yield the lines of one clock, each with its style: its stretches, with what stood still between them."""
    where = f"calendrier « {clock.calendar} »" if clock.calendar else "heures de l'horloge"
    yield f"{clock.requirement}  {clock.name} : {IN_FRENCH[clock.standing]}", ""
    yield f"    {clock.because}", ""
    yield f"    part du {_local(clock.start)}, {where}, politique {clock.policy or '?'}", ""
    steps = [
        (start, f"      du {_local(start)} au {_local(end)} : {_length(end - start)}") for start, end in clock.counted
    ]
    steps += [(one.start, f"      {_stood_still(one)}") for one in clock.pauses]
    for _, step in sorted(steps):
        yield step, ""
    pauses = f"{len(clock.pauses)} attente{'s' if len(clock.pauses) > 1 else ''}" if clock.pauses else "sans attente"
    if clock.counted:
        yield f"    soit {_length(clock.delay)}, {pauses} ; échéance {_local(clock.computed)}", ""
    else:
        yield f"    échéance {_local(clock.computed)}", ""
    if clock.computed != clock.announced:
        yield f"    MAIS annoncée : {_local(clock.announced)}", "bold red"
    if clock.warnings:
        yield f"    alertes {', '.join(_local(one.computed) for one in clock.warnings)}", ""
    for one in clock.warnings:
        if one.computed != one.announced:
            yield f"    MAIS alerte annoncée : {_local(one.announced)} au lieu de {_local(one.computed)}", "bold red"
    if clock.happened:
        yield f"    fait le {_local(clock.happened)}", ""


def _stood_still(pause: Pause) -> str:
    end = f"au {_local(pause.end)} ({ENDED_BY.get(pause.ended_by, pause.ended_by)})" if pause.end else "et dure encore"
    return f"attente n° {pause.number}, {PAUSES[pause.reason]} : du {_local(pause.start)} {end}"


def _show_month(console: Console, month: str, proofs: list[Proof]) -> None:
    clocks = [clock for one in proofs for clock in one.clocks]
    table = Table(title=f"{month} : {len(proofs)} dossiers, {len(clocks)} échéances recalculées", title_justify="left")
    for heading in ("échéance", "nombre", "tenues", "manquées", "en cours", "en attente", "sans objet", "diffèrent"):
        table.add_column(heading, justify="left" if heading == "échéance" else "right")
    for name in dict.fromkeys(clock.name for clock in clocks):
        ours = [clock for clock in clocks if clock.name == name]
        standings = [str(sum(one.standing == how for one in ours)) for how in IN_FRENCH]
        table.add_row(name, str(len(ours)), *standings, str(sum(not one.agrees for one in ours)))
    console.print(table)
    for one in [one for one in proofs if not one.holds][:SHOWN]:
        console.print(f"{one.number or one.ticket} : {'; '.join(one.unproved) or 'une échéance diffère'}", markup=False)


def _local(at: datetime | None) -> str:
    return at.astimezone(PARIS).strftime("%d/%m/%Y à %H:%M:%S") if at else "?"


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d}" + (f" min {seconds:02d} s" if seconds else "")
