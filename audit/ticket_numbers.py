"""Ticket numbers as the auditor checks them: ISO 7064 MOD 37-2, written from the standard. Pure; used by checks."""

from __future__ import annotations

import re

_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*")}
_WRITTEN = re.compile(r"\d\d[^0-9A-Z]{0,3}\d{3}[^0-9A-Z]{0,3}\d{3}[^0-9A-Z]{0,3}[A-Z*]")


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


def slips(number: str) -> frozenset[str]:
    """Return patterns that this number shares with every other that one slip away from it makes: one character wrong
    (`?` in its place), and two neighbours swapped."""
    whole = bare(number)
    wrong = {f"{whole[:place]}?{whole[place + 1 :]}" for place in range(len(whole))}
    swapped = {
        whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
        for place in range(len(whole) - 1)
        if whole[place] != whole[place + 1]
    }
    return frozenset(wrong | swapped)
