"""The registry as single things, each with an id: what the compacted topic keeps a record of.

Called by `book` and `imports`. It only takes apart and puts together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from shared.events.base import Model
from shared.registry.model import (
    ContractRecord,
    Depot,
    Duty,
    Equipment,
    Part,
    Person,
    Registry,
    Site,
    StockRecord,
    Technician,
)


class Name(NamedTuple):
    """What a thing is called: its kind, and an id that is its own among that kind."""

    kind: str
    id: str


class Thing(NamedTuple):
    """A thing as one version of the registry has it."""

    version: str
    data: Mapping[str, Any]


Things = Mapping[Name, Thing]

_MODELS: dict[str, type[Model]] = {
    "contract": ContractRecord,
    "site": Site,
    "equipment": Equipment,
    "depot": Depot,
    "person": Person,
    "duty": Duty,
    "technician": Technician,
    "part": Part,
    "stock": StockRecord,
}
KINDS = tuple(_MODELS)
_FIELDS = {
    "contracts": "contract",
    "sites": "site",
    "equipment": "equipment",
    "depots": "depot",
    "people": "person",
    "duties": "duty",
    "technicians": "technician",
    "parts": "part",
    "stock": "stock",
}
"""Field of `Registry` to kind."""


def take_apart(registry: Registry) -> dict[Name, Thing]:
    """Return every thing of a registry; a contract has its own version, anything else the registry's."""
    found = {}
    for field, kind in _FIELDS.items():
        for one in getattr(registry, field):
            data = one.model_dump(mode="json", exclude_defaults=True, exclude={"version"})
            found[Name(kind, id_of(kind, data))] = Thing(getattr(one, "version", registry.version), data)
    return found


def put_together(version: str, things: Things) -> Registry:
    """Return the registry that these things are, in the order of their ids; people who are technicians are both."""
    by_kind: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for name in sorted(things):
        by_kind[name.kind].append(model_of(name.kind, things[name]))
    known = {one.id for one in by_kind["technician"]}
    by_kind["technician"] += [one for one in _technicians(by_kind["person"]) if one.id not in known]
    return Registry(version=version, **{field: tuple(by_kind[kind]) for field, kind in _FIELDS.items()})


def model_of(kind: str, thing: Thing) -> Model:
    """Return the thing as the stages see it. Raises ValueError where this code cannot read it."""
    if kind == "contract":
        return ContractRecord.model_validate({**thing.data, "version": thing.version})
    return _MODELS[kind].model_validate(thing.data)


def _technicians(people: Iterable[Person]) -> list[Technician]:
    return [
        Technician(id=one.id, name=one.name, depot=one.depot, skills=one.skills)
        for one in people
        if one.role == "technician"
    ]


def id_of(kind: str, data: Mapping[str, Any]) -> str:
    """Return the id of a thing: its own, or what it is about."""
    if kind == "contract":
        return f"{data['customer']}/{data['site']}"
    if kind == "duty":
        return f"{data['rank']}@{data['starts']}"
    return f"{data['part']}@{data['depot']}" if kind == "stock" else str(data["id"])
