"""What follows from a record for one entity: its own redelivery, a copy, a gap, early, held, or a decision.

Pure: the loop hands in the entity, the time and the facts, and writes what the gate drafted. The order of the tests
is the promise: first "is it named as a cause?", then the high-water mark, then what waits, then `decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.decider import Deadline, Due, Early, Happened, Ignored, Stage
from shared.errors import HoldTicket, SendToDead
from shared.events import runtime as machinery
from shared.events.base import Event, Payload
from shared.events.catalogue import routes
from shared.personal import Seal
from shared.policy.book import PolicyBook
from shared.policy.model import Policy
from shared.runtime.append import FORMAT, Append, Cause, CauseOutcome, Said, Waits, timer_id
from shared.runtime.entity import ASK_AGAIN, CALL_PERSON, Entity
from shared.runtime.ports import Record
from shared.runtime.reading import Incoming
from shared.topics import TOPIC_LIMIT_BYTES

S = TypeVar("S")
F = TypeVar("F")

SPLIT_BYTES = 4 * 1024 * 1024
"""A draft above this is closed and another begun, between messages: one message more (2 MB, and its event, and its
copy where it waits) still fits the 16 MB that the store takes of one document."""
EVENT_LIMIT_BYTES = TOPIC_LIMIT_BYTES - 1024
"""Largest event: what a topic takes, less a record's key and head. A larger one could be written, never published."""


@dataclass(frozen=True)
class Setting(Generic[S, F]):
    """What stays the same for every record of a batch."""

    environment: str
    stage: Stage[S, F]
    policies: PolicyBook
    current: str
    """The version of the policy that a new ticket is decided under now."""
    seal: Seal
    read: Callable[[Record], Incoming | None]
    at: datetime
    facts: Callable[[Incoming], F]
    caught_up: Callable[[Incoming], bool]
    """Whether everything that lay before an irreversible deadline on the stage's other topics has been taken."""


@dataclass(frozen=True)
class _Said(Generic[S]):
    """Events as they will be published, and the state after them."""

    events: tuple[Said, ...]
    state: S


