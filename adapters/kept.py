"""Bytes from outside, kept under their own hash: raw mails and attachments. A port, and a folder behind it.

Called by the adapters. What is kept has no name but its hash: what a stranger calls it is never part of a path.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4


class Kept(Protocol):
    """A content-addressed store; an object store fits it as well as a folder does."""

    def put(self, content: bytes) -> str:
        """Keep the content durably and return its SHA-256 in hexadecimal. Raises OSError. It blocks."""
        ...

    def get(self, name: str) -> bytes:
        """Return what is kept under a hash. Raises KeyError where nothing is, or what is there is damaged."""
        ...


class KeptInFolder:
    """A folder of 256 folders; a file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the content durably, once; return its SHA-256 in hexadecimal. Raises OSError."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.with_suffix(f".{uuid4().hex}.tmp")  # two processes may keep the same mail at once
        try:
            with begun.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            begun.replace(path)
        except OSError:
            with suppress(OSError):
                begun.unlink(missing_ok=True)
            raise
        for folder in (path.parent, self._folder):
            _sync(folder)
        return name

    def get(self, name: str) -> bytes:
        """Return what is kept under a hash. Raises KeyError where nothing is, or what is there is damaged."""
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise KeyError(name)
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(name) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise KeyError(name)
        return content

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
