"""A recorded life: the events that a ticket (or a stock, or an agenda) had, and every decision that led to them.

Written by `record_lives`, read by `replaying`. One JSON object a line: first whose life it is, then, as it happened,
each call of a stage's `decide`, followed by the events that it gave. What the runtime itself said (a call for a
person) stands without a call. It never holds a state: that is the fold of the events, by whatever code reads them.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, TypeAdapter

from shared.decider import Due, Message
from shared.events.base import Payload
from shared.events.catalogue import ENTRIES
from shared.events.notify import Delivery
from shared.events.requests import Request

Kind = Literal["happened", "ignored", "early"]
_PLAIN: dict[str, type[Request | Delivery]] = {"request": Request, "delivery": Delivery}
"""What adapters say: documents without a type of their own."""
_DUE = TypeAdapter(Due)
SUFFIX = ".jsonl.gz"


@dataclass(frozen=True, slots=True)
class Told:
    """One event as its stage published it, with the personal data unsealed; ids are not kept, nothing reads them."""

    type: str
    seq: int
    at: datetime
    data: dict[str, Any]

    @property
    def stage(self) -> str:
        """The stage that said it: its type names it."""
        return self.type.split(".")[1]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a call was about: an event of this life by its place, or a message written out."""

    event: tuple[str, int] | None = None
    """(stage, seq)."""
    type: str = ""
    """`request`, `delivery`, `due`, or the type of a command or of an event of another life."""
    id: str = ""
    at: datetime | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `decide`: what went in, what came out, and the deadlines that held after it."""

    stage: str
    after: int
    """How many events of this stage lay before it."""
    at: datetime
    heard: Heard
    facts: Any = None
    outcome: Kind = "happened"
    reason: str = ""
    """Of what was ignored or came early; for a reader, not compared."""
    gave: int = 0
    """How many events followed."""
    deadlines: Mapping[str, datetime] | None = None
    """By kind; None where nothing followed, for then they are as they were."""


@dataclass(frozen=True)
class Life:
    """A whole one."""

    name: str
    """Where it lies: batch and file."""
    entity: str
    policy: str
    """The version that it was decided under."""
    shows: tuple[str, ...]
    """For a reader: which paths of the procedure it takes."""
    lines: tuple[Call | Told, ...]

    @cached_property
    def events(self) -> dict[tuple[str, int], Told]:
        """Every event by its place."""
        return {(one.stage, one.seq): one for one in self.lines if isinstance(one, Told)}

    @property
    def is_whole(self) -> bool:
        """Whether nothing is in it that no call gave, but for what the runtime itself says."""
        calls = [one for one in self.lines if isinstance(one, Call)]
        decided = {(one.stage, one.after + n) for one in calls for n in range(1, one.gave + 1)}
        others = [told for place, told in self.events.items() if place not in decided]
        return decided <= self.events.keys() and all(told.type.endswith(".needs-attention.v1") for told in others)


_CALL, _TOLD = TypeAdapter(Call), TypeAdapter(Told)


def data_of(document: Payload | Request | Delivery) -> dict[str, Any]:
    """Return what a document says as JSON data, its personal object in the clear and without empty fields."""
    data: dict[str, Any] = document.model_dump(mode="json", exclude={"personal"}, exclude_none=True)
    personal: BaseModel | None = getattr(document, "personal", None)
    if personal is not None:
        data["personal"] = personal.model_dump(mode="json", exclude_defaults=True)
    return data


def payload_of(name: str, data: Mapping[str, Any]) -> Any:
    """Return the payload of a message as the code of today reads it. Raises ValidationError or KeyError."""
    if name == "due":
        return _DUE.validate_python(data)
    return (_PLAIN.get(name) or ENTRIES[name].model).model_validate(data)


def heard_as(message: Message) -> Heard:
    """Return a message written out."""
    payload = message.payload
    if isinstance(payload, Due):
        return Heard(None, "due", message.id, message.at, _DUE.dump_python(payload, mode="json"))
    if isinstance(payload, Request | Delivery):
        return Heard(None, type(payload).__name__.lower(), message.id, message.at, data_of(payload))
    return Heard(None, payload.type_name, message.id, message.at, data_of(payload))


def message_of(heard: Heard, life: Life) -> Message:
    """Return the message that a call was about, as the code of today reads it. Raises ValidationError or KeyError."""
    if heard.event is not None:
        told = life.events[heard.event]
        return Message(life.entity, payload_of(told.type, told.data), f"{told.stage}/{told.seq}", told.at)
    assert heard.at is not None and heard.data is not None
    return Message(life.entity, payload_of(heard.type, heard.data), heard.id, heard.at)


def written(life: Life) -> bytes:
    """Return a life as the bytes of its file, packed: it is read by people with `zcat`, and is never written again."""
    head = {"life": life.entity, "policy": life.policy, "shows": life.shows}
    lines = b"".join(orjson.dumps(one) + b"\n" for one in (head, *map(_line, life.lines)))
    return gzip.compress(lines, 9, mtime=0)


def _line(one: Call | Told) -> dict[str, Any]:
    adapter: TypeAdapter[Any] = _CALL if isinstance(one, Call) else _TOLD
    line: dict[str, Any] = adapter.dump_python(one, mode="json", exclude_defaults=True)
    return line


def read(path: Path) -> Life:
    """Return the life in a file."""
    head, *lines = [orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    name = f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"
    return Life(name, head["life"], head["policy"], tuple(head["shows"]), tuple(map(_read_line, lines)))


def _read_line(line: dict[str, Any]) -> Call | Told:
    adapter: TypeAdapter[Any] = _CALL if "heard" in line else _TOLD
    found: Call | Told = adapter.validate_python(line)
    return found
