"""What goes out: written down first, the same on every attempt, reported as what it became, and never in a loop."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from adapters.email.compose import is_usable
from adapters.email.mail import understood
from adapters.email.outbox import AT_LEAST, GIVE_UP, KNOWN_A_DAY, LEASE, STALE, UNKNOWN_A_DAY
from adapters.email.relay import Outcome
from shared.codec import Envelope, encode, sealed_data
from shared.events.notify import ContactNoted, MessagePersonal, StaffMessageToSend
from shared.personal import ClearSeal
from shared.policy.book import PolicyBook
from shared.policy.model import Policy
from shared.runtime.ports import Record
from shared.testing.store import MemoryGraves
from tests.requirements import requirement
from tests.support.mail import ADDRESS, CUSTOMER, KEY, NUMBER, T0, TICKET, Post, mail, to_send

RETRY, UNKNOWN = Outcome("retry", "451 greylisted"), Outcome("unknown", "SMTPServerDisconnected")


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The mail's two ways on stores in memory."""
    return Post(tmp_path)


def opened(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@requirement("R3", "R4")
async def test_a_message_leaves_once_and_is_reported_with_the_instant_of_the_relays_answer(post: Post) -> None:
    event = to_send()
    await post.ask(event)
    await post.ask(event)

    ((sender, recipient, _),) = post.relay.handed
    assert (sender, recipient) == ("", CUSTOMER)
    (report,) = post.door.reports
    assert (report.status, report.message, report.ticket, report.at) == ("accepted", event.message, TICKET, T0)


@requirement("R13")
async def test_a_message_counts_as_delivered_from_the_relays_acceptance_once_the_grace_has_passed(post: Post) -> None:
    await post.ask(to_send("reminder", resolution=1))
    post.clock.at = T0 + post.policy.closing.bounce_grace - timedelta(milliseconds=1)
    await post.run()
    assert post.said() == ["accepted"]

    post.clock.walk(milliseconds=1)
    await post.run()
    post.clock.walk(days=1)
    await post.run()

    assert post.said() == ["accepted", "delivered"]
    assert post.door.reports[-1].at == T0


@requirement("R13")
@pytest.mark.parametrize(("version", "hours"), [("old", 1), ("new", 8), ("gone", 8)])
async def test_the_grace_is_that_of_the_policy_under_which_the_message_was_decided(
    post: Post, version: str, hours: int
) -> None:
    def named(name: str, hours: int, valid_from: datetime | None) -> Policy:
        closing = post.policy.closing.model_copy(update={"bounce_grace": timedelta(hours=hours)})
        return post.policy.model_copy(update={"version": name, "valid_from": valid_from, "closing": closing})

    begins = T0 - timedelta(days=1)  # the new one holds now; a version that is no longer known falls back to it
    post.sender._policies = PolicyBook([named("old", 1, None), named("new", 8, begins)])
    await post.outbox.put(TICKET, to_send("reminder", resolution=1), T0, T0, version)
    await post.run()
    post.clock.at = T0 + timedelta(hours=hours, milliseconds=-1)
    await post.run()
    assert post.said() == ["accepted"]

    post.clock.walk(milliseconds=1)
    await post.run()
    assert post.said() == ["accepted", "delivered"]


@requirement("R13")
async def test_a_message_that_came_back_within_the_grace_is_never_said_to_be_delivered(post: Post) -> None:
    event = to_send("reminder", resolution=1)
    await post.ask(event)
    await post.memory.note_bounced(event.message, post.clock.walk(hours=3), "550 no such user")
    post.clock.walk(days=2)
    await post.run()

    assert post.said() == ["accepted"]


@requirement("R13")
async def test_where_the_relay_reports_successes_delivered_waits_for_one_and_counts_from_it(post: Post) -> None:
    post.settings.mail_relay_reports_success = True
    event = to_send("reminder", resolution=1)
    await post.ask(event)
    post.clock.walk(hours=8)
    await post.run()
    assert post.said() == ["accepted"]

    received = post.clock.walk(minutes=1)
    await post.memory.note_received(event.message, received)
    post.clock.at = received + post.policy.closing.bounce_grace - timedelta(milliseconds=1)
    await post.run()
    assert post.said() == ["accepted"]
    post.clock.walk(hours=1)
    await post.run()

    assert post.said() == ["accepted", "delivered"]
    assert post.door.reports[-1].at == received


@requirement("R3")
async def test_a_message_refused_for_a_while_is_tried_again_later_as_the_very_same_mail(post: Post) -> None:
    post.relay.answers = [RETRY, RETRY]
    await post.ask(to_send("reminder", resolution=1))
    assert (len(post.relay.handed), post.said()) == (1, [])

    post.clock.walk(seconds=59.999)
    await post.run()
    assert len(post.relay.handed) == 1
    post.clock.walk(milliseconds=1)
    await post.run()
    assert len(post.relay.handed) == 2
    post.clock.walk(minutes=2)
    await post.run()

    assert len(set(post.relay.handed)) == 1
    assert post.said() == ["accepted"]


@requirement("R3")
async def test_an_acknowledgement_is_given_up_in_time_for_a_person_to_call(post: Post) -> None:
    post.relay.answers = [RETRY] * 50
    send_by = T0 + timedelta(minutes=30)
    await post.ask(to_send(send_by=send_by))
    while post.said() == []:
        post.clock.walk(minutes=1)
        await post.run()

    (report,) = post.door.reports
    assert (report.status, report.at <= send_by) == ("failed", True)
    assert "451 greylisted" in report.reason


@pytest.mark.parametrize(("send_by", "allowed"), [(T0 - timedelta(hours=1), AT_LEAST), (None, GIVE_UP)])
async def test_a_message_is_tried_for_a_while_even_when_it_is_late_and_not_for_ever(
    post: Post, send_by: datetime | None, allowed: timedelta
) -> None:
    post.relay.answers = [RETRY] * 200
    await post.ask(to_send("reminder", resolution=1, send_by=send_by))
    while post.said() == []:
        post.clock.walk(minutes=1)
        await post.run()

    assert post.said() == ["failed"]
    assert allowed - timedelta(hours=1, minutes=1) <= post.clock.at - T0 <= allowed
    assert len(post.relay.handed) > 1


async def test_a_message_that_is_refused_is_a_persons_task_at_once(post: Post) -> None:
    post.relay.answers = [Outcome("refused", "550 5.1.1 no such user")]
    await post.ask(to_send("reminder", resolution=1))
    post.clock.walk(days=1)
    await post.run()

    assert len(post.relay.handed) == 1
    assert [(report.status, report.reason) for report in post.door.reports] == [("failed", "550 5.1.1 no such user")]


@requirement("R3", "R13")
@pytest.mark.parametrize("kind", ["acknowledgement", "reminder", "confirmation-request"])
async def test_where_nobody_knows_whether_it_was_sent_it_is_sent_again(post: Post, kind: object) -> None:
    post.relay.answers = [UNKNOWN]
    await post.ask(to_send(kind))  # type: ignore[arg-type]
    post.clock.walk(minutes=1)
    await post.run()

    assert len(post.relay.handed) == 2
    assert len(set(post.relay.handed)) == 1
    assert post.said() == ["accepted"]


async def test_a_conversation_that_hangs_holds_up_no_other_message(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    never = asyncio.Event()
    usual = post.relay.hand_over

    async def slow(sender: str, recipient: str, mail: bytes) -> Outcome:
        if recipient == CUSTOMER:
            await never.wait()
        return await usual(sender, recipient, mail)

    monkeypatch.setattr(post.relay, "hand_over", slow)
    await post.outbox.put("t1", to_send(ticket="t1"), T0, T0)
    await post.outbox.put("t2", to_send(ticket="t2", email="bob@client.example"), T0, T0)
    await post.sender.work()
    await asyncio.wait(post.sender._in_hand.values(), timeout=5, return_when=asyncio.FIRST_COMPLETED)

    assert [report.ticket for report in post.door.reports] == ["t2"]
    never.set()
    await post.sender.settle()


@requirement("R14")
async def test_where_nobody_knows_whether_a_survey_was_sent_it_is_never_sent_again(post: Post) -> None:
    post.relay.answers = [UNKNOWN]
    await post.ask(to_send("survey", resolution=1))
    post.clock.walk(days=2)
    await post.run()

    assert len(post.relay.handed) == 1
    assert post.said() == ["failed"]
    assert post.door.reports[0].reason.startswith("issue inconnue, jamais envoyé deux fois")


@requirement("R14")
@pytest.mark.parametrize(("kind", "attempts"), [("reminder", 1), ("survey", 0)])
async def test_a_process_that_ended_while_it_sent_is_followed_by_one_that_knows(
    post: Post, tmp_path: Path, kind: object, attempts: int
) -> None:
    event = to_send(kind, resolution=1)  # type: ignore[arg-type]
    await post.outbox.put(TICKET, event, T0, T0)
    assert await post.outbox.begin(event.message, 1, T0) == "go"  # and here it is killed

    after = Post(tmp_path, store=post.store)
    await after.run()
    after.clock.walk(minutes=1)
    await after.run()

    assert len(after.relay.handed) == attempts
    assert after.said() == (["accepted"] if attempts else ["failed"])


async def test_another_replicas_attempt_is_left_alone_until_it_can_no_longer_run(post: Post, tmp_path: Path) -> None:
    event = to_send("reminder", resolution=1)
    await post.outbox.put(TICKET, event, T0, T0)
    assert await post.outbox.begin(event.message, 1, T0) == "go"

    other = Post(tmp_path, replica="there", store=post.store)
    other.clock.at = T0 + LEASE - timedelta(milliseconds=1)
    await other.sender.work()
    await other.sender.settle()
    assert (other.relay.handed, other.said()) == ([], [])

    other.clock.walk(milliseconds=1)
    await other.run()
    other.clock.walk(minutes=1)
    await other.run()
    assert len(other.relay.handed) == 1


async def test_what_was_said_of_an_outcome_is_said_again_after_a_crash_before_its_timer_was_forgotten(
    post: Post, tmp_path: Path
) -> None:
    event = to_send()
    await post.outbox.put(TICKET, event, T0, T0)
    await post.outbox.begin(event.message, 1, T0)
    await post.outbox.conclude(event.message, 1, Outcome("accepted", "250"), T0)

    after = Post(tmp_path, store=post.store)
    await after.run()

    assert (after.relay.handed, after.said()) == ([], ["accepted"])


@requirement("R3")
@pytest.mark.parametrize(("is_known", "most"), [(True, KNOWN_A_DAY), (False, UNKNOWN_A_DAY)])
async def test_an_address_gets_so_many_automatic_messages_a_day_and_then_a_person_calls(
    post: Post, is_known: bool, most: int
) -> None:
    if is_known:
        post.known.add(CUSTOMER)
    for number in range(most):
        await post.ask(to_send(ticket=f"t{number}"), f"t{number}")
    assert post.said() == ["accepted"] * most

    await post.ask(to_send(ticket="t-more", email=CUSTOMER.upper()), "t-more")
    assert len(post.relay.handed) == most
    assert post.door.reports[-1].status == "failed"
    assert post.door.reports[-1].reason == (
        f"non envoyé : déjà {most} messages automatiques aujourd’hui à cette adresse"
    )

    await post.ask(to_send(ticket="t-else", email="else@client.example"), "t-else")
    post.clock.walk(days=1)
    await post.ask(to_send(ticket="t-next"), "t-next")
    assert len(post.relay.handed) == most + 2


@pytest.mark.parametrize(
    "address",
    ["", "ana", "a@b, c@d.example", "a@b.example\r\nBcc: x@y.example", "mailer-daemon@client.example", ADDRESS,
     f"sav+x@{ADDRESS.partition('@')[2]}", "no-reply@client.example"],
)  # fmt: skip
async def test_to_an_address_that_nobody_reads_nothing_is_sent(post: Post, address: str) -> None:
    await post.ask(to_send(email=address))

    assert (post.relay.handed, post.said()) == ([], ["failed"])


@pytest.mark.parametrize(("age", "is_sent"), [(STALE, True), (STALE + timedelta(milliseconds=1), False)])
async def test_a_program_that_starts_for_the_first_time_does_not_send_the_past(
    post: Post, age: timedelta, is_sent: bool
) -> None:
    await post.outbox.put(TICKET, to_send(), T0 - age, T0)
    await post.run()

    assert post.said() == (["accepted"] if is_sent else ["failed"])


async def test_a_record_that_cannot_be_read_is_kept_for_a_person_and_the_next_one_is_heard(post: Post) -> None:
    graves = MemoryGraves(post.store)
    noted = ContactNoted(number=NUMBER, channels=("email",), personal=MessagePersonal(email="Ana@Client.Example"))
    envelope = Envelope("e1", noted.type_name, "/test/notify", TICKET, T0, sealed_data(noted, TICKET, ClearSeal()))

    await post.sender.hear(Record("sav.notify", 0, 7, b"k", b"{"), graves)
    await post.sender.hear(Record("sav.notify", 0, 8, b"k", encode(envelope)), graves)

    assert await graves.unsettled() == 1
    known = await post.memory.ticket(TICKET)
    assert known is not None and (known.number, known.email) == (NUMBER, CUSTOMER)


@requirement("R3", "R12")
async def test_a_mail_says_the_same_in_text_and_html_and_names_its_thread(post: Post) -> None:
    await post.ticket()
    await post.memory.note_seen("m1@client.example", TICKET, T0)
    text = "Bonjour,\n\nEst-ce résolu ?\n\nOui, c'est <résolu> : https://portail.example/c/1/oui\nNon : https://portail.example/c/1/non\n"
    await post.ask(to_send("confirmation-request", resolution=1, text=text))

    found = opened(post.relay.handed[0][2])
    assert found["From"] == f"SAV Alarmes <{ADDRESS}>"
    assert found["To"] == f"Ana Durand <{CUSTOMER}>"
    assert (found["In-Reply-To"], found["References"]) == ("<m1@client.example>", "<m1@client.example>")
    assert post.signer.number_in([found["Reply-To"]]) == NUMBER
    assert found["Auto-Submitted"] == "auto-generated"
    assert text_of(found, "plain").replace("\r\n", "\n") == text
    html = text_of(found, "html")
    assert 'lang="fr"' in html and "Est-ce résolu\u00a0?" in html
    assert re.findall(r'href="([^"]+)"[^>]*>([^<]*)<', html) == [
        ("https://portail.example/c/1/oui", "Oui, c&#39;est &lt;résolu&gt;"),
        ("https://portail.example/c/1/non", "Non"),
    ]


async def test_no_line_breaks_within_an_hour_a_number_or_before_a_sign(post: Post) -> None:
    await post.ask(
        to_send(text="Bonjour !\n\nAvant 12 h 30 ; dossier n° 26-666-273-Y : « vu ».\n\nOui ? : https://a.example/x\n")
    )

    html = text_of(opened(post.relay.handed[0][2]), "html").replace("\u00a0", "~")
    assert "Bonjour~!" in html
    assert "Avant 12~h~30~; dossier n°~26-666-273-Y~: «~vu~»." in html
    assert 'href="https://a.example/x"' in html and ">Oui~?<" in html


async def test_an_automatic_answer_has_a_null_sender_and_every_other_message_an_address_of_its_own(post: Post) -> None:
    await post.ask(to_send())
    await post.ask(to_send("reminder", resolution=1))
    await post.ask(to_send("reminder", resolution=2))

    senders = [sender for sender, _, _ in post.relay.handed]
    marks = [opened(raw)["Auto-Submitted"] for _, _, raw in post.relay.handed]
    assert senders[0] == "" and marks[0] == "auto-replied"
    assert len(set(senders)) == 3
    assert all(post.signer.tokens_in([sender]) for sender in senders[1:])


@pytest.mark.parametrize("name", ["Ana\r\nBcc: x@y.example", "Zoé \u202e<x@y.example>", 'A, "B" <c>', "x" * 500])
async def test_a_name_from_outside_stays_inside_its_header(post: Post, name: str) -> None:
    await post.ask(to_send(name=name, subject="Votre demande\r\nBcc: x@y.example"))

    found = opened(post.relay.handed[0][2])
    assert found["Bcc"] is None
    assert [one.addr_spec for one in found["To"].addresses] == [CUSTOMER]
    assert understood(post.relay.handed[0][2]).to[0].address == CUSTOMER


@pytest.mark.parametrize("address", ["ana@client.example", "zoé@café.example", "a@b", "o'neil+x@client.example"])
def test_one_address_is_usable(address: str) -> None:
    assert is_usable(address)


@pytest.mark.parametrize("address", ["a@b@c", "<a@b.c>", "a b@c.d", "@b.c", "a@", "a@b,c", "a@-\n", '"a"@b.c'])
def test_what_is_no_single_address_is_not(address: str) -> None:
    assert not is_usable(address)


async def test_two_posts_that_write_to_each_other_fall_silent(post: Post, tmp_path: Path) -> None:
    """Each one's acknowledgement reaches the other: it is a machine's mail there, and nobody acknowledges those."""
    from services.intake.decide import Facts, decide
    from services.intake.state import IntakeState, evolve
    from shared.decider import Happened, Message
    from shared.events.intake import AcknowledgementAsked
    from shared.events.triage import TicketClassified
    from shared.policy.file import read_policy

    await post.ask(to_send(email="sav@autre.example"))
    acknowledgement = post.relay.handed[0][2]
    other = Post(tmp_path / "other")
    other.clock.at = T0

    assert await other.take(acknowledgement, "sav@autre.example") == "request"

    (request,) = other.door.requests
    assert request.automatic
    policy_ = read_policy(None)
    outcome = decide(IntakeState(), Message("t2", request, "r2", T0), Facts(number=NUMBER), T0, policy_)
    assert isinstance(outcome, Happened)
    state = IntakeState()
    for event in outcome.events:
        state = evolve(state, event)
    classified = TicketClassified(criticality="critique", doubt=False, reasons=(), grid="g")
    outcome = decide(state, Message("t2", classified, "c2", T0), Facts(), T0, policy_)
    assert isinstance(outcome, Happened)
    assert not any(isinstance(event, AcknowledgementAsked) for event in outcome.events)


async def test_a_responder_that_answers_everything_as_a_person_would_is_answered_five_times_a_day(post: Post) -> None:
    """It starts a new thread each time and marks nothing: every answer opens a ticket, and is acknowledged."""
    for number in range(20):
        await post.take(mail("Merci de votre message !", message_id=f"<auto{number}@robot.example>"))
        ticket = await post.memory.ticket_of([f"auto{number}@robot.example"])
        await post.ask(to_send(ticket=ticket), ticket)

    assert len(post.door.requests) == 20
    assert post.said() == ["accepted"] * UNKNOWN_A_DAY + ["failed"] * 15


def test_the_settings_refuse_a_key_that_is_no_secret() -> None:
    from adapters.email.settings import MailSettings

    assert MailSettings(mail_keys=f" {KEY} , x").mail_keys
    for keys in ("", "short", f"{KEY},short"):
        with pytest.raises(ValueError, match="SAV_MAIL_KEYS"):
            _ = MailSettings(mail_keys=keys).keys


@requirement("R10")
async def test_a_warning_to_a_colleague_leaves_however_many_there_were_today(post: Post) -> None:
    for number in range(1, KNOWN_A_DAY + 3):
        await post.ask(
            StaffMessageToSend(
                message=f"{TICKET}:at-risk:{number}:0:T-01",
                kind="at-risk",
                person="T-01",
                channel="email",
                generation=number,
                resolution=0,
                about=f"at-risk:{number}",
                personal=MessagePersonal(email="t01@interne.example", subject="Délai menacé", text="Agir avant."),
            )
        )

    assert len(post.relay.handed) == KNOWN_A_DAY + 2
    sent = opened(post.relay.handed[-1][2])
    assert (sent["Subject"], "Agir avant." in text_of(sent, "plain")) == ("Délai menacé", True)
