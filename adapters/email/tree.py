"""The parts of a raw mail (RFC 2045, 2046), found in one pass over its bytes. Pure; called by `mail`.

It must never raise on what a mail contains, and never take more than time in proportion to its length: the standard
parser looks at every open boundary on each line, so that a mail of nested parts costs it the square. Here a line is one
look into a table. Real mails break every rule: a boundary that is never closed or never named, a header without its
blank line, line ends of three kinds, an mbox's `From ` line are all read as they were meant.
"""

from __future__ import annotations

import re

from adapters.email.part import Part

MOST_PARTS = 2_000
"""A real mail has tens; after so many the rest of the mail belongs to the last part."""
LONGEST_HEADER = 1_048_576
"""Bytes of one part's header; real ones have some thousands. What is beyond is taken for the body."""
MOST_WRAPPED = 3
"""Mails in mails whose whole is encoded once more: each costs a copy, and no mailer makes even one."""
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_KNOWN = re.compile(
    rb"(?:received|return-path|delivered-to|from|to|cc|bcc|subject|date|message-id|in-reply-to|references|reply-to|sender"
    rb"|mime-version|content-[a-z\-]{2,40}|x-[a-z0-9\-]{2,60}|dkim-signature|list-[a-z]{2,20}|user-agent|importance|priority"
    rb"|precedence|auto-submitted|thread-[a-z]{2,10}|organization|resent-[a-z\-]{2,20})[ \t]*:",
    re.IGNORECASE,
)
_MBOX = (b"From ", b">From ")
_MAILS = frozenset({"message/rfc822", "message/global", "message/news"})
_SEARCHED_LINES = 50
"""Lines of a multipart that names no boundary in which its first one is looked for: a preamble has a few."""


def parse(raw: bytes, wrapped: int = 0) -> Part:
    """Return the mail's outermost part, with every part in it."""
    return _Parser(_with_line_feeds(raw), wrapped).run()


def _with_line_feeds(raw: bytes) -> bytes:
    """A mail whose only line ends are carriage returns has line feeds instead; leading blanks and a BOM go."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw.lstrip()


class _Parser:
    """One pass over the lines; the stack holds the parts that are open, the outermost first."""

    def __init__(self, mail: bytes, wrapped: int) -> None:
        self._mail = mail
        self._wrapped = wrapped
        self._stack = [Part(mail)]
        self._levels: dict[bytes, list[int]] = {}
        """Boundary -> the levels of the stack that it parts, the innermost last."""
        self._boundaries: dict[int, bytes] = {}
        self._parts = 1

    def run(self) -> Part:
        """Read every line that may be a boundary."""
        at = self._header(0)
        while (at := self._dashes(at)) >= 0:
            end = self._line_end(at)
            level, is_last = self._boundary(at, end)
            at = end if level < 0 else self._part(level, at, end, is_last=is_last)
        while len(self._stack) > 1:
            self._close(len(self._mail))
        return self._close(len(self._mail))

    def _dashes(self, at: int) -> int:
        """Where the next line of two dashes begins, from the beginning of a line on; -1 for none that matters."""
        if self._parts >= MOST_PARTS:
            return -1
        if self._mail.startswith(b"--", at):
            return at
        found = self._mail.find(b"\n--", at)
        return found + 1 if found >= 0 else -1

    def _part(self, level: int, at: int, end: int, *, is_last: bool) -> int:
        """A boundary: what is open in its multipart ends. Returns where to read on."""
        while len(self._stack) > level + 1:
            self._close(at)
        if is_last:
            if len(self._levels[self._boundaries[level]]) > 1:  # its parent has the same one, which is meant from here
                self._close(end)
            return end
        self._open(end)
        return self._header(end)

    def _open(self, at: int) -> None:
        parent = self._stack[-1]
        part = Part(self._mail, start=at)
        if parent.kind == "multipart/digest":
            part.kind = "message/rfc822"
        parent.children.append(part)
        self._stack.append(part)
        self._parts += 1

    def _close(self, at: int) -> Part:
        """The innermost part ends at `at`; the line end before a boundary belongs to the boundary."""
        part = self._stack.pop()
        boundary = self._boundaries.pop(len(self._stack), None)
        if boundary is not None:
            self._levels[boundary].pop()
        before = self._mail[max(part.start, at - 2) : at]
        is_inner = at < len(self._mail)
        part.end = at - (len(before) - len(before.removesuffix(b"\n").removesuffix(b"\r")) if is_inner else 0)
        if part.kind in _MAILS and part.is_encoded and self._wrapped < MOST_WRAPPED:
            part.children = [parse(part.content, self._wrapped + 1)]
        return part

    def _header(self, at: int) -> int:
        """Read the header of the innermost part, and of the mail in it where it is one. Returns where its body is."""
        while True:
            part = self._stack[-1]
            at = part.start = self._fields(part, at)
            part.understand()
            if part.is_multipart:
                boundary = part.parameters.get("boundary", "").strip().encode() or self._guessed(at)
                if boundary:
                    level = len(self._stack) - 1
                    self._boundaries[level] = boundary
                    self._levels.setdefault(boundary, []).append(level)
                return at
            if part.kind not in _MAILS or part.is_encoded or self._parts >= MOST_PARTS:
                return at
            self._open(at)

    def _fields(self, part: Part, at: int) -> int:
        """Read header fields from `at` on. Returns where the body begins."""
        folded: list[tuple[str, list[bytes]]] = []
        limit = min(len(self._mail), at + LONGEST_HEADER)
        while at < limit:
            end = self._line_end(at)
            line = self._mail[at:end].rstrip(b"\r\n")
            if self._boundary(at, end)[0] >= 0:
                break
            if not line or (not line.strip() and not self._goes_on(end)):
                at = end
                break
            match = _FIELD.match(line)
            if match:
                folded.append((match.group(1).decode("ascii").lower(), [match.group(2).strip()]))
            elif line.startswith((b" ", b"\t")) or self._goes_on(end):
                if folded and not line.startswith(_MBOX):  # a stray line between fields belongs to the one before it
                    folded[-1][1].append(line.strip())
            else:
                break
            at = end
        part.fields = [(name, b" ".join(pieces)) for name, pieces in folded]
        return at

    def _goes_on(self, at: int) -> bool:
        """Whether the header goes on below a line that belongs in none: a field that mails have is one of the next."""
        for _ in range(2):
            end = self._line_end(at)
            if at == end or not self._mail[at:end].rstrip(b"\r\n"):
                return False
            if self._is_known_field(at):
                return True
            at = end
        return False

    def _is_known_field(self, at: int) -> bool:
        return _KNOWN.match(self._mail, at) is not None

    def _line_end(self, at: int) -> int:
        end = self._mail.find(b"\n", at)
        return len(self._mail) if end < 0 else end + 1

    def _boundary(self, at: int, end: int) -> tuple[int, bool]:
        """The level whose boundary this line is, or -1, and whether it is the last one of its multipart."""
        if not self._mail.startswith(b"--", at):
            return -1, False
        said = self._mail[at + 2 : end].rstrip()
        if levels := self._levels.get(said):
            return levels[-1], False
        levels = self._levels.get(said.removesuffix(b"--").rstrip()) if said.endswith(b"--") else None
        return (levels[-1], True) if levels else (-1, False)

    def _guessed(self, at: int) -> bytes:
        """The boundary of a multipart that names none: its first line of two dashes above a header field."""
        for _ in range(_SEARCHED_LINES):
            end = self._line_end(at)
            if self._mail.startswith(b"--", at) and self._is_known_field(end):
                return self._mail[at + 2 : end].rstrip()
            at = end
        return b""
