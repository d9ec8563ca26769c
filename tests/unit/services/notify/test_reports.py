"""R3 and R13: what a channel reports of a message, the next channel where one fails, and the proof of no bounce."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.notify.decide import Facts
from services.notify.rules import is_bounce_proved
from shared.events.closure import SilenceAsked
from shared.events.notify import (
    BounceProofAsked,
    DeliveryStatus,
    MessageAccepted,
    MessageBounced,
    MessageDelivered,
    MessageFailed,
    MessageToSend,
    NeedsAttention,
    NoBounce,
)
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, acknowledgement_asked, closed, delivery, silence_asked
from tests.unit.services.harness import AROUND, DAY, HOUR, MINUTE, kinds_of, the
from tests.unit.services.notify.cases import NOTIFY, REMINDED_AT, REMINDER, Ticket, invitation, known, reminded

AT = REMINDED_AT + MINUTE
UNTIL = AT + 5 * DAY
PHONE = "+33199000001"
ORDER: tuple[DeliveryStatus, ...] = ("accepted", "delivered", "bounced", "failed")


def after(*statuses: DeliveryStatus, phone: str = "") -> Ticket:
    ticket = reminded(phone)
    for status in statuses:
        ticket = ticket.once(delivery(status, AT), at=AT)
    return ticket


@requirement("R3")
def test_a_message_counts_from_when_the_channel_took_it() -> None:
    event = the(MessageAccepted, reminded().when(delivery("accepted", AT), at=AT + HOUR))

    assert (event.kind, event.generation, event.resolution, event.at) == ("reminder", 1, 1, AT)


@requirement("R13")
def test_a_delivery_has_the_instant_at_which_the_recipient_s_server_took_it() -> None:
    event = the(MessageDelivered, after("accepted").when(delivery("delivered", AT + MINUTE), at=AT + HOUR))

    assert event.at == AT + MINUTE


@requirement("R3", "R13")
def test_an_adapter_that_reports_the_delivery_alone_took_the_message_too() -> None:
    assert kinds_of(reminded().when(delivery("delivered", AT), at=AT)) == ["MessageAccepted", "MessageDelivered"]


@requirement("R3")
def test_a_caller_who_was_told_the_number_by_the_operator_is_acknowledged() -> None:
    ticket = known("phone", email="", phone=PHONE).once(acknowledgement_asked(), at=MONDAY)
    told = delivery("accepted", AT, kind="acknowledgement", resolution=0, channel="phone")

    assert the(MessageAccepted, ticket.when(told, at=AT)).kind == "acknowledgement"


@requirement("R13")
def test_a_call_that_a_person_made_and_recorded_is_a_delivery() -> None:
    ticket = known("phone", email="", phone=PHONE).once(REMINDER, at=REMINDED_AT)

    outcome = ticket.when(delivery("delivered", AT, channel="phone"), at=AT)

    assert the(MessageDelivered, outcome).channel == "phone"


@requirement("R13")
@pytest.mark.parametrize("lost", ["bounced", "failed"])
def test_the_call_that_a_person_was_asked_to_make_is_a_delivery_too(lost: DeliveryStatus) -> None:
    ticket = after("accepted", lost)

    outcome = ticket.when(delivery("delivered", AT + DAY, channel="phone"), at=AT + DAY)

    assert "MessageDelivered" in kinds_of(outcome)


@requirement("R13")
@pytest.mark.parametrize("status", ORDER)
def test_a_report_twice_is_one_report(status: DeliveryStatus) -> None:
    assert kinds_of(after(status).when(delivery(status, AT + MINUTE), at=AT + HOUR)) == ["Ignored"]


@requirement("R13")
@pytest.mark.parametrize(
    ("status", "late"),
    [("delivered", "accepted"), ("bounced", "accepted"), ("bounced", "delivered"), ("failed", "accepted")],
)
def test_a_report_that_comes_late_takes_nothing_back(status: DeliveryStatus, late: DeliveryStatus) -> None:
    assert kinds_of(after(status).when(delivery(late, AT), at=AT + HOUR)) == ["Ignored"]


@requirement("R3")
@pytest.mark.parametrize("status", ORDER)
def test_a_report_on_a_message_not_asked_for_yet_waits(status: DeliveryStatus) -> None:
    assert kinds_of(NOTIFY.when(delivery(status, AT), at=AT)) == ["Early"]
    assert kinds_of(known().when(delivery(status, AT), at=AT)) == ["Early"]
    assert kinds_of(reminded().when(delivery(status, AT, generation=2), at=AT)) == ["Early"]


@requirement("R13")
@pytest.mark.parametrize("before", [(), ("accepted",), ("accepted", "delivered")])
def test_a_bounce_is_told_and_the_next_channel_tried(before: tuple[DeliveryStatus, ...]) -> None:
    outcome = after(*before, phone=PHONE).when(delivery("bounced", AT + DAY), at=AT + DAY)

    assert kinds_of(outcome) == ["MessageBounced", "MessageToSend"]
    assert the(MessageBounced, outcome).channel == "email"
    again = the(MessageToSend, outcome)
    assert (again.channel, again.kind, again.generation, again.resolution) == ("phone", "reminder", 1, 1)
    assert again.personal is not None
    assert (again.personal.phone, again.personal.email) == (PHONE, "")


@requirement("R13")
def test_a_bounce_with_no_channel_left_calls_a_person() -> None:
    outcome = after("accepted").when(delivery("bounced", AT + DAY), at=AT + DAY)

    assert kinds_of(outcome) == ["MessageBounced", "NeedsAttention"]
    assert the(NeedsAttention, outcome).about == "unreachable:reminder:1:1"


@requirement("R3")
def test_a_failure_is_told_only_when_no_channel_is_left() -> None:
    first = reminded(PHONE).when(delivery("failed", AT), at=AT)
    by_phone = reminded(PHONE).once(delivery("failed", AT), at=AT)
    last = by_phone.when(delivery("failed", AT, channel="phone"), at=AT)

    assert kinds_of(first) == ["MessageToSend"]
    assert kinds_of(last) == ["MessageFailed", "NeedsAttention"]
    assert the(MessageFailed, last).channel == "phone"


@requirement("R13")
def test_a_failure_after_the_delivery_is_a_bounce() -> None:
    outcome = after("accepted", "delivered", phone=PHONE).when(delivery("failed", AT + DAY), at=AT + DAY)

    assert {"MessageBounced", "MessageFailed"} & set(kinds_of(outcome))


@requirement("R13")
@pytest.mark.parametrize("status", ORDER)
def test_a_report_of_a_channel_that_was_given_up_changes_nothing(status: DeliveryStatus) -> None:
    by_phone = reminded(PHONE).once(delivery("failed", AT), at=AT)

    assert kinds_of(by_phone.when(delivery(status, AT + HOUR), at=AT + HOUR)) == ["Ignored"]


@requirement("R14")
@pytest.mark.parametrize("status", ["bounced", "failed"])
def test_a_survey_that_came_back_is_not_sent_again_by_another_channel(status: DeliveryStatus) -> None:
    ticket = known(phone=PHONE).once(invitation(), at=MONDAY)

    outcome = ticket.when(delivery(status, AT, kind="survey"), at=AT)

    assert "MessageToSend" not in kinds_of(outcome)


@requirement("R3")
def test_the_next_channel_keeps_the_deadline_of_the_acknowledgement() -> None:
    ticket = known(phone=PHONE).once(acknowledgement_asked(), at=MONDAY)

    outcome = ticket.when(delivery("failed", AT, kind="acknowledgement", resolution=0), at=AT)

    assert the(MessageToSend, outcome).send_by == MONDAY + 30 * MINUTE


@requirement("R13")
@pytest.mark.parametrize("status", ORDER)
def test_reports_are_taken_on_a_closed_ticket_too(status: DeliveryStatus) -> None:
    ticket = reminded().once(closed(UNTIL, cause="silence"), at=UNTIL)

    assert kinds_of(ticket.when(delivery(status, UNTIL), at=UNTIL + DAY)) not in (["Ignored"], ["Early"])


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_no_bounce_is_proved_once_every_report_was_heard_up_to_the_end_of_the_five_days(
    off: timedelta, said: str
) -> None:
    outcome = known().when(silence_asked(UNTIL), at=UNTIL, facts=Facts(UNTIL + off))

    assert is_bounce_proved(UNTIL + off, UNTIL, unsettled=0) is (said != "just before")
    if said == "just before":
        assert the(BounceProofAsked, outcome).look_again_at == UNTIL + 5 * MINUTE
    else:
        assert the(NoBounce, outcome) == NoBounce(resolution=1, until=UNTIL)


@requirement("R13")
@pytest.mark.parametrize(("heard", "unsettled"), [(None, 0), (UNTIL, 1)])
def test_a_channel_that_never_spoke_or_a_report_that_lies_dead_keeps_the_proof_back(
    heard: datetime | None, unsettled: int
) -> None:
    assert not is_bounce_proved(heard, UNTIL, unsettled)
    assert kinds_of(known().when(silence_asked(UNTIL), at=UNTIL, facts=Facts(heard, unsettled))) == ["BounceProofAsked"]


@requirement("R13")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_notify_looks_again_five_minutes_later_until_it_is_proved(off: timedelta, said: str) -> None:
    waiting = known().once(silence_asked(UNTIL), at=UNTIL)

    assert waiting.due_at(UNTIL + 5 * MINUTE + off) == (set() if said == "just before" else {"bounce-proof"})
    assert kinds_of(waiting.when_due("bounce-proof")) == ["BounceProofAsked"]
    assert the(NoBounce, waiting.when_due("bounce-proof", facts=Facts(UNTIL))).until == UNTIL
    assert waiting.once_due("bounce-proof", facts=Facts(UNTIL)).armed() == {}


@requirement("R13")
def test_a_person_is_called_where_no_bounce_can_be_proved_for_a_day() -> None:
    waiting = known().once(silence_asked(UNTIL), at=UNTIL)

    assert "NeedsAttention" in kinds_of(waiting.when_due("bounce-proof", at=UNTIL + DAY))


@requirement("R13")
def test_the_proof_can_be_asked_for_before_the_contact_is_known() -> None:
    assert kinds_of(NOTIFY.when(SilenceAsked(resolution=1, until=UNTIL), at=UNTIL)) == ["BounceProofAsked"]
