"""Writes the recorded samples that are missing: `python -m tests.replay.write_samples`.

A sample is what some version of this code once published; later code must go on reading it. So one that exists is
never written again. A type that gained fields gets one more sample beside the first (`<type>~2.json`, `~3`…); a type
whose meaning changes gets a new version.
"""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path
from typing import Any

import orjson

from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.events.base import Payload
from shared.events.catalogue import COMMANDS, ENTRIES
from shared.personal import ClearSeal
from tests.replay.representatives import REPRESENTATIVES
from tests.unit.services.builders import MONDAY
from tests.unit.services.harness import TICKET

FOLDER = Path(__file__).parent / "samples"


def path_of(type_name: str, shape: int = 1) -> Path:
    """Return where the sample of a type lies, in its first shape or in a later one."""
    return FOLDER / (f"{type_name}.json" if shape == 1 else f"{type_name}~{shape}.json")


def type_of(path: Path) -> str:
    """Return the type that a sample shows."""
    return path.stem.partition("~")[0]


def recorded(type_name: str) -> list[Path]:
    """Return the samples of a type, the oldest shape first."""
    return list(takewhile(Path.exists, (path_of(type_name, shape) for shape in count(1))))


def fields_in(value: Any, at: str = "") -> set[str]:
    """Return the path of every field in a JSON document."""
    if isinstance(value, dict):
        inner = [fields_in(one, f"{at}/{name}") for name, one in value.items()]
        return {f"{at}/{name}" for name in value}.union(*inner)
    return set().union(*(fields_in(one, at) for one in value)) if isinstance(value, list) else set()


def is_recorded(type_name: str) -> bool:
    """Tell whether the samples of a type, together, show every field that the code of today publishes."""
    shown = [fields_in(orjson.loads(path.read_bytes())) for path in recorded(type_name)]
    return fields_in(orjson.loads(sample_of(REPRESENTATIVES[type_name]))) <= set().union(*shown)


def sample_of(payload: Payload) -> bytes:
    """Return what the code of today publishes, laid out for a reader."""
    entry = ENTRIES[payload.type_name]
    seq = None if entry.name in COMMANDS else 1
    envelope = Envelope(
        id=ids.event_id("test", TICKET, entry.owner, seq or 0, entry.name),
        type=entry.name,
        source=f"sav/test/{'desk' if seq is None else entry.owner}",
        subject=TICKET,
        time=MONDAY,
        data=sealed_data(payload, TICKET, ClearSeal()),
        seq=seq,
        causation="" if seq is None else ids.request_id("test", "email", "m-1"),
    )
    return orjson.dumps(orjson.loads(encode(envelope)), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def main() -> None:
    """Write what is missing, and say what was written."""
    FOLDER.mkdir(exist_ok=True)
    for name in ENTRIES:
        if not is_recorded(name):
            path = path_of(name, len(recorded(name)) + 1)
            path.write_bytes(sample_of(REPRESENTATIVES[name]))
            print(f"written: {path.name}")  # noqa: T201 - a command says what it did


if __name__ == "__main__":
    main()
