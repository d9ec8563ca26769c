"""Every part of a mail is found, however its sender broke the rules; one test a rule that real mails break."""

from __future__ import annotations

import base64

import pytest

from adapters.email.mail import understood
from tests.unit.adapters.mails import mail, multipart, raw

TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\n"


def test_the_plain_text_of_alternatives_is_the_body() -> None:
    said = multipart("alternative", f"{TEXT}La sirène sonne.", "Content-Type: text/html\r\n\r\n<p>La sirène</p>")
    assert said.body == "La sirène sonne."
    assert said.attachments == ()


def test_the_html_is_the_body_where_the_plain_text_is_empty() -> None:
    assert multipart("alternative", f"{TEXT} ", "Content-Type: text/html\r\n\r\n<p>Le clavier</p>").body == "Le clavier"


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_line_ends_of_every_kind_are_read(line_end: str) -> None:
    said = understood(raw("Subject: Panne", body="Ligne un.\r\nLigne deux.").replace(b"\r\n", line_end.encode()))
    assert (said.subject, said.body) == ("Panne", "Ligne un.\nLigne deux.")


@pytest.mark.parametrize(
    "before", ["\r\n\r\n", "   ", "From ana@client.example Mon Nov 23 09:00:00 2026\r\n", "\ufeff"]
)
def test_what_stands_above_the_header_hides_nothing(before: str) -> None:
    assert understood(before.encode() + raw("Subject: Panne")).subject == "Panne"


def test_a_stray_line_between_two_fields_belongs_to_the_first() -> None:
    said = understood(b"From: ana@client.example\r\nTo: a@sav.example,\r\nb@sav.example\r\nSubject: Panne\r\n\r\nOui.")
    assert [one.address for one in said.to] == ["a@sav.example", "b@sav.example"]
    assert (said.subject, said.body) == ("Panne", "Oui.")


def test_a_blank_line_of_tabs_inside_the_header_does_not_end_it() -> None:
    said = understood(b"From: ana@client.example\r\n\t\r\nSubject: Panne\r\n\r\nOui.")
    assert (said.subject, said.body) == ("Panne", "Oui.")


def test_a_header_without_its_blank_line_ends_where_the_words_begin() -> None:
    said = understood(b"From: ana@client.example\r\nSubject: Panne\r\nLa centrale est muette.\r\nMerci.")
    assert (said.subject, said.body) == ("Panne", "La centrale est muette.\nMerci.")


def test_a_multipart_that_is_never_closed_keeps_its_last_part() -> None:
    said = mail("Content-Type: multipart/mixed; boundary=b", body=f"--b\r\n{TEXT}Au secours.")
    assert said.body == "Au secours."


def test_a_multipart_that_names_no_boundary_is_parted_by_its_first_one() -> None:
    body = f"--x\r\n{TEXT}Au secours.\r\n--x\r\nContent-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF\r\n--x--"
    said = mail("Content-Type: multipart/mixed", body=body)
    assert said.body == "Au secours."
    assert [one.filename for one in said.attachments] == ["plan.pdf"]


def test_the_outer_boundary_ends_an_inner_multipart_that_was_not_closed() -> None:
    inner = f"Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n{TEXT}Le texte."
    said = multipart("mixed", inner, "Content-Type: image/png; name=photo.png\r\n\r\nxyz")
    assert said.body == "Le texte."
    assert [(one.filename, one.size) for one in said.attachments] == [("photo.png", 3)]


def test_a_boundary_that_begins_like_another_one_is_not_taken_for_it() -> None:
    inner = f'Content-Type: multipart/alternative; boundary="b-2"\r\n\r\n--b-2\r\n{TEXT}Un.\r\n--b-2--'
    assert multipart("mixed", inner, f"{TEXT}Deux.").body == "Un.\n\nDeux."


def test_a_mail_in_a_mail_is_an_attachment_under_its_name_and_no_word_of_the_sender() -> None:
    inner = "Content-Type: message/rfc822; name=plainte.eml\r\n\r\nFrom: x@y.example\r\nSubject: z\r\n\r\nAutre."
    said = multipart("mixed", f"{TEXT}Voir ci-joint.", inner)
    assert said.body == "Voir ci-joint."
    assert [(one.filename, one.content_type) for one in said.attachments] == [("plainte.eml", "message/rfc822")]


