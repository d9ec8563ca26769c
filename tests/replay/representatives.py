"""One typical instance of every event and command, with every optional field set, so that a sample shows them all.

Used by the sample writer, by the catalogue's table and by the tests that try every type on every state.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.events import closure, dispatch, intake, notify, resources, survey, triage
from shared.events.base import Payload, Personal
from tests.unit.services.builders import (
    MONDAY,
    NUMBER,
    SCORES,
    accepted,
    acknowledgement_asked,
    asked,
    bounced,
    classified,
    closed,
    confirmation_asked,
    confirmed,
    contract,
    customer_silent,
    delivered,
    denied,
    failed,
    message_id,
    no_bounce,
    opened,
    promised,
    reclassified,
    refused,
    reopened,
    replied,
    resolved,
    silence_asked,
    slot_granted,
    survey_answer,
    ticket_facts,
    took_back,
)
from tests.unit.services.harness import DAY, HOUR, MINUTE, TICKET


def _watch(*warnings: timedelta) -> dispatch.Watch:
    return dispatch.Watch(calendar="continuous", since=MONDAY, warnings=tuple(MONDAY + one for one in warnings))


UNTIL = MONDAY + 7 * DAY
CAMERA = dispatch.PartLine(part="CAM-3", quantity=2)

_INTAKE: tuple[Payload, ...] = (
    opened(phone="+33199000001", form={"equipment": "caméra", "protected": "yes"}).model_copy(
        update={"unknown_reference": "26-999-999-Z"}
    ),
    replied(MONDAY, automatic=True),
    confirmed(MONDAY),
    denied(MONDAY),
    took_back(MONDAY),
    survey_answer(MONDAY),
    acknowledgement_asked(),
    intake.AcknowledgementNoted(generation=1, accepted_at=MONDAY + 5 * MINUTE, late=False),
    intake.SilenceProofAsked(resolution=1, until=UNTIL, first_asked_at=UNTIL, look_again_at=UNTIL + 5 * MINUTE),
    customer_silent(UNTIL),
    intake.NeedsAttention(reason="L'accusé de réception n'est pas parti.", about="acknowledgement-late"),
)
_TRIAGE: tuple[Payload, ...] = (
    classified().model_copy(
        update={
            "site": triage.SiteKnown(
                devices=(triage.ZoneDevices(kind="caméra", zone="quai", count=4),), isolated_today=1, panel_calls=2
            )
        }
    ),
    reclassified("standard", "critique"),
    triage.CommandRefused(command=triage.Reclassify.type_name, by="T-01", reason="Il manque un motif."),
    triage.NeedsAttention(reason="Le dossier est retenu.", about="held"),
    triage.Reclassify(by="T-01", criticality="critique", reason="Le site n'est plus surveillé."),
)
_CLOCKS: dict[str, Any] = {
    "take_charge_by": MONDAY + HOUR,
    "on_site_by": MONDAY + 4 * HOUR,
    "restored_by": MONDAY + 8 * HOUR,
    "watches": {
        "take-charge": _watch(30 * MINUTE, 48 * MINUTE),
        "on-site": _watch(2 * HOUR, 3 * HOUR + 12 * MINUTE),
        "restored": _watch(4 * HOUR, 6 * HOUR + 24 * MINUTE),
    },
}
_DISPATCH: tuple[Payload, ...] = (
    dispatch.TicketNoted(
        number=NUMBER,
        channel="email",
        contract=contract(),
        equipment="caméra",
        received_at=MONDAY,
        promises={"critique": promised("critique"), "standard": promised("standard")},
    ),
    dispatch.HandlingQueued(
        resolution=1, criticality="critique", **_CLOCKS, page_at=MONDAY + 8 * HOUR, because="classified"
    ),
    dispatch.PromiseRecomputed(criticality="critique", **_CLOCKS, page_at=MONDAY + 8 * HOUR, late_by_reevaluation=True),
    dispatch.ClockPaused(
        pause=1,
        reason="access-refused",
        clocks=("on-site", "restored"),
        by="T-01",
        note="Portail fermé, personne ne répond.",
        at=MONDAY + 2 * HOUR,
        look_at=MONDAY + 2 * HOUR + 5 * DAY,
    ),
    dispatch.ClockResumed(pause=1, because="customer", at=MONDAY + 3 * HOUR, **_CLOCKS),
    dispatch.OnCallNeeded(
        number=NUMBER,
        resolution=1,
        criticality="critique",
        site="S-1",
        equipment="caméra",
        take_charge_by=MONDAY + HOUR,
    ),
    dispatch.TakenCharge(technician="T-01", at=MONDAY + 30 * MINUTE),
    dispatch.RemoteActionRecorded(technician="T-01", action="restart", outcome="failed", note="Toujours muette."),
    dispatch.VisitNeeded(
        visit=1,
        technician="T-01",
        reason="hardware-failure",
        diagnosis="Caméra morte.",
        parts=(CAMERA,),
        duration=timedelta(hours=2),
    ),
    asked(3, "technician:T-01", earliest=MONDAY + 2 * HOUR, duration=timedelta(hours=2)),
    dispatch.ReservationReleased(ask=f"{TICKET}/1", resource="part:CAM-3@central"),
    dispatch.PartReserved(ask=f"{TICKET}/1", part="CAM-3", quantity=2),
    dispatch.PartMissing(ask=f"{TICKET}/1", part="CAM-3", quantity=2, retry_at=MONDAY + 5 * HOUR),
    dispatch.TimeMissing(ask=f"{TICKET}/3", technician="T-01", retry_at=MONDAY + 5 * HOUR),
    dispatch.VisitPlanned(
        visit=1,
        ask=f"{TICKET}/3",
        technician="T-01",
        start=MONDAY + 3 * HOUR,
        end=MONDAY + 5 * HOUR,
        parts=(CAMERA,),
    ),
    dispatch.TechnicianMobilised(visit=1, technician="T-01", parts=(CAMERA,)),
    dispatch.VisitReported(
        visit=1, technician="T-01", outcome="repaired", arrived_at=MONDAY + 3 * HOUR, report="Remplacée."
    ),
    resolved(),
    dispatch.PromiseAtRisk(
        promise="on-site", due_at=MONDAY + 4 * HOUR, step=2, to="dispatcher", person="T-01", on_call=True
    ),
    dispatch.PromiseMissed(promise="on-site", due_at=MONDAY + 4 * HOUR, person="T-01", on_call=True),
    dispatch.CommandRefused(command=dispatch.Depart.type_name, by="T-01", reason="Pas de départ sans pièces."),
    dispatch.NeedsAttention(reason="Aucune réponse du stock.", about=f"unanswered:{TICKET}/1"),
    dispatch.TakeCharge(by="T-01"),
    dispatch.RecordRemoteAction(by="T-01", action="vpn", outcome="worked", note="Connecté."),
    dispatch.RequestVisit(
        by="T-01",
        reason="remote-insufficient",
        diagnosis="Caméra morte.",
        parts=(CAMERA,),
        duration=timedelta(hours=2),
    ),
    dispatch.Depart(by="T-01"),
    dispatch.ReportVisit(by="T-01", outcome="repaired", arrived_at=MONDAY + 3 * HOUR, report="Remplacée."),
    dispatch.DeclareResolved(by="T-01", how="remote", summary="Redémarrée."),
    dispatch.PauseClock(by="T-01", reason="waiting-for-customer", note="Le badge du local est demandé."),
    dispatch.ResumeClock(by="T-01"),
)
_RESOURCES: tuple[Payload, ...] = (
    slot_granted(3, MONDAY + 3 * HOUR, MONDAY + 5 * HOUR),
    refused(free=1),
    resources.ReservationGivenBack(ticket=TICKET, ask=f"{TICKET}/1", resource="part:CAM-3@central", quantity=2),
    resources.StockReceived(delivery="BL-1", resource="part:CAM-3@central", quantity=4),
    resources.NeedsAttention(reason="Des messages attendent.", about="waiting"),
    resources.ReceiveStock(by="D-01", delivery="BL-1", resource="part:CAM-3@central", quantity=4),
)
_CLOSURE: tuple[Payload, ...] = (
    confirmation_asked(),
    closure.AnswerNoted(resolution=1, answer="confirmed", received_at=MONDAY, final_at=MONDAY + 2 * MINUTE),
    closure.WaitingResumed(resolution=1, because="taken-back", remind_at=MONDAY + 2 * DAY, received_at=MONDAY),
    closure.ReminderAsked(resolution=1, reminder=1, asked_at=MONDAY + 2 * DAY, report_by=MONDAY + 3 * DAY),
    closure.FiveDaysStarted(resolution=1, delivered_at=MONDAY + 2 * DAY, until=UNTIL),
    closure.FiveDaysUndone(resolution=1, because="bounced"),
    silence_asked(UNTIL),
    closure.SilenceProved(resolution=1, until=UNTIL, by="intake", proved_at=UNTIL + MINUTE),
    closure.ReadingNeeded(resolution=1, request="m-2", received_at=MONDAY),
    closure.ReadingSettled(resolution=1, by="D-01"),
    closed(UNTIL, cause="silence"),
    reopened(),
    closure.CommandRefused(command=closure.ReadReply.type_name, by="D-01", reason="Une autre résolution."),
    closure.NeedsAttention(reason="La relance n'a pas pu être remise.", about="unreachable"),
    closure.ReadReply(by="D-01", resolution=1, meaning="not-solved"),
)
AT_CLOSING = survey.TicketAtClosing(
    **ticket_facts().model_dump() | {"on_site_at": MONDAY - HOUR, "how": "on-site"},
    acknowledged_at=MONDAY - 5 * HOUR + 3 * MINUTE,
    acknowledged_in_time=True,
    taken_charge_in_time=True,
    on_site_in_time=True,
)
_CLOSING: dict[str, Any] = {"resolution": 1, "cause": "confirmed", "closed_at": MONDAY, "ticket": AT_CLOSING}
_INVITED: dict[str, Any] = {**_CLOSING, "invited_at": MONDAY + DAY}
_SURVEY: tuple[Payload, ...] = (
    survey.ClassNoted(criticality="critique", since=MONDAY),
    survey.AcknowledgementNoted(generation=1, accepted_at=MONDAY, in_time=True),
    survey.SurveyPlanned(**_CLOSING, send_at=MONDAY + DAY, latest_at=MONDAY + 2 * DAY),
    survey.SurveyInvited(**_INVITED, latest_at=MONDAY + 2 * DAY, late=False, expires_at=MONDAY + 31 * DAY),
    survey.SurveyAnswered(
        **_INVITED, scores=SCORES, answered_at=MONDAY + 2 * DAY, personal=Personal(text="Rapide et clair.")
    ),
    survey.SurveyExpired(**_INVITED),
    survey.SurveyCancelled(**_INVITED, because="reopened", already_sent=True),
    survey.NeedsAttention(reason="Des messages attendent.", about="waiting"),
)
_NOTIFY: tuple[Payload, ...] = (
    notify.ContactNoted(
        number=NUMBER, channels=("email", "phone"), personal=Personal(name="Mme Martin", email="martin@client.example")
    ),
    notify.MessageToSend(
        message=message_id("acknowledgement", 1, 0, "email"),
        kind="acknowledgement",
        generation=1,
        resolution=0,
        channel="email",
        send_by=MONDAY + 30 * MINUTE,
        personal=notify.MessagePersonal(email="martin@client.example", subject="Votre demande", text="Bonjour"),
    ),
    accepted(MONDAY),
    delivered(MONDAY),
    bounced(MONDAY),
    failed(MONDAY),
    notify.BounceProofAsked(resolution=1, until=UNTIL, first_asked_at=UNTIL, look_again_at=UNTIL + 5 * MINUTE),
    no_bounce(UNTIL),
    notify.StaffMessageToSend(
        message=f"{TICKET}:page:1:1:T-07",
        kind="page",
        person="T-07",
        channel="phone",
        generation=1,
        resolution=1,
        answer_by=MONDAY + 10 * MINUTE,
        about="page",
        personal=notify.MessagePersonal(phone="+33199000007", subject="Astreinte", text="Dossier critique."),
    ),
    notify.StaffNoticeHeld(
        about="at-risk:on-site:2",
        kind="at-risk",
        promise="on-site",
        due_at=MONDAY + 4 * HOUR,
        person="T-01",
        until=MONDAY + DAY,
    ),
    notify.PageAnswered(resolution=1, page=1, person="T-07", at=MONDAY + 5 * MINUTE),
    notify.PagingEnded(resolution=1, because="taken"),
    notify.NeedsAttention(reason="Aucun canal.", about="unreachable:reminder:1:1"),
)

REPRESENTATIVES: dict[str, Payload] = {
    one.type_name: one for one in (*_INTAKE, *_TRIAGE, *_DISPATCH, *_RESOURCES, *_CLOSURE, *_SURVEY, *_NOTIFY)
}
"""By type name."""
