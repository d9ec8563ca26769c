"""What dispatch says: handling from taking charge to the resolution (R9 to R11), and the promises kept or missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from shared.events import base
from shared.events.base import Channel, Command, Criticality, Event, Instant, Model, TicketFacts
from shared.events.intake import Contract, Promise

PromiseName = Literal["take-charge", "on-site", "restored"]
PauseReason = Literal["waiting-for-customer", "access-refused"]
WarningTo = Literal["in-charge", "dispatcher"]
VisitReason = Literal["hardware-failure", "network-lost", "remote-insufficient", "safety"]


class PartLine(Model):
    """A part by its reference and how many of it."""

    part: str
    quantity: int = Field(default=1, ge=1)


class Watch(Model):
    """How one promise is counted: anybody can add it up again."""

    calendar: str
    """A calendar of the policy that the event names."""
    since: Instant
    """From when on: the first report, a raise, or the end of a pause."""
    warnings: tuple[Instant, ...] = ()
    """When it is said to be at risk, step by step."""


class TicketNoted(Event):
    """Dispatch has heard of the ticket; it waits for a class or for an acknowledgement to be handled under."""

    type_name = "sav.dispatch.ticket-noted.v1"
    number: str
    channel: Channel
    contract: Contract
    equipment: str = ""
    received_at: Instant
    promises: dict[Criticality, Promise]


class HandlingQueued(Event):
    """The ticket waits for a technician; the promises that hold for it (the earliest that anyone stated)."""

    type_name = "sav.dispatch.handling-queued.v1"
    resolution: int
    """The resolution that is being worked towards: 1 at first, one more after each reopening."""
    criticality: Criticality
    take_charge_by: Instant
    on_site_by: Instant
    restored_by: Instant | None = None
    """When the system works again; None: the contract promises nothing of the kind."""
    watches: dict[PromiseName, Watch]
    page_at: Instant | None = None
    """Not taken by then, the person on call is called (R1): at once where the desk is closed, or when it closes."""
    because: Literal["classified", "acknowledged", "reopened"]


class PromiseRecomputed(Event):
    """A re-evaluation or an acknowledgement moved a promise; never to a later instant once stated (R7)."""

    type_name = "sav.dispatch.promise-recomputed.v1"
    criticality: Criticality
    take_charge_by: Instant
    on_site_by: Instant
    restored_by: Instant | None = None
    watches: dict[PromiseName, Watch]
    page_at: Instant | None = None
    on_call: bool = False
    """Whether the ticket is served at any hour under its new class (R1)."""
    late_by_reevaluation: bool = False


class ClockPaused(Event):
    """The contract lets these clocks stand still from `at` on, until the customer's next word (R10)."""

    type_name = "sav.dispatch.clock-paused.v1"
    pause: int
    """1, 2… over the ticket's life."""
    reason: PauseReason
    clocks: tuple[PromiseName, ...]
    by: str
    note: str = ""
    """What the customer was asked, or who refused the access and when: the proof."""
    at: Instant
    look_at: Instant
    """Still paused then: a person looks."""


class ClockResumed(Event):
    """The pause ended at `at`: what was left of each delay runs on from there."""

    type_name = "sav.dispatch.clock-resumed.v1"
    pause: int
    because: Literal["customer", "technician", "departure", "resolved"]
    at: Instant
    take_charge_by: Instant
    on_site_by: Instant
    restored_by: Instant | None = None
    watches: dict[PromiseName, Watch]


class OnCallNeeded(Event):
    """Nobody is at the desk and the contract is served at any hour: notify calls the people on call in turn (R1)."""

    type_name = "sav.dispatch.on-call-needed.v1"
    number: str
    resolution: int
    criticality: Criticality
    site: str = ""
    equipment: str = ""
    take_charge_by: Instant


class TakenCharge(Event):
    """A technician has the ticket."""

    type_name = "sav.dispatch.taken-charge.v1"
    technician: str
    at: Instant


class RemoteActionRecorded(Event):
    """One remote action with its outcome (R9)."""

    type_name = "sav.dispatch.remote-action-recorded.v1"
    technician: str
    action: Literal["vpn", "logs", "restart", "configuration"]
    outcome: Literal["worked", "failed", "impossible"]
    note: str = ""


class VisitNeeded(Event):
    """Remote repair is not enough or not possible (R10): the recorded reason, and the parts of the diagnosis (R11)."""

    type_name = "sav.dispatch.visit-needed.v1"
    visit: int
    technician: str
    reason: VisitReason
    diagnosis: str
    parts: tuple[PartLine, ...] = ()
    depot: str = "central"
    """Where the technician's parts lie."""
    duration: timedelta


class ReservationAsked(Event):
    """Asked of a stock or an agenda. Also published on `sav.resources.asks` under `resource`."""

    type_name = "sav.dispatch.reservation-asked.v1"
    ask: str
    resource: str
    """`part:<reference>@<depot>` or `technician:<id>`."""
    quantity: int = 1
    earliest: Instant | None = None
    duration: timedelta | None = None
    on_call: bool = False
    """Of an agenda: at any hour, as a premium contract's Critique is served (R1)."""
    answer_by: Instant
    """No answer by then: a person is called."""


class ReservationReleased(Event):
    """What was asked is no longer wanted. Also published on `sav.resources.asks`."""

    type_name = "sav.dispatch.reservation-released.v1"
    ask: str
    resource: str


