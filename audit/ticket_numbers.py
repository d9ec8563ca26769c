"""Ticket numbers as the auditor checks them: ISO 7064 MOD 37-2, written from the standard. Pure; used by checks."""

from __future__ import annotations

import re

_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*")}
_WRITTEN = re.compile(r"(?=(\d\d[^0-9A-Z]{0,3}\d{3}[^0-9A-Z]{0,3}\d{3}[^0-9A-Z]{0,3}[0-9A-Z*]))")


def bare(number: str) -> str:
    """Return a number in capitals without what is only written between its characters."""
    return "".join(character for character in number.upper() if character in _VALUES)


def check_holds(number: str) -> bool:
    """Return whether the last character proves the rest: the sum of each value times 2 to its place from the right
    leaves 1 when divided by 37."""
    values = [_VALUES[character] for character in bare(number)]
    return len(values) > 1 and sum(value * 2**place for place, value in enumerate(reversed(values))) % 37 == 1


def written_in(text: str) -> frozenset[str]:
    """Return what looks like a ticket number anywhere in a text, bare."""
    return frozenset(bare(found) for found in _WRITTEN.findall(text.upper()))


def one_wrong(number: str) -> frozenset[str]:
    """Return the patterns (`?` for one character) that this number shares with every number differing in that one."""
    whole = bare(number)
    return frozenset(f"{whole[:place]}?{whole[place + 1 :]}" for place in range(len(whole)))


def swapped(number: str) -> frozenset[str]:
    """Return what this number becomes when two neighbours change places."""
    whole = bare(number)
    return frozenset(
        whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
        for place in range(len(whole) - 1)
        if whole[place] != whole[place + 1]
    )
