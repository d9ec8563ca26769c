"""ISO 8601 durations as people write them in the policy file and on the command line, both ways. Pure.

Called by `sav time`, and by whoever tells a delay in words. It knows no calendar: a day is 24 hours, a week seven of
them; of business time too (`P1D` of business time is 24 open hours, not one working day).
"""

from __future__ import annotations

import re
from datetime import timedelta

_MICROS = {"weeks": 604_800_000_000, "days": 86_400_000_000, "hours": 3_600_000_000, "minutes": 60_000_000}
_MICROS_A_SECOND = 1_000_000
_NUMBER = r"([0-9]+(?:[.,][0-9]+)?)"
_FORM = re.compile(
    rf"P(?=[0-9T])(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=[0-9])(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)
_NO_FIXED_LENGTH = re.compile(r"P[0-9.,]+[YM]|P[0-9.,]+Y[0-9.,]+M")
LONGEST_TEXT = 64
"""Characters of the longest duration that is read: numbers of any sensible length in every place."""


class NotADuration(ValueError):
    """The text is no ISO 8601 duration that has one length; the message is French, for whoever wrote it."""


def parse_duration(text: str) -> timedelta:
    """Return the length that `PT30M`, `PT9H30M`, `P1DT2H`, `P2W` or `PT1,5H` says, exact to the microsecond.

    Only the smallest part may have decimals, as ISO 8601 asks. Raises `NotADuration` for anything else: a negative
    one, months and years (which have no one length), a part of a microsecond.
    """
    if text.startswith("-"):
        raise NotADuration("durée négative")
    if _NO_FIXED_LENGTH.match(text[:LONGEST_TEXT]):
        raise NotADuration("durée en années ou en mois : leur longueur varie ; écrire des jours (un jour = 24 h)")
    found = _FORM.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if found is None:
        raise NotADuration("durée illisible : écrire par exemple PT30M, PT9H30M ou P1DT2H (ISO 8601)")
    parts = [part for part in found.groups() if part is not None]
    if any("." in part or "," in part for part in parts[:-1]):
        raise NotADuration("seule la dernière partie d'une durée peut avoir des décimales")
    units = [*_MICROS.values(), _MICROS_A_SECOND]
    micros = sum(_micros(part, unit) for part, unit in zip(found.groups(), units, strict=True) if part is not None)
    try:
        return timedelta(microseconds=micros)
    except OverflowError:
        raise NotADuration("durée trop longue") from None


def _micros(number: str, unit: int) -> int:
    whole, _, decimals = number.replace(",", ".").partition(".")
    scale: int = 10 ** len(decimals)
    scaled, rest = divmod(int(decimals or "0") * unit, scale)
    if rest:
        raise NotADuration("durée plus fine que la microseconde")
    return int(whole) * unit + scaled


def in_minutes(duration: timedelta) -> str:
    """Return a length that is not negative in minutes: `PT570M`.

    What is left over a whole minute follows in seconds, so that nothing is rounded: `PT570M15S`, `PT0M0.5S`.
    """
    micros = duration // timedelta(microseconds=1)
    if micros < 0:
        raise ValueError(f"a duration of {duration} is negative")
    minutes, rest = divmod(micros, _MICROS["minutes"])
    if not rest:
        return f"PT{minutes}M"
    seconds, fraction = divmod(rest, _MICROS_A_SECOND)
    decimals = f".{fraction:06d}".rstrip("0") if fraction else ""
    return f"PT{minutes}M{seconds}{decimals}S"


def in_words(duration: timedelta) -> str:
    """Return a length as a French reader says it: `30 minutes`, `9 h 30`, `5 jours (120 heures)`."""
    micros = duration // timedelta(microseconds=1)
    if micros < 0:
        return f"moins {in_words(-duration)}"
    if micros and not micros % _MICROS["days"]:
        days = micros // _MICROS["days"]
        return f"{_counted(days, 'jour')} ({_counted(24 * days, 'heure')})"
    hours, rest = divmod(micros, _MICROS["hours"])
    minutes, micros = divmod(rest, _MICROS["minutes"])
    if micros:
        seconds = f"{micros / _MICROS_A_SECOND:.6f}".rstrip("0").rstrip(".").replace(".", ",")
        tail = f"{seconds} s"
        return f"{hours} h {minutes:02d} min {tail}" if hours else f"{minutes} min {tail}" if minutes else tail
    if not hours:
        return _counted(minutes, "minute")
    return f"{hours} h {minutes:02d}" if minutes else _counted(hours, "heure")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
