"""What `sav time` answers to one line: business time computed from JSON, wrong lines answered with the reason.

Called by `cli.time`, which loads it only when it runs (public holidays take a third of a second to load). It reads no
clock and holds no rule: `shared.business_time` computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any

import orjson

from shared.business_time import Calendar, NeverOpens, add, between
from shared.durations import NotADuration, in_minutes, parse_duration

Calendars = Mapping[str, Calendar]
Answer = dict[str, str]
Compute = Callable[[Mapping[str, Any], Calendars], Answer]

LARGEST_LINE_BYTES = 64 * 1024
"""A line of some hundred bytes is asked for; a longer one is refused before it is looked at."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_LAST = datetime(2101, 1, 1, tzinfo=UTC)
"""Where public holidays are known: as `shared.business_time` says, told here in French."""
_duration = lru_cache(maxsize=4096)(parse_duration)
"""A file asks for the same few durations over and over; 4,096 of them are a megabyte."""


class BadLine(ValueError):
    """What a line asks cannot be answered; the message is French, for whoever wrote it."""


def add_line(asked: Mapping[str, Any], calendars: Calendars) -> Answer:
    """Return `{"end"}`, an instant in UTC, for a line of `sav time add`. Raises `BadLine`."""
    calendar, start = calendar_of(asked, calendars), instant_of(asked, "start")
    try:
        end = add(calendar, start, _duration(_text(asked, "duration")))
    except NotADuration as error:
        raise BadLine(f"duration : {error}") from None
    except NeverOpens:
        raise BadLine("le temps ouvré ne suffit pas avant la fin de 2100") from None
    # To the second, with a fraction only where there is one.
    return {"end": end.isoformat().replace("+00:00", "Z")}


def between_line(asked: Mapping[str, Any], calendars: Calendars) -> Answer:
    """Return `{"duration"}`, in minutes, for a line of `sav time between`. Raises `BadLine`."""
    calendar, start, end = calendar_of(asked, calendars), instant_of(asked, "start"), instant_of(asked, "end")
    if end < start:
        raise BadLine("end vient avant start")
    return {"duration": in_minutes(between(calendar, start, end))}


def answer_lines(compute: Compute, calendars: Calendars, source: Iterable[bytes], out: IO[bytes]) -> None:
    """Answer every line on its own, in order, each flushed: whoever asks may wait for it before asking again."""
    for line in source:
        try:
            answer = compute(_object(line), calendars)
        except BadLine as error:
            answer = {"error": str(error)}
        out.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
        out.flush()


def calendar_of(asked: Mapping[str, Any], calendars: Calendars) -> Calendar:
    """Return the calendar that the line names. Raises `BadLine`."""
    name = _text(asked, "calendar")
    if name not in calendars:
        raise BadLine(f"calendar : « {name[:64]} » est inconnu ; connus : {', '.join(calendars)}")
    return calendars[name]


def instant_of(asked: Mapping[str, Any], name: str) -> datetime:
    """Return an instant of the line, in the zone in which it is written. Raises `BadLine`."""
    text = _text(asked, name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(f"{name} n'est pas un instant ISO 8601") from None
    if at.utcoffset() is None:
        raise BadLine(f"{name} n'a pas de fuseau : finir par Z, +01:00 ou +02:00")
    if not _FIRST <= at < _AFTER_LAST:
        raise BadLine(f"{name} est hors de 1970 à 2100, où les jours fériés sont connus")
    return at


def _object(line: bytes) -> Mapping[str, Any]:
    if len(line) > LARGEST_LINE_BYTES:
        raise BadLine("ligne trop longue")
    try:
        asked = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadLine("la ligne n'est pas du JSON") from None
    if not isinstance(asked, dict):
        raise BadLine("la ligne n'est pas un objet JSON")
    return asked


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise BadLine(f"{name} manque, ou n'est pas un texte")
    return value
