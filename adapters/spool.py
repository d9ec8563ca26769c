"""A folder that keeps accepted records while Kafka is away: one file each, in the order in which they came.

Called by `accept`. A record is in it only once the file and the folder's entry for it are on the disk, so a kill or a
power cut at any point leaves it either whole or absent. It must never be shared by two processes, nor drop a file that
it cannot read: such a one is put aside, and still counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ValidationError

from shared.errors import StopService

_WHOLE = ".rec"
_BEGUN = ".tmp"
_DIGITS = 20
"""Of a file's number: what sorts as text sorts as a number, for longer than any disk lasts."""
ASIDE = "refused"
"""The folder inside for what can never be published as it is; a person looks there."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One record for Kafka, and the instant before which nobody may say that all is published."""

    topic: str
    key: bytes
    value: bytes
    at: datetime


class _Head(BaseModel):
    topic: str
    key: str
    at: AwareDatetime
    sha256: str


class Spool:
    """The folder of one process. Every method but `entries` and `earliest` touches the disk: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = -1
        self._waiting: dict[str, datetime] = {}
        """File name to instant, in the order of their numbers."""
        self._written: set[str] = set()
        self._aside: list[datetime] = []
        self._next = 1

    def open(self) -> Self:
        """Take the folder and find what an earlier process left in it. Raises `StopService` where it is taken."""
        (self._folder / ASIDE).mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StopService(f"another process uses the spool folder {self._folder}; each needs its own") from error
        for begun in self._folder.glob(f"*{_BEGUN}"):
            begun.unlink()  # its sender was never told that it is accepted
        names = sorted(path.name for path in self._folder.glob(f"*{_WHOLE}"))
        self._next = int(names[-1].removesuffix(_WHOLE)) + 1 if names else 1
        for name in names:
            self._note(name)
        for path in sorted((self._folder / ASIDE).glob(f"*{_WHOLE}")):
            self._aside.append(_instant_of(path))
        return self

    def close(self) -> None:
        """Give the folder back; what is in it stays."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def entries(self) -> list[str]:
        """The names of what waits, the oldest first."""
        return list(self._waiting)

    @property
    def put_aside(self) -> int:
        """How many records a person has to look at."""
        return len(self._aside)

    @property
    def earliest(self) -> datetime | None:
        """The earliest instant of anything that is in the folder, put aside or not."""
        return min([*self._waiting.values(), *self._aside], default=None)

    def reserve(self, at: datetime) -> str:
        """Return the name of the next record; calls in one thread give the order. It counts from now on."""
        name = f"{self._next:0{_DIGITS}d}{_WHOLE}"
        self._next += 1
        self._waiting[name] = at
        return name

    @property
    def oldest(self) -> str | None:
        """The name of the oldest record; None where there is none, or it is still on its way to the disk."""
        name = next(iter(self._waiting), None)
        return name if name in self._written else None

    def write(self, name: str, record: Spooled) -> None:
        """Put a record on the disk under a reserved name; it is there once this returns. Raises OSError."""
        try:
            self._write(name, record)
        except OSError:
            self._waiting.pop(name, None)
            raise
        self._written.add(name)

    def _write(self, name: str, record: Spooled) -> None:
        head = _Head(
            topic=record.topic, key=record.key.hex(), at=record.at, sha256=hashlib.sha256(record.value).hexdigest()
        )
        begun, whole = self._folder / f"{name}{_BEGUN}", self._folder / name
        try:
            with begun.open("xb") as file:
                file.write(head.model_dump_json().encode() + b"\n" + record.value)
                file.flush()
                os.fsync(file.fileno())
            begun.rename(whole)
            self._sync()
        except OSError:
            with suppress(OSError):  # its sender is told that it was not accepted
                begun.unlink(missing_ok=True)
                whole.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> Spooled | None:
        """Return a record, or None for one that the disk has damaged: it is put aside."""
        path = self._folder / name
        head, _, value = path.read_bytes().partition(b"\n")
        try:
            said = _Head.model_validate_json(head)
            if hashlib.sha256(value).hexdigest() == said.sha256:
                return Spooled(said.topic, bytes.fromhex(said.key), value, said.at)
        except (ValidationError, ValueError):
            pass
        self.aside(name)
        return None

    def drop(self, name: str) -> None:
        """Forget a record that Kafka has; one that comes back after a power cut is a copy, which intake drops."""
        (self._folder / name).unlink(missing_ok=True)
        self._forget(name)

    def aside(self, name: str) -> None:
        """Put a record where a person looks, so that the others go on."""
        (self._folder / name).rename(self._folder / ASIDE / name)
        self._aside.append(self._waiting[name])
        self._forget(name)

    def _forget(self, name: str) -> None:
        self._waiting.pop(name, None)
        self._written.discard(name)

    def _note(self, name: str) -> None:
        self._waiting[name] = _instant_of(self._folder / name)
        self._written.add(name)

    def _sync(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _instant_of(path: Path) -> datetime:
    """The instant that a record names; of a damaged one, the earliest there is, so that nothing is said past it."""
    with path.open("rb") as file:
        head = file.readline()
    try:
        return _Head.model_validate_json(head).at
    except ValidationError:
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
