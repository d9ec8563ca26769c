"""`sav adapter`: for whoever writes an adapter, in any language: judges what it published, and says what to try."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.runtime.settings import Settings

if TYPE_CHECKING:
    from adapters.check import Checker, Finding, Golden

app = typer.Typer(
    help="Adapters: judge what one publishes, and requests to try it with (docs/adapters.md).", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Topic = Annotated[str, typer.Argument(help="email, phone or portal (requests), deliveries, channels.")]
SHOWN = 200
"""Findings that are written out for people; the rest is counted."""


@app.command()
def golden(as_json: Json = False) -> None:
    """List the golden requests: send each through your channel, then run `sav adapter check --golden`."""
    for one in _golden(None):
        if as_json:
            typer.echo(
                json.dumps({"name": one.name, "do": one.do, "text": one.text, "times": one.times}, ensure_ascii=False)
            )
        else:
            typer.echo(f"{one.name} ({one.times} ×): {one.do}\n{one.text}\n")


@app.command()
def check(
    topic: Topic,
    file: Annotated[
        Path | None, typer.Option(help="Documents, one a line, in place of the topic; - is standard input.")
    ] = None,
    last: Annotated[int, typer.Option(help="Only the last so many records of each partition; 0: all.", min=0)] = 0,
    with_golden: Annotated[bool, typer.Option("--golden", help="The golden requests must have arrived, too.")] = False,
    as_json: Json = False,
) -> None:
    """Judge every record of an adapter's topic: schema, key, idempotency, encoding, sizes. It only reads.

    Exits with 1 where something is wrong (warnings alone: 0), with 2 where there is nothing to judge or no broker.
    """
    from adapters.check import MODELS, Checker, compare
    from shared.runtime.clock import clock_named
    from shared.runtime.policies import PolicyFiles

    if topic not in MODELS:
        raise typer.BadParameter(f"{topic!r} is none of {', '.join(MODELS)}")
    settings = Settings()
    now = clock_named(settings.clock).now()
    checker = Checker(topic, PolicyFiles(settings.policy, time.monotonic).book.current(now), now)
    findings = list(_lines(checker, file) if file else _records(checker, settings, topic, last))
    missed = {one.name: says for one in _golden(None) if with_golden and (says := compare(one, checker.documents))}
    _tell(checker, findings, missed, as_json=as_json)
    if checker.records == 0:
        typer.echo("nothing was published there: nothing is proved", err=True)
        raise typer.Exit(2)
    if missed or any(one.level == "error" for one in findings):
        raise typer.Exit(1)


def _golden(path: Path | None) -> tuple[Golden, ...]:
    from importlib.resources import files

    from adapters.check import golden_from

    return golden_from(path.read_text("utf-8") if path else (files("adapters") / "golden.json").read_text("utf-8"))


def _lines(checker: Checker, file: Path) -> Iterator[Finding]:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from None
    for number, line in enumerate(raw.splitlines(), start=1):
        if line.strip():
            # A line has no record's key; the check of order is the topic's.
            yield from (
                one
                for one in checker.check(f"line {number}", b"-", line)
                if one.rule != "key" or checker.topic != "deliveries"
            )


def _records(checker: Checker, settings: Settings, topic: str, last: int) -> list[Finding]:
    name = topic if topic in ("deliveries", "channels") else f"requests.{topic}"
    try:
        return asyncio.run(_judged(checker, settings, f"sav.{name}", last))
    except Exception as error:  # noqa: BLE001 - drivers are the runtime's, and each calls its trouble something else
        typer.echo(f"Kafka ({settings.kafka}) cannot be read: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(2) from None


async def _judged(checker: Checker, settings: Settings, topic: str, last: int) -> list[Finding]:
    from shared.runtime.replay import Replay

    found: list[Finding] = []
    async with Replay(settings.kafka, settings.prefix, [topic]) as replay:
        ends = await replay.ends()
        async for records in replay.read_to(ends):
            for one in records:
                end = next((end for at, end in ends.items() if at.partition == one.partition), 0)
                if one.offset < end and (not last or one.offset >= end - last):
                    found += checker.check(f"{topic}/{one.partition}/{one.offset}", one.key, one.value)
    return found


def _tell(checker: Checker, findings: list[Finding], missed: dict[str, str], *, as_json: bool) -> None:
    from dataclasses import asdict

    errors = sum(one.level == "error" for one in findings)
    if as_json:
        told = {"records": checker.records, "errors": errors, "warnings": len(findings) - errors}
        typer.echo(
            json.dumps({**told, "golden": missed, "findings": [asdict(one) for one in findings]}, ensure_ascii=False)
        )
        return
    for one in findings[:SHOWN]:
        typer.echo(f"{one.level:7} {one.where:34} {one.rule}: {one.says}")
    if len(findings) > SHOWN:
        typer.echo(f"… and {len(findings) - SHOWN} more")
    for name, says in missed.items():
        typer.echo(f"golden  {name}: {says}")
    typer.echo(f"{checker.records} records, {errors} errors, {len(findings) - errors} warnings")
