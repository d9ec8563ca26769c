"""What technicians ask for, done or refused with a reason that they read (R9 to R11). Pure, part of `decide`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.dispatch import pauses, reservations
from services.dispatch.rules import may_depart, may_resolve_remotely, may_visit
from services.dispatch.state import DispatchState, evolve
from shared.decider import Early, Outcome, happened
from shared.events.base import Command, Event, TicketFacts
from shared.events.dispatch import (
    CommandRefused,
    DeclareResolved,
    Depart,
    PauseClock,
    PromiseMissed,
    PromiseName,
    RecordRemoteAction,
    RemoteActionRecorded,
    ReportVisit,
    RequestVisit,
    ResumeClock,
    TakeCharge,
    TakenCharge,
    TechnicianMobilised,
    TicketResolved,
    VisitNeeded,
    VisitReported,
)
from shared.policy.model import Policy


def obeyed(state: DispatchState, ticket: str, command: Command, depot: str, at: datetime, policy: Policy) -> Outcome:
    """Return what follows from a command: its events, or a refusal that its giver sees.

    `depot` is where the registry keeps the parts of who gives it; empty where it knows nobody of that id.
    """
    if state.phase == "noted":
        return Early("the ticket is not queued yet")
    match command:
        case TakeCharge(by=by):
            if state.phase != "queued":
                return _refused(command, f"Le dossier est déjà pris en charge par {state.technician}.")
            return happened(TakenCharge(technician=by, at=at), *_missed_charge(state, at, policy))
        case RecordRemoteAction():
            return _remote(state, command)
        case RequestVisit():
            return _visit(state, ticket, command, depot or policy.dispatch.depot, at, policy)
        case Depart():
            return _depart(state, command, at, policy)
        case ReportVisit():
            return _report(state, command, at, policy)
        case DeclareResolved():
            return _resolve(state, command, at, policy)
        case PauseClock():
            paused = pauses.begun(state, command, at, policy)
            return _refused(command, paused) if isinstance(paused, str) else happened(paused)
        case ResumeClock():
            resumed = pauses.ended(state, "technician", at, policy)
            return happened(*resumed) if resumed else _refused(command, "Aucune attente n'est en cours.")
        case _:
            return _refused(command, "Cette commande n'est pas connue du traitement.")


def _missed_charge(state: DispatchState, at: datetime, policy: Policy) -> tuple[PromiseMissed, ...]:
    """A charge taken past its deadline is a miss, even where it overtakes the deadline's own timer."""
    due_at = state.due_at("take-charge")
    if state.taken_at is not None or due_at is None or at <= due_at or "missed:take-charge" in state.told:
        return ()
    return (_missed(state, "take-charge", due_at, policy),)


def _refused(command: Command, reason: str) -> Outcome:
    return happened(CommandRefused(command=command.type_name, by=command.by, reason=reason))


def _remote(state: DispatchState, command: RecordRemoteAction) -> Outcome:
    if state.phase not in ("taken", "reserving", "planned"):
        return _refused(command, "Une action à distance se note sur un dossier pris en charge.")
    return happened(
        RemoteActionRecorded(technician=command.by, action=command.action, outcome=command.outcome, note=command.note)
    )


def _visit(
    state: DispatchState, ticket: str, command: RequestVisit, depot: str, at: datetime, policy: Policy
) -> Outcome:
    if state.phase != "taken":
        return _refused(command, "Une intervention se demande sur un dossier pris en charge.")
    if not may_visit(command.reason, state.remote):
        return _refused(command, "Le dépannage à distance n'a pas été tenté sans succès (R9, R10).")
    needed = VisitNeeded(
        visit=state.visit + 1,
        technician=command.by,
        reason=command.reason,
        diagnosis=command.diagnosis,
        parts=command.parts,
        depot=depot,
        duration=command.duration or policy.dispatch.visit_duration,
    )
    asks: list[Event] = [
        reservations.ask_part(
            ticket, state.attempts + n, reservations.part_resource(line.part, depot), line.quantity, at, policy
        )
        for n, line in enumerate(command.parts, start=1)
    ]
    if not asks:
        ready = replace(state, duration=needed.duration)
        asks.append(reservations.ask_slot(ready, ticket, state.attempts + 1, at, policy))
    return happened(needed, *asks)


