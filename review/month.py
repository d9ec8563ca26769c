"""Calendar months of Europe/Paris. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
"""The company's own calendar, whatever the site's: one closing belongs to one month."""
_NAMES = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_WRITTEN = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """One month of a year."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def in_french(self) -> str:
        """« octobre 2026 »."""
        return f"{_NAMES[self.number - 1]} {self.year}"

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    @property
    def begins_at(self) -> datetime:
        """Midnight of its first day in Paris, as an instant in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=ZONE).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """Midnight of the next month's first day in Paris: the first instant that is no longer in it, in UTC."""
        return (Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)).begins_at


def month_of(at: datetime) -> Month:
    """Return the month that an instant lies in, in Paris."""
    local = at.astimezone(ZONE)
    return Month(local.year, local.month)


def month_named(text: str) -> Month:
    """Return the month written as `2026-10`. Raises ValueError, in French."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not 1 <= int(found.group(2)) <= 12 or int(found.group(1)) < 2000:
        raise ValueError(f"« {text} » n'est pas un mois : l'écrire comme 2026-10.")
    return Month(int(found.group(1)), int(found.group(2)))


def day_in_french(at: datetime) -> str:
    """Return an instant as « 23 novembre 2026 à 9 h 05 », in Paris."""
    local = at.astimezone(ZONE)
    day = "1er" if local.day == 1 else str(local.day)
    return f"{day} {_NAMES[local.month - 1]} {local.year} à {local.hour} h {local.minute:02d}"
