"""Decides a recorded life again with the code of today, and says where it comes out otherwise.

Used by `test_lives`. Each call is replayed by itself: the recorded events before it are folded with today's `evolve`,
so that one difference brings no others after it. Pure but for the files of policy and grid beside the life.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from shared.decider import Happened, Outcome
from shared.events.base import Payload, to_instant
from shared.topics import STAGES
from tests.replay.knowledge import facts_of, policy_of, stage_named
from tests.replay.life import Call, Life, Told, message_of, payload_of

About = tuple[str, str, int]
"""Stage, type and seq of an event; where nothing followed, of the message that was decided."""
NOTHING = "nothing"
CHANGED = "changed.json"
"""Beside the lives of a batch: what was changed on purpose since, each with its reason."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that comes out otherwise today."""

    life: str
    entity: str
    stage: str
    type: str
    """Of the event that differs; where none was recorded, of the message that was decided."""
    seq: int
    field: str
    recorded: Any
    now: Any

    def __str__(self) -> str:
        event = f"{self.stage} {self.type} seq {self.seq}"
        return f"{self.life}: {self.entity}: {event}: {self.field} was {self.recorded!r}, is {self.now!r}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A difference that is meant: `field` may be a pattern (`promises.*`)."""

    stage: str
    type: str
    field: str
    note: str

    def covers(self, difference: Difference) -> bool:
        """Tell whether this is what was meant."""
        same = (self.stage, self.type) == (difference.stage, difference.type)
        return same and fnmatchcase(difference.field, self.field)


def accepted_in(folder: Path) -> tuple[Accepted, ...]:
    """Return what was changed on purpose since a batch was recorded."""
    path = folder / CHANGED
    return tuple(Accepted(**one) for one in orjson.loads(path.read_bytes())) if path.exists() else ()


def differences(life: Life, folder: Path) -> list[Difference]:
    """Return everything that comes out otherwise; `folder` holds the policies and grids of the life."""
    return list(_Replay(life, folder).run())


@dataclass
class _Replay:
    life: Life
    folder: Path
    states: dict[str, Any] = field(default_factory=lambda: {name: stage_named(name).initial for name in STAGES})
    after: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))

    def run(self) -> Iterator[Difference]:
        for line in self.life.lines:
            yield from self._told(line) if isinstance(line, Told) else self._called(line)

    def _told(self, told: Told) -> Iterator[Difference]:
        """Read an event, see that nothing of it is lost, and fold it."""
        stage, about = told.stage, (told.stage, told.type, told.seq)
        assert told.seq == self.after[stage] + 1, f"{self.life.name} is no recorded life: {about} is out of line"
        self.after[stage] = told.seq
        try:
            event = payload_of(told.type, told.data)
            self.states[stage] = stage_named(stage).evolve(self.states[stage], event)
        except Exception as error:  # noqa: BLE001 - whatever today's code raises is what this is for
            yield self._of(about, "reading", "understood", f"{type(error).__name__}: {error}")
            return
        for path, was, now in _changes(_flat(told.data), _flat(_full(event)), lost=True):
            yield self._of(about, path, was, now)

    def _called(self, call: Call) -> Iterator[Difference]:
        """Decide once more, and compare what follows."""
        stage, state = stage_named(call.stage), self.states[call.stage]
        given = [self.life.events[call.stage, call.after + n] for n in range(1, call.gave + 1)]
        about = (call.stage, given[0].type, given[0].seq) if given else self._heard(call)
        assert call.after == self.after[call.stage], f"{self.life.name} is no recorded life: {about} is out of line"
        try:
            message = message_of(call.heard, self.life)
            facts, policy = facts_of(call.stage, call.facts, self.folder), policy_of(self.folder, self.life.policy)
            outcome = stage.decide(state, message, facts, call.at, policy)
            for told in given:
                state = stage.evolve(state, payload_of(told.type, told.data))
            armed = {one.kind: to_instant(one.at) for one in stage.deadlines(state)}
        except Exception as error:  # noqa: BLE001 - as above
            yield self._of(about, "outcome", call.outcome, f"{type(error).__name__}: {error}")
            return
        yield from self._outcome(call, given, about, outcome)
        if call.deadlines is not None:
            for kind, was, now in _changes(call.deadlines, armed):
                yield self._of(about, f"deadline {kind}", str(was), str(now))

    def _heard(self, call: Call) -> About:
        if call.heard.event is None:
            return call.stage, call.heard.type, call.after
        heard = self.life.events[call.heard.event]
        return call.stage, heard.type, heard.seq

    def _outcome(self, call: Call, given: list[Told], about: About, outcome: Outcome) -> Iterator[Difference]:
        events = outcome.events if isinstance(outcome, Happened) else ()
        was = ", ".join(told.type for told in given) or call.outcome
        now = ", ".join(event.type_name for event in events) or type(outcome).__name__.lower()
        if was != now:
            reason = "" if isinstance(outcome, Happened) else f": {outcome.reason}"
            yield self._of(about, "outcome", was, now + reason)
            return
        for told, event in zip(given, events, strict=True):
            # Read by today's model first: a field that came later then has its default on both sides.
            read = _flat(_full(payload_of(told.type, told.data)))
            for path, before, after in _changes(read, _flat(_full(event))):
                yield self._of((told.stage, told.type, told.seq), path, before, after)

    def _of(self, about: About, name: str, was: Any, now: Any) -> Difference:
        return Difference(self.life.name, self.life.entity, *about, name, was, now)


def _full(event: Payload) -> dict[str, Any]:
    data = event.model_dump(mode="json", exclude={"personal"})
    return data | {"personal": event.personal.model_dump(mode="json") if event.personal else None}


def _flat(value: Any, at: str = "") -> dict[str, Any]:
    """Return every leaf of a JSON document by its path (`reasons.0.rule`)."""
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    found: dict[str, Any] = {}
    for name, one in inner:
        found |= _flat(one, f"{at}.{name}" if at else str(name))
    return found or {at: value}


def _changes(was: Mapping[str, Any], now: Mapping[str, Any], *, lost: bool = False) -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, before, now) of each leaf that differs; with `lost` only of what was there before."""
    for path in sorted(was if lost else {*was, *now}):
        before, after = was.get(path, NOTHING), now.get(path, NOTHING)
        if before != after and not (lost and isinstance(before, dict | list) and not before):
            yield path, before, after
