"""The three clocks of a ticket's handling: taking charge, on site, restored (R7, R10). Pure, part of `decide`.

A clock is a deadline with how it was counted. It runs from the first report or a raise; it stands still only where the
contract lets it, and what was left of it then runs on from the end of the pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from services.dispatch.rules import is_on_call
from shared.business_time import Calendar, add, between, is_open, segments
from shared.events.base import Criticality
from shared.events.dispatch import PromiseName, TicketNoted, Watch
from shared.events.intake import Contract, Promise
from shared.policy.model import Policy
from shared.promises import calendar_of

_A_WEEK = timedelta(days=7)
"""Within it every desk that is open now closes; one that never does has nobody on call."""
NAMES: tuple[PromiseName, ...] = ("take-charge", "on-site", "restored")


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise that runs."""

    due_at: datetime
    watch: Watch

    def moved(self, calendars: Mapping[str, Calendar], paused_at: datetime, resumed_at: datetime) -> Clock:
        """Return it after a pause: what was left, and what was left of each warning, from the pause's end on."""
        calendar = calendars[self.watch.calendar]
        # A raise within the pause started this clock anew: before that, nothing of it had run.
        paused_at = max(paused_at, self.watch.since)

        def later(at: datetime) -> datetime:
            return add(calendar, resumed_at, between(calendar, paused_at, at)) if at > paused_at else at

        warnings = tuple(later(at) for at in self.watch.warnings)
        return Clock(later(self.due_at), self.watch.model_copy(update={"warnings": warnings, "since": resumed_at}))


Clocks = Mapping[PromiseName, Clock]
NONE: Clocks = MappingProxyType({})


def running(policy: Policy, noted: TicketNoted, promise: Promise, said_at: datetime, at: datetime) -> Clocks:
    """Return the clocks of a promise, each from the first report, or from the raise where that was past (R7).

    `said_at` is the raise, or the acknowledgement that tells of it. A warning that is past by `at` is given at once.
    """
    contract, first = noted.contract, noted.promises[promise.criticality]
    delays = policy.delays[contract.tier][promise.criticality]
    due: dict[PromiseName, tuple[datetime | None, datetime | None, Any]] = {
        "take-charge": (promise.take_charge_by, first.take_charge_by, delays.take_charge),
        "on-site": (promise.on_site_by, first.on_site_by, delays.on_site),
        "restored": (promise.restored_by, first.restored_by, delays.restored or delays.on_site),
    }
    clocks: dict[PromiseName, Clock] = {}
    for name, (due_at, first_due_at, delay) in due.items():
        if due_at is not None:
            since = noted.received_at if due_at == first_due_at else min(said_at, due_at)
            calendar = calendar_of(policy, contract, delay)
            warnings = _warnings(policy, policy.calendars[calendar], since, due_at, at)
            clocks[name] = Clock(due_at, Watch(calendar=calendar, since=since, warnings=warnings))
    return MappingProxyType(clocks)


def _warnings(
    policy: Policy, calendar: Calendar, since: datetime, due_at: datetime, at: datetime
) -> tuple[datetime, ...]:
    whole = between(calendar, since, due_at)
    return tuple(max(add(calendar, since, whole * step.share), at) for step in policy.dispatch.warnings)


def earliest(held: Clocks, stated: Clocks) -> Clocks:
    """Return, for each promise, the one that falls due first: what a customer was told is kept (R7)."""
    kept = dict(stated)
    for name, clock in held.items():
        # Of two that fall due together the older one: an acknowledgement knows the raise only by its deadline.
        if name not in kept or (clock.due_at, clock.watch.since) <= (kept[name].due_at, kept[name].watch.since):
            kept[name] = clock
    return MappingProxyType({name: kept[name] for name in NAMES if name in kept})


def not_before(clocks: Clocks, at: datetime) -> Clocks:
    """Return the clocks with every warning that is past given at once: said anew after a reopening (R12)."""
    again: dict[PromiseName, Clock] = {}
    for name, clock in clocks.items():
        warnings = tuple(max(one, at) for one in clock.watch.warnings)
        again[name] = replace(clock, watch=clock.watch.model_copy(update={"warnings": warnings}))
    return MappingProxyType(again)


def as_fields(clocks: Clocks) -> dict[str, Any]:
    """Return the clocks as the fields of an event."""
    restored = clocks.get("restored")
    return {
        "take_charge_by": clocks["take-charge"].due_at,
        "on_site_by": clocks["on-site"].due_at,
        "restored_by": restored.due_at if restored else None,
        "watches": {name: clock.watch for name, clock in clocks.items()},
    }


def page_at(policy: Policy, contract: Contract, criticality: Criticality, at: datetime) -> datetime | None:
    """Return when the people on call are needed: now if the desk is closed, else when it closes; None: never (R1)."""
    if not is_on_call(contract.tier, criticality, policy.on_call):
        return None
    desk = policy.calendars[policy.opening_calendar]
    if not is_open(desk, at):
        return at
    closes = segments(desk, at, at + _A_WEEK)[0][1]
    return closes if closes < at + _A_WEEK else None
