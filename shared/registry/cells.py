"""What may stand in one cell of an import's CSV files; called by `sheets`. Pure.

Each reader returns the value or raises `ValueError` with a French reason for whoever mends the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Any

from shared.events.base import Tier
from shared.registry.model import COMPANY_ZONE, Role, digits_of

Read = Callable[[str], Any]

LONGEST_TEXT = 200
"""Characters of a name or address: two lines of a letter."""
MOST_PIECES = 1_000_000
"""Of one part in one depot: a number above is a slip of the keyboard."""
TIERS: dict[str, Tier] = {"premium": "premium", "standard": "standard", "aucune": "none"}
ROLES: dict[str, Role] = {"technicien": "technician", "repartiteur": "dispatcher", "responsable": "manager"}

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EMAIL = re.compile(r"[^\s@,|<>\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_FRENCH_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")


def identifier(cell: str) -> str:
    """A number or code as it is printed on contracts, machines and parts."""
    if not _ID.fullmatch(cell):
        raise ValueError("identifiant refusé : lettres sans accent, chiffres, point, tiret ; 64 caractères au plus")
    return cell


def text(cell: str) -> str:
    """A name or an address, on one line."""
    if len(cell) > LONGEST_TEXT:
        raise ValueError(f"texte de {len(cell)} caractères ; {LONGEST_TEXT} au plus")
    if not cell.isprintable():
        raise ValueError("caractère invisible ou retour à la ligne dans le texte")
    return cell


def one_of(words: Collection[str]) -> Read:
    """A reader of one of these words, whatever its capitals."""

    def read(cell: str) -> str:
        if cell.casefold() not in words:
            raise ValueError(f"« {cell[:40]} » inconnu ; attendu : {', '.join(words)}")
        return cell.casefold()

    return read


def translated(words: dict[str, Any]) -> Read:
    """A reader of one of these French words that returns what the code calls it."""
    read = one_of(words)
    return lambda cell: words[read(cell)]


def calendar(known: Collection[str]) -> Read:
    """A reader of the name of one of the policy's calendars."""

    def read(cell: str) -> str:
        if cell not in known:
            raise ValueError(f"calendrier « {cell[:40]} » absent de la politique ; connus : {', '.join(known)}")
        return cell

    return read


def emails(cell: str) -> tuple[str, ...]:
    """Addresses, parted by a comma, a bar or a space."""
    found = tuple(one for one in re.split(r"[,|\s]+", cell) if one)
    for one in found:
        if not _EMAIL.fullmatch(one) or len(one) > 254:
            raise ValueError(f"adresse refusée : « {one[:80]} »")
    return found


def phones(cell: str) -> tuple[str, ...]:
    """Numbers, parted by a comma or a bar; `01 99 00 10 01` is French."""
    return tuple(_phone(one.strip()) for one in re.split(r"[,|]", cell) if one.strip())


def _phone(number: str) -> str:
    plain = re.sub(r"[\s().\-\u00a0\u202f]", "", number)
    if re.fullmatch(r"0[1-9][0-9]{8}", plain):
        plain = f"+33{digits_of(plain)}"
    if not _PHONE.fullmatch(plain):
        raise ValueError(f"numéro refusé : « {number[:40]} » ; écrire 01 99 00 10 01 ou +33199001001")
    return plain


def first_of(read: Callable[[str], tuple[str, ...]]) -> Read:
    """A reader of a single address or number."""

    def single(cell: str) -> str:
        found = read(cell)
        if len(found) != 1:
            raise ValueError(f"{len(found)} valeurs ; une seule attendue")
        return found[0]

    return single


def words(cell: str) -> tuple[str, ...]:
    """Short words, parted by a comma, a bar or a space."""
    return tuple(text(one) for one in re.split(r"[,|\s]+", cell) if one)


def day(cell: str) -> date:
    """A date, `2026-12-24` or `24/12/2026`."""
    french = _FRENCH_DATE.fullmatch(cell)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise ValueError(f"date refusée : « {cell[:40]} » ; écrire 2026-12-24 ou 24/12/2026")


def moment(cell: str) -> datetime:
    """A local time of the company, `2026-12-24 18:00`, as an instant in UTC; a time that comes twice is the first."""
    found = re.fullmatch(r"(\S+)[ T](\d{2}):(\d{2})", cell)
    if not found or int(found[2]) > 23 or int(found[3]) > 59:
        raise ValueError(f"moment refusé : « {cell[:40]} » ; écrire 2026-12-24 18:00")
    on = day(found[1])
    local = datetime(on.year, on.month, on.day, int(found[2]), int(found[3]), tzinfo=COMPANY_ZONE)
    at = local.astimezone(UTC)
    if at.astimezone(COMPANY_ZONE).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError(f"« {cell[:40]} » n'existe pas : l'heure d'été commence cette nuit-là")
    return at


def rank(cell: str) -> int:
    """The place in the order of calling, from 1."""
    if not re.fullmatch(r"[1-9]", cell):
        raise ValueError(f"rang refusé : « {cell[:40]} » ; 1 est appelé d'abord, 9 au plus")
    return int(cell)


def quantity(cell: str) -> int:
    """How many pieces, a whole number from 0."""
    if not re.fullmatch(r"[0-9]{1,9}", cell) or int(cell) > MOST_PIECES:
        raise ValueError(f"quantité refusée : « {cell[:40]} » ; un nombre entier de 0 à {MOST_PIECES}")
    return int(cell)
