"""Every type of event and command, once: its model, its owner and its topics. The code routes by it.

Used by the codec, the runtime, the documentation generator and the tests that hold it against `docs/`.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.events import closure, dispatch, intake, notify, resources, survey, triage
from shared.events.base import Command, Event, NeedsAttention, Payload


@dataclass(frozen=True, slots=True)
class Entry:
    """One type: who says it, where it is published, under which key."""

    name: str
    model: type[Payload]
    owner: str
    topic: str


_MODULES = {
    "intake": intake,
    "triage": triage,
    "dispatch": dispatch,
    "resources": resources,
    "closure": closure,
    "survey": survey,
    "notify": notify,
}

EVENTS: dict[str, Entry] = {
    model.type_name: Entry(model.type_name, model, owner, f"sav.{owner}")
    for owner, module in _MODULES.items()
    for model in module.EVENTS
}
COMMANDS: dict[str, Entry] = {
    model.type_name: Entry(model.type_name, model, owner, "sav.commands")
    for owner, module in (("triage", triage), ("dispatch", dispatch), ("resources", resources), ("closure", closure))
    for model in module.COMMANDS
}
ENTRIES: dict[str, Entry] = {**EVENTS, **COMMANDS}

ATTENTION: dict[str, type[NeedsAttention]] = {owner: module.NeedsAttention for owner, module in _MODULES.items()}


def routes(subject: str, event: Event) -> tuple[tuple[str, str], ...]:
    """Return every (topic, key) that this event of `subject` is published under, its stage's own first."""
    topic = EVENTS[event.type_name].topic
    match event:
        case dispatch.ReservationAsked(resource=resource) | dispatch.ReservationReleased(resource=resource):
            return ((topic, subject), ("sav.resources.asks", resource))
        case resources.ReservationGranted(ticket=ticket) | resources.ReservationRefused(ticket=ticket):
            return ((topic, ticket),)
        case _:
            return ((topic, subject),)


def owner_of(command_type: str) -> str:
    """Return the stage that a command's type names: `sav.<stage>.<verb>.v<n>`; empty when it names none."""
    parts = command_type.split(".")
    return parts[1] if len(parts) == 4 and parts[0] == "sav" and parts[1] in _MODULES else ""


def known_in_another_version(event_type: str) -> bool:
    """Tell whether the type is one of ours in a version that this code does not know: newer code must read it."""
    stem = event_type.rpartition(".v")[0]
    return event_type not in ENTRIES and any(known.rpartition(".v")[0] == stem for known in ENTRIES)


def model_of(event_type: str) -> type[Payload] | None:
    """Return the model of a type, or None where this code does not know it."""
    entry = ENTRIES.get(event_type)
    return entry.model if entry else None


__all__ = [
    "COMMANDS",
    "ENTRIES",
    "EVENTS",
    "Command",
    "Entry",
    "known_in_another_version",
    "model_of",
    "owner_of",
    "routes",
]