class PartReserved(Event):
    """A part is set aside for this ticket (R11)."""

    type_name = "sav.dispatch.part-reserved.v1"
    ask: str
    part: str
    quantity: int


class PartMissing(Event):
    """A part is not there: no departure without it (R11); asked again at `retry_at`."""

    type_name = "sav.dispatch.part-missing.v1"
    ask: str
    part: str
    quantity: int
    resource: str = ""
    """The stock that lacks it: `part:<reference>@<depot>`."""
    retry_at: Instant


class TimeMissing(Event):
    """A technician has no free time in sight; asked again at `retry_at`."""

    type_name = "sav.dispatch.time-missing.v1"
    ask: str
    technician: str
    retry_at: Instant


class VisitPlanned(Event):
    """A technician's time is reserved and the parts are too: the appointment (R10)."""

    type_name = "sav.dispatch.visit-planned.v1"
    visit: int
    ask: str
    technician: str
    start: Instant
    end: Instant
    parts: tuple[PartLine, ...] = ()


class TechnicianMobilised(Event):
    """The technician left, with the parts (R11)."""

    type_name = "sav.dispatch.technician-mobilised.v1"
    visit: int
    technician: str
    parts: tuple[PartLine, ...] = ()


class VisitReported(Event):
    """What came of the visit."""

    type_name = "sav.dispatch.visit-reported.v1"
    visit: int
    technician: str
    outcome: Literal["repaired", "not-repaired"]
    arrived_at: Instant
    report: str = ""


class TicketResolved(Event):
    """The company holds the problem to be solved: resolution `resolution`, remotely or on site."""

    type_name = "sav.dispatch.ticket-resolved.v1"
    resolution: int
    how: Literal["remote", "on-site", "advice"]
    by: str
    summary: str = ""
    ticket: TicketFacts


class PromiseAtRisk(Event):
    """A promise may be missed: said before its deadline (R10), once for each step of the policy."""

    type_name = "sav.dispatch.promise-at-risk.v1"
    promise: PromiseName
    due_at: Instant
    step: int = 1
    to: WarningTo = "dispatcher"
    person: str = ""
    """Who has the ticket; empty where nobody has."""
    on_call: bool = False
    """Whether this ticket is served at any hour (R1)."""


class PromiseMissed(Event):
    """A promise was missed at its deadline: said once."""

    type_name = "sav.dispatch.promise-missed.v1"
    promise: PromiseName
    due_at: Instant
    person: str = ""
    on_call: bool = False


class CommandRefused(base.CommandRefused):
    """Dispatch refuses a command, with the reason for the person who gave it."""

    type_name = "sav.dispatch.command-refused.v1"


class NeedsAttention(base.NeedsAttention):
    """Dispatch calls a person."""

    type_name = "sav.dispatch.needs-attention.v1"


class TakeCharge(Command):
    """`by` takes the ticket."""

    type_name = "sav.dispatch.take-charge.v1"


class RecordRemoteAction(Command):
    """`by` did this remotely, with this outcome (R9)."""

    type_name = "sav.dispatch.record-remote-action.v1"
    action: Literal["vpn", "logs", "restart", "configuration"]
    outcome: Literal["worked", "failed", "impossible"]
    note: str = ""


class RequestVisit(Command):
    """`by` asks for a visit, with the reason and the parts (R10, R11)."""

    type_name = "sav.dispatch.request-visit.v1"
    reason: VisitReason
    diagnosis: str
    parts: tuple[PartLine, ...] = ()
    duration: timedelta | None = Field(default=None, gt=timedelta(0))


class Depart(Command):
    """The technician leaves for the planned visit."""

    type_name = "sav.dispatch.depart.v1"


class ReportVisit(Command):
    """The technician says what came of it."""

    type_name = "sav.dispatch.report-visit.v1"
    outcome: Literal["repaired", "not-repaired"]
    arrived_at: Instant
    report: str = ""


class DeclareResolved(Command):
    """`by` holds the problem to be solved."""

    type_name = "sav.dispatch.declare-resolved.v1"
    how: Literal["remote", "on-site", "advice"]
    summary: str = ""


class PauseClock(Command):
    """`by` waits for the customer: the clocks that the contract names stand still until the customer's next word."""

    type_name = "sav.dispatch.pause-clock.v1"
    reason: PauseReason
    note: str = Field(min_length=1)


class ResumeClock(Command):
    """`by` goes on without waiting any longer."""

    type_name = "sav.dispatch.resume-clock.v1"


EVENTS = (
    TicketNoted,
    HandlingQueued,
    PromiseRecomputed,
    ClockPaused,
    ClockResumed,
    OnCallNeeded,
    TakenCharge,
    RemoteActionRecorded,
    VisitNeeded,
    ReservationAsked,
    ReservationReleased,
    PartReserved,
    PartMissing,
    TimeMissing,
    VisitPlanned,
    TechnicianMobilised,
    VisitReported,
    TicketResolved,
    PromiseAtRisk,
    PromiseMissed,
    CommandRefused,
    NeedsAttention,
)
COMMANDS = (TakeCharge, RecordRemoteAction, RequestVisit, Depart, ReportVisit, DeclareResolved, PauseClock, ResumeClock)
