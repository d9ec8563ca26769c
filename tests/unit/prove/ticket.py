"""One ticket in intake and dispatch, as both stages themselves decide it, and what they said of it: for the proofs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from prove.life import Life, Word
from prove.proof import Proof, prove
from services.dispatch.app import STAGE as DISPATCH
from services.dispatch.decide import Facts as Depots
from services.intake.app import STAGE as INTAKE
from services.intake.decide import Facts
from shared.decider import Due, Message
from shared.events.base import Command, Criticality, Event, Tier
from shared.events.requests import Request
from shared.policy.book import PolicyBook
from tests.unit.services.builders import NUMBER, classified, contract, reclassified, request
from tests.unit.services.harness import MINUTE, POLICY, SECOND, events_of

BOOK = PolicyBook([POLICY])
TIERS: tuple[Tier, ...] = ("premium", "standard", "none")
CALENDARS = ("france", "alsace-moselle", "continuous")
E = TypeVar("E", bound=Event)


class Ticket:
    """One ticket, told step by step; every instant is handed in."""

    def __init__(self, tier: Tier, calendar: str = "france", *, intake_first: bool = False) -> None:
        self.life = Life("T-1")
        self._intake_first = intake_first
        """Whether dispatch hears what intake says of a class before the class itself: they come on two topics."""
        self._facts = Facts(NUMBER, contract(tier, calendar))
        self._intake, self._dispatch = INTAKE.initial, DISPATCH.initial
        self._seq = {"intake": 0, "dispatch": 0, "triage": 0, "closure": 0}

    def say(self, stage: str, event: Event, at: datetime, *, heard: bool = True) -> None:
        """Let a stage say something; dispatch, which hears all of it, follows."""
        self._seq[stage] += 1
        self.life.hear(Word(stage, self._seq[stage], at, POLICY.version, event))
        if stage != "dispatch" and heard:
            self._dispatched(event, at, at)

    def received(self, asked: Request, heard_at: datetime | None = None) -> None:
        """Intake hears a customer."""
        self._taken(asked, heard_at or asked.received_at)

    def triaged(self, event: Event, at: datetime) -> None:
        """Triage says a class."""
        self.say("triage", event, at, heard=not self._intake_first)
        self._taken(event, at)
        if self._intake_first:
            self._dispatched(event, at, at + SECOND)

    def told(self, command: Command, at: datetime) -> None:
        """A technician says something to dispatch."""
        self._dispatched(command, at, at)

    def until(self, at: datetime) -> None:
        """Let every deadline of dispatch come that falls due by then, each at its instant."""
        while due := sorted((one.at, one.kind) for one in DISPATCH.deadlines(self._dispatch) if one.at <= at):
            instant, kind = due[0]
            self._dispatched(Due(kind, 1, instant), instant, instant)

    def _taken(self, said: Event | Request, at: datetime) -> None:
        outcome = INTAKE.decide(self._intake, Message("T-1", said, "m", at), self._facts, at, POLICY)
        for event in events_of(outcome):
            self._intake = INTAKE.evolve(self._intake, event)
            self.say("intake", event, at)

    def _dispatched(self, said: Event | Command | Due, said_at: datetime, at: datetime) -> None:
        outcome = DISPATCH.decide(self._dispatch, Message("T-1", said, "m", said_at), Depots(), at, POLICY)
        for event in events_of(outcome):
            self._dispatch = DISPATCH.evolve(self._dispatch, event)
            self.say("dispatch", event, at)

    def heard(self, kind: type[E]) -> list[E]:
        """Return what was said of a type."""
        return [event for _, event in self.life.all(kind)]

    def proof(self, now: datetime) -> Proof:
        """Return what comes out again."""
        return prove(self.life, BOOK, now)


def told(
    received: datetime, tier: Tier, calendar: str, first: Criticality, later: tuple[tuple[Criticality, timedelta], ...]
) -> Life:
    """Return the life of a ticket that is classified, and re-evaluated after each of these delays."""
    ticket = Ticket(tier, calendar)
    ticket.received(request(at=received))
    at, was = received + MINUTE, first
    ticket.triaged(classified(first), at)
    for now, delay in later:
        at += delay
        if now != was:
            ticket.triaged(reclassified(was, now), at)
        was = now
    return ticket.life
