"""Where a ticket stands, what is late and what a person is called for: functions of the sections alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from services.desk.projection import Ticket, fold_all
from services.desk.shown import MACHINE_GRACE, Shown
from shared.events import closure, dispatch, intake, notify, survey
from shared.events.base import Event
from shared.events.catalogue import EVENTS
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import at
from tests.unit.services.desk.told import MONDAY, READER, TICKET, said

SECOND = timedelta(seconds=1)
QUEUED_AGAIN = lives.QUEUED.model_copy(update={"resolution": 2, "because": "reopened"})
HANDLED = lives.HANDLED_ON_SITE


def shown(*events: Event, times: Iterable[datetime] = ()) -> Shown:
    """What is shown after these events, each stage's in its own order."""
    seqs: dict[str, int] = {}
    instants = iter(times)
    told = []
    for event in events:
        stage = EVENTS[event.type_name].owner
        seqs[stage] = seqs.get(stage, 0) + 1
        told.append(said(stage, seqs[stage], event, next(instants, MONDAY)))
    return fold_all(Ticket(TICKET), told, READER.again).shown


def test_a_ticket_carries_what_lists_filter_by() -> None:
    found = shown(lives.OPENED, lives.CLASSIFIED, lives.QUEUED, lives.TAKEN)

    assert (found.number, found.tier, found.channel, found.customer) == ("26-666-273-Y", "premium", "email", "C-1001")
    assert (found.criticality, found.doubt, found.technician) == ("standard", True, "T-01")
    assert found.opened_at == MONDAY


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        ([], "received"),
        ([lives.OPENED], "received"),
        ([lives.OPENED, *HANDLED[:1]], "queued"),
        ([lives.OPENED, *HANDLED[:2]], "handling"),
        ([lives.OPENED, *HANDLED[:3]], "reserving"),
        ([lives.OPENED, *HANDLED[:6]], "planned"),
        ([lives.OPENED, *HANDLED[:7]], "on-site"),
        ([lives.OPENED, *HANDLED[:8]], "handling"),
        ([lives.OPENED, *HANDLED], "resolved"),
        ([*HANDLED, lives.CONFIRMATION_ASKED], "confirming"),
        ([*HANDLED, *lives.SILENT_CLOSING[:2]], "reminded"),
        ([*HANDLED, *lives.SILENT_CLOSING[:3]], "reminded"),
        ([*HANDLED, *lives.SILENT_CLOSING[:3], closure.FiveDaysUndone(resolution=1, because="bounced")], "unreachable"),
        ([*HANDLED, lives.CONFIRMATION_ASKED, lives.READING_NEEDED], "reading"),
        ([*HANDLED, *lives.SILENT_CLOSING], "closed"),
    ],
)
def test_the_phase_follows_from_dispatch_and_closure(events: list[Event], phase: str) -> None:
    assert shown(*events).phase == phase


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        pytest.param([lives.CONFIRMATION_ASKED], "confirming", id="closure before dispatch was heard of"),
        pytest.param([*HANDLED, lives.CONFIRMATION_ASKED, lives.REOPENED], "queued", id="reopened, dispatch not heard"),
        pytest.param(
            [*HANDLED, QUEUED_AGAIN, lives.CONFIRMATION_ASKED], "queued", id="dispatch heard before the reopening"
        ),
        pytest.param(
            [*HANDLED, QUEUED_AGAIN, lives.TAKEN, lives.CONFIRMATION_ASKED, lives.REOPENED], "handling", id="both"
        ),
    ],
)
def test_the_one_that_went_further_says_the_phase_whichever_was_heard_first(events: list[Event], phase: str) -> None:
    assert shown(*events).phase == phase


def late_around(found: Shown, due: datetime) -> list[tuple[str, ...]]:
    return [found.late(due - SECOND), found.late(due), found.late(due + SECOND)]


@pytest.mark.parametrize(
    ("kind", "due", "events"),
    [
        ("acknowledgement", at(minutes=30), [lives.OPENED]),
        ("acknowledgement", at(minutes=40), [lives.OPENED, lives.ACK_ASKED]),
        ("take-charge", at(hours=4), [lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED]),
        ("take-charge", at(hours=4), [lives.QUEUED]),
        ("on-site", at(hours=24), [*HANDLED[:3]]),
        ("on-site", at(hours=24), [*HANDLED[:7]]),
        ("restored", at(hours=48), [lives.WITH_RESTORING, lives.TAKEN]),
        ("restored", at(hours=51), [lives.WITH_RESTORING, lives.TAKEN, lives.PAUSED, lives.RESUMED]),
        ("restored", at(hours=48), [lives.WITH_RESTORING, *HANDLED[1:8]]),
        ("reminder", at(days=3) + MACHINE_GRACE, [*HANDLED, lives.CONFIRMATION_ASKED]),
        ("five-days", at(days=8) + MACHINE_GRACE, [*HANDLED, *lives.SILENT_CLOSING[:3]]),
        ("survey", at(days=10), [*HANDLED, *lives.SILENT_CLOSING, lives.SURVEY_PLANNED]),
    ],
)
def test_what_is_due_is_late_just_after_its_instant_and_not_at_it(
    kind: str, due: datetime, events: list[Event]
) -> None:
    assert late_around(shown(*events), due) == [(), (), (kind,)]


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("acknowledgement", [lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED]),
        ("take-charge", [lives.QUEUED, lives.TAKEN]),
        ("on-site", [*HANDLED[:8]]),
        ("restored", [lives.WITH_RESTORING, *HANDLED[1:]]),
        ("restored", [lives.WITH_RESTORING, lives.TAKEN, lives.PAUSED]),
        ("on-site", [*HANDLED[:3], lives.PAUSED]),
        ("reminder", [*HANDLED, *lives.SILENT_CLOSING[:2]]),
        ("five-days", [*HANDLED, *lives.SILENT_CLOSING[:4]]),
        (
            "survey",
            [lives.SURVEY_PLANNED, survey.SurveyCancelled(resolution=1, because="reopened", already_sent=False)],
        ),
        ("take-charge", [lives.QUEUED, lives.TAKEN, *HANDLED[2:], QUEUED_AGAIN]),
    ],
)
def test_what_was_done_is_due_no_more(kind: str, events: list[Event]) -> None:
    assert kind not in [one.kind for one in shown(*events).deadlines]


