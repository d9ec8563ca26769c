"""The process in which a stranger's mail is parsed: run by `child`, one mail after another, under limits of its own.

It reads a kind, a length and the bytes on standard input and answers a length and one JSON document on standard output.
It must never write a file or open a socket, and holds nothing that a mail could want. It catches nothing: what a mail
breaks ends the process, and the parent says so.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from dataclasses import asdict

from adapters.email.characters import decoded
from adapters.email.html_text import is_html, to_text
from adapters.email.mail import understood
from adapters.email.quotes import own_words

CPU_SECONDS = 5
"""Of one mail; then a person looks at it. 25 MB take one second, be it attachments or words."""
MEMORY_BYTES = 1 << 30
"""Of the whole process: the largest mail that is taken, some twenty times over, and Python itself."""
OPEN_FILES = 32
"""Python opens a file to load a charset; nothing else here does."""
HEADER = struct.Struct(">cI")
LENGTH = struct.Struct(">I")
READY = b"\x06"
MAIL, REPLY = b"M", b"R"


def main() -> None:
    """Answer until the parent closes the pipe."""
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    outgoing.write(READY)
    outgoing.flush()
    while head := incoming.read(HEADER.size):
        kind, length = HEADER.unpack(head)
        raw = incoming.read(length)
        _limit_cpu()
        said = json.dumps(answer(kind, raw)).encode()
        outgoing.write(LENGTH.pack(len(said)) + said)
        outgoing.flush()


def answer(kind: bytes, raw: bytes) -> dict[str, object]:
    """Return the fields of a mail, or the own words of a bare text (UTF-8, plain or HTML)."""
    if kind == MAIL:
        return asdict(understood(raw))
    text = decoded(raw, "utf-8")
    return {"text": own_words(to_text(text) if is_html(text) else text)}


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, allowed))


def _limit_cpu() -> None:
    """Allow this mail its seconds from now on: the limit counts those of the process's whole life."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
