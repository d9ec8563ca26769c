"""Telephone numbers in one form, so that a caller is recognised however the number was written down.

Called by the phone and portal adapters. It must never refuse a number: what it can't read stays as written.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"\(0\)|[\s.\-/()\u00a0\u202f]")
_NATIONAL = re.compile(r"0[1-9]\d{8}")
_INTERNATIONAL = re.compile(r"\+[1-9]\d{6,14}")


def e164(written: str) -> str:
    """Return the number as `+33639980001` (a national number is French), or as it was written, trimmed."""
    bare = _PUNCTUATION.sub("", written)
    if _NATIONAL.fullmatch(bare):
        return f"+33{bare[1:]}"
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    return bare if _INTERNATIONAL.fullmatch(bare) else written.strip()
