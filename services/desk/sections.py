"""What one stage says of one ticket, folded strictly by `seq`: the longest unbroken prefix, and what lies above a gap.

Pure; called by `projection`. Copies change nothing, and what arrives out of order waits until it is next in line, so
a section is the same whatever the order in which its events arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.desk.stages.closure import CLOSURE
from services.desk.stages.dispatch import DISPATCH
from services.desk.stages.intake import INTAKE
from services.desk.stages.notify import NOTIFY
from services.desk.stages.survey import SURVEY
from services.desk.stages.triage import TRIAGE
from services.desk.telling import Call, Room, StoryLine
from shared.errors import SendToDead
from shared.events.base import Event, Model, to_instant

ROOMS: dict[str, Room[Any]] = {room.stage: room for room in (INTAKE, TRIAGE, DISPATCH, CLOSURE, SURVEY, NOTIFY)}
"""Every stage that the desk reads, in the order of the procedure, which orders lines of the same instant."""

PENDING_CHARACTERS = 4_000_000
"""Above a gap at most this much is kept, lowest `seq` first: one topic record (2 MB) always fits, and a document with
all six stages stays under the store's 16 MB in all but adversity. What is dropped comes again: the owner is asked to
publish everything from the missing event on."""
PERSONAL_CHARACTERS = 2_500_000
"""Of a stage's personal objects at most this much is kept: the first and the latest; the journal has them all."""
_SAYS_NOTHING_OF_WAITING = frozenset({"waiting", "held", "gap"})

Sealed = dict[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stage, read as far as this code can."""

    ticket: str
    stage: str
    seq: int
    type: str
    at: datetime
    """When its stage said it."""
    body: str
    """The record as it came, to be read again once it is next in line."""
    event: Event | None = None
    """None: an optional type that this code does not know."""
    personal: Sealed | None = None
    """Still sealed, as it came."""
    hold: str = ""
    """Why only newer code can read it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One stage's part of a ticket's document."""

    view: Model
    seq: int = 0
    """Highest of the longest unbroken prefix: all that is shown."""
    highest: int = 0
    """Highest that ever arrived."""
    pending: Mapping[int, str] = field(default_factory=dict)
    """Bodies above a gap, by `seq`."""
    calls: tuple[Call, ...] = ()
    hold: str = ""
    """Why the next one cannot be folded, when it is here."""

    @property
    def missing(self) -> int | None:
        """The `seq` that everything above waits for; None where nothing waits, or where it is here and held."""
        return self.seq + 1 if self.highest > self.seq and not self.hold else None


@dataclass(frozen=True, slots=True)
class Folded:
    """A section after some events, and what they add to the ticket."""

    section: Section
    lines: tuple[StoryLine, ...] = ()
    personal: Mapping[int, Sealed] = field(default_factory=dict)


def empty(stage: str) -> Section:
    """Return the section of a stage that said nothing yet."""
    return Section(ROOMS[stage].view())


def fold(stage: str, section: Section, arrived: Mapping[int, Told], read: Callable[[str, str], Told]) -> Folded:
    """Fold what arrived, by `seq`; `read(stage, body)` reads again what waited in the document.

    What is at or below the prefix is a copy and changes nothing. An event on which a room fails is held with all that
    follows it in this stage: a mistake in a sentence stops one section of one ticket, and says so.
    """
    waiting: dict[int, Told | str] = dict(section.pending)
    for seq, told in arrived.items():
        if seq > section.seq:
            waiting.setdefault(seq, told)
    highest = max([section.highest, section.seq, *waiting])
    section = replace(section, highest=highest, hold="")
    lines: list[StoryLine] = []
    personal: dict[int, Sealed] = {}
    while (found := waiting.get(section.seq + 1)) is not None:
        try:
            told = _again(stage, found, read) if isinstance(found, str) else found
            section, line = _next(stage, section, told)
        except _Held as held:
            section = replace(section, hold=str(held))
            break
        del waiting[section.seq]
        lines.append(line)
        if told.personal and ROOMS[stage].keeps_personal:
            personal[told.seq] = told.personal
    return Folded(replace(section, pending=_bounded(waiting)), tuple(lines), personal)


class _Held(Exception):
    """The event is next in line and cannot be folded by this code."""


def _again(stage: str, body: str, read: Callable[[str, str], Told]) -> Told:
    try:
        return read(stage, body)
    except SendToDead as error:
        raise _Held(str(error)) from error  # code that read it when it came is not this code


def _next(stage: str, section: Section, told: Told) -> tuple[Section, StoryLine]:
    if told.hold:
        raise _Held(told.hold)
    room = ROOMS[stage]
    if told.event is None:
        text = f"Événement « {told.type} », que cette version du desk ne connaît pas."
        line = StoryLine(at=told.at, stage=stage, seq=told.seq, text=text, detail=True)
        return replace(section, seq=told.seq), line
    try:
        said = room.tell(section.view, told.event)
        view = room.evolve(section.view, told.event)
        at = to_instant(room.instant(told.event, told.at))
    except Exception as error:  # whatever a room cannot take concerns this ticket alone
        raise _Held(f"{type(error).__name__}: {error}"[:300]) from error
    line = StoryLine(at=at, stage=stage, seq=told.seq, text=said.text, detail=said.detail)
    return replace(section, seq=told.seq, view=view, calls=_calls(room, section.calls, told)), line


def _calls(room: Room[Any], calls: tuple[Call, ...], told: Told) -> tuple[Call, ...]:
    event = told.event
    assert event is not None
    asked = room.asks(event)
    if asked is not None:
        about, reason = asked
        others = tuple(one for one in calls if one.about != about)
        return (*others, Call(about=about, reason=reason, stage=room.stage, at=told.at))
    return tuple(one for one in calls if not _settled(room, one.about, event))


def _settled(room: Room[Any], about: str, event: Event) -> bool:
    """A stage that says something ordinary again is not stuck any more; everything else its room knows."""
    return about in _SAYS_NOTHING_OF_WAITING or room.settles(event, about)


def _bounded(waiting: Mapping[int, Told | str]) -> dict[int, str]:
    kept: dict[int, str] = {}
    room_left = PENDING_CHARACTERS
    for seq in sorted(waiting):
        found = waiting[seq]
        body = found if isinstance(found, str) else found.body
        room_left -= len(body)
        if room_left < 0 and kept:
            break
        kept[seq] = body
    return kept
