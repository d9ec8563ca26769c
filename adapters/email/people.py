"""Who a mail names: addresses and names out of From, To and the like. Pure; called by `mail` and `automatic`.

It must never raise on what a mail contains. The standard library gives nothing at all for a list with one bad address
in it; here each name is read for itself, in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.email.headers import Fields, in_clear, raw_values

MOST_ADDRESSES = 10_000
"""Of one header; a mail to more people is a list's, and nobody here is looked for among them."""
_PIECE = re.compile(
    r'\\.|"(?:[^"\\]|\\.)*+"|<[^<>,;"\\]*+>|[<>,;:()]'
    r'|=\?[^\s?"\\]{1,60}\?[bBqQ]\?[^?\s"\\]*+\?=|[^<>,;:()"=\s\\]++|\s++|.',
    re.DOTALL,
)
_CLOSED = re.compile(r'(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*+")*+', re.DOTALL)
"""A header whose quotation marks are all closed; in another they mean nothing, or the last would swallow the rest."""
_BARE = re.compile(r"[^\s<>()\[\]\"',;@]++@[^\s<>()\"',;]++")
_ENDS = frozenset(",;")
_PARTS_OF_A_NAME = 3
"""Commas that an unquoted name may hold ('Durand, Ana, Dr'); more parts without an address are no name."""


@dataclass(frozen=True, slots=True)
class Person:
    """One address, in lower case, and the name beside it; either may be empty, never both."""

    address: str = ""
    name: str = ""


def people(fields: Fields, *names: str) -> list[Person]:
    """Return everybody in these headers, in their order; those without an `@` are left out."""
    return [one for one in named(fields, *names) if one.address]


def named(fields: Fields, *names: str) -> list[Person]:
    """Return everybody in these headers, also those of whom there is a name alone."""
    return [one for name in names for value in raw_values(fields, name) for one in _in_header(value)]


def _in_header(value: str) -> list[Person]:
    found = _split(value)
    if not any(one.address for one in found) and "=?" in value:  # mailers encode whole headers, addresses and all
        again = _split(in_clear(value))
        return again if any(one.address for one in again) else found
    return found


def _split(value: str) -> list[Person]:
    """Everybody in one header: parted by commas, but a part without an address begins the next one's name."""
    found: list[Person] = []
    begun: list[str] = []
    for phrase, comment, address, end in _segments(value if _CLOSED.fullmatch(value) else value.replace('"', " ")):
        bare = None if address else _BARE.search(phrase)
        if not address and not bare and end:
            begun = [*begun, phrase][-_PARTS_OF_A_NAME:] if end == "," and phrase.strip() else []
            continue
        one = _person(phrase, comment, address or (bare.group() if bare else ""), begun)
        begun = []
        if one != Person():
            found.append(one)
        if len(found) >= MOST_ADDRESSES:
            break
    return found


def _segments(value: str) -> Iterator[tuple[str, str, str, str]]:
    """The parts of a list: (what stands outside of brackets, the comment, the address in brackets, what ended it)."""
    phrase: list[str] = []
    comment: list[str] = []
    address, depth = "", 0
    for match in _PIECE.finditer(value):
        piece = match.group()
        if depth:
            depth += (piece == "(") - (piece == ")")
            comment.append(piece)
        elif piece == "(":
            depth = 1
        elif piece in _ENDS:
            yield "".join(phrase), "".join(comment).rstrip(")"), address, piece
            phrase, comment, address = [], [], ""
        elif piece == ":" and not any("@" in one for one in phrase[-3:]):
            phrase = []  # what stood before names a group
        elif piece == "<>":
            phrase = []  # nobody: what stood before names no address
        elif piece.startswith("<") and (said := _address(piece)):
            address = said
        else:
            phrase.append(piece)
    yield "".join(phrase), "".join(comment).rstrip(")"), address, ""


def _person(phrase: str, comment: str, address: str, begun: list[str]) -> Person:
    said = ", ".join([*(one.strip() for one in begun), phrase.replace(address, " ", 1) if address else phrase])
    name = _name(said) or (_name(comment) if address else "")
    return Person(address.lower().strip(".").removeprefix("mailto:"), name)


def _name(text: str) -> str:
    """A name in clear: out of its quotes, with one blank between its words."""
    text = text.strip().strip(",<>").strip()
    if len(text) > 1 and text[0] == '"' == text[-1] and '"' not in text[1:-1].replace('\\"', ""):
        text = text[1:-1]
    said = in_clear(re.sub(r'\\(["\\])', r"\1", text))
    return " ".join(said.strip("\"' ").split())


def _address(token: str) -> str:
    said = in_clear(token.strip("<> \t")).lower()
    return "".join(said.split()) if "@" in said else ""