def _depart(state: DispatchState, command: Depart, at: datetime, policy: Policy) -> Outcome:
    reserved = all(ask.status == "granted" for ask in state.asks.values())
    if state.phase != "planned" or not may_depart(reserved):
        return _refused(command, "Pas de départ sans rendez-vous ni pièces réservées (R11).")
    left = TechnicianMobilised(visit=state.visit, technician=command.by, parts=state.parts)
    return happened(*pauses.ended(state, "departure", at, policy), left)


def _report(state: DispatchState, command: ReportVisit, at: datetime, policy: Policy) -> Outcome:
    if state.phase != "mobilised":
        return _refused(command, "Aucune intervention n'est en cours.")
    events: list[Event] = [
        VisitReported(
            visit=state.visit,
            technician=command.by,
            outcome=command.outcome,
            arrived_at=command.arrived_at,
            report=command.report,
        )
    ]
    due_at = state.due_at("on-site")
    assert due_at is not None
    watched = state.on_site_watched and state.arrived_at is None and "missed:on-site" not in state.told
    if watched and command.arrived_at > due_at:
        events.append(_missed(state, "on-site", due_at, policy))
    if command.outcome == "repaired":
        arrived = state.first_arrived_at or command.arrived_at
        events += [
            *_missed_restoring(state, at, policy),
            _resolved(state, "on-site", command.by, command.report, at, arrived),
        ]
    return happened(*events)


def _missed_restoring(state: DispatchState, at: datetime, policy: Policy) -> tuple[PromiseMissed, ...]:
    """A resolution past its deadline is a miss, even where it overtakes the deadline's own timer."""
    due_at = state.due_at("restored")
    if due_at is None or at <= due_at or "missed:restored" in state.told:
        return ()
    return (_missed(state, "restored", due_at, policy),)


def _missed(state: DispatchState, name: PromiseName, due_at: datetime, policy: Policy) -> PromiseMissed:
    return PromiseMissed(promise=name, due_at=due_at, person=state.technician, on_call=state.is_on_call(policy))


def _resolve(state: DispatchState, command: DeclareResolved, at: datetime, policy: Policy) -> Outcome:
    if state.phase not in ("taken", "reserving", "planned"):
        return _refused(command, "Le dossier n'est pas en cours de traitement.")
    if command.how == "remote" and not may_resolve_remotely(state.remote):
        return _refused(command, "Aucune action à distance réussie n'est enregistrée (R9).")
    if command.how == "on-site" and state.first_arrived_at is None:
        return _refused(command, "Aucune intervention sur site n'est enregistrée.")
    resumed = pauses.ended(state, "resolved", at, policy)
    for one in resumed:
        state = evolve(state, one)
    resolved = _resolved(state, command.how, command.by, command.summary, at, state.first_arrived_at)
    return happened(*reservations.released(state), *resumed, *_missed_restoring(state, at, policy), resolved)


def _resolved(
    state: DispatchState,
    how: Literal["remote", "on-site", "advice"],
    by: str,
    summary: str,
    at: datetime,
    arrived_at: datetime | None,
) -> TicketResolved:
    noted, first, last = state.noted, state.first_criticality or state.criticality, state.criticality
    restored = state.due_at("restored")
    assert noted and first and last and state.clocks
    facts = TicketFacts(
        number=noted.number,
        channel=noted.channel,
        tier=noted.contract.tier,
        customer=noted.contract.customer,
        site=noted.contract.site,
        equipment=noted.equipment,
        calendar=noted.contract.calendar,
        opened_at=noted.received_at,
        first_criticality=first,
        last_criticality=last,
        take_charge_by=state.clocks["take-charge"].due_at,
        taken_charge_at=state.taken_at,
        on_site_by=state.clocks["on-site"].due_at,
        on_site_at=arrived_at,
        restored_by=restored,
        how=how,
        resolved_at=at,
    )
    return TicketResolved(resolution=state.resolution, how=how, by=by, summary=summary, ticket=facts)
