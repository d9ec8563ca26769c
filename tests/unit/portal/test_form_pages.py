"""The guided form as a customer meets it: one ticket whatever the browser does, and nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx2
import pytest

from adapters.portal.questions import BY_NAME, TOPICS
from adapters.web.pages import moment
from adapters.web.photos import PHOTO_BYTES, PHOTOS
from services.triage.grid_file import read_grid
from services.triage.rules import TriageInput, classify
from shared.events.requests import Request
from tests.requirements import requirement
from tests.unit.portal.kit import PHONE, Portal, hidden, links_of, words_of
from tests.unit.services.desk import lives

JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 100
FILLED = {
    "symptom": "dead",
    "sounds": "no",
    "protected": "no",
    "since": "today",
    "reach": "later",
    "when": "après 14 h",
    "where": "Dépôt de Lyon, <quai 2>",
    "message": "Plus rien ne s'allume.\r\nLe clavier est noir & muet.",
    "name": "Odette Barrois",
    "phone": "06 39 98 30 01",
    "email": "Odette.Barrois@courrier.example",
}


def form(portal: Portal, topic: str = "alarme") -> httpx2.Response:
    with portal.browser() as browser:
        return browser.get(f"/demande/{topic}")


def send(portal: Portal, nonce: str, topic: str = "alarme", **fields: str) -> httpx2.Response:
    with portal.browser() as browser:
        return browser.post(f"/demande/{topic}", data={**FILLED, "page": nonce, **fields})


@requirement("R1", "R2")
def test_a_form_becomes_one_request_with_the_customers_own_words(portal: Portal) -> None:
    nonce = hidden(form(portal))

    answer = send(portal, nonce)

    assert answer.status_code == 200
    (taken,) = portal.door.taken
    assert (taken.kind, taken.channel, taken.received_at) == ("request", "portal", portal.clock.now())
    assert taken.key
    assert taken.personal.text == "Plus rien ne s'allume.\nLe clavier est noir & muet."
    assert taken.personal.subject == "L’alarme ne répond plus du tout"
    assert (taken.personal.name, taken.personal.phone) == ("Odette Barrois", "+33639983001")
    assert taken.personal.email == "odette.barrois@courrier.example"
    assert taken.form == {
        "equipment": "centrale",
        "site_zone": "Dépôt de Lyon, <quai 2>",
        "topic": "alarme",
        "symptom": "dead",
        "sounds": "no",
        "protected": "no",
        "since": "today",
        "reach": "later",
        "when": "après 14 h",
    }


@requirement("R2")
def test_a_double_click_a_reload_and_a_lost_answer_are_one_request(portal: Portal) -> None:
    nonce = hidden(form(portal))

    answers = [send(portal, nonce) for _ in range(3)]
    portal.clock.advance(timedelta(minutes=3))
    answers.append(send(portal, nonce))

    assert len(portal.door.distinct()) == 1
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({words_of(answer) for answer in answers[:3]}) == 1


@requirement("R2")
def test_two_replicas_that_each_take_a_click_take_the_same_request(portal: Portal) -> None:
    nonce = hidden(form(portal))
    send(portal, nonce)
    other = Portal(portal.uploads.parent)

    send(other, nonce)

    assert [one.key for one in portal.door.taken] == [one.key for one in other.door.taken]
    assert portal.door.distinct() == other.door.distinct()


@requirement("R2")
def test_going_back_and_changing_the_words_adds_to_the_same_ticket(portal: Portal) -> None:
    nonce = hidden(form(portal))
    send(portal, nonce)
    portal.know(("intake", [lives.OPENED]), ticket=portal.ticket_id(portal.door.taken[0].key))

    send(portal, nonce, message="J'oubliais : la porte du quai est restée ouverte.")

    first, second = portal.door.taken
    assert (second.kind, second.ticket) == ("reply", lives.NUMBER)
    assert second.key != first.key
    assert "la porte du quai" in second.personal.text


@requirement("R2")
def test_changed_words_wait_while_the_first_form_has_no_number_yet(portal: Portal) -> None:
    nonce = hidden(form(portal))
    send(portal, nonce)

    answer = send(portal, nonce, message="Autre chose encore.")

    assert answer.status_code == 503
    assert "Votre première demande est enregistrée" in words_of(answer)
    assert "Autre chose encore." in answer.text
    assert len(portal.door.taken) == 1


@requirement("R2")
def test_where_nothing_can_be_kept_it_says_so_with_the_number_and_loses_no_word(portal: Portal) -> None:
    nonce = hidden(form(portal))
    portal.door.refuses = True

    refused = send(portal, nonce)

    assert refused.status_code == 503
    assert f'href="tel:{PHONE}"' in refused.text
    assert "Dépôt de Lyon, &lt;quai 2&gt;" in refused.text
    assert "Plus rien ne s&#39;allume.\nLe clavier est noir &amp; muet.</textarea>" in refused.text
    checked = set(re.findall(r'value="(\w+)" id="[^"]+" checked', refused.text))
    assert checked == {"dead", "no", "today", "later"}
    assert hidden(refused) == nonce

    portal.door.refuses = False
    assert send(portal, hidden(refused)).status_code == 200
    assert len(portal.door.taken) == 1


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"symptom": ""}, "symptom", "Choisissez ce qui ressemble le plus"),
        ({"symptom": "autre", "message": "  "}, "message", "Dites-nous en quelques mots"),
        ({"protected": ""}, "protected", "encore protégé"),
        ({"protected": "peut-être"}, "protected", "encore protégé"),
        ({"phone": "", "email": ""}, "phone", "un numéro ou une adresse e-mail"),
        ({"phone": "12"}, "phone", "semble incomplet"),
        ({"email": "odette@courrier"}, "email", "semble incomplète"),
        ({"message": "a" * 20_001}, "message", "dépasse 20000 caractères"),
    ],
)
def test_what_is_missing_is_said_at_the_top_and_beside_its_question(
    portal: Portal, changed: dict[str, str], field: str, says: str
) -> None:
    answer = send(portal, hidden(form(portal)), **changed)

    assert answer.status_code == 422
    summary = answer.text.partition('id="erreurs"')[2].partition("</div>")[0]
    assert f'href="#f-{field}"' in summary
    assert says in summary
    assert f'id="f-{field}"' in answer.text
    assert says in answer.text.partition(f'id="e-{field}"')[2].partition("</p>")[0]
    assert 'role="alert" tabindex="-1" autofocus' in answer.text
    assert portal.door.taken == []


def test_a_form_left_open_overnight_is_shown_again_with_everything_in_it(portal: Portal) -> None:
    nonce = hidden(form(portal))
    portal.clock.advance(timedelta(hours=13))

    answer = send(portal, nonce)

    assert answer.status_code == 409
    assert "Dépôt de Lyon" in answer.text
    assert send(portal, hidden(answer)).status_code == 200
    assert len(portal.door.taken) == 1


def test_a_form_that_another_site_sends_is_not_believed(portal: Portal) -> None:
    nonce = hidden(form(portal))
    with portal.browser() as browser:
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://ailleurs.example"}, {"origin": "null"}):
            assert browser.post("/demande/alarme", data={**FILLED, "page": nonce}, headers=headers).status_code == 409
        assert portal.door.taken == []
        for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "https://portail.example"}):
            assert browser.post("/demande/alarme", data={**FILLED, "page": nonce}, headers=headers).status_code == 200


@requirement("R3")
def test_the_answer_page_gives_the_number_as_soon_as_it_is_known_and_the_way_to_the_ticket(portal: Portal) -> None:
    nonce = hidden(form(portal))
    naps = [lambda: None, lambda: portal.know(("intake", [lives.OPENED]), ticket=the_ticket(portal))]
    portal.naps = naps  # type: ignore[assignment]

    answer = send(portal, nonce)

    assert lives.NUMBER in words_of(answer)
    (way,) = [link for link in links_of(answer) if "/d/" in link]
    with portal.browser() as browser:
        assert lives.NUMBER in words_of(browser.get(way))


def answer_words(answer: httpx2.Response) -> str:
    return words_of(answer).replace("\u00a0", " ")


def the_ticket(portal: Portal) -> str:
    return portal.ticket_id(portal.door.taken[0].key)


@requirement("R3")
def test_the_answer_page_stands_without_the_read_model(portal: Portal) -> None:
    portal.tickets.away = True

    answer = send(portal, hidden(form(portal)))

    assert answer.status_code == 200
    assert "Votre demande est enregistrée" in words_of(answer)
    assert "Afficher le numéro" in words_of(answer)


@requirement("R3")
@pytest.mark.parametrize(
    ("at", "says"),
    [
        (lives.at(), ["au plus tard le lundi 23 novembre à 9 h 30 ."]),
        (
            lives.at(hours=10),
            [
                "Nous sommes fermés",
                "au plus tard le mardi 24 novembre à 9 h 00",
                "avant le lundi 23 novembre à 19 h 30",
            ],
        ),
    ],
)
def test_the_answer_page_says_by_when_somebody_answers(portal: Portal, at: object, says: list[str]) -> None:
    portal.clock.set(at)  # type: ignore[arg-type]

    answer = send(portal, hidden(form(portal)))

    for one in says:
        assert one in answer_words(answer)


@requirement("R4")
def test_once_triage_has_spoken_the_answer_page_gives_the_delay(portal: Portal) -> None:
    nonce = hidden(form(portal))
    send(portal, nonce)
    portal.know(("intake", [lives.OPENED, lives.ACK_ASKED]), ticket=the_ticket(portal))

    answer = send(portal, nonce)

    by = moment(lives.ACK_ASKED.promise.take_charge_by).replace("\u00a0", " ")
    assert f"Un technicien prend votre demande en charge au plus tard le {by} ." in answer_words(answer)


def test_photos_are_kept_under_their_hash_and_named_in_the_request(portal: Portal) -> None:
    nonce = hidden(form(portal))
    files = [("photos", ("../../etc/passwd.jpg", JPEG, "image/jpeg")), ("photos", ("b.jpg", JPEG + b"2", "text/html"))]
    with portal.browser() as browser:
        answer = browser.post("/demande/alarme", data={**FILLED, "page": nonce}, files=files)

    assert answer.status_code == 200
    names = portal.door.taken[0].form["photos"].split()
    kept = [path for path in portal.uploads.rglob("*") if path.is_file()]
    assert sorted(path.parent.name + path.name for path in kept) == sorted(
        name.removeprefix("sha256:") for name in names
    )
    assert {path.read_bytes() for path in kept} == {JPEG, JPEG + b"2"}


def test_a_file_that_is_no_photo_is_refused_and_the_good_ones_stay(portal: Portal) -> None:
    nonce = hidden(form(portal))
    files = [("photos", ("a.jpg", JPEG, "image/jpeg")), ("photos", ("b.jpg", b"MZ\x90 a program", "image/jpeg"))]
    with portal.browser() as browser:
        refused = browser.post("/demande/alarme", data={**FILLED, "page": nonce}, files=files)
        assert refused.status_code == 422
        assert "n’est pas une photo" in words_of(refused)
        assert "1 photo déjà reçue" in words_of(refused)
        again = {**FILLED, "page": hidden(refused), "photo": hidden(refused, "photo")}
        assert browser.post("/demande/alarme", data=again).status_code == 200

    assert len(portal.door.taken[0].form["photos"].split()) == 1


def test_nobody_names_a_photo_that_was_not_given_to_them(portal: Portal) -> None:
    nonce = hidden(form(portal))
    for forged in ("sha256:" + "0" * 64, portal.links.token("d", "sha256:" + "0" * 64, 0, portal.clock.now())):
        send(portal, nonce, photo=forged)
    assert all("photos" not in one.form for one in portal.door.taken)


@pytest.mark.parametrize(("extra", "status"), [(-1, 200), (0, 200), (1, 422)])
def test_a_photo_is_taken_up_to_its_limit(portal: Portal, extra: int, status: int) -> None:
    photo = JPEG + bytes(PHOTO_BYTES - len(JPEG) + extra)
    with portal.browser() as browser:
        nonce = hidden(browser.get("/demande/alarme"))
        files = [("photos", ("a.jpg", photo, "image/jpeg"))]
        assert browser.post("/demande/alarme", data={**FILLED, "page": nonce}, files=files).status_code == status
    assert list(portal.uploads.rglob("*.tmp")) == []


def test_more_photos_than_are_kept_is_said_and_a_body_beyond_all_photos_is_refused_in_words(portal: Portal) -> None:
    with portal.browser() as browser:
        nonce = hidden(browser.get("/demande/alarme"))
        files = [("photos", (f"{n}.jpg", JPEG + bytes([n]), "image/jpeg")) for n in range(PHOTOS + 1)]
        answer = browser.post("/demande/alarme", data={**FILLED, "page": nonce}, files=files)
        assert f"{PHOTOS} photos au plus" in words_of(answer)
        huge = browser.post("/demande/alarme", content=iter([b"--x\r\n", *[bytes(1 << 20)] * 62]), headers=MULTIPART)
    assert huge.status_code == 413
    assert "vos mots y sont" in words_of(huge)
    assert portal.door.taken == []


MULTIPART = {"content-type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("content", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"\xff" * 100])
def test_a_form_that_is_no_form_is_answered_in_words(portal: Portal, content: bytes) -> None:
    with portal.browser() as browser:
        answer = browser.post("/demande/alarme", content=content, headers=MULTIPART)
    assert answer.status_code in (400, 409, 422)
    assert "<h1>" in answer.text
    assert portal.door.taken == []


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_every_topic_can_be_sent_with_only_what_it_asks_for(portal: Portal, topic: str) -> None:
    asked = BY_NAME[topic]
    fields = {"phone": "0199001234", "page": hidden(form(portal, topic)), "protected": "unknown"}
    fields |= {"symptom": next(iter(asked.symptoms))} if asked.symptoms else {"message": "Ça ne va plus."}
    with portal.browser() as browser:
        assert browser.post(f"/demande/{topic}", data=fields).status_code == 200
    assert portal.door.taken[0].personal.text


@requirement("R5", "R8")
def test_a_form_that_says_the_site_is_not_protected_any_more_is_critique_whatever_it_is_about() -> None:
    grid = read_grid()
    for topic in TOPICS:
        if not topic.asks_protection:
            continue
        for says in topic.symptoms.values() or ["Ça ne va plus."]:
            form = {"equipment": topic.equipment, "protected": "no"}
            verdict = classify(TriageInput("portal", says, f"{says}.", form, "none"), grid)
            assert verdict.criticality == "critique", says


def test_every_request_of_the_form_can_be_read_by_intake(portal: Portal) -> None:
    send(portal, hidden(form(portal)))
    (taken,) = portal.door.taken
    assert Request.model_validate_json(taken.model_dump_json(exclude_defaults=True)) == taken


def test_unknown_topics_and_addresses_get_the_page_of_links_that_are_none(portal: Portal) -> None:
    with portal.browser() as browser:
        for path in ("/demande/inconnu", "/demande", "/c", "/c/", "/rien/du/tout/x"):
            assert browser.get(path).status_code == 404
