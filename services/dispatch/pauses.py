"""A clock stands still where the contract lets it, from a technician's word to the customer's next one. Pure.

Part of `decide`. Every pause ends with an event, and what was left of each delay then runs on from its end (R7, R10).
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Literal

from services.dispatch import clocks
from services.dispatch.clocks import Clocks
from services.dispatch.state import DispatchState
from shared.decider import Ignored, Outcome, happened
from shared.events.dispatch import ClockPaused, ClockResumed, PauseClock, PauseReason, PromiseName
from shared.french import PAUSES
from shared.policy.model import Policy

Because = Literal["customer", "technician", "departure", "resolved"]


def may_pause(state: DispatchState, reason: PauseReason, policy: Policy) -> tuple[PromiseName, ...]:
    """Return the clocks that the contract lets stand still for a reason; empty where it lets none."""
    assert state.noted is not None
    allowed = policy.pauses.get(state.noted.contract.tier, {}).get(reason, ())
    return tuple(name for name in clocks.NAMES if name in allowed and name in state.clocks)


def begun(state: DispatchState, command: PauseClock, at: datetime, policy: Policy) -> ClockPaused | str:
    """Return the pause, or in French why there is none."""
    if state.phase not in ("taken", "reserving", "planned"):
        return "Une attente se note sur un dossier pris en charge, avant le départ du technicien."
    if state.paused is not None:
        return "Le dossier est déjà en attente."
    stopped = may_pause(state, command.reason, policy)
    if not stopped:
        return f"Le contrat ne prévoit pas de suspendre les délais ({PAUSES[command.reason]})."
    return ClockPaused(
        pause=state.pauses + 1,
        reason=command.reason,
        clocks=stopped,
        by=command.by,
        note=command.note,
        at=at,
        look_at=at + policy.dispatch.look_at_pause,
    )


def ended(state: DispatchState, because: Because, at: datetime, policy: Policy) -> tuple[ClockResumed, ...]:
    """Return the end of the pause at an instant; nothing where none is on."""
    pause = state.paused
    if pause is None:
        return ()
    at = max(at, pause.at)
    fields = clocks.as_fields(_moved(state.clocks, pause, at, policy))
    return (ClockResumed(pause=pause.pause, because=because, at=at, **fields),)


def counted(state: DispatchState, stated: Clocks, said_at: datetime, policy: Policy) -> Clocks:
    """Return what was stated at `said_at` as it stands after the pauses since: another topic may be read late (R7)."""
    for pause, ended_at in state.past_pauses:
        if pause.at >= said_at:
            stated = _moved(stated, pause, ended_at, policy)
    return stated


def _moved(held: Clocks, pause: ClockPaused, ended_at: datetime, policy: Policy) -> Clocks:
    moved = {
        name: clock.moved(policy.calendars, pause.at, ended_at) if name in pause.clocks else clock
        for name, clock in held.items()
    }
    return MappingProxyType(moved)


def heard(state: DispatchState, received_at: datetime, policy: Policy, *, is_machine: bool) -> Outcome:
    """Take the customer's next word: it ends the pause at the instant at which a channel accepted it."""
    if state.paused is None:
        return Ignored("no clock stands still")
    if is_machine:
        return Ignored("a machine's answer is no word of the customer")
    if received_at < state.paused.at:
        return Ignored("said before the pause")
    return happened(*ended(state, "customer", received_at, policy))
