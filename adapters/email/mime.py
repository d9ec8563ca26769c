"""Headers and characters of a mail, read tolerantly: real mails break every rule; none may be lost for it.

Called by the other rooms of this package. It must never raise on what a mail contains. Texts of headers are
taken from their raw form: the structured parser of the standard library raises on some malformed ones, and
decodes each encoded word by itself, which breaks letters that a mailer split between two.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses

# What the parsers of the standard library were seen to raise on malformed headers.
BROKEN = (AttributeError, HeaderParseError, IndexError, LookupError, TypeError, UnicodeError, ValueError)
_EIGHT_BIT = frozenset({"", "us-ascii", "ascii", "iso-8859-1", "latin-1", "iso-8859-15", "windows-1252", "cp1252"})
"""Declared by mailers that send UTF-8 all the same: what is valid UTF-8 beyond ASCII is none of these."""
_LATIN_1 = frozenset({"iso-8859-1", "latin-1"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def parse(raw: bytes) -> EmailMessage:
    """Return the parsed mail; one nested too deeply is its headers and everything else as one text."""
    try:
        return message_from_bytes(raw, policy=policy.default)
    except RecursionError:
        flat = BytesHeaderParser(policy=policy.default).parsebytes(raw)
        del flat["Content-Type"]
        return flat


def clean(text: str) -> str:
    """Return text that JSON and databases hold: `\\n` line ends, no control characters or lone surrogates."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", lines))


def decoded(data: bytes, charset: str) -> str:
    """Return the text of `data`: in its declared charset where that fits, else UTF-8, else Windows-1252."""
    declared = charset.strip("\"' ").lower()
    # Windows-1252 is what Latin-1 stands for in mails: its letters, and curly quotes and the euro sign too.
    named = "cp1252" if declared in _LATIN_1 else declared
    for name in ("utf-8", named) if declared in _EIGHT_BIT else (named, "utf-8"):
        try:
            return clean(data.decode(name or "utf-8"))
        except (LookupError, ValueError):
            continue
    damaged = data.decode("utf-8", "replace")
    # A cut or garbled UTF-8 text has few bad places among many good letters; a Western one has no good ones.
    mostly_utf8 = 2 * damaged.count("\ufffd") < sum(1 for letter in damaged if not letter.isascii())
    return clean(damaged if mostly_utf8 else data.decode("cp1252", "replace"))


def raw_values(message: EmailMessage, name: str) -> list[str]:
    """Return every value of a header as it stands in the mail, unfolded, with raw eight-bit bytes decoded."""
    found = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    unfolded = [re.sub(r"\r?\n[ \t]*", " ", value) for value in found]
    return [decoded(value.encode("utf-8", "surrogateescape"), "").strip() for value in unfolded]


def header(message: EmailMessage, name: str) -> str:
    """Return the first value of a header with its encoded words decoded, or an empty text."""
    values = raw_values(message, name)
    return in_clear(values[0]) if values else ""


def in_clear(value: str) -> str:
    """Return a header's value with its encoded words decoded, neighbours in one charset together."""
    try:
        pieces = decode_header(value)
    except BROKEN:
        return value
    said = (piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces)
    return clean("".join(said)).strip()


def addresses(message: EmailMessage, *names: str) -> list[tuple[str, str]]:
    """Return (name, address in lower case) of each address in these headers, in their order."""
    values = [value for name in names for value in raw_values(message, name)]
    found = getaddresses(values)
    return [(in_clear(name), clean(address).lower()) for name, address in found if "@" in address]
