"""All versions of the registry, folded from the records of `sav.registry`: what counts, and what counted before.

Every service keeps one (`shared.runtime.service`), and so does `sav registry`. Pure. What it holds:

- A version counts once its end marker is there, every record that the marker counts is there, and the version that it
  was made from counts. So an import that died half way, or a second one made from the same version, changes nothing.
- What an earlier version said of a thing stays known: a ticket keeps the contract that it was opened under.
- A record without a kind is a whole registry at once, as the demonstration publishes it; it replaces what was current.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from shared.events.base import Model
from shared.registry.model import ContractRecord, Registry
from shared.registry.things import KINDS, Name, Thing, Things, id_of, model_of, put_together, take_apart

NOTHING = ""
"""What the first import was made from."""


class EndMarker(Model):
    """The last record of an import: what it changed, and from which version it was made."""

    version: str
    after: str
    changes: int


class _Record(Model):
    """What an import says of one thing; without data it is no more."""

    kind: str
    id: str
    version: str
    data: dict[str, Any] | None


class RegistryBook:
    """The present version of the registry, and the earlier ones."""

    def __init__(self, registry: Registry | None = None) -> None:
        self._version = NOTHING
        self._things: dict[Name, Thing] = {}
        self._earlier: dict[tuple[Name, str], Mapping[str, Any]] = {}
        self._staged: dict[str, dict[Name, Mapping[str, Any] | None]] = {}
        self._markers: list[EndMarker] = []
        self._complete: set[str] = set()
        self._registry: Registry | None = None
        if registry is not None:
            self._replace(registry)

    def take(self, value: bytes) -> None:
        """Take one record of the topic, oldest first; ValueError for one that cannot be read, which changes nothing."""
        document = orjson.loads(value)
        if not isinstance(document, dict):
            raise ValueError("a record of the registry is a JSON object")
        match document.get("kind"):
            case None if "contracts" in document and document.get("version"):
                self._replace(Registry.model_validate(document))
            case None:
                raise ValueError("neither a thing of the registry nor a whole one")  # which would empty it
            case "end":
                self._take_marker(EndMarker.model_validate(document))
            case kind if kind in KINDS:
                self._stage(_Record.model_validate(document))
            case _:
                return  # of a newer code's kind: it counts nowhere here, and its version stays incomplete

    def current(self) -> Registry:
        """Return the last version that counts; an empty one where none does yet."""
        if self._registry is None:
            self._registry = put_together(self._version or "empty", self._things)
        return self._registry

    @property
    def version(self) -> str:
        """The name of the last version that counts; empty where none does."""
        return self._version

    @property
    def things(self) -> Things:
        """Everything that the last version that counts holds."""
        return self._things

    def knows(self, version: str) -> bool:
        """Tell whether this version counts already, or has counted."""
        return version in self._complete or version in ("", "empty")

    def contract(self, customer: str, site: str, version: str) -> ContractRecord | None:
        """Return a contract as this version had it: what a ticket that was opened under it goes by (R4)."""
        name = Name("contract", id_of("contract", {"customer": customer, "site": site}))
        now = self._things.get(name)
        data = now.data if now is not None and now.version == version else self._earlier.get((name, version))
        return None if data is None else ContractRecord.model_validate({**data, "version": version})

    def unfinished(self) -> dict[str, int]:
        """Return the imports that do not count, with how many records of each are there."""
        return {version: len(staged) for version, staged in self._staged.items()}

    def _replace(self, registry: Registry) -> None:
        # What was made from an earlier version must not come back when this one has the same name.
        self._staged.clear()
        self._markers.clear()
        self._keep(self._things)
        self._things = take_apart(registry)
        self._version = registry.version
        self._complete |= {registry.version, *(one.version for one in self._things.values())}
        self._registry = registry

    def _stage(self, record: _Record) -> None:
        if record.version in self._complete:
            return  # a late copy of what counts already
        name = Name(record.kind, record.id)
        if record.data is not None:
            model_of(record.kind, Thing(record.version, record.data))  # raises where this code cannot read it
        self._staged.setdefault(record.version, {})[name] = record.data
        self._go_on()

    def _take_marker(self, marker: EndMarker) -> None:
        if marker.version not in self._complete:
            self._markers.append(marker)
            self._go_on()

    def _go_on(self) -> None:
        """A copy that came late may have taken the place of a record before its marker: so any order will do."""
        while (marker := next(filter(self._counts, self._markers), None)) is not None:
            self._apply(marker.version, self._staged.pop(marker.version, {}))
            self._markers.remove(marker)

    def _counts(self, marker: EndMarker) -> bool:
        return marker.after == self._version and len(self._staged.get(marker.version, {})) == marker.changes

    def _apply(self, version: str, staged: Mapping[Name, Mapping[str, Any] | None]) -> None:
        self._keep({name: self._things[name] for name in staged if name in self._things})
        for name, data in staged.items():
            if data is None:
                self._things.pop(name, None)
            else:
                self._things[name] = Thing(version, data)
        self._version = version
        self._complete.add(version)
        self._registry = None

    def _keep(self, things: Things) -> None:
        for name, thing in things.items():
            self._earlier[name, thing.version] = thing.data
