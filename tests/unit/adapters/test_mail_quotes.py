"""What is a customer's own in a reply: the forms of thirty languages, and what must never be cut."""

from __future__ import annotations

import pytest

from adapters.email.html_text import to_text
from adapters.email.quotes import LONGEST, own_words, unquoted
from tests.requirements import requirement

OWN = "La sirène sonne encore.\n\nMerci de rappeler."

ATTRIBUTIONS = [
    "Le mer. 27 janv. 2026 à 15:38, SAV Mileo <sav@mileo.example> a écrit :",
    "Le mercredi 27 janvier 2026 à 15:38:12 UTC+1, SAV Mileo <sav@mileo.example> a écrit :",
    "Le 27/01/2026 à 15:38, SAV Mileo a écrit :",
    'Le 27 janv. 2026 15:38, "SAV Mileo" <sav@mileo.example> a écrit :',
    "On Wed, Jan 27, 2026 at 3:37 PM SAV Mileo <sav@mileo.example> wrote:",
    "On 27.01.2026 15:37, SAV Mileo wrote:",
    "SAV Mileo <sav@mileo.example> wrote:",
    "2026-01-27 15:37 GMT+01:00 SAV Mileo <sav@mileo.example>:",
    "---- Le mer., 27 janv. 2026 15:38:12 +0100 SAV Mileo <sav@mileo.example> a écrit ----",
    "Am 27.01.2026 um 15:46 schrieb SAV Mileo:",
    "SAV Mileo <sav@mileo.example> schrieb am Mi., 27. Jan. 2026 um 15:46 Uhr:",
    "El mié., 27 ene. 2026 a las 15:41, SAV Mileo (<sav@mileo.example>) escribió:",
    "Il giorno mer 27 gen 2026 alle ore 15:39 SAV Mileo <sav@mileo.example> ha scritto:",
    "Em qua, 27 de jan de 2026 às 15:42, SAV Mileo <sav@mileo.example> escreveu:",
    'Op 27 jan. 2026 14:46 schreef "SAV Mileo" <sav@mileo.example>:',
    "śr., 27 sty 2026 o 15:46 SAV Mileo <sav@mileo.example> napisał(a):",
    "Den ons. 27. jan. 2026 kl. 15.37 skrev SAV Mileo <sav@mileo.example>:",
    "ke 27. tammik. 2026 klo 13.41 SAV Mileo (<sav@mileo.example>) kirjoitti:",
    "29. 12. 2026 v 12:47, SAV Mileo <sav@mileo.example>:",
    "ср, 27 янв. 2026 г. в 15:43, SAV Mileo <sav@mileo.example>:",
    "27 січня 2026 р. о 19:09 SAV Mileo <sav@mileo.example> написав:",
    "2026年1月27日(水) 15:48 SAV Mileo <sav@mileo.example>:",
    "在 2026年1月27日 15:48，SAV Mileo <sav@mileo.example> 写道：",
    "2026년 1월 27일 (수) 오후 3:44, SAV Mileo <sav@mileo.example>님이 작성:",
    "27 Ocak 2026 15:50 tarihinde SAV Mileo <sav@mileo.example> yazdı:",
    "Στις Τετ, 27 Ιαν 2026 στις 3:50 μ.μ., ο χρήστης SAV Mileo <sav@mileo.example> έγραψε:",
    "SAV Mileo <sav@mileo.example> ezt írta (időpont: 2026. jan. 27., Sze, 15:45):",
    "mie., 27 ian. 2026 la 15:45, SAV Mileo <sav@mileo.example> a scris:",
    "Vào Th 4, 27 thg 1, 2026 vào lúc 15:45 SAV Mileo <sav@mileo.example> đã viết:",
    "בתאריך יום ד׳, 27 בינו׳ 2026 ב-15:50 מאת SAV Mileo <sav@mileo.example>:",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "unmarked"])
