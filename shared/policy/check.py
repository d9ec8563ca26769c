"""What is wrong with a policy file, told in French with the place of each fault; called by `sav policy`. Pure.

It says more than the model refuses: keys that nobody reads, keys written twice, and delays that validate but contradict
one another.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.durations import in_words
from shared.events.base import RANK, Criticality
from shared.policy.model import Delay, Delays, Policy


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and where it is in the file: `closing.silence`."""

    place: str
    reason: str


def read(text: str) -> tuple[Policy | None, list[Fault]]:
    """Return the policy, or None, and every fault of the file at once (a key that nobody reads is one)."""
    twice: list[Fault] = []
    try:
        raw = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, twice))
    except (ValueError, RecursionError) as error:
        line = f"ligne {error.lineno}, colonne {error.colno}" if isinstance(error, json.JSONDecodeError) else "fichier"
        return None, [Fault(line, "ce n'est pas du JSON lisible")]
    try:
        policy = Policy.model_validate_json(text)
    except ValidationError as error:
        return None, [*twice, *(Fault(_place(one), _reason(one)) for one in error.errors())]
    unread = [
        Fault(place, "clé inconnue : personne ne la lit") for place in _unread(raw, policy.model_dump(mode="json"))
    ]
    return (None if twice or unread else policy), [*twice, *unread]


def _object(pairs: list[tuple[str, Any]], twice: list[Fault]) -> dict[str, Any]:
    found = Counter(name for name, _ in pairs)
    twice += [Fault(name, "clé écrite plusieurs fois dans le même objet") for name, times in found.items() if times > 1]
    return dict(pairs)


def _unread(raw: Any, read_back: Any, place: str = "") -> Iterator[str]:
    if not isinstance(raw, dict) or not isinstance(read_back, dict):
        return
    for name, value in raw.items():
        inner = f"{place}.{name}" if place else name
        if name not in read_back:
            yield inner
        else:
            yield from _unread(value, read_back[name], inner)


