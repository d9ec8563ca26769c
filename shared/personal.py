"""The one seam that personal data passes on its way into an event and out of it again.

Called by the codec alone. A `Seal` turns the `personal` object of an event into sealed bytes for its customer, and
back. `ClearSeal` seals nothing and says so in what it writes; a later seal with a key per customer replaces it here
without touching any event, and reads what this one wrote.
"""

from __future__ import annotations

from typing import Protocol

CLEAR = "clear.v1"
"""Marks data that no key protects."""


class Seal(Protocol):
    """Seals and opens the personal data of one owner (a ticket's customer)."""

    def seal(self, owner: str, clear: dict[str, object]) -> dict[str, object]:
        """Return what may be stored and published."""
        ...

    def open(self, owner: str, sealed: dict[str, object]) -> dict[str, object]:
        """Return the clear data; `{}` where its key was destroyed. Unknown seals raise `UnknownSeal`."""
        ...


class UnknownSeal(ValueError):
    """Sealed by something that this code does not know: newer code must read it."""


class ClearSeal:
    """Seals nothing: the data stays readable, and says so."""

    def seal(self, owner: str, clear: dict[str, object]) -> dict[str, object]:
        """Return the data marked as clear; the owner is not used."""
        return {"seal": CLEAR, "data": clear} if clear else {}

    def open(self, owner: str, sealed: dict[str, object]) -> dict[str, object]:
        """Return the data of a `clear.v1` object."""
        if not sealed:
            return {}
        data = sealed.get("data")
        if sealed.get("seal") != CLEAR or not isinstance(data, dict):
            raise UnknownSeal(f"personal data sealed as {sealed.get('seal')!r}, which this code cannot open")
        return data
