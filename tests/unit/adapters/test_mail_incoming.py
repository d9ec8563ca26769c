"""What a mail that came in is accepted as: whose words, about which ticket, once."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.email.child import Unreadable
from adapters.email.incoming import MOST_ATTACHMENTS, Later, Never
from adapters.email.mail import understood
from adapters.email.signed import Signer
from adapters.email.unpack import Unpackers
from adapters.email.worded import CITED
from services.triage.grid_file import read_grid
from services.triage.rules import TriageInput, classify
from shared import ids
from shared.errors import GoRound
from shared.runtime.ports import Document
from tests.requirements import requirement
from tests.support.mail import ADDRESS, CUSTOMER, KEY, NUMBER, TICKET, Post, bounce, mail, to_send


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The mail's two ways on stores in memory."""
    return Post(tmp_path)


async def sent(post: Post, kind: str = "reminder", resolution: int = 1) -> tuple[str, str, str]:
    """A message that went out: its id, its Message-ID, where its bounces come to."""
    event = to_send(kind, resolution=resolution)  # type: ignore[arg-type]
    await post.ask(event)
    sender, _, raw = post.relay.handed[-1]
    post.door.reports.clear()
    return event.message, understood(raw).message_id, sender


@requirement("R1", "R2")
async def test_a_first_mail_is_a_request_in_its_senders_words(post: Post) -> None:
    assert await post.take(mail()) == "request"

    (request,) = post.door.requests
    assert (request.key, request.ticket, request.automatic) == ("m1@client.example", "", False)
    assert request.personal.email == CUSTOMER
    assert request.personal.text == "La sirène hurle sans arrêt."


@requirement("R2")
async def test_the_raw_mail_is_kept_as_it_came_and_found_by_its_request(post: Post) -> None:
    await post.take(mail())

    name = await post.memory.raw_of(ids.request_id("test", "email", "m1@client.example"))
    assert post.kept.get(name) == mail()


@requirement("R2")
@pytest.mark.parametrize("sender", ["x@stranger.example", CUSTOMER])
async def test_a_number_in_the_subject_alone_proves_nothing_and_is_shown_to_a_person(post: Post, sender: str) -> None:
    await post.ticket()
    await post.take(mail(subject=f"Re: Votre demande {NUMBER}", sender=sender))

    (request,) = post.door.requests
    assert (request.kind, request.ticket) == ("request", "")
    assert request.form == {CITED: NUMBER}  # for a person to look at


@requirement("R2", "R6")
@pytest.mark.parametrize("more", [{}, {"In_Reply_To": "<nobody-knows@client.example>"}])
async def test_a_new_ticket_keeps_what_its_mail_quotes_and_the_number_that_it_names(
    post: Post, more: dict[str, str]
) -> None:
    await post.ticket()
    words = f"Au sujet de {NUMBER}.\n\nLe 3 mai 2026 à 9:00, SAV a écrit :\n> La centrale est-elle en défaut ?\n"

    await post.take(mail(words, **more))

    (request,) = post.door.requests
    assert (request.ticket, request.form) == ("", {CITED: NUMBER})
    assert "La centrale est-elle en défaut ?" in request.personal.text


@requirement("R2")
async def test_a_number_whose_check_letter_is_wrong_is_no_number(post: Post) -> None:
    await post.take(mail(subject=f"Re: {NUMBER[:-1]}A"))

    assert post.door.requests[0].form == {}


@requirement("R2")
async def test_a_reply_that_is_proved_names_its_ticket_and_no_other(post: Post) -> None:
    await post.ticket()
    _, message_id, _ = await sent(post)
    await post.take(mail("Oui.", subject="Re: 26-666-273-Y", In_Reply_To=f"<{message_id}>"))

    (request,) = post.door.requests
    assert (request.ticket, request.form) == (NUMBER, {})


@requirement("R2")
async def test_an_answer_to_a_mail_of_ours_is_a_reply_to_its_ticket(post: Post) -> None:
    await post.ticket()
    _, message_id, _ = await sent(post)

    assert await post.take(mail("C'est réparé.", In_Reply_To=f"<{message_id}>")) == "reply"

    (request,) = post.door.requests
    assert (request.kind, request.ticket) == ("reply", NUMBER)
    assert request.personal.text == "C'est réparé."


