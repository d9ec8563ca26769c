"""Records of stage topics to what the desk folds. Called by its loop, for fresh records and for what waited.

The runtime's own reader does the checks, so that the desk refuses exactly what every stage refuses.
"""

from __future__ import annotations

from services.desk.sections import Told
from shared import codec
from shared.errors import SendToDead
from shared.events.base import Event
from shared.personal import Seal
from shared.runtime.ports import Record
from shared.runtime.reading import Reader


class DeskReader:
    """Reads the records of every stage topic."""

    def __init__(self, seal: Seal) -> None:
        self._reader = Reader("desk", seal)

    def read(self, record: Record) -> Told:
        """Return what a record tells of a ticket. Raises `SendToDead`."""
        incoming = self._reader.read(record)
        if incoming is None or incoming.seq is None or record.value is None:
            raise SendToDead(f"{record.topic} is no topic of a stage")
        envelope = codec.decode(record.value)
        payload = incoming.message.payload if incoming.message else None
        personal = envelope.data.get("personal")
        return Told(
            ticket=incoming.entity,
            stage=incoming.source,
            seq=incoming.seq,
            type=envelope.type,
            at=envelope.time,
            body=record.value.decode(),
            event=payload if isinstance(payload, Event) else None,
            personal=personal if isinstance(personal, dict) else None,
            hold=incoming.hold,
        )

    def again(self, stage: str, body: str) -> Told:
        """Return what waited in a document. Raises `SendToDead` where this code reads less than the one before."""
        return self.read(Record(f"sav.{stage}", 0, 0, None, body.encode()))
