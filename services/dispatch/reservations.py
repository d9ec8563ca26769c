"""Parts and appointments: asked of stocks and agendas, known by the ask's id (R10, R11). Pure, part of `decide`."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.state import DispatchState
from shared.business_time import add
from shared.decider import Ignored, Outcome, happened
from shared.events.base import Event
from shared.events.dispatch import (
    PartMissing,
    PartReserved,
    PromiseAtRisk,
    ReservationAsked,
    ReservationReleased,
    TimeMissing,
    VisitPlanned,
)
from shared.events.resources import ReservationGranted, ReservationRefused
from shared.policy.model import Policy


def part_resource(part: str, depot: str) -> str:
    """Return the name of a part's stock in a depot."""
    return f"part:{part}@{depot}"


def part_of(resource: str) -> str:
    """Return the part's reference in the name of its stock."""
    return resource.removeprefix("part:").rpartition("@")[0]


def agenda_resource(technician: str) -> str:
    """Return the name of a technician's agenda."""
    return f"technician:{technician}"


def ask_part(ticket: str, number: int, resource: str, quantity: int, at: datetime, policy: Policy) -> ReservationAsked:
    """Return the ask for a part of a stock; its id says which attempt of this ticket it is."""
    return ReservationAsked(
        ask=f"{ticket}/{number}",
        resource=resource,
        quantity=quantity,
        answer_by=at + policy.dispatch.answer_within,
    )


def ask_slot(state: DispatchState, ticket: str, number: int, at: datetime, policy: Policy) -> ReservationAsked:
    """Return the ask for the technician's time, once every part is set aside (R11)."""
    return ReservationAsked(
        ask=f"{ticket}/{number}",
        resource=agenda_resource(state.technician),
        earliest=at + policy.dispatch.lead,
        on_call=state.is_on_call(policy),
        duration=state.duration,
        answer_by=at + policy.dispatch.answer_within,
    )


def released(state: DispatchState) -> tuple[ReservationReleased, ...]:
    """Return the release of everything that is reserved or still asked for."""
    return tuple(ReservationReleased(ask=name, resource=ask.resource) for name, ask in state.asks.items())


def answered(
    state: DispatchState, answer: ReservationGranted | ReservationRefused, at: datetime, policy: Policy
) -> Outcome:
    """Take the answer of a stock or an agenda; one to what was dropped meanwhile is released."""
    ask = state.asks.get(answer.ask)
    if ask is None:
        if isinstance(answer, ReservationRefused):
            return Ignored("refused, and no longer wanted")
        return happened(ReservationReleased(ask=answer.ask, resource=answer.resource))
    if ask.status == "granted":
        return Ignored("this ask was granted before")
    if isinstance(answer, ReservationRefused) and ask.status == "missing":
        return Ignored("this ask was refused before")
    if isinstance(answer, ReservationRefused):
        return _refused(answer, ask.quantity, at, policy)
    if answer.resource.startswith("technician:"):
        return _slot_granted(state, answer, policy)
    return _part_granted(state, answer, at, policy)


def _refused(answer: ReservationRefused, quantity: int, at: datetime, policy: Policy) -> Outcome:
    delay = policy.dispatch.retry_missing_part
    retry_at = add(policy.calendars[delay.calendar], at, delay.duration)
    if not answer.resource.startswith("part:"):
        technician = answer.resource.partition(":")[2]
        return happened(TimeMissing(ask=answer.ask, technician=technician, retry_at=retry_at))
    missing = PartMissing(
        ask=answer.ask,
        part=part_of(answer.resource),
        quantity=quantity,
        resource=answer.resource,
        retry_at=retry_at,
    )
    return happened(missing)


def _part_granted(state: DispatchState, answer: ReservationGranted, at: datetime, policy: Policy) -> Outcome:
    events: list[Event] = [PartReserved(ask=answer.ask, part=part_of(answer.resource), quantity=answer.quantity)]
    others = [ask for name, ask in state.asks.items() if name != answer.ask]
    if all(ask.status == "granted" for ask in others):
        ticket = answer.ask.rpartition("/")[0]
        events.append(ask_slot(state, ticket, state.attempts + 1, at, policy))
    return happened(*events)


def _slot_granted(state: DispatchState, answer: ReservationGranted, policy: Policy) -> Outcome:
    due_at = state.due_at("on-site")
    assert answer.start and answer.end and due_at and state.noted
    planned = VisitPlanned(
        visit=state.visit,
        ask=answer.ask,
        technician=state.technician,
        start=answer.start,
        end=answer.end,
        parts=state.parts,
    )
    last = len(policy.dispatch.warnings)
    watched = state.on_site_watched and state.arrived_at is None and not state.stands_still("on-site")
    if watched and answer.start > due_at and f"risk:on-site:{last}" not in state.told:
        # Said when it is known, not when it is missed (R10).
        risk = PromiseAtRisk(
            promise="on-site",
            due_at=due_at,
            step=last,
            to="dispatcher",
            person=state.technician,
            on_call=state.is_on_call(policy),
        )
        return happened(planned, risk)
    return happened(planned)


def retried(state: DispatchState, ticket: str, ask: str, at: datetime, policy: Policy) -> Outcome:
    """Ask again for a part that was missing."""
    missing = state.asks.get(ask)
    if missing is None or missing.status != "missing":
        return Ignored("this part is not missing any more")
    number = state.attempts + 1
    if missing.resource.startswith("part:"):
        again = ask_part(ticket, number, missing.resource, missing.quantity, at, policy)
    else:
        again = ask_slot(state, ticket, number, at, policy)
    return happened(ReservationReleased(ask=ask, resource=missing.resource), again)
