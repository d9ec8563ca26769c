"""How the desk speaks: names of things and instants in French, for staff. Pure; for sentences and `sav ticket`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.events.base import Channel, Criticality, Tier
from shared.promises import in_french

ZONE = "Europe/Paris"
"""Staff read the company's own wall clock, whatever the site's: two people on one ticket must mean the same hour."""

CRITICALITIES: dict[Criticality, str] = {"critique": "Critique", "standard": "Standard", "informatif": "Informatif"}
TIERS: dict[Tier, str] = {"premium": "premium", "standard": "standard", "none": "sans contrat"}
CHANNELS: dict[Channel, str] = {"email": "e-mail", "phone": "téléphone", "portal": "portail"}
BY_CHANNEL: dict[Channel, str] = {"email": "par e-mail", "phone": "par téléphone", "portal": "par le portail"}
STAGES: dict[str, str] = {
    "intake": "réception",
    "triage": "triage",
    "dispatch": "traitement",
    "closure": "clôture",
    "survey": "enquête",
    "notify": "envois",
    "resources": "ressources",
}


def moment(at: datetime) -> str:
    """Return an instant in the company's own time: « mardi 24 novembre à 10 h 30 »."""
    return in_french(at, ZONE)


def hour(at: datetime) -> str:
    """Return the hour of an instant in the company's own time: « 10 h 30 »."""
    local = at.astimezone(ZoneInfo(ZONE))
    return f"{local.hour} h {local.minute:02d}"


def between(start: datetime, end: datetime) -> str:
    """Return a span as an appointment is told: « le mardi 24 novembre de 9 h 00 à 11 h 00 »."""
    zone = ZoneInfo(ZONE)
    if start.astimezone(zone).date() != end.astimezone(zone).date():
        return f"du {moment(start)} au {moment(end)}"
    day = moment(start).rpartition(" à ")[0]
    return f"le {day} de {hour(start)} à {hour(end)}"


def length(duration: timedelta) -> str:
    """Return a length of time by its two largest units: « 2 h 10 », « 3 jours 4 h », « 5 jours », « 12 min »."""
    minutes = round(abs(duration).total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return counted(days, "jour") + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h {rest:02d}" if rest else f"{hours} h"
    return f"{rest} min" if minutes else "moins d'une minute"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: « 1 jour », « 5 jours »."""
    return f"{number} {noun}{'s' if number > 1 else ''}"


def sentence(text: str) -> str:
    """Return somebody's words on one line, ending as a sentence does; empty stays empty."""
    line = " ".join(text.split())
    return line if not line or line[-1] in ".!?…" else f"{line}."


def joined(*sentences: str) -> str:
    """Return sentences one after another, without the empty ones."""
    return " ".join(one for one in map(sentence, sentences) if one)


def listed(words: Iterable[str]) -> str:
    """Return words as a list: « a, b et c »."""
    *first, last = words
    return f"{', '.join(first)} et {last}" if first else last
