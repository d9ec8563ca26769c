"""What every proof of one ticket starts from: its life, its contract, the policy that each event names. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from prove.life import Life, Word
from shared.business_time import Calendar
from shared.events.base import RANK, Criticality
from shared.events.intake import TicketOpened
from shared.events.triage import TicketReclassified
from shared.policy.book import PolicyBook
from shared.policy.model import Policy

SKEW = timedelta(seconds=5)
"""Clocks of two services that are kept by NTP differ by less: what was said may seem to be heard before."""


class Change(NamedTuple):
    """A re-evaluation, as triage said it."""

    at: datetime
    was: Criticality
    now: Criticality

    @property
    def raises(self) -> bool:
        """Whether the class went up."""
        return RANK[self.now] > RANK[self.was]


class Case:
    """One ticket to prove, as of `now` (UTC)."""

    def __init__(self, life: Life, opened: TicketOpened, policies: PolicyBook, now: datetime) -> None:
        self.life, self.opened, self.now = life, opened, now
        self._policies = policies

    def policy(self, word: Word) -> Policy:
        """Return the policy that an event names."""
        return self._policies.of(word.policy) or self._policies.current(self.opened.received_at)

    def calendar(self, policy: Policy, name: str) -> tuple[str, Calendar]:
        """A delay in opening hours counts those of the customer's site, where the contract names a known calendar."""
        site = self.opened.contract.calendar
        if name == policy.opening_calendar and site in policy.calendars:
            name = site
        return name, policy.calendars[name]

    def changes(self) -> list[Change]:
        """Return the re-evaluations in triage's order."""
        said = self.life.all(TicketReclassified)
        return [Change(word.at, event.was, event.criticality) for word, event in said]

    def change_before(self, at: datetime, to: Criticality) -> Change | None:
        """Return the last re-evaluation to a class that had been said by then."""
        before = [one for one in self.changes() if one.now == to and one.at <= at + SKEW]
        return before[-1] if before else None

    def raised_before(self, word: Word) -> datetime | None:
        """Return when triage had last raised the class, when a stage spoke."""
        raises = [one.at for one in self.changes() if one.raises and one.at <= word.at + SKEW]
        return raises[-1] if raises else None
