"""Lives of tickets from the stage topics. Reads from the beginning, once; it never commits and never writes."""

from __future__ import annotations

from collections.abc import Callable

from prove.life import Life, Word
from shared import codec
from shared.errors import HoldTicket, SendToDead
from shared.events.base import Event
from shared.personal import Seal
from shared.runtime.replay import Topics
from shared.topics import TOPICS

STAGE_TOPICS = [topic.name for topic in TOPICS if topic.kind == "stage"]


async def lives(topics: Topics, seal: Seal, progress: Callable[[str, int], None]) -> dict[str, Life]:
    """Return every ticket's life, by its id. What cannot be read is no word of a stage that this code knows."""
    found: dict[str, Life] = {}
    count = 0
    async for records in topics.read_to(await topics.ends()):
        for record in records:
            try:
                envelope = codec.decode(record.value)
                event = codec.open_payload(envelope, seal)
            except (SendToDead, HoldTicket):
                continue
            if isinstance(event, Event) and envelope.seq is not None:
                life = found.setdefault(envelope.subject, Life(envelope.subject))
                life.hear(Word(envelope.stage, envelope.seq, envelope.time, envelope.policy, event))
        count += len(records)
        progress("read", count)
    return found
