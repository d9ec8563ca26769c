"""R3, R4, R10 to R14: which message an event means for the customer, once, and that it says what it must."""

from __future__ import annotations

import pytest

from services.notify.rules import channels_of, next_channel
from shared.events.base import Channel, Personal
from shared.events.notify import ContactNoted, MessageFailed, MessageKind, MessageToSend, NeedsAttention
from tests.requirements import requirement
from tests.unit.services.builders import (
    MONDAY,
    NUMBER,
    acknowledgement_asked,
    classified,
    closed,
    confirmation_asked,
    confirmed,
    message_id,
    opened,
    promised,
    reclassified,
    reopened,
    replied,
    resolved,
)
from tests.unit.services.harness import DAY, MINUTE, Said, kinds_of, paris, the
from tests.unit.services.notify.cases import NOTIFY, REMINDER, Ticket, appointment, invitation, known

LETTERS: list[tuple[Said, MessageKind, int, int]] = [
    (acknowledgement_asked(), "acknowledgement", 1, 0),
    (acknowledgement_asked("critique", generation=2, raised=True), "re-evaluation", 2, 0),
    (appointment(), "appointment", 1, 0),
    (confirmation_asked(), "confirmation-request", 1, 1),
    (REMINDER, "reminder", 1, 1),
    (reopened(), "reopened", 1, 1),
    (closed(MONDAY), "closing", 1, 1),
    (closed(MONDAY, cause="silence"), "closing", 1, 1),
    (invitation(), "survey", 1, 1),
]
IDS = [f"{kind} {generation}" for _, kind, generation, _ in LETTERS]
TELLING = [said for said, _, _, _ in LETTERS]


@requirement("R3", "R10", "R12", "R13", "R14")
@pytest.mark.parametrize(("said", "kind", "generation", "resolution"), LETTERS, ids=IDS)
def test_each_of_these_means_one_message(said: Said, kind: MessageKind, generation: int, resolution: int) -> None:
    letter = the(MessageToSend, known().when(said, at=MONDAY))

    assert (letter.kind, letter.generation, letter.resolution, letter.channel) == (
        kind,
        generation,
        resolution,
        "email",
    )
    assert letter.message == message_id(kind, generation, resolution, "email")
    assert letter.personal is not None
    assert letter.personal.email == "martin@client.example"


@requirement("R3")
@pytest.mark.parametrize("said", TELLING, ids=IDS)
def test_every_message_carries_the_number_of_the_ticket(said: Said) -> None:
    letter = the(MessageToSend, known().when(said, at=MONDAY))

    assert letter.personal is not None
    assert NUMBER in letter.personal.subject
    assert NUMBER in letter.personal.text


@requirement("R2", "R14")
@pytest.mark.parametrize("said", TELLING, ids=IDS)
def test_nothing_is_said_twice(said: Said) -> None:
    assert kinds_of(known().once(said, at=MONDAY).when(said, at=MONDAY + DAY)) == ["Ignored"]


@requirement("R3")
@pytest.mark.parametrize("said", TELLING, ids=IDS)
def test_what_comes_before_the_contact_is_known_waits_for_it(said: Said) -> None:
    assert kinds_of(NOTIFY.when(said, at=MONDAY)) == ["Early"]


@requirement("R4")
def test_the_acknowledgement_states_the_class_and_its_delay() -> None:
    letter = the(MessageToSend, known().when(acknowledgement_asked("standard"), at=MONDAY))

    assert letter.personal is not None
    assert "Standard" in letter.personal.text
    assert promised("standard").in_words in letter.personal.text
    assert "lundi 23 novembre à 14 h 00" in letter.personal.text
    assert letter.send_by == MONDAY + 30 * MINUTE


@requirement("R7")
def test_a_raise_is_told_as_a_re_evaluation_with_its_new_delay() -> None:
    ticket = known().once(acknowledgement_asked("standard"), at=MONDAY)

    letter = the(MessageToSend, ticket.when(acknowledgement_asked("critique", generation=2, raised=True), at=MONDAY))

    assert letter.personal is not None
    assert "réévaluée" in letter.personal.text
    assert promised("critique").in_words in letter.personal.text


@requirement("R10")
def test_the_appointment_says_when_in_the_time_of_the_site() -> None:
    letter = the(MessageToSend, known().when(appointment(paris(2026, 12, 1, 9, 5)), at=MONDAY))

    assert letter.personal is not None
    assert "mardi 1er décembre à 9 h 05" in letter.personal.text
    assert "11 h 05" in letter.personal.text