def test_a_mail_in_a_mail_that_is_encoded_as_a_whole_is_read_where_there_is_nothing_else() -> None:
    inner = base64.b64encode(b"From: x@y.example\r\n\r\nLa porte reste ouverte.").decode()
    said = multipart("mixed", f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{inner}")
    assert said.body == "La porte reste ouverte."


def test_a_uuencoded_file_is_an_attachment_and_no_text() -> None:
    said = mail(body="Voici.\r\n\r\nbegin 644 note.txt\r\n$0V%T\r\n`\r\nend\r\n\r\nMerci.")
    assert [one.filename for one in said.attachments] == ["note.txt"]
    assert "begin" not in said.body
    assert said.body.startswith("Voici.") and said.body.endswith("Merci.")


def test_words_that_begin_like_a_uuencoded_file_stay_words() -> None:
    assert mail(body="begin 644 fois\r\nc'est trop long, vraiment trop\r\nend").body.startswith("begin 644")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('filename="plan été.pdf"', "plan été.pdf"),
        ("filename*=utf-8''plan%20%C3%A9t%C3%A9.pdf", "plan été.pdf"),
        ("filename*0*=utf-8''plan%20; filename*1*=%C3%A9t%C3%A9.pdf", "plan été.pdf"),
        ('filename*0="plan "; filename*1="d\'hiver.pdf"', "plan d'hiver.pdf"),
        ('filename="=?utf-8?Q?plan_=C3=A9t=C3=A9.pdf?="', "plan été.pdf"),
        ("filename==?iso-8859-1?B?6XTpLnBkZg==?=", "été.pdf"),
        ("filename=plan sans guillemets.pdf", "plan sans guillemets.pdf"),
        ('filename="../../etc/passwd"', "../../etc/passwd"),
        ('filename="jamais fermé.pdf', "jamais fermé.pdf"),
    ],
)
def test_a_file_name_is_read_in_every_form_that_mailers_write(header: str, name: str) -> None:
    part = f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {header}\r\n\r\n%PDF"
    assert multipart("mixed", part).attachments[0].filename == name


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "w6lnYXLDqWU=", "égarée"),
        ("base64", "w6ln\r\nYXLD!qWU", "égarée"),
        ("base64", "w6k=w6k=", "éé"),
        ("base64", "ceci n'est pas du base64 : voilà, voilà !", "ceci n'est pas du base64 : voilà, voilà !"),
        ("quoted-printable", "=C3=A9gar=C3=A9e =\r\nici", "égarée ici"),
        ("QUOTED-PRINTABLE ", "prix=3D100=", "prix=100"),
        ("inconnu", "tel quel", "tel quel"),
    ],
)
def test_a_transfer_encoding_is_undone_as_far_as_it_can_be_read(encoding: str, body: str, text: str) -> None:
    header = "Content-Type: text/plain; charset=utf-8"
    assert mail(header, f"Content-Transfer-Encoding: {encoding}", body=body).body == text


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("iso-8859-1", "l’été à 10 €".encode("cp1252"), "l’été à 10 €"),
        ("utf-8", "été".encode("latin-1"), "été"),
        ("us-ascii", "été".encode(), "été"),
        ("x-inconnu", "été".encode(), "été"),
        ("gb2312", "報警器".encode("gb18030"), "報警器"),
        ("ks_c_5601-1987", "경보".encode("cp949"), "경보"),
        ("iso-2022-jp", "警報".encode("iso-2022-jp"), "警報"),
        ("utf-16", "\ufeffété".encode("utf-16-le"), "été"),
        ("idna", b"sirene", "sirene"),
        ("base64", b"sirene", "sirene"),
    ],
)
def test_characters_are_read_as_they_were_meant(charset: str, data: bytes, text: str) -> None:
    head = f"From: ana@client.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert understood(head + data).body == text


