"""`sav email`: what this system understands of mails, one after another, as its adapter would (R1)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from adapters.email.child import Parsers
    from adapters.email.mail import Mail

app = typer.Typer(help="E-mail: what is understood of a raw mail, and of a bare reply.", no_args_is_help=True)
Jsonl = Annotated[
    bool, typer.Option("--jsonl", help="One JSON object a line, in order, flushed; else some lines to read.")
]
Fields = dict[str, object]
_OURS = ("sender", "sent_to", "unquoted")
"""Fields that are there for the adapter alone, or shown under another name."""


@app.command()
def parse(as_jsonl: Jsonl = False) -> None:
    """Read paths of raw mails on standard input and say what each mail says; an unreadable one does not end the stream.

    Exits with 1 where one could not be read.
    """
    from adapters.email.child import Unreadable

    async def said(parsers: Parsers, raw: bytes) -> Fields:
        mail = await parsers.mail(raw)
        return {"error": f"unreadable: {mail.reason}"} if isinstance(mail, Unreadable) else _fields(mail)

    _each(said, as_jsonl)


@app.command()
def reply(as_jsonl: Jsonl = False) -> None:
    """Read paths of bare bodies (UTF-8, plain or HTML) on standard input and say what of each is the sender's own.

    Exits with 1 where one could not be read.
    """
    from adapters.email.child import Unreadable

    async def said(parsers: Parsers, raw: bytes) -> Fields:
        text = await parsers.own_words(raw)
        return {"error": f"unreadable: {text.reason}"} if isinstance(text, Unreadable) else {"text": text}

    _each(said, as_jsonl)


def _fields(mail: Mail) -> Fields:
    """The mail under the names that people who use the command know from mail."""
    from dataclasses import asdict

    whole = asdict(mail)
    named = {name: whole[name] for name in ("message_id", "in_reply_to", "references")}
    named["from"] = whole["sender"]
    return named | {name: value for name, value in whole.items() if name not in (*named, *_OURS)}


def _each(said: Callable[[Parsers, bytes], Awaitable[Fields]], as_jsonl: bool) -> None:
    """Answer each path of standard input before the next one is read."""
    from adapters.email.child import NoChild, Parsers

    async def one(parsers: Parsers, path: str) -> Fields:
        try:
            return await said(parsers, await asyncio.to_thread(Path(path).read_bytes))
        except (OSError, ValueError) as error:  # a path may hold a NUL, too
            return {"error": f"{type(error).__name__}: {path} cannot be read"}

    is_sound = True
    with asyncio.Runner() as runner:
        parsers = Parsers(size=1)
        try:
            for line in sys.stdin.buffer:
                path = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
                fields = runner.run(one(parsers, path))
                is_sound = is_sound and "error" not in fields
                print(json.dumps(fields) if as_jsonl else _readable(path, fields), flush=True)
        except NoChild as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        finally:
            runner.run(parsers.close())
    if not is_sound:
        raise typer.Exit(1)


def _readable(path: str, fields: Fields) -> str:
    """The fields that say something, one a line."""
    shown = "".join(f"\n  {name}: {value}" for name, value in fields.items() if value)
    return f"{path.encode('utf-8', 'replace').decode()}{shown}\n"
