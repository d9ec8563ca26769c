"""Where a mail program announces everything below as older: a block of fields, a separating line. Pure; for `quotes`.

It must not take a customer's own lines for it: a block has three different fields, From among them.
"""

from __future__ import annotations

import re

from adapters.email.quote_words import BEGIN_FORWARDED, FIELDS, FORWARDED, MESSAGE

_LONGEST = 200
"""Characters of a line that announces; a longer one is words."""
_DASHED = re.compile(r"^[\s>*_|]*[-=]{2,}[^-=].*[^-=][-=]{2,}[\s*_]*$")
_MESSAGE = re.compile(MESSAGE, re.IGNORECASE)
_FORWARDED = re.compile(FORWARDED, re.IGNORECASE)
_BEGIN_FORWARDED = re.compile(rf"^[\s>]*(?:{BEGIN_FORWARDED})\s*:\s*$", re.IGNORECASE)
_ABOVE = re.compile(
    r"(?:reply|respond|type|write|répon\w{1,6}|écri\w{1,6}|antwort\w{0,6}|escrib\w{1,6}|rispond\w{1,6})[^.]{0,60}"
    r"(?:above|au-dessus|oberhalb|arriba|sopra|encima)"
    r"|(?:do not|ne pas|ne rien)[^.]{0,30}(?:write|reply|type|écrire|répondre)[^.]{0,30}(?:below|sous|dessous)",
    re.IGNORECASE,
)
_MARKED = ("--", "##", "==", "__", "**")
"""What ticket systems frame the line with that asks to answer above it."""
_KINDS = tuple(FIELDS)
_FIELD = re.compile(
    r"^[\s>*|_]{0,8}(?:" + "|".join(f"({words})" for words in FIELDS.values()) + r")\s?\*{0,2}\s?[:：]", re.IGNORECASE
)
_FIELD_LENGTH = 60
"""Characters in which a field's name ends."""
_BLOCK_LINES = 8
"""Lines in which a header block names its fields: five of them, and some of wrapping or blank ones."""
_BLOCK_FIELDS = 3
"""Different fields that make a header block; two alone are how people sign or address a text."""


def is_quoted(line: str) -> bool:
    """Whether a mail program marked the line as older."""
    return line.lstrip().startswith((">", "|"))


def is_reply_marker(line: str) -> bool:
    """Whether the line asks to answer above it, as ticket systems do; all below is their own text."""
    return len(line) < _LONGEST and line.lstrip(" >").startswith(_MARKED) and _ABOVE.search(line) is not None


def is_separator(line: str) -> bool:
    """Whether the line says that the original message follows."""
    return _is_dashed(line) and _MESSAGE.search(line) is not None and _FORWARDED.search(line) is None


def is_forward(line: str) -> bool:
    """Whether the line says that a mail is passed on below it: then that is what the customer wants read."""
    if _is_dashed(line):
        return _FORWARDED.search(line) is not None
    return len(line) < _LONGEST and line.rstrip().endswith(":") and _BEGIN_FORWARDED.match(line) is not None


def _is_dashed(line: str) -> bool:
    return len(line) < _LONGEST and ("--" in line or "==" in line) and _DASHED.match(line) is not None


def fields_of(lines: list[str]) -> list[str]:
    """Which field of a header block each line is; empty for none."""
    return [_field(line[:_FIELD_LENGTH]) for line in lines]


def is_header_block(fields: list[str], at: int) -> bool:
    """Whether a mail program's block of fields (De, Envoyé, À, Objet) begins at line `at`; see `fields_of`."""
    if not fields[at]:
        return False
    found = set(fields[at : at + _BLOCK_LINES]) - {""}
    return "from" in found and len(found) >= _BLOCK_FIELDS


def _field(line: str) -> str:
    match = _FIELD.match(line) if ":" in line or "：" in line else None
    return _KINDS[match.lastindex - 1] if match and match.lastindex else ""