def test_the_next_deadline_is_the_soonest() -> None:
    found = shown(lives.OPENED, lives.QUEUED)

    assert found.next_deadline is not None
    assert (found.next_deadline.kind, found.next_deadline.at) == ("acknowledgement", at(minutes=30))
    assert found.late_after == at(minutes=30)


def test_a_second_acknowledgement_is_due_until_it_is_noted_itself() -> None:
    raised = lives.ACK_ASKED.model_copy(update={"generation": 2, "acknowledge_by": at(hours=2)})

    found = shown(lives.OPENED, lives.ACK_ASKED, raised, lives.ACK_NOTED)

    assert [one.at for one in found.deadlines if one.kind == "acknowledgement"] == [at(hours=2)]


def calls(found: Shown) -> list[tuple[str, str]]:
    return [(one.stage, one.about) for one in found.calls]


LATE = intake.NeedsAttention(reason="Appeler le client.", about="acknowledgement-late")
UNANSWERED = dispatch.NeedsAttention(reason="Aucune réponse.", about="unanswered:t/1")
UNREACHABLE = closure.NeedsAttention(reason="Appeler le client.", about="unreachable")
HELD = intake.NeedsAttention(reason="Le dossier est retenu.", about="held")
LETTER_LOST = notify.NeedsAttention(reason="Appeler le client.", about="unreachable:reminder:1:1")
REMINDER_ACCEPTED = notify.MessageAccepted(
    message="m", kind="reminder", generation=1, resolution=1, channel="phone", at=at(days=3)
)
OTHER_ACCEPTED = REMINDER_ACCEPTED.model_copy(update={"kind": "appointment"})
OTHER_PART = lives.PART_RESERVED.model_copy(update={"ask": "t/9"})
SETTLED = closure.ReadingSettled(resolution=1, by="T-01")


@pytest.mark.parametrize(
    ("call", "something_else", "answer"),
    [
        (LATE, lives.ACK_ASKED, lives.ACK_NOTED),
        (UNANSWERED, OTHER_PART, lives.PART_RESERVED),
        (UNREACHABLE, lives.READING_NEEDED, lives.FIVE_DAYS),
        (LETTER_LOST, OTHER_ACCEPTED, REMINDER_ACCEPTED),
        (lives.READING_NEEDED, lives.REMINDER_ASKED, SETTLED),
    ],
)
def test_a_call_for_a_person_stands_until_an_event_answers_it(
    call: Event, something_else: Event, answer: Event
) -> None:
    [(_, about)] = calls(shown(call))

    assert about in [one for _, one in calls(shown(call, something_else))]
    assert about not in [one for _, one in calls(shown(call, something_else, answer))]


def test_a_stage_that_goes_on_is_held_no_more() -> None:
    assert calls(shown(lives.OPENED, HELD)) == [("intake", "held")]
    assert calls(shown(lives.OPENED, HELD, lives.ACK_ASKED)) == []


def test_a_closing_settles_what_a_person_was_called_for_before_it_and_nothing_after() -> None:
    closed_at = lives.CLOSED.closed_at

    def called_at(when: datetime) -> list[tuple[str, str]]:
        return calls(shown(UNANSWERED, *lives.SILENT_CLOSING, times=[when]))

    assert called_at(closed_at - SECOND) == []
    assert called_at(closed_at) == called_at(closed_at + SECOND) == [("dispatch", "unanswered:t/1")]


def test_what_is_held_stays_a_call_after_the_closing() -> None:
    assert calls(shown(HELD, *lives.SILENT_CLOSING)) == [("intake", "held")]


def test_a_message_after_the_closing_waits_for_its_reader() -> None:
    found = shown(*lives.SILENT_CLOSING, lives.READING_NEEDED, times=[at(days=9)] * 6)

    assert (found.phase, calls(found)) == ("closed", [("closure", "reading")])
