"""When the people on call are called: at once where the desk is closed, else when it closes (R1). Pure.

Part of `prove.handling`. Only classes that the contract has served at any hour, and only while nobody has the ticket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prove.case import Case
from prove.clocks import Clock, Standing
from prove.life import Word
from shared.business_time import is_open, segments
from shared.events.base import Criticality, Event
from shared.events.dispatch import HandlingQueued, OnCallNeeded, PromiseRecomputed, TakenCharge
from shared.policy.model import Policy

_A_WEEK = timedelta(days=7)
"""A desk that does not close within it has no nights."""


@dataclass(frozen=True, slots=True)
class _Call:
    clock: Clock
    over: bool = False
    """Made, or not needed any more."""


class Pager:
    """The calls that one ticket needs, word by word."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._queued = False
        self._call: _Call | None = None
        self._done: list[Clock] = []
        self._wrong: list[str] = []

    def stated(self, word: Word, event: HandlingQueued | PromiseRecomputed, was: Criticality | None) -> None:
        """Compare the instant that dispatch names with the one that comes out."""
        if isinstance(event, PromiseRecomputed) and event.on_call != self._is_on_call(word, event.criticality):
            self._wrong.append("service à toute heure : l'événement dit le contraire du contrat")
        self._queued = self._queued or isinstance(event, HandlingQueued)
        if isinstance(event, HandlingQueued) or not self._is_on_call(word, was):
            self._end("void")
            expected = self._expected(word, event.criticality, event.page_at)
        elif self._queued and self._is_on_call(word, event.criticality):
            expected = self._call.clock.computed if self._call is not None else None
        else:
            self._end("void")
            expected = None
        if expected == event.page_at:
            if expected is not None and self._call is None:
                self._call = _Call(self._clock(word, expected))
        elif expected is None or event.page_at is None:
            said = "dite sans raison" if expected is None else "due, et pas dite"
            self._wrong.append(f"appel de l'astreinte : {said}")
        else:
            self._end("void")
            self._call = _Call(replace(self._clock(word, expected), announced=event.page_at))

    def hear(self, word: Word, event: Event) -> None:
        """Follow what ends a call, or the need for one."""
        if isinstance(event, TakenCharge):
            self._queued = False
            self._end("void")
        elif isinstance(event, OnCallNeeded):
            self._end("kept", word.at)

    def clocks(self, unproved: list[str]) -> list[Clock]:
        """Return the calls, and add what should not have been said at all."""
        unproved += self._wrong
        if self._call is not None:
            late = self._case.now > self._call.clock.computed
            self._end("missed" if late else "running")
        return self._done

    def _end(self, standing: Standing, happened: datetime | None = None) -> None:
        if self._call is not None:
            self._done.append(replace(self._call.clock, standing=standing, happened=happened))
        self._call = None

    def _is_on_call(self, word: Word, criticality: Criticality | None) -> bool:
        return criticality in self._case.policy(word).on_call.get(self._case.opened.contract.tier, ())

    def _expected(self, word: Word, criticality: Criticality, said: datetime | None) -> datetime | None:
        if not self._queued or not self._is_on_call(word, criticality):
            return None
        policy, change = self._case.policy(word), self._case.change_before(word.at, criticality)
        instants = [_needed_from(policy, word.at)]
        if change is not None and change.raises:
            # What follows from a raise was decided at the raise.
            instants.append(_needed_from(policy, change.at))
        return said if said in instants else instants[-1]

    def _clock(self, word: Word, at: datetime) -> Clock:
        policy = self._case.policy(word)
        closed = not is_open(policy.calendars[policy.opening_calendar], word.at)
        return Clock(
            name="Appel de l'astreinte",
            requirement="R1",
            because="bureau fermé : dès maintenant" if closed else "si personne ne l'a pris à la fermeture du bureau",
            start=word.at,
            computed=at,
            announced=at,
            policy=word.policy,
            calendar=policy.opening_calendar,
            counted=(),
        )


def _needed_from(policy: Policy, at: datetime) -> datetime | None:
    desk = policy.calendars[policy.opening_calendar]
    if not is_open(desk, at):
        return at
    closes = segments(desk, at, at + _A_WEEK)[0][1]
    return closes if closes < at + _A_WEEK else None
