"""The three clocks of handling, and the call to who is on call: what dispatch says, recomputed (R1, R4, R7, R10, R12).

Called by `prove.proof`. Pure. It reads dispatch's words in their order and says what each of them should have been:
the contract's delay from the first report, or from a raise where that is past; nothing made worse by a lower class; a
reopening with the same deadlines; standing still only where the contract lets it, until the customer's next word.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from prove.case import Case
from prove.clocks import Clock, resumed, standing_of
from prove.delays import IN_FRENCH, NAMES, Delays, begun_by
from prove.life import Word
from prove.paging import Pager
from shared.events.base import RANK, Criticality, Event
from shared.events.dispatch import (
    ClockPaused,
    ClockResumed,
    HandlingQueued,
    PauseReason,
    PromiseName,
    PromiseRecomputed,
    TakenCharge,
    TicketResolved,
    VisitReported,
)
from shared.events.intake import CustomerReplied
from shared.french import PAUSES
from shared.policy.model import Policy

Stated = HandlingQueued | PromiseRecomputed


SEEN_WITHIN = timedelta(hours=1)
"""A word of the customer that dispatch has not heard for this long did not only cross its own on the way."""


class Handling:
    """One ticket's handling, word by word."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._held: dict[PromiseName, Clock] = {}
        self._was: Criticality | None = None
        self._pause: ClockPaused | None = None
        self._delays = Delays(case)
        self._done: list[Clock] = []
        self._pager = Pager(case)
        self.unproved: list[str] = []
        """What should not have been said at all, in French."""

    def clocks(self) -> list[Clock]:
        """Return every clock that was announced, those that hold last."""
        for key in sorted(self._case.life.words):
            word = self._case.life.words[key]
            if word.stage == "dispatch":
                self._hear(word, word.event)
        calls = self._pager.clocks(self.unproved)
        return [*self._done, *(self._ended(name, clock) for name, clock in self._held.items()), *calls]

    def _hear(self, word: Word, event: Event) -> None:
        match event:
            case HandlingQueued() | PromiseRecomputed():
                for name in NAMES:
                    self._stated(name, word, event)
                self._pager.stated(word, event, was=self._was)
                self._was = event.criticality
            case ClockPaused():
                self._paused(word, event)
            case ClockResumed():
                self._resumed(word, event)
            case _:
                self._pager.hear(word, event)

    # -- what is promised ----------------------------------------------------------------------------------------------

    def _stated(self, name: PromiseName, word: Word, event: Stated) -> None:
        held, said = self._held.get(name), _due_at(event, name)
        expected = self._expected(name, word, event, said)
        if expected is None and said is None:
            return
        if expected is None or said is None:
            what = "annoncée, et pas promise au contrat" if expected is None else "promise au contrat, et pas annoncée"
            self.unproved.append(f"{IN_FRENCH[name].lower()} : {what}")
            return
        if held is not None and (not held.agrees or said != held.announced):
            self._done.append(held)
        watch = event.watches.get(name)
        warned = watch.warnings if watch is not None else ()
        computed = self._said_anew(word, event, expected)
        if expected is not held:
            computed = self._delays.warnings(word, expected, self._decided_at(word, event), warned)
            if self._pause is not None and name in self._pause.clocks:
                expected = replace(expected, pauses=(*expected.pauses, begun_by(self._pause)))
        clock = replace(expected, announced=said, policy=word.policy, standing="void")
        self._held[name] = clock.with_warnings(computed, warned)
        if watch is not None and watch.calendar != clock.calendar:
            self.unproved.append(f"{IN_FRENCH[name].lower()} : compté sur « {watch.calendar} »")

    def _expected(self, name: PromiseName, word: Word, event: Stated, said: datetime | None) -> Clock | None:
        """What must hold now: nothing gets worse (R7, R12); a raise counts, an acknowledgement may bring forward."""
        held = self._held.get(name)
        own = self._delays.of(name, word, event.criticality, word.at)
        if self._was is None:
            return own
        if isinstance(event, HandlingQueued):
            return held
        if own is not None and self._is_raised(event) and _is_earlier(own, held):
            held = own
        # What intake acknowledged may be heard before the class that it speaks of: dispatch then holds to it at once.
        for criticality, said_at in self._delays.told(word):
            one = self._delays.of(name, word, criticality, said_at)
            if one is not None and one.computed == said and (held is None or one.computed < held.computed):
                return one
        return held

    def _is_raised(self, event: Stated) -> bool:
        return self._was is not None and RANK[event.criticality] > RANK[self._was]

    def _decided_at(self, word: Word, event: Stated) -> datetime:
        """What follows from a raise was decided at the raise."""
        change = self._case.change_before(word.at, event.criticality) if self._is_raised(event) else None
        return change.at if change is not None else word.at

    # -- warnings ------------------------------------------------------------------------------------------------------

    def _said_anew(self, word: Word, event: Stated, held: Clock) -> tuple[datetime, ...]:
        """Handled again (R12), or under a lower class (R7): what is past of the same warnings is said at once."""
        if isinstance(event, HandlingQueued):
            return tuple(max(at, word.at) for at in held.warned_at)
        change = self._case.change_before(word.at, event.criticality)
        if self._was is None or RANK[event.criticality] >= RANK[self._was] or change is None or change.raises:
            return held.warned_at
        return tuple(max(at, change.at) for at in held.warned_at)

    # -- pauses --------------------------------------------------------------------------------------------------------

    def _paused(self, word: Word, event: ClockPaused) -> None:
        """R10: only what the contract names may stand still, and one pause at a time."""
        allowed = _allowed(self._case.policy(word), self._case.opened.contract.tier, event.reason)
        for name in event.clocks:
            if name not in allowed:
                what = f"le contrat ne la prévoit pas pour « {IN_FRENCH[name].lower()} »"
                self.unproved.append(f"attente n° {event.pause} ({PAUSES[event.reason]}) : {what}")
        if self._pause is not None:
            self.unproved.append(f"attente n° {event.pause} : la précédente n'était pas finie")
        self._pause = event
        for name in event.clocks:
            if (clock := self._held.get(name)) is not None:
                self._held[name] = replace(clock, pauses=(*clock.pauses, begun_by(event)))

    def _resumed(self, word: Word, event: ClockResumed) -> None:
        pause, self._pause = self._pause, None
        if pause is None or pause.pause != event.pause:
            self.unproved.append(f"fin de l'attente n° {event.pause}, qui n'avait pas commencé")
            return
        self._look_at_the_end(pause, event, word.at)
        self._delays.past.append((pause, event))
        for name, held in list(self._held.items()):
            said, watch = _due_at(event, name), event.watches.get(name)
            if said is None or watch is None:
                self.unproved.append(f"{IN_FRENCH[name].lower()} : perdue à la fin de l'attente n° {event.pause}")
                continue
            clock = held
            if name in pause.clocks:
                if not held.agrees:
                    self._done.append(held)
                calendar = self._delays.calendar_of(word, held)
                before = tuple(one for one in held.pauses if one.number != pause.pause)
                clock = resumed(replace(held, pauses=before), calendar, begun_by(pause, event), event.at)
            self._held[name] = replace(clock, announced=said).with_warnings(clock.warned_at, watch.warnings)

    def _look_at_the_end(self, pause: ClockPaused, event: ClockResumed, ended_at: datetime) -> None:
        """The customer's first word after its beginning ends a pause, at the instant at which a channel accepted it."""
        words = [
            (heard.at, reply.received_at)
            for heard, reply in self._case.life.all(CustomerReplied)
            if reply.received_at >= pause.at and not reply.automatic
        ]
        if event.at < pause.at:
            self.unproved.append(f"attente n° {event.pause} : finie avant d'avoir commencé")
        elif event.because == "customer" and event.at not in {at for _, at in words}:
            self.unproved.append(f"attente n° {event.pause} : finie par un mot que le client n'a pas dit")
        elif any(at < event.at and heard_at + SEEN_WITHIN < ended_at for heard_at, at in words):
            self.unproved.append(f"attente n° {event.pause} : le client avait répondu avant sa fin")

    # -- how it stands -------------------------------------------------------------------------------------------------

    def _ended(self, name: PromiseName, clock: Clock) -> Clock:
        happened, needed = self._happened(name), True
        if name != "restored":
            needed = self._case.life.first(TicketResolved) is None
        standing = standing_of(happened, clock.computed, self._case.now, needed=needed)
        if happened is None and needed and any(one.end is None for one in clock.pauses):
            standing = "paused"
        return replace(clock, happened=happened, standing=standing)

    def _happened(self, name: PromiseName) -> datetime | None:
        life = self._case.life
        if name == "take-charge":
            return min((event.at for _, event in life.all(TakenCharge)), default=None)
        if name == "on-site":
            return min((event.arrived_at for _, event in life.all(VisitReported)), default=None)
        solved = list(life.all(TicketResolved))
        queued = list(life.all(HandlingQueued))
        if not solved or (queued and queued[-1][0].seq > solved[-1][0].seq):
            return None
        return solved[-1][1].ticket.resolved_at


def _is_earlier(one: Clock, held: Clock | None) -> bool:
    return held is None or (one.computed, one.since) < (held.computed, held.since)


def _allowed(policy: Policy, tier: str, reason: PauseReason) -> tuple[str, ...]:
    for one, reasons in policy.pauses.items():
        if one == tier:
            return reasons.get(reason, ())
    return ()


def _due_at(event: Stated | ClockResumed, name: PromiseName) -> datetime | None:
    due: dict[PromiseName, datetime | None] = {
        "take-charge": event.take_charge_by,
        "on-site": event.on_site_by,
        "restored": event.restored_by,
    }
    return due[name]
