"""What a change of the policy file means for customers and staff, told in French; called by `sav policy diff`. Pure.

Each place has its sentence in `shared.policy.meanings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

from shared.durations import in_words
from shared.policy.meanings import KEPT, MEANINGS, STEPS, WARNED
from shared.policy.model import Policy

ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Change:
    """One place that is not the same, its two values in French, and what follows from the change."""

    place: str
    old: str
    new: str
    meaning: str


def changes(old: Policy, new: Policy) -> list[Change]:
    """Return every difference, in the order of the file; a calendar that came or went is one."""
    before, after = dict(_leaves(old.model_dump())), dict(_leaves(new.model_dump()))
    found = list(_whole_calendars(old, new))
    whole = tuple(f"{one.place}." for one in found)
    for place in [*before, *(place for place in after if place not in before)]:
        if before.get(place) != after.get(place) and not place.startswith(whole or ("\0",)):
            was, now = _said(before.get(place)), _said(after.get(place))
            found.append(Change(place, was, now, _meaning(place, before.get(place), after.get(place))))
    return found


def same_version(old: Policy, new: Policy) -> bool:
    """Tell whether the content changed and the version did not: nobody could say then what was decided under which."""
    return old.version == new.version and old != new


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        yield place, value
        return
    for name, inner in value.items():
        yield from _leaves(inner, f"{place}.{name}" if place else str(name))


def _whole_calendars(old: Policy, new: Policy) -> Iterator[Change]:
    for name in old.calendars.keys() - new.calendars.keys():
        meaning = "Le calendrier n'existe plus : un site qui le nomme suit les heures de l'entreprise."
        yield Change(f"calendars.{name}", old.calendars[name].zone, ABSENT, meaning)
    for name in new.calendars.keys() - old.calendars.keys():
        meaning = "Nouveau calendrier : un site ou un délai peut le nommer."
        yield Change(f"calendars.{name}", ABSENT, new.calendars[name].zone, meaning)


def _said(value: Any) -> str:
    match value:
        case None:
            return ABSENT
        case bool():
            return "oui" if value else "non"
        case timedelta():
            return in_words(value)
        case date():
            return value.isoformat()
        case {"share": share, "to": to}:
            return f"{share:.0%} {WARNED[to]}".replace("%", " %")
        case tuple() | list():
            return ", ".join("-".join(one) if isinstance(one, tuple) else _said(one) for one in value) or "(aucun)"
        case _:
            return str(value)


def _meaning(place: str, old: Any, new: Any) -> str:
    parts = place.split(".")
    if parts[0] == "delays":
        return _of_delay(parts, old, new)
    found = next((text for pattern, text in MEANINGS if fnmatchcase(place, pattern)), "")
    return f"{found}{_longer(old, new)}"


def _of_delay(parts: list[str], old: Any, new: Any) -> str:
    tier, criticality, step, *_ = parts[1:]
    calendar = parts[-1] == "calendar"
    counted = "autre calendrier" if calendar else _direction(old, new)
    who = f"Contrat {tier}, classe {criticality} : {STEPS[step]}, {counted}"
    return f"{who} pour les dossiers ouverts désormais. {KEPT}"


def _direction(old: Any, new: Any) -> str:
    if old is None or new is None:
        return "promesse ajoutée" if old is None else "promesse retirée"
    return "promesse plus courte" if new < old else "promesse plus longue"


def _longer(old: Any, new: Any) -> str:
    match old, new:
        case (timedelta(), timedelta()) | (int(), int()) if not isinstance(old, bool):
            return " (en hausse)" if new > old else " (en baisse)"
        case _:
            return ""
