"""What one replica knows of one ticket (or part, or agenda) in one stage: the fold of its appends.

Pure. The gate works on a copy, with the same methods that rebuild it from the journal, so that what is cached and
what would be loaded can never differ (a property test holds them against each other).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from shared.decider import Deadline
from shared.events.base import Event, to_instant
from shared.runtime.append import WAITING, Append, Armed, Cause, Waits
from shared.runtime.ports import Position

S = TypeVar("S")

ASK_AGAIN_AFTER = timedelta(minutes=1)
"""A gap older than this is a lost event rather than two topics out of step: its owner is asked to publish it again."""
CALL_PERSON_AFTER_GAP = timedelta(minutes=10)
"""The owner was asked and nothing came: a person must look while the customer's 30 minutes still run."""
CALL_PERSON_AFTER_EARLY = timedelta(hours=24)
"""Stages may be stopped for a night's maintenance; what waits longer than a day waits for something that is lost."""
ASK_AGAIN = "runtime.ask-again"
CALL_PERSON = "runtime.call-person"


class Seen(NamedTuple):
    """The appends that name a record as their cause: more than one where it waited, or let go more than one holds."""

    id: str
    versions: tuple[int, ...]


@dataclass
class Entity(Generic[S]):
    """Domain state and delivery state of one entity, after `version` appends."""

    id: str
    state: S
    version: int = 0
    seq: int = 0
    policy: str = ""
    """The version of the policy that it is decided under: that of its first append."""
    marks: dict[str, int] = field(default_factory=dict)
    """High-water mark per source: the last seq consumed, without holes."""
    answers: dict[str, str] = field(default_factory=dict)
    """Keys from outside, each with the digest of what it first carried."""
    seen: dict[Position, Seen] = field(default_factory=dict)
    spent: dict[tuple[str, int], int] = field(default_factory=dict)
    """Deadlines consumed, with the append that did."""
    timers: dict[str, Armed] = field(default_factory=dict)
    waiting: dict[str, Waits] = field(default_factory=dict)
    """What waits, by message id, oldest first."""
    told: frozenset[str] = frozenset()
    """Ids of what waits and was already asked for or shown to a person, as `asked:<id>` and `called:<id>`."""
    unreadable: str = ""
    """Why the domain state could not be folded by this code; empty when it could."""

    def working_copy(self) -> Entity[S]:
        """Return a copy that can be changed without changing this one."""
        other = copy(self)
        for name in ("marks", "answers", "seen", "spent", "timers", "waiting"):
            setattr(other, name, dict(getattr(self, name)))
        return other

    def of_kind(self, kind: str) -> list[Waits]:
        """Return what waits in this way, oldest first."""
        # Asked several times of every record, and nearly always nothing waits.
        return [one for one in self.waiting.values() if one.kind == kind] if self.waiting else []

    @property
    def blocked(self) -> bool:
        """Whether something is held or missing: no irreversible act until it is settled."""
        return any(one.kind != "early" for one in self.waiting.values())

    def note(self, cause: Cause, version: int, waits: Waits | None = None) -> None:
        """Fold one cause: marks, keys, positions, spent deadlines, and what waits."""
        self._note_seen(cause, version)
        if cause.outcome in WAITING:
            if waits is not None:
                if cause.id in self.waiting and self.waiting[cause.id].kind == "gap":
                    del self.waiting[cause.id]  # it is in line only now: behind what came in line before it
                self.waiting[cause.id] = waits
        else:
            self.waiting.pop(cause.id, None)
        if cause.source == "timer":
            kind, _, generation = cause.id.rpartition("|")
            self.spent[kind.rpartition("|")[2], int(generation)] = version
            self._note_told(cause)
        elif cause.seq is None:
            self.answers.setdefault(cause.id, cause.digest)
        elif cause.outcome != "gap" and cause.seq == self.marks.get(cause.source, 0) + 1:
            self.marks[cause.source] = cause.seq

    def _note_seen(self, cause: Cause, version: int) -> None:
        seen = self.seen.get(cause.position)
        if seen is None:
            self.seen[cause.position] = Seen(cause.id, (version,))
        elif seen.id == cause.id and seen.versions[-1] != version:
            self.seen[cause.position] = Seen(cause.id, (*seen.versions, version))

    def _note_told(self, cause: Cause) -> None:
        if cause.outcome == "asked-again":
            self.told |= {f"asked:{one.id}" for one in self.of_kind("gap")}
        elif cause.outcome == "called-person":
            self.told |= {f"called:{one.id}" for one in self.waiting.values()}

    def arm(self, version: int, deadlines: Iterable[Deadline]) -> None:
        """Set what is armed: a deadline that was armed already keeps its generation, a spent one is not armed again."""
        armed: dict[str, Armed] = {}
        for deadline in (*deadlines, *self._own_deadlines()):
            at = to_instant(deadline.at)
            before = self.timers.get(deadline.kind)
            same = before is not None and before.due_at == at
            armed[deadline.kind] = before if before and same else Armed(deadline.kind, version, at)
        self.timers = armed

    def _own_deadlines(self) -> Iterable[Deadline]:
        gaps = [one for one in self.of_kind("gap") if f"asked:{one.id}" not in self.told]
        if gaps:
            yield Deadline(ASK_AGAIN, gaps[0].since + ASK_AGAIN_AFTER)
        patience = {"gap": CALL_PERSON_AFTER_GAP, "early": CALL_PERSON_AFTER_EARLY}
        calls = [
            one.since + patience[one.kind]
            for one in self.waiting.values()
            if one.kind in patience and f"called:{one.id}" not in self.told
        ]
        if calls:
            yield Deadline(CALL_PERSON, min(calls))

    def live_timers(self) -> list[Armed]:
        """Return the deadlines that are armed and not consumed yet."""
        return [armed for armed in self.timers.values() if (armed.kind, armed.generation) not in self.spent]


def fold(
    entity: str,
    initial: S,
    appends: Iterable[Append],
    read_event: Callable[[bytes], Event],
    evolve: Callable[[S, Event], S],
) -> Entity[S]:
    """Return what the appends of an entity amount to. What this code cannot read is said in `unreadable`."""
    folded = Entity(entity, initial)
    for append in appends:
        # One message may wait in two ways within an append: behind a gap first, then held.
        waits: dict[tuple[str, str], Waits] = {(one.id, one.kind): one for one in append.waiting}
        for cause in append.causes:
            folded.note(cause, append.version, waits.get((cause.id, cause.outcome)))
        for said in append.events:
            if said.seq is None:
                continue
            folded.seq = said.seq
            if not folded.unreadable:
                try:
                    folded.state = evolve(folded.state, read_event(said.body))
                except Exception as error:  # noqa: BLE001 - any failure to read means newer code must
                    folded.unreadable = f"{append.id} cannot be read by this code: {type(error).__name__}: {error}"
        folded.timers = {armed.kind: armed for armed in append.timers}
        folded.version = append.version
        folded.policy = folded.policy or append.versions.get("policy", "")
    return folded
