"""What the stages said of one ticket, in order, as the proofs need it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from shared.events.base import Event
from shared.events.intake import TicketOpened
from shared.events.triage import TicketClassified, TicketReclassified

E = TypeVar("E", bound=Event)


class Word(NamedTuple):
    """One event of a stage about the ticket."""

    stage: str
    seq: int
    at: datetime
    policy: str
    event: Event


@dataclass
class Life:
    """One ticket, by stage and `seq`; copies change nothing."""

    ticket: str
    words: dict[tuple[str, int], Word] = field(default_factory=dict)

    def hear(self, word: Word) -> None:
        """Keep a word once."""
        self.words.setdefault((word.stage, word.seq), word)

    def all(self, kind: type[E]) -> Iterator[tuple[Word, E]]:
        """Yield every event of a type, in its stage's order."""
        for key in sorted(self.words):
            word = self.words[key]
            if isinstance(word.event, kind):
                yield word, word.event

    def first(self, kind: type[E]) -> tuple[Word, E] | None:
        """Return the first event of a type, or None."""
        return next(self.all(kind), None)

    @property
    def opened(self) -> TicketOpened | None:
        """How it began; None where its first word is missing."""
        found = self.first(TicketOpened)
        return found[1] if found else None

    @property
    def grids(self) -> tuple[str, ...]:
        """The versions of the grid that it was classified under, in order."""
        said = (self.words[key].event for key in sorted(self.words))
        return tuple(dict.fromkeys(one.grid for one in said if isinstance(one, TicketClassified | TicketReclassified)))