@dataclass
class Draft(Generic[S, F]):
    """What a batch does to one entity, before anything is written."""

    setting: Setting[S, F]
    entity: Entity[S]
    """A working copy."""
    appends: list[Append] = field(default_factory=list)
    again: set[int] = field(default_factory=set)
    """Appends to publish again, unchanged."""
    republish_from: int | None = None
    """Publish every event from this seq on again: a reader asked."""
    gone_timers: set[str] = field(default_factory=set)
    """Timer documents to delete once everything is published: consumed, or cancelled."""
    dead: list[tuple[Record, str]] = field(default_factory=list)
    """Records that turned out to be unreadable, with the reason."""
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    """Why messages are held: what `decide` raised, or what this code cannot read. For the log."""
    stale: bool = False
    """A deadline of a later append than we know: the entity must be loaded again."""
    _causes: list[Cause] = field(default_factory=list)
    _said: list[Said] = field(default_factory=list)
    _waits: list[Waits] = field(default_factory=list)
    _size: int = 0

    def offer(self, incoming: Incoming) -> None:
        """Take one record of the batch."""
        if self._size > SPLIT_BYTES:
            self.close()
        entity = self.entity
        self._pin(incoming)
        seen = entity.seen.get(incoming.position)
        if seen is not None and seen.id == incoming.id:
            self._repeat(seen.versions)
            if incoming.due is not None:
                self.gone_timers.add(incoming.id)
        elif incoming.due is not None:
            self._offer_deadline(incoming)
        elif isinstance(incoming.verb, machinery.Republish):
            self.republish_from = min(incoming.verb.from_seq, self.republish_from or incoming.verb.from_seq)
        elif incoming.seq is not None:
            self._offer_next(incoming, incoming.seq)
        elif (first := entity.answers.get(incoming.id)) is None:
            self._take(incoming)
        elif first != incoming.digest:
            self.dead.append(
                (incoming.record, f"{incoming.id} was used before with other content; the first one counts")
            )

    def close(self) -> None:
        """End the current append, if anything was noted for it."""
        if not self._causes:
            return
        entity, setting = self.entity, self.setting
        version = entity.version + 1
        before = dict(entity.timers)
        entity.arm(version, self._deadlines())
        entity.version = version
        for armed in before.values():
            if entity.timers.get(armed.kind) != armed:
                self.gone_timers.add(timer_id(entity.id, armed.kind, armed.generation))
        versions = {"policy": entity.policy, "format": str(FORMAT)}
        self.appends.append(
            Append(
                entity.id,
                version,
                tuple(self._causes),
                tuple(self._said),
                tuple(self._waits),
                tuple(entity.timers.values()),
                setting.at,
                versions,
            )
        )
        self._causes, self._said, self._waits, self._size = [], [], [], 0

    def _deadlines(self) -> Iterable[Deadline]:
        if not self.entity.unreadable:
            return self.setting.stage.deadlines(self.entity.state)
        # What only newer code can fold, only newer code may disarm.
        kept = [one for one in self.entity.timers.values() if one.kind not in (ASK_AGAIN, CALL_PERSON)]
        return [Deadline(one.kind, one.due_at) for one in kept]

    def _repeat(self, versions: Iterable[int]) -> None:
        # The version that is being drafted is about to be published anyway.
        self.again |= {version for version in versions if version <= self.entity.version}

    def _offer_next(self, incoming: Incoming, seq: int) -> None:
        mark = self.entity.marks.get(incoming.source, 0)
        if seq <= mark:
            return  # a copy from upstream: answering it would make two stages echo each other for ever
        if seq > mark + 1:
            if incoming.id not in self.entity.waiting:
                self._wait(incoming, "gap", f"{incoming.source} {mark + 1} is missing")
            return
        self._take(incoming)
        self._close_gaps(incoming.source)

    def _close_gaps(self, source: str) -> None:
        while True:
            wanted = self.entity.marks.get(source, 0) + 1
            found = next((one for one in self.entity.of_kind("gap") if (one.source, one.seq) == (source, wanted)), None)
            if found is None:
                return
            again = self._read_again(found)
            if again is not None:
                self._take(again)

    def _take(self, incoming: Incoming) -> None:
        entity = self.entity
        if isinstance(incoming.verb, machinery.Release):
            self._note(incoming, "released")
            self._drain_held(incoming)
            self._tell_what_is_still_held(incoming)
        elif incoming.hold or entity.unreadable:
            self.failures.append((incoming.id, HoldTicket(incoming.hold or entity.unreadable)))
            self._wait(incoming, "held", incoming.hold or entity.unreadable)
        elif entity.of_kind("held"):
            self._wait(incoming, "held", "an earlier message of this ticket is held")
        elif self._policy() is None:
            reason = f"the policy {entity.policy} is not here yet: put its file there, then release"
            self.failures.append((incoming.id, HoldTicket(reason)))
            self._wait(incoming, "held", reason)
        elif incoming.message is None:
            self._note(incoming, "ignored", "a type that this code does not need")
        else:
            self._decide(incoming)

    def _decide(self, incoming: Incoming) -> bool:
        """Decide one message; return whether the state changed."""
        setting, entity = self.setting, self.entity
        assert incoming.message is not None
        said: _Said[S] | None = None
        try:
            if (policy := self._policy()) is None:
                raise HoldTicket(f"the policy {entity.policy} is not here")
            outcome = setting.stage.decide(entity.state, incoming.message, setting.facts(incoming), setting.at, policy)
            if isinstance(outcome, Happened):
                # Folded and encoded before anything is noted, so that nothing is half done where that fails.
                said = self._said_as(outcome.events, incoming.id)
        except Exception as error:  # noqa: BLE001 - a failing rule holds one ticket, never its neighbours
            self._hold(incoming, error)
            return False
        if said is not None:
            self._note(incoming, "decided")
            self._keep(said)
            self._offer_early()
            return True
        if isinstance(outcome, Ignored):
            self._note(incoming, "ignored", outcome.reason)
        elif isinstance(outcome, Early) and not self._waits_as(incoming, "early"):
            self._wait(incoming, "early", outcome.reason)
        return False

    def _pin(self, incoming: Incoming) -> None:
        """The first message says under which version an entity is decided, for life."""
        if not self.setting.stage.keeps_policy:
            self.entity.policy = self.setting.current
        elif not self.entity.policy:
            self.entity.policy = incoming.policy or self.setting.current

    def _policy(self) -> Policy | None:
        return self.setting.policies.of(self.entity.policy)

    def _waits_as(self, incoming: Incoming, kind: str) -> bool:
        waits = self.entity.waiting.get(incoming.id)
        return waits is not None and waits.kind == kind

    def _hold(self, incoming: Incoming, error: Exception) -> None:
        self.failures.append((incoming.id, error))
        self._wait(incoming, "held", f"{type(error).__name__}: {error}"[:500])

    def _offer_early(self) -> None:
        for waits in self.entity.of_kind("early"):
            again = self._read_again(waits) if waits.id in self.entity.waiting else None
            if again is None:
                continue
            if again.message is None:
                self._take(again)  # newer code understood it, this one does not
            elif self._decide(again):
                return  # a change has offered everything again, from the oldest on
            if self._waits_as(again, "held"):
                return  # what is behind it may not go past it

    def _tell_what_is_still_held(self, release: Incoming) -> None:
        """Who lets a ticket go learns what keeps it: its first call is shown no more."""
        if (held := self.entity.of_kind("held")) and not self.entity.unreadable:
            text = f"Le dossier est toujours retenu dans {self.setting.stage.name} : {held[0].reason}"
            self._say(self.setting.stage.attention(reason=text, about="held"), release.id)

    def _drain_held(self, release: Incoming) -> None:
        for waits in self.entity.of_kind("held"):
            if self._size > SPLIT_BYTES:
                self.close()
                self._note(release, "released")  # each append names it: redelivered, it publishes them all
            again = self._read_again(waits)
            if again is None:
                continue
            if again.hold or self.entity.unreadable:
                return
            failed = len(self.failures)
            if again.message is None:
                self._note(again, "ignored", "a type that this code does not need")
            elif again.due is not None:
                self._arm_again(again, again.due)
            else:
                self._decide(again)
            if len(self.failures) > failed:
                return
            if again.seq is not None:
                self._close_gaps(again.source)

    def _arm_again(self, incoming: Incoming, due: Due) -> None:
        """A deadline that was held passes the whole gate again, behind all that is released with it."""
        self._note(incoming, "released")
        armed = self.entity.timers.get(due.kind)
        if armed is not None and armed.generation == due.generation:
            del self.entity.timers[due.kind]

    def _read_again(self, waits: Waits) -> Incoming | None:
        try:
            incoming = self.setting.read(waits.record)
        except SendToDead as error:
            self.dead.append((waits.record, str(error)))
            incoming = None
        if incoming is None:
            self._causes.append(
                cause := Cause(
                    waits.source, waits.id, waits.record.position, "ignored", waits.seq, "cannot be read any more"
                )
            )
            self.entity.note(cause, self.entity.version + 1)
            return None
        return incoming.of(waits.entity, waits.id) if not incoming.entity else incoming

    def _offer_deadline(self, incoming: Incoming) -> None:
        entity, due = self.entity, incoming.due
        assert due is not None
        if (version := entity.spent.get((due.kind, due.generation))) is not None:
            self._repeat((version,))
            self.gone_timers.add(incoming.id)
            return
        armed = entity.timers.get(due.kind)
        if armed is not None and armed.generation == due.generation:
            if armed.due_at <= self.setting.at and self._still_wanted(due.kind) and self._may_act(incoming, due.kind):
                self._act(incoming, due.kind)
                self.gone_timers.add(incoming.id)
        elif due.generation > entity.version:
            self.stale = True
        else:
            self.gone_timers.add(incoming.id)

    def _still_wanted(self, kind: str) -> bool:
        """What was armed when the batch began may be over, or later, by what the batch brought before it."""
        if not self._causes or kind in (ASK_AGAIN, CALL_PERSON):
            return True
        return any(one.kind == kind and one.at <= self.setting.at for one in self._deadlines())

    def _may_act(self, incoming: Incoming, kind: str) -> bool:
        """A refused act leaves its deadline armed: the sweeper brings it again."""
        if kind in (ASK_AGAIN, CALL_PERSON):
            return True
        if self.entity.unreadable or self.entity.of_kind("held"):
            return False
        if kind.partition(":")[0] in self.setting.stage.irreversible:
            return not self.entity.blocked and self.setting.caught_up(incoming)
        return True

    def _act(self, incoming: Incoming, kind: str) -> None:
        if kind == ASK_AGAIN:
            self._ask_again(incoming)
        elif kind == CALL_PERSON:
            reasons = sorted({f"{one.source} : {one.reason}" for one in self.entity.waiting.values()})
            self._note(incoming, "called-person")
            text = "Des messages de ce dossier attendent depuis trop longtemps : " + " ; ".join(reasons)
            self._say(self.setting.stage.attention(reason=text, about="waiting"), incoming.id)
        else:
            self._decide(incoming)

    def _ask_again(self, incoming: Incoming) -> None:
        self._note(incoming, "asked-again")
        for source in sorted({one.source for one in self.entity.of_kind("gap")}):
            first = self.entity.marks.get(source, 0) + 1
            command = machinery.Republish(by="runtime", from_seq=first)
            name = ids.command_id(
                self.setting.environment, self.setting.stage.name, self.entity.id, source, incoming.id
            )
            body = self._body(name, machinery.republish_type(source), command, None, incoming.id)
            route = (("sav.commands", self.entity.id),)
            self._said.append(Said(machinery.republish_type(source), name, body, route, None))

    def _wait(self, incoming: Incoming, kind: Literal["early", "gap", "held"], reason: str) -> None:
        waits = Waits(
            kind,
            reason,
            self.setting.at,
            incoming.record,
            self.entity.id,
            incoming.id,
            incoming.source,
            incoming.seq,
            incoming.digest,
        )
        before = self.entity.waiting.get(incoming.id)
        self._waits.append(waits)
        self._size += 2 * len(incoming.record.value or b"")
        self._note(incoming, kind, reason, waits)
        first_held = kind == "held" and len(self.entity.of_kind("held")) == 1
        if first_held and (before is None or before.kind != "held") and not self.entity.unreadable:
            text = f"Le dossier est retenu dans {self.setting.stage.name} : {reason}"
            self._say(self.setting.stage.attention(reason=text, about="held"), incoming.id)

    def _note(self, incoming: Incoming, outcome: CauseOutcome, reason: str = "", waits: Waits | None = None) -> None:
        cause = Cause(incoming.source, incoming.id, incoming.position, outcome, incoming.seq, reason, incoming.digest)
        self._causes.append(cause)
        self.entity.note(cause, self.entity.version + 1, waits)

    def _say(self, event: Event, causation: str) -> None:
        self._keep(self._said_as((event,), causation))

    def _said_as(self, events: Iterable[Event], causation: str) -> _Said[S]:
        """Return what these events are on the topics, and the state after them. Nothing is changed yet."""
        entity, setting = self.entity, self.setting
        state, said = entity.state, []
        for seq, event in enumerate(events, start=entity.seq + 1):
            state = setting.stage.evolve(state, event)
            name = ids.event_id(setting.environment, entity.id, setting.stage.name, seq, event.type_name)
            body = self._body(name, event.type_name, event, seq, causation)
            if len(body) > EVENT_LIMIT_BYTES:
                raise ValueError(f"{event.type_name} has {len(body)} bytes; a topic takes {EVENT_LIMIT_BYTES}")
            said.append(Said(event.type_name, name, body, routes(entity.id, event), seq))
        tuple(setting.stage.deadlines(state))
        return _Said(tuple(said), state)

    def _keep(self, said: _Said[S]) -> None:
        self.entity.seq += len(said.events)
        self.entity.state = said.state
        self._said += said.events
        self._size += sum(len(one.body) for one in said.events)

    def _body(self, name: str, type_name: str, payload: Payload, seq: int | None, causation: str) -> bytes:
        setting = self.setting
        source = f"sav/{setting.environment}/{setting.stage.name}"
        data = sealed_data(payload, self.entity.id, setting.seal)
        policy = self.entity.policy
        return encode(Envelope(name, type_name, source, self.entity.id, setting.at, data, seq, causation, policy))
