"""Ticket numbers that can be said on the phone: year, six digits, one check character (R3).

Pure. Intake claims a candidate in its store; the check character is ISO 7064 MOD 37-2, which detects every single
wrong character and every swap of two neighbours. Candidates whose check character is hard to say or to read are
left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_UNCLEAR = frozenset("0123456789*IOQ")
"""A check character is always a letter, and never one that is taken for a digit."""
_MODULUS = 37
_RADIX = 2
_SPACE = 1_000_000
"""Six digits: four hundred thousand tickets a year (1,600 a day) fill two fifths of it."""
_BETWEEN = r"[\s.\-\u2010-\u2014\u2212]*"
"""What people and mail programs put between the groups: spaces, dots, and every dash that a hyphen becomes."""
_GROUPS = _BETWEEN.join((r"([0-9]{2})", r"([0-9]{3})", r"([0-9]{3})", r"([A-Z])"))
_SHAPE = re.compile(rf"(?<![0-9A-Z]){_GROUPS}(?![0-9A-Z])")


def check_character(digits: str) -> str:
    """Return the ISO 7064 MOD 37-2 check character of a string of digits."""
    total = 0
    for digit in digits:
        total = (total + _ALPHABET.index(digit)) * _RADIX % _MODULUS
    return _ALPHABET[(_MODULUS + 1 - total) % _MODULUS]


def candidates(ticket: str, year: int) -> Iterator[str]:
    """Yield the numbers that a ticket may claim, the same ones in the same order each time it is asked."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{ticket}#{attempt}".encode()).digest()
        digits = f"{year % 100:02d}{int.from_bytes(digest[:8]) % _SPACE:06d}"
        attempt += 1
        check = check_character(digits)
        if check not in _UNCLEAR:
            yield f"{digits[:2]}-{digits[2:5]}-{digits[5:]}-{check}"


def normalised(text: str) -> str | None:
    """Return the number written somewhere in `text` in its one form, or None where there is none or its check fails."""
    for match in _SHAPE.finditer(text.upper()):
        year, first, second, check = match.groups()
        if check_character(year + first + second) == check:
            return f"{year}-{first}-{second}-{check}"
    return None
