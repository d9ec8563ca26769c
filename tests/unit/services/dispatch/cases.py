"""Where a ticket stands in dispatch, told through the stage's own decisions."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.dispatch.app import STAGE
from services.dispatch.decide import Facts
from services.dispatch.state import DispatchState
from shared.events.base import Tier
from shared.events.dispatch import (
    DeclareResolved,
    Depart,
    PartLine,
    PauseClock,
    PauseReason,
    RecordRemoteAction,
    ReportVisit,
    RequestVisit,
    ResumeClock,
    TakeCharge,
)
from tests.unit.services.builders import MONDAY, classified, granted, opened, slot_granted
from tests.unit.services.harness import HOUR, MINUTE, Story, paris, story

Ticket = Story[DispatchState, Facts]

DISPATCH: Ticket = story(STAGE, Facts())
CAMERA = PartLine(part="CAM-3")
CABLE = PartLine(part="CABLE-20", quantity=2)
TAKE_CHARGE = TakeCharge(by="T-01")
TRIED = RecordRemoteAction(by="T-01", action="restart", outcome="failed", note="Toujours muette.")
WORKED = RecordRemoteAction(by="T-01", action="configuration", outcome="worked")
DEPART = Depart(by="T-01")
RESUME = ResumeClock(by="T-01")
TAKEN_AT = MONDAY + 30 * MINUTE
ASKED_AT = MONDAY + HOUR
VISIT_FROM = MONDAY + 3 * HOUR
VISIT_UNTIL = VISIT_FROM + 2 * HOUR
# Premium, Standard, reported on Monday at 10:00: four open hours, two days, three days.
CHARGE_BY = paris(2026, 11, 23, 14, 0)
ON_SITE_BY = paris(2026, 11, 25, 10, 0)
RESTORED_BY = paris(2026, 11, 26, 10, 0)


def visit(
    *parts: PartLine,
    reason: str = "hardware-failure",
    diagnosis: str = "Caméra morte.",
    duration: timedelta | None = None,
) -> RequestVisit:
    return RequestVisit.model_validate(
        {"by": "T-01", "reason": reason, "diagnosis": diagnosis, "parts": parts, "duration": duration}
    )


def report(outcome: str = "repaired", arrived_at: datetime = VISIT_FROM) -> ReportVisit:
    return ReportVisit.model_validate(
        {"by": "T-01", "outcome": outcome, "arrived_at": arrived_at, "report": "Remplacée."}
    )


def declare(how: str) -> DeclareResolved:
    return DeclareResolved.model_validate({"by": "T-01", "how": how, "summary": "Réglé."})


def pause(reason: PauseReason = "access-refused") -> PauseClock:
    return PauseClock(by="T-01", reason=reason, note="Portail fermé, personne ne répond à l'interphone.")


def queued(criticality: str = "standard", tier: Tier = "premium", at: datetime = MONDAY) -> Ticket:
    """Opened and classified, waiting for a technician."""
    verdict = classified().model_copy(update={"criticality": criticality})
    return DISPATCH.once(opened(at, tier=tier), at=at).once(verdict, at=at + MINUTE)


def taken(criticality: str = "standard", tier: Tier = "premium", at: datetime = MONDAY) -> Ticket:
    """T-01 has it, half an hour after the report."""
    return queued(criticality, tier, at).once(TAKE_CHARGE, at=at + (TAKEN_AT - MONDAY))


def reserving(*parts: PartLine, criticality: str = "standard") -> Ticket:
    """A visit was asked for, with these parts."""
    return taken(criticality).once(visit(*parts), at=ASKED_AT)


def planned(start: datetime = VISIT_FROM, criticality: str = "standard") -> Ticket:
    """One part is reserved, and T-01's time too."""
    ticket = reserving(CAMERA, criticality=criticality).once(granted(1), at=ASKED_AT + MINUTE)
    return ticket.once(slot_granted(2, start, start + 2 * HOUR), at=ASKED_AT + 2 * MINUTE)


def mobilised() -> Ticket:
    """T-01 has left."""
    return planned().once(DEPART, at=VISIT_FROM - HOUR)


def resolved_on_site() -> Ticket:
    """T-01 repaired it."""
    return mobilised().once(report(), at=VISIT_UNTIL)


def resolved_remotely() -> Ticket:
    return taken().once(WORKED, at=ASKED_AT).once(declare("remote"), at=ASKED_AT + MINUTE)
