"""Runs a stage as it is, and keeps every call of its `decide` with the events that its state was the fold of.

Used by `record_lives`. The state carries its own history through the runtime, which never looks into it: so a call is
known by what had truly happened before it, whichever replica made it, and whatever crashed after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.decider import Deadline, Early, Happened, Ignored, Message, Outcome, Stage
from shared.events.base import Event, to_instant
from shared.policy.model import Policy
from shared.runtime.service import Part
from tests.replay.knowledge import facts_as_data
from tests.replay.life import Call, Heard, Kind, Told, data_of, heard_as

KINDS: dict[type[Ignored | Early], Kind] = {Ignored: "ignored", Early: "early"}


@dataclass(frozen=True, slots=True)
class Traced:
    """A state, and the events that it is the fold of."""

    state: Any
    said: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """One call as it was made."""

    stage: str
    said: tuple[Event, ...]
    message: Message
    facts: Any
    at: datetime
    policy: Policy
    outcome: Outcome
    deadlines: tuple[Deadline, ...]


class Recorder:
    """Every call of every stage that it was put around, in order."""

    def __init__(self) -> None:
        self.calls: defaultdict[str, list[Raw]] = defaultdict(list)
        """By entity."""

    def around(self, part: Part) -> Part:
        """Return a stage that decides as before, and is heard."""
        stage = part.stage

        def decide(state: Traced, message: Message, facts: Any, at: datetime, policy: Policy) -> Outcome:
            outcome = stage.decide(state.state, message, facts, at, policy)
            after = state.state
            for event in outcome.events if isinstance(outcome, Happened) else ():
                after = stage.evolve(after, event)
            deadlines = tuple(stage.deadlines(after))
            raw = Raw(stage.name, state.said, message, facts, at, policy, outcome, deadlines)
            self.calls[message.ticket].append(raw)
            return outcome

        def evolve(state: Traced, event: Event) -> Traced:
            return Traced(stage.evolve(state.state, event), (*state.said, event))

        def deadlines(state: Traced) -> Iterable[Deadline]:
            return stage.deadlines(state.state)

        traced: Stage[Any, Any] = replace(
            stage, initial=Traced(stage.initial), decide=decide, evolve=evolve, deadlines=deadlines
        )
        return Part(traced, part.shell)


@dataclass
class Log:
    """What the topics say of an entity."""

    events: dict[tuple[str, int], Told] = field(default_factory=dict)
    """By (stage, seq)."""
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By event id."""


def lines_of(raws: Iterable[Raw], log: Log) -> tuple[Call | Told, ...]:
    """Return the life of an entity: of the calls that were made, those that became what its topics say."""
    return tuple(_Lines(log).lines(raws))


class _Lines:
    def __init__(self, log: Log) -> None:
        self._log, self._places = log.events, log.places
        self._told: defaultdict[str, int] = defaultdict(int)
        self._seen: set[tuple[str, str, int]] = set()
        self._data: dict[int, dict[str, Any]] = {}
        self._lines: list[Call | Told] = []

    def lines(self, raws: Iterable[Raw]) -> list[Call | Told]:
        for raw in raws:
            if self._became_true(raw):
                self._tell_up_to(raw.stage, len(raw.said))
                self._call(raw)
        for stage in sorted({stage for stage, _ in self._log}):
            self._tell_up_to(stage, max(seq for one, seq in self._log if one == stage))
        return self._lines

    def _became_true(self, raw: Raw) -> bool:
        """A crash or another replica may have come between: then what it gave, or went by, never was."""
        after = len(raw.said)
        if after < self._told[raw.stage] or (raw.stage, raw.message.id, after) in self._seen:
            return False
        gave = raw.outcome.events if isinstance(raw.outcome, Happened) else ()
        for seq, event in enumerate((*raw.said, *gave), start=1):
            told = self._log.get((raw.stage, seq))
            if told is None or (told.type, told.data) != (event.type_name, self._data_of(event)):
                return False
            if seq > after and told.at != to_instant(raw.at):
                return False
        return True

    def _data_of(self, event: Event) -> dict[str, Any]:
        if id(event) not in self._data:
            self._data[id(event)] = data_of(event)
        return self._data[id(event)]

    def _call(self, raw: Raw) -> None:
        after, outcome = len(raw.said), raw.outcome
        self._seen.add((raw.stage, raw.message.id, after))
        heard, facts = self._heard(raw.message), facts_as_data(raw.stage, raw.facts)
        if isinstance(outcome, Happened):
            gave, armed = len(outcome.events), {one.kind: to_instant(one.at) for one in raw.deadlines}
            self._lines.append(Call(raw.stage, after, raw.at, heard, facts, gave=gave, deadlines=armed))
            self._tell_up_to(raw.stage, after + gave)
        else:
            self._lines.append(Call(raw.stage, after, raw.at, heard, facts, KINDS[type(outcome)], outcome.reason))

    def _heard(self, message: Message) -> Heard:
        place = self._places.get(message.id)
        if place is None:
            return heard_as(message)
        told, payload = self._log[place], message.payload
        assert isinstance(payload, Event)
        assert (told.type, told.at, told.data) == (payload.type_name, message.at, data_of(payload))
        return Heard(event=place)

    def _tell_up_to(self, stage: str, last: int) -> None:
        while self._told[stage] < last:
            self._told[stage] += 1
            self._lines.append(self._log[stage, self._told[stage]])
