"""Header fields of a mail: unfolding, encoded words, parameters. Pure; called by the other rooms of this package.

It must never raise on what a mail contains, and it takes time in proportion to a header's length: every pattern here
stops at the first character that can't belong to it.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote_to_bytes

from adapters.email.characters import clean, codec_for, decoded

Fields = list[tuple[str, bytes]]
"""(name in lower case, value as it stands in the mail, unfolded), in the mail's order."""

LONGEST = 262_144
"""Characters of a header's value that are looked at: the 10,000 addresses of a huge list, and no more than that."""
_WORD = re.compile(r"=\?([\w.:+\-]{1,40})(?:\*[\w\-]{0,20})?\?([bBqQ])\?([^?]*+(?:\?(?!=)[^?]*+){0,8})\?=")
_PARAMETER = re.compile(r"""[;\s]\s*+([^\s=;"']{1,80})\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^;]*+)""", re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?$")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=]")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def first(fields: Fields, name: str) -> str:
    """Return the first value of a header with its encoded words decoded, or an empty text."""
    return next((in_clear(value) for value in raw_values(fields, name)), "")


def raw_values(fields: Fields, name: str) -> list[str]:
    """Return every value of a header as it stands in the mail, with raw eight-bit bytes decoded."""
    return [decoded(value[:LONGEST], "").strip() for key, value in fields if key == name]


def has(fields: Fields, name: str) -> bool:
    """Return whether a header is there, whatever it says."""
    return any(key == name for key, _ in fields)


def in_clear(value: str) -> str:
    """Return a header's value with its encoded words decoded, neighbours in one charset together.

    Mailers cut words between the bytes of one letter, so the bytes are joined first. Blanks between two encoded
    words are none (RFC 2047, 6.2).
    """
    if "=?" not in value:
        return clean(value).replace("\n", " ").strip()
    pieces: list[str] = []
    held, charset, end = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        same = codec_for(match.group(1)) == codec_for(charset) if charset else False
        if held and (between.strip() or not same):
            pieces.append(decoded(held, charset))
            held = b""
        if between.strip() or not end:
            pieces.append(between)
        held += _word(match.group(2), match.group(3))
        charset, end = match.group(1), match.end()
    if held:
        pieces.append(decoded(held, charset))
    pieces.append(value[end:])
    return clean("".join(pieces)).replace("\n", " ").strip()


def _word(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64_bytes(data)
    return _HEX.sub(lambda match: bytes([int(match.group(1), 16)]), data.replace(b"_", b" "))


def base64_bytes(data: bytes) -> bytes:
    """Return what base64 stands for, as far as it can be read; mailers join several texts, each with its padding."""
    return b"".join(_unpadded(piece) for piece in re.split(rb"=+", _FOREIGN.sub(b"", data)))


def _unpadded(letters: bytes) -> bytes:
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def value_and_parameters(text: str) -> tuple[str, dict[str, str]]:
    """Return the value before the first `;` in lower case, and the parameters in clear (RFC 2231, RFC 2047)."""
    value, _, rest = text[:LONGEST].partition(";")
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(";" + rest):
        parts = _SECTION.match(match.group(1).lower())
        if parts is None:
            continue
        name, number, is_extended = parts.groups()
        found = sections.setdefault(name, [])
        found.append((int(number or 0), bool(is_extended), _unquoted(match.group(2))))
    return value.strip().lower(), {name: _joined(found) for name, found in sections.items()}


def _unquoted(text: str) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    inner = text[1:-1] if text.endswith('"') and len(text) > 1 else text[1:]
    return re.sub(r'\\(["\\])', r"\1", inner)


def _joined(sections: list[tuple[int, bool, str]]) -> str:
    """The sections of one parameter in their order; the extended ones carry a charset and per cent signs."""
    if not any(is_extended for _, is_extended, _ in sections):
        ordered = sections if len({number for number, _, _ in sections}) > 1 else sections[:1]
        return in_clear("".join(text for _, _, text in sorted(ordered, key=lambda one: one[0])))
    extended = [one for one in sections if one[1]] if len({one[0] for one in sections}) == 1 else sections
    charset, data = "", b""
    for place, (_, is_extended, text) in enumerate(sorted(extended, key=lambda one: one[0])):
        said = text
        if place == 0 and text.count("'") >= 2:
            charset, _, said = text.split("'", 2)
        data += unquote_to_bytes(said) if is_extended else said.encode("utf-8", "replace")
    return decoded(data, charset).replace("\n", " ").strip()