def test_what_stands_below_an_attribution_is_older(line: str, mark: str) -> None:
    assert own_words(f"{OWN}\n\n{line}\n\n{mark}Est-ce résolu ?\n{mark}Le SAV\n") == OWN


def test_an_attribution_that_is_wrapped_over_three_lines_is_one() -> None:
    wrapped = 'Le 27 janv. 2026 15:38, "SAV Mileo"\n<sav@mileo.example>\na écrit :'
    assert own_words(f"{OWN}\n{wrapped}\n\n> Est-ce résolu ?") == OWN


BLOCKS = [
    "De : SAV|Envoyé : lundi|À : Ana|Objet : ticket",
    "De: SAV|Date: lundi 3 mars|Objet: ticket|À: Ana",
    "**De :** SAV|**Envoyé :** lundi|**À :** Ana|**Objet :** ticket",
    "From: SAV|Sent: Monday|To: Ana|Subject: ticket",
    "Date: Mon, 3 Mar|Subject: ticket|From: SAV|To: Ana",
    "Von: SAV|Gesendet: Montag|An: Ana|Betreff: ticket",
    "De: SAV|Enviado el: lunes|Para: Ana|Asunto: ticket",
    "Da: SAV|Inviato: lunedì|A: Ana|Oggetto: ticket",
    "Van: SAV|Verzonden: maandag|Aan: Ana|Onderwerp: ticket",
    "Från: SAV|Skickat: måndag|Till: Ana|Ämne: ticket",
    "От: SAV|Отправлено: 1|Кому: Ana|Тема: ticket",
    "发件人: SAV|发送时间: 1|收件人: Ana|主题: ticket",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_what_stands_below_a_block_of_header_fields_is_older(block: str) -> None:
    lines = block.replace("|", "\n")
    assert own_words(f"{OWN}\n\n________________________________\n{lines}\n\nEst-ce résolu ?") == OWN


@pytest.mark.parametrize(
    "line",
    [
        "-----Message d'origine-----",
        "-------- Message original --------",
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "--------- Mensaje original ---------",
        "-- Répondez au-dessus de cette ligne --",
        "##- Please type your reply above this line -##",
    ],
)
def test_what_stands_below_a_separating_line_is_older(line: str) -> None:
    assert own_words(f"{OWN}\n\n{line}\n\nEst-ce résolu ?") == OWN


@pytest.mark.parametrize(
    "line",
    [
        "Envoyé de mon iPhone",
        "Envoyé depuis mon téléphone Orange",
        "Envoyé à partir de Outlook pour Android<https://aka.example/x>",
        "Télécharger Outlook pour iOS",
        "Sent from my Samsung Galaxy smartphone.",
        "Von meinem iPhone gesendet",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "-- \nAna Roy\nGardienne",
        "Bien cordialement,\nAna Roy\nGardienne\n01 99 00 12 34",
        "Cordialement",
        "Mit freundlichen Grüßen\nAna Roy",
        "Best regards,\nAna",
        "Merci,\nAna Roy",
        "Ce message et ses pièces jointes sont confidentiels et destinés à leur seul\ndestinataire.",
        "_______________________________________________\nListe copro\nhttps://liste.example/",
    ],
)
def test_a_signature_is_no_word_of_the_customer(line: str) -> None:
    assert own_words(f"La sirène sonne encore.\n\n{line}\n") == "La sirène sonne encore."


@pytest.mark.parametrize(
    "text",
    [
        "Merci",
        "Merci pour votre passage.\nLe 12 mars, votre technicien nous a écrit :\nNous repasserons lundi.",
        "Le 12/03/2026 à 14h00 j'ai appelé. Voici ce qu'on m'a répondu :\nrien.",
        "Voici les heures :\n12:30 alarme\n13:10 arrêt",
        "De : la centrale\nÀ : la sirène\nIl n'y a plus rien.",
        "Cordialement vôtre, mais la porte 3 reste bloquée depuis lundi.",
        "La porte 3.\n\nCordialement\n\nPS : le code a changé",
        "La porte 3.\n\nCordialement\nAna\n\nQuand venez-vous ?",
        "La porte 3.\n\nCordialement\nAna\n\nEt le clavier du hall ne répond plus.",
        "> 22/04 : votre technicien vient\n> 29/04 : personne\n\nJe veux une date ferme.",
        "Merci d'avance\n\nLa porte 3 est bloquée",
        "Le code est\n---\n1234",
        "| porte | état |\n| 3 | bloquée |",
        "Envoyé de mon bureau, car le téléphone du magasin ne marche plus depuis que la centrale a changé de place.",
    ],
)
def test_what_only_looks_like_a_quote_or_a_signature_is_kept(text: str) -> None:
    assert own_words(text) == text


def test_answers_between_quotes_keep_them_and_the_rest_of_the_quote_goes() -> None:
    body = "Le 8 sept. 2026, SAV a écrit :\n> La sirène ?\nOui.\n> Le clavier ?\nNon.\n> Merci\n> Le SAV\n"
    assert own_words(body) == "> La sirène ?\nOui.\n> Le clavier ?\nNon."


def test_a_mail_that_is_passed_on_is_kept_whole() -> None:
    body = "Pour vous.\n\n---------- Message transféré ---------\nDe : gardien\nDate : lundi\nObjet : x\n\nLa porte."
    assert own_words(body) == body
    apple = "Pour vous.\n\nDébut du message transféré :\n\n> De: gardien\n> La porte."
    assert own_words(apple) == apple


def test_a_body_that_is_all_quote_or_signature_has_no_own_words() -> None:
    assert own_words("> Est-ce résolu ?\n> Le SAV") == ""
    assert own_words("Envoyé de mon iPhone") == ""


def test_a_quote_of_html_is_marked_and_goes_and_its_signature_too() -> None:
    html = (
        '<div>La sirène sonne encore.</div><div class="gmail_signature">Ana Roy</div><div class="gmail_quote">'
        "Le mar. 8 sept. 2026 à 17:40, SAV &lt;<a>sav@mileo.example</a>&gt; a écrit :<br>"
        "<blockquote>Est-ce <b>résolu</b> ?</blockquote></div>"
    )
    assert "> Est-ce résolu ?" in to_text(html)
    assert own_words(to_text(html)) == "La sirène sonne encore."


def test_preformatted_lines_stay_lines() -> None:
    assert to_text("<p>Journal :</p><pre>12:30 alarme\n12:31 arrêt</pre>") == "Journal :\n\n12:30 alarme\n12:31 arrêt"


@requirement("R13")
@pytest.mark.parametrize("footer", ["Envoyé de mon iPhone", "-- \nAna"])
def test_an_answer_below_the_footer_and_the_quote_is_not_lost(footer: str) -> None:
    quote = "> Le 3 mai 2026 à 09:00, SAV <sav@mileo.example> a écrit :\n> Est-ce résolu ?"
    body = f"Bonjour,\n\n{footer}\n\n{quote}\n\nNon, toujours en panne."
    assert own_words(body).endswith("Non, toujours en panne.")
    assert own_words(f"{footer}\n\n{quote}\n\nNon, toujours en panne.") == "Non, toujours en panne."


@requirement("R13")
def test_what_decisions_read_keeps_every_word_below_a_footer() -> None:
    body = "Bonjour,\n\nEnvoyé de mon iPhone\n\nNon, toujours en panne."
    assert unquoted(body) == body
    assert unquoted(f"{body}\n\nLe 3 mai 2026 à 09:00, SAV <sav@mileo.example> a écrit :\n> ?") == body


def test_a_text_that_no_person_writes_is_kept_whole() -> None:
    quote = "\n> Est-ce résolu ?"
    at_limit = "Oui." + " " * (LONGEST - len(quote) - 4) + quote
    assert own_words(at_limit) == "Oui."
    assert own_words(f"Oui.{at_limit[4:]}!").endswith("résolu ?!")
