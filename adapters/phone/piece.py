"""What a kept file is, by its own first bytes, and how a browser may have it. Pure.

Called by `pieces_page`. A customer or a stranger chose every byte: what is not surely a picture or a sound is only ever
saved to disk, and nothing that came from outside (a name, a type) reaches a header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

POLICY = "default-src 'none'; sandbox"
"""Of the file itself: whatever it holds, it runs nothing and loads nothing."""
_KINDS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (8, b"WEBP", "image/webp", "webp"),
    (4, b"ftypavif", "image/avif", "avif"),
    (8, b"WAVE", "audio/wav", "wav"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"OggS", "audio/ogg", "ogg"),
    (4, b"ftypM4A", "audio/mp4", "m4a"),
)
_MP3_FRAMES = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")
_UNSHOWN = ("application/octet-stream", "bin")
"""HEIC among them: no browser of a desk shows it."""
_NAME = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


@dataclass(frozen=True, slots=True)
class Piece:
    """A kept file as it is sent."""

    kind: str
    ending: str

    @property
    def is_shown(self) -> bool:
        """Tell whether a browser may show or play it."""
        return self.kind != _UNSHOWN[0]

    def headers(self, name: str) -> dict[str, str]:
        """Return the headers with which it leaves; `name` is its hash."""
        how = "inline" if self.is_shown else "attachment"
        return {
            "content-type": self.kind,
            "content-disposition": f'{how}; filename="piece-{name[:12]}.{self.ending}"',
            "content-security-policy": POLICY,
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
            "accept-ranges": "bytes",
        }


def piece_of(content: bytes) -> Piece:
    """Return what a file is by its content alone."""
    found = next(((kind, ending) for at, magic, kind, ending in _KINDS if content[at : at + len(magic)] == magic), None)
    if found is None and content[:2] in _MP3_FRAMES:
        found = ("audio/mpeg", "mp3")
    return Piece(*(found or _UNSHOWN))


def hash_in(name: str) -> str:
    """Return the hash in a piece's name, with or without `sha256:`; empty where it is none."""
    found = _NAME.fullmatch(name.strip())
    return found.group(1) if found else ""


def part_asked(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte that a Range header asks for; None for the whole, or for what we need not know.

    A player asks for one part from a place on, to jump within a message; of any other header the whole is the answer.
    """
    found = _RANGE.fullmatch(header)
    if found is None or int(found.group(1)) >= size:
        return None
    first, last = int(found.group(1)), int(found.group(2) or size - 1)
    return (first, min(last, size - 1)) if first <= last else None
