"""The rules of reading a mail, each with the smallest mail that shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.door import to_record
from adapters.email.html_text import to_text
from adapters.email.read import read
from shared.events.requests import Request

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER = "25-129-369-S"


def mail(*headers: str, body: str = "Bonjour.", subject: str = "Alarme") -> Request:
    head = (
        "From: Ana <ana@client.example>",
        f"Subject: {subject}",
        "Content-Type: text/plain; charset=utf-8",
        *headers,
    )
    return read(("\r\n".join(head) + "\r\n\r\n" + body).encode(), AT)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied (vacation)",
        "Auto-Submitted: auto-generated; owner=x",
        "X-Autoreply: yes",
        "X-Autorespond: absence",
        "Precedence: auto_reply",
        "Precedence: Bulk",
        "Return-Path: <>",
    ],
)
def test_a_machine_that_says_so_is_automatic(header: str) -> None:
    assert mail(header).automatic


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "X-Autoreply: no", "Precedence: list", "X-Mailer: PHP"])
def test_a_person_is_not_automatic(header: str) -> None:
    assert not mail(header, subject="Réponse automatique qui ne marche plus").automatic


def test_a_bounce_is_automatic() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nThe address does not exist.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n--b--\r\n"
    )
    request = read(raw, AT)
    assert request.automatic
    assert request.personal.text == "The address does not exist."


def test_a_number_in_the_reply_address_makes_a_reply() -> None:
    assert mail(f"To: SAV <sav+{NUMBER.lower()}@mileo.example>").ticket == NUMBER


def test_a_number_in_the_body_counts_in_a_reply_only() -> None:
    quoted = f"Oui.\n\nLe 8 sept. 2026 à 17:40, SAV a écrit :\n> Votre ticket {NUMBER} est résolu ?\n"
    alone = mail(body=quoted)
    assert (alone.kind, alone.ticket) == ("request", "")
    reply = mail("In-Reply-To: <x@mileo.example>", body=quoted)
    assert (reply.kind, reply.ticket) == ("reply", NUMBER)
    assert reply.personal.text == "Oui."


def test_a_number_whose_check_letter_is_wrong_makes_no_reply() -> None:
    assert mail(subject="RE: 25-129-369-T").kind == "request"


def test_an_out_of_office_reply_about_a_ticket_is_a_reply_and_automatic() -> None:
    request = mail("Auto-Submitted: auto-replied", subject=f"Absence : [{NUMBER}] votre demande")
    assert (request.kind, request.automatic) == ("reply", True)


def test_answers_written_between_quotes_keep_the_quotes() -> None:
    body = "Le 8 sept. 2026, SAV a écrit :\n> La sirène sonne-t-elle ?\nOui.\n> Et le clavier ?\nNon, toujours rien.\n"
    assert mail("In-Reply-To: <x@mileo.example>", body=body).personal.text == body.partition("\n")[2].strip()


def test_words_under_a_quote_stay_without_it() -> None:
    body = "Le 8 sept. 2026, SAV a écrit :\n> Est-ce résolu ?\n\nOui, merci.\nAna"
    assert mail("In-Reply-To: <x@mileo.example>", body=body).personal.text == "Oui, merci.\nAna"


def test_an_own_sentence_above_an_attribution_is_never_taken_for_it() -> None:
    body = "On Thursday.\n\n> On May 17, 2026, SAV <sav@mileo.example> wrote:\n> When can we come?"
    assert mail("In-Reply-To: <x@mileo.example>", body=body).personal.text == "On Thursday."


def test_a_reply_that_points_below_keeps_what_is_below() -> None:
    body = "Mes réponses ci-dessous.\n\nDe : SAV\nEnvoyé : lundi\nObjet : ticket\n\nEst-ce résolu ? NON"
    assert mail("In-Reply-To: <x@mileo.example>", body=body).personal.text == body


def test_a_reply_that_is_all_quote_is_kept() -> None:
    body = "Le 8 sept. 2026, SAV a écrit :\n> Est-ce résolu ?"
    assert mail("In-Reply-To: <x@mileo.example>", body=body).personal.text == body


def test_html_gives_words_without_scripts_styles_and_links_and_marks_its_quotes() -> None:
    html = (
        "<style>p{}</style><script>alert(1)</script><p>La&nbsp;porte <b>reste</b>\nouverte.</p>"
        '<ul><li>hall<li>cave</ul><blockquote>Le <a href="https://x.example">lien</a></blockquote>'
    )
    assert to_text(html) == "La porte reste ouverte.\n\n- hall\n- cave\n\n> Le lien"


def test_html_whose_style_never_ends_or_whose_declaration_is_broken_still_gives_its_words() -> None:
    assert to_text("<p>Alarme en panne</p><style>p{") == "Alarme en panne"
    assert "Alarme en panne" in to_text("<![foo <p>Alarme en panne</p>")


@pytest.mark.parametrize("torn", ["<!--" * 30_000, "<a " * 100_000, "<!-- >" * 30_000, "<blockquote>x" * 20_000])
def test_hostile_html_costs_no_more_than_its_length(torn: str) -> None:
    assert len(to_text(torn + "<p>Alarme en panne</p>")) < 2 * len(torn)


def test_a_multipart_without_a_readable_boundary_loses_nothing() -> None:
    raw = b"From: ana@client.example\r\nContent-Type: multipart/mixed\r\n\r\nNotre alarme est en panne.\r\n"
    assert read(raw, AT).personal.text == "Notre alarme est en panne."


def test_a_forwarded_mail_without_a_word_of_its_own_is_read() -> None:
    raw = (
        b'From: ana@client.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"From: gardien@client.example\r\n\r\nLa porte reste ouverte.\r\n--b--\r\n"
    )
    assert read(raw, AT).personal.text == "La porte reste ouverte."


def test_a_very_long_message_id_becomes_its_digest() -> None:
    at_limit, over = (mail(f"Message-ID: <{'a' * length}>").key for length in (512, 513))
    assert at_limit == "a" * 512
    assert over.startswith("sha256:")


@pytest.mark.parametrize("depth", [20, 500, 1000])
def test_a_mail_of_any_depth_is_read(depth: int) -> None:
    opened = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    raw = f"From: ana@client.example\r\n{opened}Content-Type: text/plain\r\n\r\nau secours\r\n".encode()
    assert "au secours" in read(raw, AT).personal.text


@given(st.binary(max_size=400), st.sampled_from(["Subject", "From", "Content-Type", "Message-ID", "To"]))
def test_no_header_and_no_body_makes_the_reader_fail(noise: bytes, name: str) -> None:
    raw = name.encode() + b": " + noise.replace(b"\n", b"").replace(b"\r", b"") + b"\r\n\r\n" + noise
    request = read(raw, AT)
    key, value = to_record(request)
    assert isinstance(key, bytes)
    assert Request.model_validate_json(value) == request