def test_a_page_that_names_its_charset_itself_is_read_in_it() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body>Сигнал</body></html>'.encode("cp1251")
    assert understood(b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + page).body == "Сигнал"


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("=?utf-8?Q?Alarme_d=C3=A9clench=C3=A9e?=", "Alarme déclenchée"),
        ("=?utf-8?B?w6l0w6k=?= =?utf-8?Q?_et_hiver?=", "été et hiver"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A9t=C3=A9?=", "été"),
        ("Re: =?iso-8859-1?Q?=E9t=E9?= !", "Re: été !"),
        ("=?utf-8?Q?Qui_est_l=C3=A0??=", "Qui est là?"),
        ("=?utf-8*fr?Q?=C3=A9t=C3=A9?=", "été"),
        ("=?inconnu?Q?abc?=", "abc"),
        ("ligne un\r\n ligne deux", "ligne un ligne deux"),
        ("sans\x00zéro", "sanszéro"),
        ("=?utf-8?Q?pas fini", "=?utf-8?Q?pas fini"),
    ],
)
def test_a_subject_is_decoded_in_every_form_that_mailers_write(value: str, subject: str) -> None:
    assert mail(f"Subject: {value}").subject == subject


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Ana Roy <Ana@Client.example>", [("ana@client.example", "Ana Roy")]),
        ('"Roy, Ana" <ana@client.example>, b@c.example', [("ana@client.example", "Roy, Ana"), ("b@c.example", "")]),
        ("Roy, Ana <ana@client.example>", [("ana@client.example", "Roy, Ana")]),
        ("ana@client.example (Ana Roy)", [("ana@client.example", "Ana Roy")]),
        ("=?utf-8?Q?Andr=C3=A9?= <a@b.example>", [("a@b.example", "André")]),
        ('"=?utf-8?Q?Andr=C3=A9?=" <a@b.example>', [("a@b.example", "André")]),
        ("=?utf-8?Q?Andr=C3=A9_=3Ca=40b=2Eexample=3E?=", [("a@b.example", "André")]),
        ("Équipe: a@b.example, c@d.example;", [("a@b.example", ""), ("c@d.example", "")]),
        ("undisclosed-recipients:;", []),
        ('"Ana <a@b.example>, c@d.example', [("a@b.example", "Ana"), ("c@d.example", "")]),
        ('"Société " <>, "SARL" <a@b.example>', [("a@b.example", "SARL")]),
        ("<mailto:a@b.example>", [("a@b.example", "")]),
        ("Ana", [("", "Ana")]),
        ("", []),
    ],
)
def test_people_are_found_however_a_header_lists_them(value: str, found: list[tuple[str, str]]) -> None:
    said = mail(f"Reply-To: {value}", sender="").sender
    everybody = [(one.address, one.name) for one in mail(f"To: {value}").to]
    assert everybody == [one for one in found if one[0]]
    assert (said.address, said.name) == (found[0] if found else ("", ""))


def test_ids_are_given_without_brackets_and_a_broken_one_as_it_stands() -> None:
    said = mail("Message-ID: <1@b.example>", "In-Reply-To: Votre mail <2@b.example>", "References: <3@b> <4\r\n @b> x")
    assert (said.message_id, said.in_reply_to, said.references) == ("1@b.example", "2@b.example", ("3@b", "4@b"))
    assert mail("Message-ID: 5@b.example").message_id == "5@b.example"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, la sirène ne s'arrête plus depuis ce matin.", "fr"),
        ("The siren has not stopped since this morning.", "en"),
        ("Die Sirene ist seit heute nicht mehr zu hören.", "de"),
        ("La sirena no para desde esta mañana, gracias.", "es"),
        ("La sirena non si ferma più, grazie della risposta.", "it"),
        ("De sirene is niet meer te horen.", "nl"),
        ("O alarme não para desde ontem, obrigado.", "pt"),
        ("Сирена не работает", "ru"),
        ("Сирена не працює, її немає", "uk"),
        ("警報が止まりません", "ja"),
        ("警报停不下来", "zh"),
        ("OK", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_by_its_small_words_or_not_at_all(text: str, language: str) -> None:
    assert mail("Content-Type: text/plain; charset=utf-8", body=text).language == language
