"""Writes the recorded sample of every type that has none yet: `python -m tests.replay.write_samples`.

A sample is what some version of this code once published; later code must go on reading it. So one that exists is
never written again: a type whose shape changes gets a new version, and with it a new sample.
"""

from __future__ import annotations

from pathlib import Path

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


def path_of(type_name: str) -> Path:
    """Return where the sample of a type lies."""
    return FOLDER / f"{type_name}.json"


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
        if not path_of(name).exists():
            path_of(name).write_bytes(sample_of(REPRESENTATIVES[name]))
            print(f"written: {path_of(name).name}")  # noqa: T201 - a command says what it did


if __name__ == "__main__":
    main()
