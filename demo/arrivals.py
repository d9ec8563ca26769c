"""When which request arrives: the samples, over two working days and the night between. It only reads files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters.email.read import read as read_mail
from adapters.phone.read import read as read_note
from adapters.portal.read import read as read_form
from demo.people import Script, script_for
from demo.rolls import roll
from shared.events.base import Channel
from shared.events.requests import Request

SAMPLES = Path(__file__).parent.parent / "samples"
_READERS = {"email": read_mail, "phone": read_note, "portal": read_form}
_CHANNELS: tuple[Channel, ...] = ("email", "phone", "portal")

SLOT = timedelta(hours=1)
"""People's acts fall on these: fewer instants, fewer halts of the conducted clock."""
SLOTS = 33
"""33 hours from the first morning to the second evening, with the night between for R3's other half."""
TWICE_EVERY = 15
"""Every fifteenth request is delivered twice by its adapter, as after a lost answer (R2)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request of the demonstration."""

    name: str
    at: datetime
    request: Request
    script: Script
    copies: int


def arrivals(count: int, start: datetime, wave: int) -> list[Arrival]:
    """Return `count` requests from `start` on, in order of time; the samples again, as new ones, where they run out."""
    files = sorted(
        (path, channel)
        for channel in _CHANNELS
        for path in (SAMPLES / "requests" / channel).iterdir()
        if path.is_file()
    )
    files.sort(key=lambda one: roll(one[0].name, "order", 1_000_003))
    found = [_arrival(*files[n % len(files)], n, start, wave) for n in range(count)]
    return sorted(found, key=lambda one: (one.at, one.name))


def _arrival(path: Path, channel: Channel, number: int, start: datetime, wave: int) -> Arrival:
    name = f"{path.stem}-{wave}-{number}"
    at = start + SLOT * roll(name, "arrival", SLOTS)
    read = _READERS[channel](path.read_bytes(), at)
    # What a sample answers belongs to no ticket of this run: here everything that arrives first is something new.
    request = read.model_copy(update={"key": f"demo-{name}", "kind": "request", "ticket": "", "automatic": False})
    return Arrival(name, at, request, script_for(name, channel), 2 if number % TWICE_EVERY == 0 else 1)