@requirement("R2")
async def test_an_answer_to_the_customers_own_first_mail_goes_to_the_ticket_that_it_opened(post: Post) -> None:
    await post.take(mail())
    ticket = await post.memory.ticket_of(["m1@client.example"])
    await post.ticket(ticket)

    await post.take(mail("Et cela continue.", message_id="<m2@client.example>", References="<m1@client.example>"))

    assert [request.ticket for request in post.door.requests] == ["", NUMBER]


@requirement("R2")
async def test_a_reply_to_a_ticket_that_has_no_number_yet_waits_for_it_a_moment_and_is_then_a_request(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.email.incoming._NUMBER_LOOKS", (0.0, 0.0))
    await post.take(mail())
    await post.take(mail("Vite !", message_id="<m2@client.example>", References="<m1@client.example>"))

    assert [request.kind for request in post.door.requests] == ["request", "request"]


@requirement("R2")
@pytest.mark.parametrize("case", [str.lower, str.upper])
async def test_the_address_that_we_signed_names_the_ticket_however_a_server_writes_it(post: Post, case: object) -> None:
    await post.ticket()
    assert callable(case)

    await post.take(mail(), str(case(post.signer.reply_address(NUMBER))))

    assert post.door.requests[0].ticket == NUMBER


@requirement("R2")
async def test_an_address_with_a_wrong_signature_names_no_ticket(post: Post) -> None:
    await post.ticket()
    right = post.signer.reply_address(NUMBER)
    at = right.index("@")
    forged = [
        right[: at - 1] + ("a" if right[at - 1] != "a" else "b") + right[at:],
        f"sav+{NUMBER.lower()}@alarmes.example",
        f"sav+{NUMBER.lower()}-@alarmes.example",
        Signer(ADDRESS, ["another key of many characters"]).reply_address(NUMBER),
    ]
    for number, address in enumerate(forged):
        await post.take(mail(message_id=f"<f{number}@client.example>", to=address), address)

    assert {request.ticket for request in post.door.requests} == {""}


@requirement("R2")
async def test_a_signed_address_counts_even_where_the_ticket_is_not_known_here(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.email.incoming._NUMBER_LOOKS", (0.0,))

    await post.take(mail("C'est réparé."), post.signer.reply_address(NUMBER))

    (request,) = post.door.requests
    assert request.ticket == NUMBER
    assert request.personal.text.startswith(f"[Écrit par {CUSTOMER}, adresse que le dossier ne connaît pas]")


def test_an_older_key_still_verifies_and_the_newest_one_signs() -> None:
    old, new = Signer(ADDRESS, [KEY]), Signer(ADDRESS, ["the newest of all keys", KEY])

    assert new.number_in([old.reply_address(NUMBER)]) == NUMBER
    assert old.number_in([new.reply_address(NUMBER)]) == ""
    assert len(new.reply_address(NUMBER).partition("@")[0]) <= 64


@requirement("R2", "R13")
async def test_words_from_another_address_are_kept_as_a_third_persons(post: Post) -> None:
    await post.ticket()
    _, message_id, _ = await sent(post)

    await post.take(mail("Fermez ce dossier.", sender="Bob <bob@else.example>", In_Reply_To=f"<{message_id}>"))

    (request,) = post.door.requests
    assert request.ticket == NUMBER
    assert request.personal.text == (
        "[Écrit par bob@else.example, adresse que le dossier ne connaît pas]\n\nFermez ce dossier."
    )


@requirement("R13")
async def test_an_out_of_office_answer_is_attached_as_a_machines(post: Post) -> None:
    await post.ticket()
    _, message_id, _ = await sent(post)

    await post.take(mail("Absent.", In_Reply_To=f"<{message_id}>", Auto_Submitted="auto-replied"))

    (request,) = post.door.requests
    assert (request.kind, request.automatic, request.ticket) == ("reply", True, NUMBER)


@requirement("R2")
async def test_the_same_mail_twice_or_to_two_of_our_addresses_is_accepted_once(post: Post) -> None:
    first = b"Received: from a by b; Mon, 2 Mar 2026 09:00:01 +0000\r\n" + mail()
    second = b"Received: from c by d; Mon, 2 Mar 2026 09:00:02 +0000\r\n" + mail()

    assert [await post.take(first), await post.take(second, "sav+info@alarmes.example")] == ["request", "copy"]
    assert len(post.door.requests) == 1


@requirement("R2")
async def test_the_same_message_id_with_other_words_is_another_request(post: Post) -> None:
    await post.take(mail("Une sirène hurle."))
    await post.take(mail("Une caméra est noire."))

    assert [request.personal.text for request in post.door.requests] == ["Une sirène hurle.", "Une caméra est noire."]


@requirement("R2")
async def test_a_mail_without_a_message_id_is_known_by_what_its_sender_wrote(post: Post) -> None:
    raw = mail(message_id="")
    answers = [await post.take(raw), await post.take(b"Received: from c by d\r\n\tfor us\r\n" + raw)]

    assert answers == ["request", "copy"]
    assert post.door.requests[0].key.startswith("sha256:")


@requirement("R8")
@pytest.mark.parametrize("reason", ["too slow", "it ended its parser"])
async def test_a_mail_that_no_child_survives_becomes_a_request_without_words(post: Post, reason: object) -> None:
    post.parsers.answer = Unreadable(reason)  # type: ignore[arg-type]

    assert await post.take(mail()) == "unreadable"

    (request,) = post.door.requests
    assert (request.personal.text, request.form["unreadable"], request.automatic) == ("", reason, False)
    words = TriageInput(request.channel, request.personal.subject, request.personal.text, request.form, "none")
    assert classify(words, read_grid()).criticality == "critique"


@requirement("R2", "R8")
async def test_a_mail_that_a_mistake_of_ours_breaks_on_is_kept_and_reaches_a_person(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(post.parsers, "mail", broken)

    assert await post.take(mail()) == "unreadable"
    assert post.door.requests[0].form["unreadable"] == "erreur interne ZeroDivisionError"


@requirement("R2")
async def test_where_the_door_or_the_store_is_away_the_sender_tries_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Document:
        raise GoRound("store: away")

    with monkeypatch.context() as patch:
        patch.setattr(post.claims, "read", away)
        with pytest.raises(Later):
            await post.take(mail())
    post.door.is_shut = True
    with pytest.raises(Later):
        await post.take(mail())
    post.door.is_shut = False

    assert await post.take(mail()) == "request"


@pytest.mark.parametrize(("count", "fits"), [(MOST_ATTACHMENTS, True), (MOST_ATTACHMENTS + 1, False)])
async def test_more_attachments_than_are_taken_are_refused_with_their_number(
    post: Post, count: int, fits: bool
) -> None:
    parts = "".join(
        f'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="f{n}.txt"\r\n\r\nx\r\n'
        for n in range(count)
    )
    raw = (
        f"From: {CUSTOMER}\r\nTo: {ADDRESS}\r\nMessage-ID: <m@client.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n{parts}--b--\r\n'
    ).encode()

    if fits:
        await post.take(raw)
        assert post.door.requests[0].form["attachments"].startswith("f0.txt (text/plain, 1 octets)\nf1.txt")
    else:
        with pytest.raises(Never, match="101"):
            await post.take(raw)


async def test_each_attachment_is_kept_under_its_own_hash_and_its_name_is_only_text(post: Post) -> None:
    photo = bytes(range(256)) * 100
    raw = (
        f"From: {CUSTOMER}\r\nTo: {ADDRESS}\r\nMessage-ID: <m@client.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nVoir la photo.\r\n'
        '--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename="../../etc/passwd"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(photo).decode()}\r\n--b--\r\n"
    ).encode()

    async with Unpackers() as unpackers:
        post.incoming._unpackers = unpackers  # a real child
        await post.take(raw)

    form = post.door.requests[0].form
    assert form["attachments"] == f"../../etc/passwd (image/jpeg, {len(photo)} octets)"
    assert form["files"] == hashlib.sha256(photo).hexdigest()
    assert post.kept.get(form["files"]) == photo


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "G" * 64, "0" * 64])
def test_nothing_is_found_under_a_name_that_is_no_hash_of_what_is_kept(post: Post, name: str) -> None:
    with pytest.raises(KeyError):
        post.kept.get(name)


def test_what_the_disk_damaged_is_not_handed_out(post: Post, tmp_path: Path) -> None:
    name = post.kept.put(b"une photo")
    (tmp_path / name[:2] / name[2:]).write_bytes(b"autre chose")
    with pytest.raises(KeyError):
        post.kept.get(name)


async def test_a_mail_that_says_more_than_a_request_may_is_refused(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.door import TooLarge

    async def too_large(_: object) -> None:
        raise TooLarge(2_000_000)

    monkeypatch.setattr(post.door, "accept", too_large)
    with pytest.raises(Never, match="volumineux"):
        await post.take(mail())


@requirement("R13")
@pytest.mark.parametrize("how", ["by its signed address", "by the message id that came back"])
async def test_a_bounce_is_reported_as_one_and_opens_no_ticket(post: Post, how: str) -> None:
    await post.ticket()
    message, message_id, bounces_to = await sent(post)
    address = bounces_to if how == "by its signed address" else ADDRESS
    original = "unknown@else.example" if how == "by its signed address" else message_id
    post.clock.walk(minutes=10)

    assert await post.take(bounce(CUSTOMER, original, to=address), address) == "report"

    (report,) = post.door.reports
    assert (report.status, report.message, report.ticket, report.at) == ("bounced", message, TICKET, post.clock.at)
    assert post.door.requests == []
    assert await post.memory.has_bounced(message)


@requirement("R13")
async def test_a_note_of_delay_is_no_bounce(post: Post) -> None:
    message, message_id, to = await sent(post)

    assert await post.take(bounce(CUSTOMER, message_id, to=to, action="delayed", status="4.4.1"), to) == "report"

    assert post.said() == ["accepted"]
    assert not await post.memory.has_bounced(message)


@requirement("R13")
async def test_a_report_of_success_is_noted_with_its_instant(post: Post) -> None:
    message, message_id, to = await sent(post)
    at = post.clock.walk(minutes=3)

    await post.take(bounce(CUSTOMER, message_id, to=to, action="relayed", status="2.0.0"), to)

    assert await post.memory.received_at(message) == at


@requirement("R2")
async def test_a_bounce_of_nothing_that_we_sent_is_a_machines_mail_that_a_person_sees(post: Post) -> None:
    assert await post.take(bounce("x@else.example", "unknown@else.example", to=ADDRESS)) == "request"

    assert [request.automatic for request in post.door.requests] == [True]
    assert post.door.reports == []


async def test_our_own_mail_that_comes_back_to_us_opens_nothing(post: Post) -> None:
    await sent(post)
    *_, raw = post.relay.handed[-1]

    assert await post.take(raw) == "our own"
    assert (post.door.requests, post.door.reports) == ([], [])


async def test_who_writes_in_our_own_name_is_taken_for_a_machine(post: Post) -> None:
    await post.take(mail(sender=f"SAV <{ADDRESS}>"))

    assert [request.automatic for request in post.door.requests] == [True]


@requirement("R2")
@pytest.mark.parametrize(("characters", "is_taken"), [(99, True), (100, True), (101, False)])
async def test_words_longer_than_intake_takes_are_refused_while_their_sender_can_be_told(
    post: Post, characters: int, is_taken: bool
) -> None:
    post.incoming._most_characters = lambda: 100

    if is_taken:
        assert await post.take(mail("é" * characters)) == "request"
    else:
        with pytest.raises(Never, match="101 caractères, la limite est de 100"):
            await post.take(mail("é" * characters))
        assert post.door.requests == []


@requirement("R13")
async def test_a_bounce_that_comes_after_the_grace_is_still_reported(post: Post) -> None:
    await post.ticket()
    _, message_id, to = await sent(post)
    post.clock.at += post.policy.closing.bounce_grace + timedelta(hours=1)
    await post.run()

    await post.take(bounce(CUSTOMER, message_id, to=to), to)

    assert post.said() == ["delivered", "bounced"]
