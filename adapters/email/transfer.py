"""The content of a part as the sender had it, out of its transfer encoding. Pure; called by `body` and `attachments`.

It must never raise on what a mail contains: what can't be decoded is returned as it stands.
"""

from __future__ import annotations

import binascii
import quopri
import re

from adapters.email.headers import base64_bytes

_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,300})\r?$", re.MULTILINE)
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


def content(raw: bytes, encoding: str) -> bytes:
    """Return the content of a part whose Content-Transfer-Encoding is `encoding`."""
    name = encoding.strip("\"' ;").lower().split(" ")[0].split(";")[0]
    if name == "base64":
        # A part that says base64 and is plain text has other characters all over it.
        return raw if 10 * len(_NO_BASE64.findall(raw)) > len(raw) else base64_bytes(raw)
    if name in ("quoted-printable", "quotedprintable", "qp"):
        return quopri.decodestring(raw)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return next((data for _, data in uuencoded(raw)), raw)
    return raw


def uuencoded(raw: bytes) -> list[tuple[str, bytes]]:
    """Return (name, content) of every uuencoded file in a text."""
    return [(name, data) for _, _, name, data in _uu_files(raw)]


def without_uuencoded(raw: bytes) -> bytes:
    """Return a text without the uuencoded files in it."""
    kept, end = [], 0
    for start, stop, _, _ in _uu_files(raw):
        kept.append(raw[end:start])
        end = stop
    return b"".join([*kept, raw[end:]])


def _uu_files(raw: bytes) -> list[tuple[int, int, str, bytes]]:
    """Begin, end, name and content of each: from a `begin` to the next `end`, with no other `begin` between."""
    begins = list(_UU_BEGIN.finditer(raw))
    found = []
    stop = -1
    for at, match in enumerate(begins):
        following = begins[at + 1].start() if at + 1 < len(begins) else len(raw)
        stop = stop if stop >= match.end() else raw.find(b"\nend", match.end())
        if stop < 0:
            break
        if following < stop:
            continue
        data = _uu_lines(raw[match.end() : stop].splitlines()[1:])
        if data:
            name = match.group(1).decode("utf-8", "replace").strip()
            found.append((match.start(), stop + len(b"\nend"), name, data))
    return found


def _uu_lines(lines: list[bytes]) -> bytes:
    """The bytes of uuencoded lines; empty where they are ordinary words that begin with 'begin'."""
    data = []
    for line in lines:
        try:
            data.append(binascii.a2b_uu(line))
        except binascii.Error:
            if not line.strip(b"`\r\n "):
                continue
            try:  # some encoders pad their lines wrongly: as many characters as the first byte says
                data.append(binascii.a2b_uu(line[: ((line[0] - 32 & 63) * 4 + 5) // 3 + 1]))
            except binascii.Error:
                return b""
    return b"".join(data)
