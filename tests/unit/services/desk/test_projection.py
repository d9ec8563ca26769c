"""The document is the same whatever the order between topics, however many copies, in whatever batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk import sections
from services.desk.projection import FORMAT, Ticket, fold_all, from_document, to_document
from services.desk.sections import Told
from shared.codec import decode, encode
from shared.errors import StopService
from shared.events import closure, intake, notify, triage
from shared.events.base import Personal
from shared.personal import ClearSeal
from tests.unit.services.desk.lives import OPENED
from tests.unit.services.desk.told import MONDAY, READER, TICKET, batches, body_of, histories, in_turn, read, said

REPLIES = [
    intake.CustomerReplied(request=f"r{n}", channel="email", received_at=MONDAY + timedelta(hours=n))
    for n in range(1, 5)
]
INTAKE = in_turn("intake", [OPENED, *REPLIES])


def folded(*told: Told, start: Ticket | None = None) -> Ticket:
    return fold_all(start or Ticket(TICKET), told, READER.again)


def through_the_store(ticket: Ticket) -> Ticket:
    return from_document(to_document(ticket))


def written(batches: Iterable[Sequence[Told]]) -> Ticket:
    """The ticket after these batches, each written and read back, as it happens."""
    ticket = Ticket(TICKET)
    for batch in batches:
        ticket = through_the_store(folded(*batch, start=ticket))
    return ticket


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_any_order_of_arrival_with_copies_gives_the_same_document(data: st.DataObject) -> None:
    told = data.draw(histories())

    in_order = written([[one] for one in told])
    shuffled = written(data.draw(batches(told)))

    assert shuffled == in_order
    assert to_document(shuffled) == to_document(in_order)
    assert len(in_order.story) == len(told)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_replay_from_the_beginning_changes_nothing(data: st.DataObject) -> None:
    told = data.draw(histories())
    ticket = written([told])

    assert folded(*told, start=ticket) is ticket


def test_only_the_longest_unbroken_prefix_is_shown() -> None:
    ticket = folded(INTAKE[0], INTAKE[1], INTAKE[3], INTAKE[4])

    section = ticket.sections["intake"]
    assert (section.seq, section.highest, section.missing) == (2, 5, 3)
    assert sorted(section.pending) == [4, 5]
    assert [line.seq for line in ticket.story] == [1, 2]


def test_what_waited_above_a_gap_follows_once_the_gap_closes() -> None:
    waiting = through_the_store(folded(INTAKE[0], INTAKE[4], INTAKE[3], INTAKE[2]))

    ticket = folded(INTAKE[1], start=waiting)

    assert ticket.sections["intake"].missing is None
    assert not ticket.sections["intake"].pending
    assert [line.seq for line in ticket.story] == [1, 2, 3, 4, 5]
    assert ticket == written([INTAKE])


def test_a_gap_in_one_stage_keeps_no_other_stage_back() -> None:
    classified = triage.TicketClassified(criticality="standard", doubt=False, reasons=(), grid="1")

    ticket = folded(INTAKE[1], *in_turn("triage", [classified]))

    assert ticket.shown.criticality == "standard"
    assert [call.about for call in ticket.shown.calls] == ["gap"]
    assert "n° 1" in ticket.shown.calls[0].reason


def test_pending_events_beyond_the_limit_are_dropped_and_still_known_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sections, "PENDING_CHARACTERS", len(INTAKE[2].body) + 10)

    ticket = folded(*INTAKE[2:])
    closed = folded(*INTAKE[:2], start=ticket)

    assert sorted(ticket.sections["intake"].pending) == [3]
    assert closed.sections["intake"].missing == 4
    assert folded(*INTAKE, start=closed) == written([INTAKE])


def test_an_event_of_a_newer_version_stops_its_stage_and_is_folded_by_newer_code() -> None:
    newer = decode(body_of("intake", 2, REPLIES[0]))
    body = encode(replace(newer, type="sav.intake.customer-replied.v9"))

    ticket = through_the_store(folded(INTAKE[0], read("intake", body), INTAKE[2]))

    assert ticket.sections["intake"].seq == 1
    assert ticket.sections["intake"].missing is None
    assert [call.about for call in ticket.shown.calls] == ["held"]
    assert "customer-replied.v9" in ticket.shown.calls[0].reason

    def newer_code(stage: str, body: str) -> Told:
        return replace(READER.again(stage, body), hold="", event=REPLIES[0])

    understood = fold_all(ticket, [INTAKE[3]], newer_code)
    assert understood.sections["intake"].seq == 4
    assert not understood.shown.calls


def test_an_optional_type_that_this_code_does_not_know_is_passed_over_and_told() -> None:
    unknown = encode(replace(decode(body_of("intake", 2, REPLIES[0])), type="sav.intake.customer-sang.v1"))

    ticket = folded(INTAKE[0], read("intake", unknown), INTAKE[2])

    assert ticket.sections["intake"].seq == 3
    assert "sav.intake.customer-sang.v1" in ticket.story[1].text


def test_an_event_on_which_a_room_fails_holds_its_stage_of_its_ticket_alone() -> None:
    reopened = closure.TicketReopened(resolution=1, because="denied", undoes_closing=False)
    strange = reopened.model_copy(update={"because": "a word that no sentence knows"})
    told = replace(said("closure", 1, reopened), event=strange)

    ticket = folded(told, INTAKE[0])

    assert ticket.sections["closure"].seq == 0
    assert ticket.sections["intake"].seq == 1
    assert [call.about for call in ticket.shown.calls] == ["held"]


def test_the_story_is_told_by_instant_then_in_the_order_of_the_procedure_then_by_seq() -> None:
    accepted = notify.MessageAccepted(
        message="m", kind="acknowledgement", generation=1, resolution=0, channel="email", at=MONDAY
    )
    contact = notify.ContactNoted(number="26-666-273-Y", channels=("email",))
    told = [
        said("notify", 1, contact, MONDAY),
        said("notify", 2, accepted, MONDAY + timedelta(hours=1)),
        said("intake", 1, OPENED, MONDAY + timedelta(minutes=1)),
    ]

    story = folded(*told).story

    assert [(line.stage, line.seq) for line in story] == [("intake", 1), ("notify", 1), ("notify", 2)]


def test_a_customers_words_are_told_at_the_instant_at_which_their_channel_took_them() -> None:
    reply = intake.CustomerReplied(request="r", channel="email", received_at=MONDAY + timedelta(hours=1))

    ticket = folded(said("intake", 1, OPENED), said("intake", 2, reply, MONDAY + timedelta(hours=3)))

    assert ticket.story[1].at == MONDAY + timedelta(hours=1)


def test_personal_data_lies_sealed_in_one_object_and_nowhere_else() -> None:
    words = Personal(name="Odette Barrois", email="odette@courrier.example", text="Ma sirène hurle depuis midi")
    opened = OPENED.model_copy(update={"personal": words})
    letter = notify.MessageToSend(
        message="m", kind="reminder", generation=1, resolution=1, channel="email", personal=words
    )

    document = to_document(folded(said("intake", 1, opened), said("notify", 1, letter)))
    sealed = from_document(document).personal

    assert ClearSeal().open(TICKET, sealed["intake"][1])["text"] == words.text
    assert set(sealed) == {"intake"}
    everything_else = str({name: value for name, value in document.items() if name != "personal"})
    assert not [word for word in ("Odette", "courrier.example", "sirène") if word in everything_else]


def test_of_many_long_messages_the_first_and_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    said_words = [one.model_copy(update={"personal": Personal(text=f"mot {n} " * 50)}) for n, one in enumerate(REPLIES)]
    opened = OPENED.model_copy(update={"personal": Personal(text="le premier " * 50)})
    told = in_turn("intake", [opened, *said_words])
    whole = written([told])
    one = len(to_document(whole)["personal"]) // 5
    monkeypatch.setattr("services.desk.projection.PERSONAL_CHARACTERS", int(2.5 * one))

    assert sorted(written([told]).personal["intake"]) == [1, 4, 5]
    assert written([[one] for one in told]) == written([told])


def test_a_document_of_newer_code_stops_the_desk_before_it_is_written_back() -> None:
    document = to_document(folded(INTAKE[0])) | {"format": FORMAT + 1}

    with pytest.raises(StopService, match="format"):
        from_document(document)
