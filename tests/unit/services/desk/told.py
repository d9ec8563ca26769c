"""Events of the stages, any and all, as the desk meets them: with their place, encoded and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st

from services.desk.reading import DeskReader
from services.desk.sections import ROOMS, Told
from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.events.base import Event
from shared.events.catalogue import EVENTS
from shared.personal import ClearSeal
from shared.runtime.ports import Record
from tests.unit.services.desk.anything import START, of_model

TICKET = "8a1e4a52-5f3f-5a6e-9c1b-0c9b64a8e001"
MONDAY = START
SEAL = ClearSeal()
READER = DeskReader(SEAL)


def events_of(stage: str) -> st.SearchStrategy[Event]:
    """Any event of a stage, with any content."""
    return st.one_of([of_model(entry.model) for entry in EVENTS.values() if entry.owner == stage])


def body_of(stage: str, seq: int, event: Event, at: datetime = MONDAY, ticket: str = TICKET) -> bytes:
    """The record that a stage publishes for an event."""
    name = ids.event_id("test", ticket, stage, seq, event.type_name)
    data = sealed_data(event, ticket, SEAL)
    return encode(Envelope(name, event.type_name, f"sav/test/{stage}", ticket, at, data, seq, "cause"))


def read(stage: str, body: bytes) -> Told:
    """The event in a record, as the desk reads it."""
    return READER.read(Record(f"sav.{stage}", 0, 0, TICKET.encode(), body))


def said(stage: str, seq: int, event: Event, at: datetime = MONDAY) -> Told:
    """An event as the desk meets it."""
    return read(stage, body_of(stage, seq, event, at))


def in_turn(stage: str, events: Iterable[Event], at: datetime = MONDAY) -> list[Told]:
    """Events of one stage, a minute apart."""
    return [said(stage, n, event, at + timedelta(minutes=n)) for n, event in enumerate(events, start=1)]


_LISTS = {stage: st.lists(events_of(stage), max_size=4) for stage in ROOMS}


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """What all stages say of one ticket, each in its own order; instants may coincide."""
    told: list[Told] = []
    for stage in ROOMS:
        at = MONDAY
        for seq, event in enumerate(draw(_LISTS[stage]), start=1):
            at += timedelta(seconds=draw(st.integers(0, 2)))
            told.append(said(stage, seq, event, at))
    return told


@st.composite
def batches(draw: st.DrawFn, told: Sequence[Told]) -> list[list[Told]]:
    """The same events in any order, with copies, cut into batches anywhere."""
    order = draw(st.permutations(told))
    copies = draw(st.lists(st.sampled_from(told), max_size=len(told))) if told else []
    arrived = [*order, *copies]
    cuts = sorted(draw(st.lists(st.integers(0, len(arrived)), max_size=4)))
    return [arrived[a:b] for a, b in zip([0, *cuts], [*cuts, len(arrived)], strict=True)]
