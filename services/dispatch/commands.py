"""What technicians ask for, done or refused with a reason that they read (R9 to R11). Pure, part of `decide`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.dispatch import reservations
from services.dispatch.rules import may_depart, may_resolve_remotely, may_visit
from services.dispatch.state import DispatchState
from shared.decider import Early, Outcome, happened
from shared.events.base import Command, Event, TicketFacts
from shared.events.dispatch import (
    CommandRefused,
    DeclareResolved,
    Depart,
    PromiseMissed,
    RecordRemoteAction,
    RemoteActionRecorded,
    ReportVisit,
    RequestVisit,
    TakeCharge,
    TakenCharge,
    TechnicianMobilised,
    TicketResolved,
    VisitNeeded,
    VisitReported,
)
from shared.policy.model import Policy


def obeyed(state: DispatchState, ticket: str, command: Command, at: datetime, policy: Policy) -> Outcome:
    """Return what follows from a command: its events, or a refusal that its giver sees."""
    if state.phase == "noted":
        return Early("the ticket is not queued yet")
    match command:
        case TakeCharge(by=by):
            if state.phase != "queued":
                return _refused(command, f"Le dossier est déjà pris en charge par {state.technician}.")
            return happened(TakenCharge(technician=by, at=at), *_missed_charge(state, at))
        case RecordRemoteAction():
            return _remote(state, command)
        case RequestVisit():
            return _visit(state, ticket, command, at, policy)
        case Depart():
            return _depart(state, command)
        case ReportVisit():
            return _report(state, command, at)
        case DeclareResolved():
            return _resolve(state, command, at)
        case _:
            return _refused(command, "Cette commande n'est pas connue du traitement.")


def _missed_charge(state: DispatchState, at: datetime) -> tuple[PromiseMissed, ...]:
    """A charge taken past its deadline is a miss, even where it overtakes the deadline's own timer."""
    due_at = state.take_charge_by
    if state.taken_at is not None or due_at is None or at <= due_at or "missed:take-charge" in state.told:
        return ()
    return (PromiseMissed(promise="take-charge", due_at=due_at),)


def _refused(command: Command, reason: str) -> Outcome:
    return happened(CommandRefused(command=command.type_name, by=command.by, reason=reason))


def _remote(state: DispatchState, command: RecordRemoteAction) -> Outcome:
    if state.phase not in ("taken", "reserving", "planned"):
        return _refused(command, "Une action à distance se note sur un dossier pris en charge.")
    return happened(
        RemoteActionRecorded(technician=command.by, action=command.action, outcome=command.outcome, note=command.note)
    )


def _visit(state: DispatchState, ticket: str, command: RequestVisit, at: datetime, policy: Policy) -> Outcome:
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
        duration=command.duration or policy.dispatch.visit_duration,
    )
    asks: list[Event] = [
        reservations.ask_part(ticket, state.attempts + n, line.part, line.quantity, at, policy)
        for n, line in enumerate(command.parts, start=1)
    ]
    if not asks:
        ready = replace(state, duration=needed.duration)
        asks.append(reservations.ask_slot(ready, ticket, state.attempts + 1, at, policy))
    return happened(needed, *asks)


def _depart(state: DispatchState, command: Depart) -> Outcome:
    reserved = all(ask.status == "granted" for ask in state.asks.values())
    if state.phase != "planned" or not may_depart(reserved):
        return _refused(command, "Pas de départ sans rendez-vous ni pièces réservées (R11).")
    return happened(TechnicianMobilised(visit=state.visit, technician=command.by, parts=state.parts))


def _report(state: DispatchState, command: ReportVisit, at: datetime) -> Outcome:
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
    assert state.on_site_by is not None
    watched = state.on_site_watched and state.arrived_at is None and "missed:on-site" not in state.told
    if watched and command.arrived_at > state.on_site_by:
        events.append(PromiseMissed(promise="on-site", due_at=state.on_site_by))
    if command.outcome == "repaired":
        arrived = state.first_arrived_at or command.arrived_at
        events.append(_resolved(state, "on-site", command.by, command.report, at, arrived))
    return happened(*events)


def _resolve(state: DispatchState, command: DeclareResolved, at: datetime) -> Outcome:
    if state.phase not in ("taken", "reserving", "planned"):
        return _refused(command, "Le dossier n'est pas en cours de traitement.")
    if command.how == "remote" and not may_resolve_remotely(state.remote):
        return _refused(command, "Aucune action à distance réussie n'est enregistrée (R9).")
    if command.how == "on-site" and state.first_arrived_at is None:
        return _refused(command, "Aucune intervention sur site n'est enregistrée.")
    resolved = _resolved(state, command.how, command.by, command.summary, at, state.first_arrived_at)
    return happened(*reservations.released(state), resolved)


def _resolved(
    state: DispatchState,
    how: Literal["remote", "on-site", "advice"],
    by: str,
    summary: str,
    at: datetime,
    arrived_at: datetime | None,
) -> TicketResolved:
    noted, first, last = state.noted, state.first_criticality or state.criticality, state.criticality
    assert noted and first and last and state.take_charge_by and state.on_site_by
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
        take_charge_by=state.take_charge_by,
        taken_charge_at=state.taken_at,
        on_site_by=state.on_site_by,
        on_site_at=arrived_at,
        how=how,
        resolved_at=at,
    )
    return TicketResolved(resolution=state.resolution, how=how, by=by, summary=summary, ticket=facts)
