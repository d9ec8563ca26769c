"""Events of a whole life of one ticket, one of each where tests need them by name."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.events import closure, dispatch, intake, notify, survey, triage
from shared.events.base import Criticality, Event, TicketFacts
from shared.events.requests import Scores
from tests.unit.services.desk.told import MONDAY

NUMBER = "26-666-273-Y"


def at(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """An instant after Monday morning."""
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes)


def promised(criticality: Criticality, charge: float, on_site: float) -> intake.Promise:
    return intake.Promise(
        criticality=criticality, take_charge_by=at(hours=charge), on_site_by=at(hours=on_site), in_words="…"
    )


PROMISES: dict[Criticality, intake.Promise] = {
    "critique": promised("critique", 1, 4),
    "standard": promised("standard", 4, 24),
    "informatif": promised("informatif", 9, 72),
}
OPENED = intake.TicketOpened(
    number=NUMBER,
    request="r0",
    channel="email",
    received_at=MONDAY,
    contract=intake.Contract(customer="C-1001", site="S-1001", tier="premium", version="1"),
    triage_by=at(minutes=10),
    acknowledge_by_if_urgent=at(minutes=30),
    acknowledge_by_otherwise=at(minutes=40),
    promises=PROMISES,
)
ACK_ASKED = intake.AcknowledgementAsked(
    generation=1, because="classified", promise=PROMISES["standard"], acknowledge_by=at(minutes=40)
)
ACK_NOTED = intake.AcknowledgementNoted(generation=1, accepted_at=at(minutes=2), late=False)
CLASSIFIED = triage.TicketClassified(
    criticality="standard",
    doubt=True,
    reasons=(triage.Reason(rule="A", says="Un seul appareil est en panne."),),
    personal=triage.Evidence(evidence={"A": ("détecteur",)}),
    grid="1",
)
QUEUED = dispatch.HandlingQueued(
    resolution=1,
    criticality="standard",
    take_charge_by=at(hours=4),
    on_site_by=at(hours=24),
    watches={
        "take-charge": dispatch.Watch(calendar="france", since=MONDAY, warnings=(at(hours=2), at(hours=3))),
        "on-site": dispatch.Watch(calendar="france", since=MONDAY, warnings=(at(hours=12), at(hours=20))),
    },
    because="classified",
)
WITH_RESTORING = QUEUED.model_copy(update={"restored_by": at(hours=48)})
PAUSED = dispatch.ClockPaused(
    pause=1,
    reason="access-refused",
    clocks=("on-site", "restored"),
    by="T-01",
    note="portail fermé",
    at=at(hours=2),
    look_at=at(days=5, hours=2),
)
RESUMED = dispatch.ClockResumed(
    pause=1,
    because="customer",
    at=at(hours=5),
    take_charge_by=at(hours=4),
    on_site_by=at(hours=27),
    restored_by=at(hours=51),
    watches=QUEUED.watches,
)
TAKEN = dispatch.TakenCharge(technician="T-01", at=at(hours=1))
VISIT_NEEDED = dispatch.VisitNeeded(
    visit=1,
    technician="T-01",
    reason="hardware-failure",
    diagnosis="batterie morte",
    parts=(dispatch.PartLine(part="BAT-12V7"),),
    duration=timedelta(hours=2),
)
PART_ASKED = dispatch.ReservationAsked(ask="t/1", resource="part:BAT-12V7@central", answer_by=at(hours=2))
PART_RESERVED = dispatch.PartReserved(ask="t/1", part="BAT-12V7", quantity=1)
PLANNED = dispatch.VisitPlanned(
    visit=1, ask="t/2", technician="T-01", start=at(days=1), end=at(days=1, hours=2), parts=VISIT_NEEDED.parts
)
MOBILISED = dispatch.TechnicianMobilised(visit=1, technician="T-01", parts=VISIT_NEEDED.parts)
REPORTED = dispatch.VisitReported(
    visit=1, technician="T-01", outcome="repaired", arrived_at=at(hours=23.5), report="batterie changée"
)
FACTS = TicketFacts(
    number=NUMBER,
    channel="email",
    tier="premium",
    customer="C-1001",
    calendar="france",
    opened_at=MONDAY,
    first_criticality="standard",
    last_criticality="standard",
    take_charge_by=at(hours=4),
    on_site_by=at(hours=24),
    how="on-site",
    resolved_at=at(days=1, hours=1),
)
RESOLVED = dispatch.TicketResolved(resolution=1, how="on-site", by="T-01", summary="batterie changée", ticket=FACTS)
CONFIRMATION_ASKED = closure.ConfirmationAsked(resolution=1, remind_at=at(days=3), ticket=FACTS)
REMINDER_ASKED = closure.ReminderAsked(resolution=1, reminder=1, asked_at=at(days=3), report_by=at(days=4))
FIVE_DAYS = closure.FiveDaysStarted(resolution=1, delivered_at=at(days=3), until=at(days=8))
SILENCE_ASKED = closure.SilenceAsked(resolution=1, until=at(days=8))
CLOSED = closure.TicketClosed(resolution=1, cause="silence", closed_at=at(days=8, minutes=1), ticket=FACTS)
REOPENED = closure.TicketReopened(resolution=1, because="denied", undoes_closing=False)
READING_NEEDED = closure.ReadingNeeded(resolution=1, request="r1")
AT_CLOSING = survey.TicketAtClosing(**FACTS.model_dump())
SURVEY_PLANNED = survey.SurveyPlanned(
    resolution=1,
    cause="silence",
    closed_at=at(days=8),
    send_at=at(days=9),
    latest_at=at(days=10),
    ticket=AT_CLOSING,
)
SURVEY_ANSWERED = survey.SurveyAnswered(
    resolution=1,
    scores=Scores(responsiveness=4, quality=5, communication=3),
    answered_at=at(days=11),
    ticket=AT_CLOSING,
)
REMINDER = notify.MessageToSend(message="m1", kind="reminder", generation=1, resolution=1, channel="email")

HANDLED_ON_SITE: tuple[Event, ...] = (
    QUEUED,
    TAKEN,
    VISIT_NEEDED,
    PART_ASKED,
    PART_RESERVED,
    PLANNED,
    MOBILISED,
    REPORTED,
    RESOLVED,
)
SILENT_CLOSING: tuple[Event, ...] = (CONFIRMATION_ASKED, REMINDER_ASKED, FIVE_DAYS, SILENCE_ASKED, CLOSED)
