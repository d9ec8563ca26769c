"""The delays of a contract as instants, and the warnings at their shares: what dispatch says is held against them.

Part of `prove.handling`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from prove.case import SKEW, Case
from prove.clocks import Clock, Pause, counted_on, resumed
from prove.life import Word
from shared.business_time import Calendar, add, between
from shared.events.base import Criticality
from shared.events.dispatch import ClockPaused, ClockResumed, PromiseName
from shared.events.intake import AcknowledgementAsked
from shared.events.triage import TicketClassified
from shared.policy.model import Delay

NAMES: tuple[PromiseName, ...] = get_args(PromiseName)
IN_FRENCH: dict[PromiseName, str] = {
    "take-charge": "Prise en charge",
    "on-site": "Intervention sur site",
    "restored": "Remise en service",
}


class Delays:
    """The delays of one ticket's contract."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.past: list[tuple[ClockPaused, ClockResumed]] = []
        """The pauses that are over."""

    def of(self, name: PromiseName, word: Word, criticality: Criticality, said_at: datetime) -> Clock | None:
        """R7: from the first report; raised where that is past, from the raise. Pauses since it was said count."""
        received = self._case.opened.received_at
        clock = self._counted(name, word, criticality, received, "depuis la première demande")
        change = self._case.change_before(said_at, criticality)
        if change is not None and change.raises:
            said_at = change.at
            if clock is not None and clock.computed <= change.at:
                clock = self._counted(name, word, criticality, change.at, "depuis la réévaluation (R7)")
        if clock is None:
            return None
        for pause, ended in self.past:
            if name in pause.clocks and pause.at >= said_at:
                clock = resumed(clock, self.calendar_of(word, clock), begun_by(pause, ended), ended.at)
        return clock

    def _counted(
        self, name: PromiseName, word: Word, criticality: Criticality, start: datetime, because: str
    ) -> Clock | None:
        policy = self._case.policy(word)
        delays = policy.delays[self._case.opened.contract.tier][criticality]
        delay: Delay | None = getattr(delays, name.replace("-", "_"))
        if delay is None:
            return None
        calendar_name, calendar = self._case.calendar(policy, delay.calendar)
        computed, counted = counted_on(calendar, start, delay.duration)
        return Clock(
            name=IN_FRENCH[name],
            requirement="R4",
            because=f"{criticality.capitalize()}, {because}",
            start=start,
            computed=computed,
            announced=computed,
            policy=word.policy,
            calendar=calendar_name,
            counted=counted,
            standing="void",
        )

    def calendar_of(self, word: Word, clock: Clock) -> Calendar:
        """Return the calendar on which a clock is counted."""
        return self._case.policy(word).calendars[clock.calendar]

    def told(self, word: Word) -> Iterator[tuple[Criticality, datetime]]:
        """Yield each class that intake or triage had spoken of when dispatch spoke, and when they did."""
        for asked, event in self._case.life.all(AcknowledgementAsked):
            if asked.at <= word.at + SKEW:
                yield event.promise.criticality, asked.at
        for said, classified in self._case.life.all(TicketClassified):
            if said.at <= word.at + SKEW:
                yield classified.criticality, said.at

    def warnings(
        self, word: Word, clock: Clock, decided_at: datetime, announced: tuple[datetime, ...]
    ) -> tuple[datetime, ...]:
        """R10: at the policy's shares of the delay, counted on its own calendar; at once where that is past."""
        found = [self._shares(word, clock, clock.start, decided_at)]
        if clock.start != self._case.opened.received_at:
            # Who hears of a raise by its acknowledgement alone knows no better instant than that.
            found += [
                self._shares(word, clock, said_at, decided_at)
                for _, said_at in self.told(word)
                if said_at > clock.start
            ]
        return announced if announced in found else found[0]

    def _shares(self, word: Word, clock: Clock, start: datetime, at: datetime) -> tuple[datetime, ...]:
        policy, calendar = self._case.policy(word), self.calendar_of(word, clock)
        whole = between(calendar, start, add(calendar, clock.start, clock.delay))
        shares = (max(add(calendar, start, whole * step.share), at) for step in policy.dispatch.warnings)
        return tuple(clock.moved(one, calendar) for one in shares)


def begun_by(pause: ClockPaused, ended: ClockResumed | None = None) -> Pause:
    """Return a pause as a clock shows it; its end is the clock's to count."""
    return Pause(pause.pause, pause.reason, pause.at, ended_by=ended.because if ended is not None else "")
