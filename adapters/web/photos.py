"""What of a form's files is a photo that we keep. Called by the portal.

It opens no picture: the first bytes say what it is, and who looks at it later has a viewer of his own. It is kept
under its hash, never under a name that came from outside, and on no path that is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from adapters.kept import Kept

PHOTO_BYTES = 12 * 1024 * 1024
"""A photo of a telephone of today has 3 to 8 MB."""
PHOTOS = 5
"""A device, its screen, its cable, the room, the label."""
_KINDS: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypheix", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
    (b"ftypavif", 4, "image/avif"),
)


class NotKept(ValueError):
    """The file is no photo that is taken, and why, in French, for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that is kept."""

    name: str
    """`sha256:` and the hash of its content."""
    kind: str
    size: int


class Photos:
    """Photos in a content-addressed store."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def keep(self, file: IO[bytes]) -> Photo:
        """Return the photo once it is safe. Raises `NotKept`, and OSError where the store fails. It blocks."""
        content = file.read(PHOTO_BYTES + 1)
        kind = next((kind for magic, at, kind in _KINDS if content[at : at + len(magic)] == magic), "")
        if not kind:
            raise NotKept("ce fichier n’est pas une photo (JPEG, PNG, WebP ou HEIC)")
        if len(content) > PHOTO_BYTES:
            raise NotKept(f"cette photo dépasse {PHOTO_BYTES // 1024**2} Mo")
        return Photo(f"sha256:{self._kept.put(content)}", kind, len(content))