def _place(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"] if part != "[key]") or "politique"


_REASONS = {
    "missing": "manque",
    "extra_forbidden": "clé inconnue : personne ne la lit",
    "greater_than": "doit être supérieur à {gt}",
    "greater_than_equal": "doit être au moins {ge}",
    "time_delta_parsing": "durée illisible : écrire par exemple PT30M ou P5D (ISO 8601)",
    "time_delta_type": "durée illisible : écrire par exemple PT30M ou P5D (ISO 8601)",
    "int_type": "doit être un nombre entier",
    "int_parsing": "doit être un nombre entier",
    "int_from_float": "doit être un nombre entier",
    "string_type": "doit être un texte entre guillemets",
    "bool_parsing": "doit être true ou false",
    "bool_type": "doit être true ou false",
    "dict_type": "doit être un objet {{ … }}",
    "mapping_type": "doit être un objet {{ … }}",
    "model_type": "doit être un objet {{ … }}",
    "tuple_type": "doit être une liste [ … ]",
    "too_short": "doit avoir au moins {min_length} élément(s)",
    "too_long": "doit avoir au plus {max_length} élément(s)",
    "literal_error": "valeur inconnue ; attendu : {expected}",
    "date_from_datetime_parsing": "date illisible : écrire 2026-12-24",
    "date_parsing": "date illisible : écrire 2026-12-24",
    "date_type": "date illisible : écrire 2026-12-24",
    "unknown_calendars": "calendriers nommés mais absents de « calendars » : {names}",
    "no_promise": "delays : rien n'est promis au contrat {tier} pour la classe {criticality} (R4)",
    "triage_too_late": "acknowledgement.wait_for_triage doit finir avant acknowledgement.within (R4)",
    "warnings_out_of_order": "dispatch.warnings : les parts doivent croître, chacune une fois (R10)",
    "less_than": "doit être inférieur à {lt}",
    "float_type": "doit être un nombre",
    "float_parsing": "doit être un nombre",
    "survey_too_late": "survey.after doit finir avant survey.latest (R14)",
}
_CALENDAR_REASONS = (
    (r"'(.+)' is not a known time zone.*", r"fuseau inconnu : « \1 » ; écrire par exemple Europe/Paris"),
    (r"no public holidays known for '(.+)': use one of (.+)", r"région inconnue : « \1 » ; attendu : \2"),
    (r"a continuous calendar never closes.*", "un calendrier continu n'a ni heures, ni jours fériés, ni fermetures"),
    (r"the week has no opening.*", "aucune heure d'ouverture : en donner, ou écrire continuous"),
    (r"day (-?\d+) of the week is unknown.*", r"jour de semaine inconnu : \1 ; 0 est lundi, 6 est dimanche"),
    (r"(.+): '(.*)' is not a time.*", r"\1 : « \2 » n'est pas une heure ; écrire 08:30 (une fin peut être 24:00)"),
    (r"(.+) overlaps (.+)", r"\1 et \2 se chevauchent"),
)
_DAYS = dict(
    zip(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        strict=True,
    )
)


def _reason(error: ErrorDetails) -> str:
    if error["type"] in _REASONS:
        return _REASONS[error["type"]].format_map(error.get("ctx", {})).replace("' or '", "' ou '")
    said = error["msg"].removeprefix("Value error, ")
    for pattern, french in _CALENDAR_REASONS:
        if re.fullmatch(pattern, said):
            return _with_french_days(re.sub(pattern, french, said))
    return f"valeur refusée ({said})"


def _with_french_days(text: str) -> str:
    return re.sub("|".join(_DAYS), lambda day: _DAYS[day[0]], text)


def doubts(policy: Policy) -> list[str]:
    """Return, in French, what validates and yet looks like a slip; a person decides."""
    found = [
        f"{place} : {in_words(now)} ; la procédure dit {in_words(said)}" for place, now, said in _departures(policy)
    ]
    if policy.closing.remind_after_working_days != REMIND_AFTER:
        days = policy.closing.remind_after_working_days
        found.append(
            f"closing.remind_after_working_days : {days} jour(s) ; la procédure se lit {REMIND_AFTER} jours (R13)"
        )
    for tier, grid in policy.delays.items():
        for criticality, one in grid.items():
            found += _out_of_order(f"contrat {tier}, classe {criticality}", one)
        found += _classes_out_of_order(tier, {name: one.take_charge for name, one in grid.items()})
        found += [
            f"contrat {tier}, classe {name} : servie en astreinte, mais prise en charge aux heures d'ouverture"
            for name in policy.on_call.get(tier, ())
            if not policy.calendars[grid[name].take_charge.calendar].continuous
        ]
    return found


REMIND_AFTER = 2
"""Working days before the reminder (R13), as the procedure is read here; the policy file decides."""


def _departures(policy: Policy) -> Iterator[tuple[str, timedelta, timedelta]]:
    """The numbers that PROC-QUAL-006 gives, where the file has others."""
    said = (
        ("acknowledgement.within (R3)", policy.acknowledgement.within, timedelta(minutes=30)),
        ("acknowledgement.wait_for_triage (R4)", policy.acknowledgement.wait_for_triage, timedelta(minutes=10)),
        ("closing.silence (R13)", policy.closing.silence, timedelta(days=5)),
        ("survey.latest (R14)", policy.survey.latest, timedelta(hours=48)),
    )
    return (one for one in said if one[1] != one[2])


def _out_of_order(who: str, delays: Delays) -> list[str]:
    steps = [("prise en charge", delays.take_charge), ("intervention sur site", delays.on_site)]
    if delays.restored is not None:
        steps.append(("rétablissement", delays.restored))
    return [
        f"{who} : {second} promise avant {first}"
        for (first, sooner), (second, later) in pairwise(steps)
        if sooner.calendar == later.calendar and later.duration < sooner.duration
    ]


def _classes_out_of_order(tier: str, charges: dict[Criticality, Delay]) -> list[str]:
    return [
        f"contrat {tier} : la classe {low} est prise en charge plus vite que la classe {high}"
        for high, low in pairwise(sorted(charges, key=lambda name: -RANK[name]))
        if charges[high].calendar == charges[low].calendar and charges[low].duration < charges[high].duration
    ]
