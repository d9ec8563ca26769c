"""What a ticket's change adds to the histograms and counters of the SLA: each thing once, in whatever order it came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.desk.projection import Ticket, fold_all
from services.desk.sla import Observation, observations, view_of
from services.desk.stages.dispatch import DispatchView
from shared.events import closure, dispatch, intake, notify
from shared.events.base import Event, Personal
from tests.requirements import requirement
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import at
from tests.unit.services.desk.told import READER, TICKET, in_turn

WHOSE = ("standard", "premium")
Said = tuple[str, Sequence[Event]]


def folded(*said: Said, ticket: Ticket | None = None) -> Ticket:
    """A ticket after what stages have said, each from its first event on."""
    after = ticket or Ticket(TICKET)
    for stage, events in said:
        after = fold_all(after, in_turn(stage, events), READER.again)
    return after


def between(before: Sequence[Said], after: Sequence[Said]) -> list[Observation]:
    """What is observed when a ticket comes from one to the other."""
    return list(observations(folded(*before), folded(*after)))


def counted(metric: str, *labels: str) -> Observation:
    return Observation(metric, labels)


def kept(promise: str, yes: bool) -> Observation:
    return counted("sav_sla_promises_total", promise, *WHOSE, "yes" if yes else "no")


OPEN: tuple[Said, ...] = (("intake", (lives.OPENED,)), ("triage", (lives.CLASSIFIED,)))
QUEUED: Said = ("dispatch", (lives.QUEUED,))


def taken(hours: float) -> Said:
    return "dispatch", (lives.QUEUED, dispatch.TakenCharge(technician="T-01", at=at(hours=hours)))


def test_an_opened_ticket_is_counted_by_its_channel() -> None:
    assert between((), OPEN) == [counted("sav_tickets_opened_total", "email")]


@requirement("R3")
@pytest.mark.parametrize("late", [False, True])
def test_an_acknowledgement_is_observed_from_the_receipt_and_counted_as_intake_judged_it(late: bool) -> None:
    noted = intake.AcknowledgementNoted(generation=1, accepted_at=at(minutes=2), late=late)
    after = (("intake", (lives.OPENED, lives.ACK_ASKED, noted)), OPEN[1])

    assert between(OPEN, after) == [
        Observation("sav_sla_acknowledgement_seconds", WHOSE, 120.0),
        kept("acknowledgement", not late),
    ]


@requirement("R4")
@pytest.mark.parametrize(("hours", "yes"), [(3.999, True), (4, True), (4.001, False)])
def test_a_charge_taken_exactly_at_its_deadline_is_in_time(hours: float, yes: bool) -> None:
    seconds = (at(hours=hours) - at()).total_seconds()

    assert between((*OPEN, QUEUED), (*OPEN, taken(hours))) == [
        Observation("sav_sla_take_charge_seconds", WHOSE, seconds),
        kept("take-charge", yes),
    ]


@requirement("R4")
def test_a_promise_that_dispatch_called_missed_is_not_kept_whatever_its_deadline_became_since() -> None:
    missed = dispatch.PromiseMissed(promise="take-charge", due_at=at(hours=4))
    later = dispatch.PromiseRecomputed(**lives.QUEUED.model_dump() | {"take_charge_by": at(hours=9)})
    events = (lives.QUEUED, missed, later, dispatch.TakenCharge(technician="T-01", at=at(hours=5)))

    assert kept("take-charge", False) in between((*OPEN, QUEUED), (*OPEN, ("dispatch", events)))


def test_a_second_technician_observes_nothing_anew() -> None:
    again = (lives.QUEUED, lives.TAKEN, dispatch.TakenCharge(technician="T-02", at=at(hours=3)))

    assert between((*OPEN, taken(1)), (*OPEN, ("dispatch", again))) == []


@requirement("R10")
def test_the_first_arrival_on_site_is_observed_once_and_against_its_promise() -> None:
    before = (*OPEN, ("dispatch", lives.HANDLED_ON_SITE[:7]))

    assert between(before, (*OPEN, ("dispatch", lives.HANDLED_ON_SITE[:8]))) == [
        Observation("sav_sla_on_site_seconds", WHOSE, 23.5 * 3600),
        kept("on-site", True),
    ]


@requirement("R10")
@pytest.mark.parametrize(("hours", "yes"), [(47.999, True), (48, True), (48.001, False)])
def test_each_resolution_is_observed_from_the_receipt_and_against_its_promise(hours: float, yes: bool) -> None:
    resolved = lives.RESOLVED.model_copy(
        update={"ticket": lives.FACTS.model_copy(update={"resolved_at": at(hours=hours)})}
    )
    before = (lives.WITH_RESTORING, lives.TAKEN)
    again = lives.WITH_RESTORING.model_copy(update={"because": "reopened", "resolution": 2})
    seconds = (at(hours=hours) - at()).total_seconds()
    seen = [Observation("sav_sla_restored_seconds", WHOSE, seconds), kept("restored", yes)]

    once = (*OPEN, ("dispatch", (*before, resolved)))
    reopened = (*OPEN, ("dispatch", (*before, resolved, again)))
    assert between((*OPEN, ("dispatch", before)), once) == seen
    assert between(once, reopened) == []
    assert between(reopened, (*OPEN, ("dispatch", (*before, resolved, again, resolved)))) == seen


def test_where_no_restoring_is_promised_none_is_kept_or_missed() -> None:
    found = between((*OPEN, taken(1)), (*OPEN, ("dispatch", (lives.QUEUED, lives.TAKEN, lives.RESOLVED))))

    assert [one.metric for one in found] == ["sav_sla_restored_seconds"]


@requirement("R10")
def test_what_the_contract_lets_a_clock_stand_still_is_not_observed() -> None:
    waited = (lives.WITH_RESTORING, lives.TAKEN, lives.PAUSED, lives.RESUMED)
    arrived = lives.REPORTED.model_copy(update={"arrived_at": at(hours=27)})
    late = lives.REPORTED.model_copy(update={"arrived_at": at(hours=27.001)})

    seen = between((*OPEN, ("dispatch", waited)), (*OPEN, ("dispatch", (*waited, arrived, lives.RESOLVED))))

    assert seen == [
        # Three of each were waited for the customer.
        Observation("sav_sla_on_site_seconds", WHOSE, 24 * 3600.0),
        kept("on-site", True),
        Observation("sav_sla_restored_seconds", WHOSE, 22 * 3600.0),
        kept("restored", True),
    ]
    assert kept("on-site", False) in between((*OPEN, ("dispatch", waited)), (*OPEN, ("dispatch", (*waited, late))))


def test_a_clock_that_was_kept_or_past_when_the_pause_began_does_not_stand_still() -> None:
    arrived = lives.REPORTED.model_copy(update={"arrived_at": at(hours=1)})
    kept_on_site = (lives.WITH_RESTORING, lives.TAKEN, arrived, lives.PAUSED)
    past = lives.PAUSED.model_copy(update={"at": at(hours=24)})

    assert view_of(folded(*OPEN, ("dispatch", kept_on_site)), "dispatch", DispatchView).stopped == ("restored",)
    assert view_of(folded(*OPEN, ("dispatch", (lives.WITH_RESTORING, past))), "dispatch", DispatchView).stopped == (
        "restored",
    )


def test_a_charge_that_is_heard_of_before_the_opening_is_observed_with_the_opening() -> None:
    assert between((), (taken(1),)) == []

    assert between((taken(1),), (*OPEN, taken(1))) == [
        Observation("sav_sla_take_charge_seconds", WHOSE, 3600.0),
        kept("take-charge", True),
        counted("sav_tickets_opened_total", "email"),
    ]


def test_copies_observe_nothing() -> None:
    ticket = folded(*OPEN, taken(1), ("closure", lives.SILENT_CLOSING))

    again = folded(*OPEN, taken(1), ("closure", lives.SILENT_CLOSING), ticket=ticket)

    assert list(observations(ticket, again)) == []


@requirement("R13")
def test_a_closing_is_counted_by_its_cause_and_observed_from_the_receipt() -> None:
    before = (*OPEN, ("closure", lives.SILENT_CLOSING[:-1]))

    assert between(before, (*OPEN, ("closure", lives.SILENT_CLOSING))) == [
        counted("sav_tickets_closed_total", "silence", *WHOSE),
        Observation("sav_sla_closing_seconds", WHOSE, timedelta(days=8, minutes=1).total_seconds()),
    ]


def test_a_reopening_is_counted_once() -> None:
    asked: Said = ("closure", (lives.CONFIRMATION_ASKED,))
    reopened: Said = ("closure", (lives.CONFIRMATION_ASKED, lives.REOPENED))

    assert between((*OPEN, asked), (*OPEN, reopened)) == [counted("sav_tickets_reopened_total", *WHOSE)]
    assert between((*OPEN, reopened), (*OPEN, reopened, QUEUED)) == []


@requirement("R14")
@pytest.mark.parametrize(("days", "yes"), [(9.999, True), (10, True), (10.001, False)])
def test_the_survey_is_observed_from_the_closing_to_the_departure_of_its_invitation(days: float, yes: bool) -> None:
    closed = (*OPEN, ("closure", lives.SILENT_CLOSING), ("survey", (lives.SURVEY_PLANNED,)))
    letter = notify.MessageToSend(message="m9", kind="survey", generation=1, resolution=1, channel="email")
    left = notify.MessageAccepted(
        message="m9", kind="survey", generation=1, resolution=1, channel="email", at=at(days=days)
    )

    seconds = (left.at - lives.CLOSED.closed_at).total_seconds()
    assert between(closed, (*closed, ("notify", (letter, left)))) == [
        Observation("sav_sla_survey_seconds", WHOSE, seconds),
        kept("survey", yes),
    ]


SILENT = lives.SILENT_CLOSING[:-1]
REFUSALS: list[tuple[Sequence[Event], Sequence[Event], str]] = [
    (SILENT[:-1], (closure.FiveDaysUndone(resolution=1, because="bounced"),), "bounced"),
    (SILENT, (closure.FiveDaysUndone(resolution=1, because="failed"),), "bounced"),
    (SILENT, (lives.READING_NEEDED,), "customer"),
    (SILENT, (lives.REOPENED,), "customer"),
]


@requirement("R13")
@pytest.mark.parametrize(("before", "then", "because"), REFUSALS, ids=lambda one: one if isinstance(one, str) else "")
def test_a_closing_by_silence_that_is_refused_is_counted_with_its_reason(
    before: Sequence[Event], then: Sequence[Event], because: str
) -> None:
    found = between((*OPEN, ("closure", before)), (*OPEN, ("closure", (*before, *then))))

    assert counted("sav_silent_closings_refused_total", because) in found


@requirement("R13")
@pytest.mark.parametrize("stage", ["intake", "notify"])
def test_silence_that_cannot_be_proved_is_counted_once(stage: str) -> None:
    call: Event = intake.NeedsAttention(reason="Un canal ne répond pas.", about="silence-unproven")
    if stage == "notify":
        call = notify.NeedsAttention(reason="Un canal ne répond pas.", about="silence-unproven")
    said: Said = (stage, (lives.OPENED, call) if stage == "intake" else (call,))
    before = (*OPEN, ("closure", SILENT))

    assert between(before, (*before, said)) == [counted("sav_silent_closings_refused_total", "unproven")]
    assert between((*before, said), (*before, said)) == []


@requirement("R13")
def test_a_closing_by_silence_that_comes_about_refuses_nothing() -> None:
    found = between((*OPEN, ("closure", SILENT)), (*OPEN, ("closure", lives.SILENT_CLOSING)))

    assert [one for one in found if one.metric == "sav_silent_closings_refused_total"] == []


def test_no_observation_carries_a_customers_words_or_a_name() -> None:
    words = Personal(name="Odette Barrois", email="odette@courrier.example", text="CANARI")
    opened = lives.OPENED.model_copy(update={"personal": words})

    found = between((), (("intake", (opened, lives.ACK_ASKED, lives.ACK_NOTED)), taken(1)))

    assert found
    assert not {"Odette", "odette", "CANARI", "T-01", TICKET, lives.NUMBER} & {
        label for one in found for label in one.labels
    }