@requirement("R13")
def test_the_reminder_says_what_silence_will_mean() -> None:
    letter = the(MessageToSend, known().when(REMINDER, at=MONDAY))

    assert letter.personal is not None
    assert "5 jours" in letter.personal.text
    assert "clos" in letter.personal.text


@requirement("R12", "R13")
@pytest.mark.parametrize(("cause", "words"), [("confirmed", "confirmé"), ("silence", "sans réponse pendant 5 jours")])
def test_the_closing_says_why_and_how_to_undo_it(cause: str, words: str) -> None:
    event = closed(MONDAY).model_copy(update={"cause": cause})

    letter = the(MessageToSend, known().when(event, at=MONDAY))

    assert letter.personal is not None
    assert words in letter.personal.text
    assert f"/c/{NUMBER}/1/non" in letter.personal.text


@requirement("R14")
def test_the_survey_is_to_leave_within_48_hours_of_the_closing() -> None:
    assert the(MessageToSend, known().when(invitation(), at=MONDAY)).send_by == MONDAY + 2 * DAY


@requirement("R3")
@pytest.mark.parametrize(
    ("asked_by", "email", "phone", "channels"),
    [
        ("email", "a@b.example", "", ("email",)),
        ("email", "a@b.example", "+33199000001", ("email", "phone")),
        ("phone", "a@b.example", "+33199000001", ("phone", "email")),
        ("phone", "", "+33199000001", ("phone",)),
        ("portal", "a@b.example", "+33199000001", ("email", "portal", "phone")),
        ("portal", "", "", ("portal",)),
        ("email", "", "", ()),
    ],
)
def test_the_customer_is_reached_first_by_the_channel_that_was_chosen(
    asked_by: Channel, email: str, phone: str, channels: tuple[Channel, ...]
) -> None:
    event = the(ContactNoted, NOTIFY.when(opened(channel=asked_by, email=email, phone=phone), at=MONDAY))

    assert channels_of(asked_by, Personal(email=email, phone=phone)) == channels
    assert event.channels == channels


@requirement("R14")
@pytest.mark.parametrize(("tried", "following"), [((), "email"), (("email",), "phone"), (("email", "phone"), None)])
def test_the_next_channel_is_tried_in_turn_but_a_survey_goes_out_by_one_alone(
    tried: tuple[Channel, ...], following: Channel | None
) -> None:
    assert next_channel(("email", "phone"), tried, "reminder") == following
    assert next_channel(("email", "phone"), tried, "survey") == ("email" if not tried else None)


@requirement("R3")
@pytest.mark.parametrize(("said", "kind", "generation", "resolution"), LETTERS, ids=IDS)
def test_a_customer_whom_no_channel_reaches_is_a_person_s_to_call(
    said: Said, kind: MessageKind, generation: int, resolution: int
) -> None:
    outcome = known(email="").when(said, at=MONDAY)

    assert kinds_of(outcome) == ["MessageFailed", "NeedsAttention"]
    assert the(NeedsAttention, outcome).about == f"unreachable:{kind}:{generation}:{resolution}"
    nobody = the(MessageFailed, outcome)
    assert (nobody.kind, nobody.generation, nobody.resolution, nobody.at) == (kind, generation, resolution, MONDAY)


@requirement("R3")
def test_an_e_mail_carries_no_phone_number_and_a_call_no_address() -> None:
    by_phone = known("phone", phone="+33199000001")

    letter = the(MessageToSend, by_phone.when(acknowledgement_asked(), at=MONDAY))

    assert letter.personal is not None
    assert (letter.channel, letter.personal.phone, letter.personal.email) == ("phone", "+33199000001", "")


@requirement("R2")
def test_the_contact_is_noted_once() -> None:
    assert kinds_of(known().when(opened(email="other@client.example"), at=MONDAY)) == ["Ignored"]


@requirement("R7")
@pytest.mark.parametrize(
    "said",
    [classified(), reclassified("critique", "standard"), resolved(), replied(MONDAY), confirmed(MONDAY)],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize("ticket", [known(), known().once(closed(MONDAY), at=MONDAY)], ids=["open", "closed"])
def test_of_what_changes_nothing_for_the_customer_nobody_writes(ticket: Ticket, said: Said) -> None:
    assert kinds_of(ticket.when(said, at=MONDAY)) == ["Ignored"]


@requirement("R12")
@pytest.mark.parametrize("said", TELLING, ids=IDS)
def test_a_closed_ticket_s_customer_still_gets_what_is_new(said: Said) -> None:
    ticket = known().once(closed(MONDAY, 2), at=MONDAY)

    assert kinds_of(ticket.when(said, at=MONDAY + DAY)) == ["MessageToSend"]
