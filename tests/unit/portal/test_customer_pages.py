"""The pages behind our links: what a customer sees and presses, and what never changes anything (R12 to R14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import httpx2
import pytest

from adapters.web.links import Links, Purpose
from shared.events import closure, survey
from shared.events.base import Event
from shared.events.requests import Scores
from tests.requirements import requirement
from tests.unit.portal.kit import KEY, PHONE, Portal, hidden, links_of, words_of
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import NUMBER, at

NOTED = closure.AnswerNoted(resolution=1, answer="confirmed", received_at=at(days=1), final_at=at(days=1, minutes=2))
DENIED = NOTED.model_copy(update={"answer": "denied"})
CONFIRMED = lives.CLOSED.model_copy(update={"cause": "confirmed", "closed_at": at(days=1, minutes=2)})
ASKED: tuple[Event, ...] = (lives.CONFIRMATION_ASKED,)
SCORED = {"responsiveness": "4", "quality": "5", "communication": "3"}
READ_FOR = timedelta(seconds=20)
"""A person reads a page before pressing anything."""


def know(portal: Portal, *closing: Event) -> None:
    """The read model knows a ticket that was handled on site, and then closure's events."""
    stages: list[tuple[str, Sequence[Event]]] = [
        ("intake", [lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED]),
        ("dispatch", lives.HANDLED_ON_SITE),
        ("closure", closing),
    ]
    portal.know(*stages)


def page(portal: Portal, purpose: Purpose, resolution: int = 1) -> str:
    return portal.links.path(purpose, NUMBER, resolution, portal.clock.now())


def press(portal: Portal, path: str, **fields: str) -> httpx2.Response:
    """Open a page, read it, press something."""
    with portal.browser() as browser:
        nonce = hidden(browser.get(path))
        portal.clock.advance(READ_FOR)
        return browser.post(path, data={"page": nonce, **fields})


@requirement("R12")
@pytest.mark.parametrize(("button", "kind"), [("oui", "confirmation"), ("non", "denial")])
def test_both_answers_are_one_press_away_and_become_clicks_of_the_portal(
    portal: Portal, button: str, kind: str
) -> None:
    know(portal, *ASKED)

    answer = press(portal, page(portal, "c"), answer=button, message="Toujours rien." if button == "non" else "")

    assert answer.status_code == 200
    (taken,) = portal.door.taken
    assert (taken.kind, taken.channel, taken.ticket, taken.resolution) == (kind, "portal", NUMBER, 1)
    assert taken.received_at == portal.clock.now()
    assert taken.personal.text == ("Toujours rien." if button == "non" else "")
    assert "Votre réponse est bien reçue" in words_of(answer)


@requirement("R12")
def test_the_two_answers_have_the_same_weight(portal: Portal) -> None:
    know(portal, *ASKED)
    with portal.browser() as browser:
        asked = browser.get(page(portal, "c"))
    buttons = asked.text.partition('<div class="two">')[2].partition("</div>")[0].strip().splitlines()
    yes, no = (one.strip() for one in buttons)
    assert no == yes.replace('value="oui"', 'value="non"').replace("C’est résolu", "Ce n’est pas résolu")


@requirement("R12")
def test_each_answer_of_the_mail_leads_to_the_page_of_both(portal: Portal) -> None:
    know(portal, *ASKED)
    with portal.browser() as browser:
        for end in ("", "/oui", "/non"):
            assert browser.get(page(portal, "c") + end).text.count('name="answer"') == 2
    assert portal.door.taken == []


@requirement("R12")
def test_two_presses_on_one_page_are_one_request(portal: Portal) -> None:
    know(portal, *ASKED)
    with portal.browser() as browser:
        nonce = hidden(browser.get(page(portal, "c")))
        portal.clock.advance(READ_FOR)
        for _ in range(3):
            browser.post(page(portal, "c"), data={"page": nonce, "answer": "oui"})
    assert len(portal.door.distinct()) == 1


@requirement("R12")
def test_confirmed_taken_back_and_confirmed_again_on_the_same_kept_page_are_three_answers(portal: Portal) -> None:
    know(portal, *ASKED)
    path = page(portal, "c")
    with portal.browser() as browser:
        kept = hidden(browser.get(path))
        portal.clock.advance(READ_FOR)
        browser.post(path, data={"page": kept, "answer": "oui"})
        know(portal, *ASKED, NOTED)
        taking = hidden(browser.get(path))
        portal.clock.advance(READ_FOR)
        browser.post(path, data={"page": taking, "answer": "retirer"})
        know(portal, *ASKED, NOTED, closure.WaitingResumed(resolution=1, because="taken-back", remind_at=at(days=4)))
        browser.post(path, data={"page": kept, "answer": "oui"})
    assert [one.kind for one in portal.door.taken] == ["confirmation", "take-back", "confirmation"]
    assert len(portal.door.distinct()) == 3


@requirement("R12")
@pytest.mark.parametrize(("event", "says"), [(NOTED, "c’est résolu"), (DENIED, "ce n’est pas résolu")])
def test_an_answer_can_be_taken_back_until_its_two_minutes_are_over(
    portal: Portal, event: closure.AnswerNoted, says: str
) -> None:
    know(portal, *ASKED, event)
    for moment, offered in ((timedelta(milliseconds=-1), True), (timedelta(0), False), (timedelta(seconds=1), False)):
        portal.clock.set(event.final_at + moment)
        with portal.browser() as browser:
            shown = browser.get(page(portal, "c"))
        assert f"Vous avez répondu : {says}" in words_of(shown)
        assert ('value="retirer"' in shown.text) is offered
        assert offered or f'href="tel:{PHONE}"' in shown.text

    portal.clock.set(event.final_at - timedelta(seconds=30))
    press(portal, page(portal, "c"), answer="retirer")
    assert [(one.kind, one.resolution) for one in portal.door.taken] == [("take-back", 1)]


@requirement("R12")
def test_where_both_answers_are_pressed_at_once_both_pages_tell_the_one_that_counts(portal: Portal) -> None:
    know(portal, *ASKED)
    path = page(portal, "c")
    with portal.browser() as browser:
        first, second = hidden(browser.get(path)), hidden(browser.get(path))
        portal.clock.advance(READ_FOR)
        portal.naps = [lambda: None, lambda: know(portal, *ASKED, NOTED, DENIED)] * 2
        yes = browser.post(path, data={"page": first, "answer": "oui"})
        no = browser.post(path, data={"page": second, "answer": "non"})

    assert {one.kind for one in portal.door.taken} == {"confirmation", "denial"}
    for shown in (yes, no):
        assert "Vous avez répondu : ce n’est pas résolu" in words_of(shown)
    assert "Une autre réponse a été donnée en même temps que la vôtre" in words_of(yes)
    assert "Une autre réponse" not in words_of(no)


@requirement("R12", "R13")
@pytest.mark.parametrize(
    ("closing", "says", "buttons"),
    [
        ((), "Le problème est-il résolu ?", {"oui", "non"}),
        (ASKED, "Le problème est-il résolu ?", {"oui", "non"}),
        (lives.SILENT_CLOSING[:3], "Le problème est-il résolu ?", {"oui", "non"}),
        ((*ASKED, lives.READING_NEEDED), "Nous lisons votre message", {"oui", "non"}),
        ((*ASKED, NOTED, CONFIRMED), "Le dossier est clos", {"non"}),
        (lives.SILENT_CLOSING, "faute de réponse à notre relance", {"non"}),
        ((*ASKED, DENIED, lives.REOPENED), "Le dossier est rouvert", set()),
        ((*ASKED, DENIED, lives.REOPENED, ASKED[0].model_copy(update={"resolution": 2})), "étape précédente", set()),
    ],
)
def test_the_page_of_the_question_tells_where_it_stands(
    portal: Portal, closing: Sequence[Event], says: str, buttons: set[str]
) -> None:
    know(portal, *closing)
    portal.clock.set(at(days=30))
    with portal.browser() as browser:
        shown = browser.get(page(portal, "c"))
    assert says in words_of(shown)
    assert {one for one in ("oui", "non", "retirer") if f'name="answer" value="{one}"' in shown.text} == buttons


@requirement("R12")
def test_without_the_read_model_the_question_can_still_be_answered(portal: Portal) -> None:
    portal.tickets.away = True
    assert press(portal, page(portal, "c"), answer="non").status_code == 200
    assert [one.kind for one in portal.door.taken] == ["denial"]


@requirement("R12", "R13")
def test_an_answer_that_cannot_be_kept_is_refused_with_the_number_and_its_words_stay(portal: Portal) -> None:
    know(portal, *ASKED)
    portal.door.refuses = True

    refused = press(portal, page(portal, "c"), answer="non", message="La sirène sonne encore.")

    assert refused.status_code == 503
    assert f'href="tel:{PHONE}"' in refused.text
    assert "La sirène sonne encore.</textarea>" in refused.text


@requirement("R12", "R14")
@pytest.mark.parametrize("purpose", ["c", "d", "s"])
@pytest.mark.parametrize("nonce", ["none", "altered", "another page's", "too young", "too old", "another site"])
def test_a_press_without_the_pages_own_nonce_shows_the_page_again_and_changes_nothing(
    portal: Portal, purpose: Purpose, nonce: str
) -> None:
    know(portal, *ASKED)
    path, now = page(portal, purpose), portal.clock.now()
    typed = {"answer": "oui", "message": "un mot", "comment": "un avis", **SCORED}
    of_this_page = portal.site.nonces.new(path, now)
    texts = {"none": "", "altered": of_this_page[:-1], "another page's": portal.site.nonces.new("/c/x", now)}
    waited = {"too young": timedelta(seconds=1.999), "too old": timedelta(hours=13)}
    portal.clock.advance(waited.get(nonce, READ_FOR))
    headers = {"sec-fetch-site": "cross-site"} if nonce == "another site" else {}

    with portal.browser() as browser:
        shown = browser.post(path, data=typed | {"page": texts.get(nonce, of_this_page)}, headers=headers)
        assert (shown.status_code, portal.door.taken) == (409, [])
        assert "appuyer une seconde fois" in words_of(shown)
        assert "un mot" in shown.text or "un avis" in shown.text
        portal.clock.advance(READ_FOR)
        assert browser.post(path, data=typed | {"page": hidden(shown)}).status_code == 200
    assert len(portal.door.taken) == 1


@requirement("R12", "R14")
def test_empty_shortened_altered_expired_and_other_peoples_links_all_get_the_very_same_page(portal: Portal) -> None:
    know(portal, *ASKED)
    token = portal.links.token("c", NUMBER, 1, portal.clock.now())
    foreign = Links(["x" * 40], "test").token("c", NUMBER, 1, portal.clock.now())
    elsewhere = Links([KEY], "prod").token("c", NUMBER, 1, portal.clock.now())
    expired = portal.links.token("c", NUMBER, 1, portal.clock.now() - timedelta(days=200))
    survey_token = portal.links.token("s", NUMBER, 1, portal.clock.now())
    wrong = ["%20", token[:-1], token[:10], token[1:], token + "x", f"x{token[1:]}", foreign, elsewhere, expired]
    paths = [f"/{purpose}/{one}" for purpose in "cds" for one in wrong]
    paths += ["/c/", "/c", f"/d/{token}", f"/s/{token}", f"/r/{token}", f"/c/{survey_token}", f"/x/{token}"]
    portal.site.settings.pages_a_minute = 10_000
    with portal.browser() as browser:
        pages = {(answer.status_code, answer.content) for answer in map(browser.get, paths)}
        posts = {
            (answer.status_code, answer.content)
            for answer in (browser.post(path, data={"answer": "oui"}) for path in paths if path.count("/") == 2)
            if answer.status_code != 405
        }
    ((status, body),) = pages
    assert status == 404
    assert posts == pages
    assert PHONE in body.decode()
    assert NUMBER not in body.decode()
    assert portal.door.taken == []


@requirement("R14")
def test_a_survey_is_three_scores_and_a_comment(portal: Portal) -> None:
    answer = press(portal, page(portal, "s"), **SCORED, comment="Technicien très clair.")

    (taken,) = portal.door.taken
    assert (taken.kind, taken.ticket, taken.resolution) == ("survey-answer", NUMBER, 1)
    assert taken.scores == Scores(responsiveness=4, quality=5, communication=3)
    assert (taken.personal.comment, taken.personal.text) == ("Technicien très clair.", "")
    assert "Merci de votre avis" in words_of(answer)


@requirement("R14")
@pytest.mark.parametrize("score", ["", "0", "6", "-1", "5.0", "cinq", "1 OR 1"])
def test_a_survey_with_a_score_missing_or_beyond_the_scale_says_which_and_keeps_the_rest(
    portal: Portal, score: str
) -> None:
    shown = press(portal, page(portal, "s"), **{**SCORED, "quality": score}, comment="Bien.")

    assert shown.status_code == 422
    assert 'href="#f-quality"' in shown.text
    assert "Bien.</textarea>" in shown.text
    assert 'name="responsiveness" value="4" id="f-responsiveness-4" checked' in shown.text
    assert portal.door.taken == []


@requirement("R14")
@pytest.mark.parametrize(
    ("event", "says"),
    [
        (lives.SURVEY_ANSWERED, "Merci de votre avis"),
        (survey.SurveyExpired(resolution=1, ticket=lives.AT_CLOSING), "Cette enquête est terminée"),
        (
            survey.SurveyCancelled(resolution=1, because="reopened", already_sent=True, ticket=lives.AT_CLOSING),
            "a été rouvert",
        ),
    ],
)
def test_a_survey_that_is_over_says_so_and_asks_nothing(portal: Portal, event: Event, says: str) -> None:
    portal.know(("intake", [lives.OPENED]), ("survey", [lives.SURVEY_PLANNED, event]))
    with portal.browser() as browser:
        shown = browser.get(page(portal, "s"))
    assert says in words_of(shown)
    assert "<form" not in shown.text


@requirement("R10")
def test_the_tickets_page_tells_where_it_stands_with_times_and_the_appointment(portal: Portal) -> None:
    portal.know(("intake", [lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED]), ("dispatch", lives.HANDLED_ON_SITE[:6]))
    with portal.browser() as browser:
        said = words_of(browser.get(page(portal, "d", 0))).replace("\u00a0", " ")
    assert "Une intervention sur place est prévue." in said
    assert "mardi 24 novembre à 9 h 00 (fin prévue à 11 h 00)" in said
    assert "lundi 23 novembre à 10 h 00 Prise en charge par un technicien" in said


@requirement("R3", "R4", "R10", "R13")
@pytest.mark.parametrize(
    ("stages", "says"),
    [
        ([("intake", [lives.OPENED])], "Vous avez notre réponse au plus tard le lundi 23 novembre à 9 h 30."),
        (
            [("intake", [lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED]), ("dispatch", [lives.QUEUED])],
            "Un technicien la prend en charge au plus tard le lundi 23 novembre à 13 h 00.",
        ),
        (
            [("dispatch", [lives.QUEUED, lives.TAKEN, lives.VISIT_NEEDED])],
            "Intervention au plus tard le mardi 24 novembre à 9 h 00.",
        ),
        (
            [("dispatch", lives.HANDLED_ON_SITE), ("closure", lives.SILENT_CLOSING[:3])],
            "Sans réponse de votre part, le dossier est clos le mardi 1er décembre à 9 h 00.",
        ),
    ],
)
def test_the_tickets_page_says_what_comes_next_as_promised(
    portal: Portal, stages: list[tuple[str, Sequence[Event]]], says: str
) -> None:
    if stages[0][0] != "intake":
        stages = [("intake", [lives.OPENED, lives.ACK_ASKED, lives.ACK_NOTED]), *stages]
    portal.know(*stages)
    with portal.browser() as browser:
        assert says in words_of(browser.get(page(portal, "d", 0))).replace("\u00a0", " ")


@requirement("R12")
def test_the_tickets_page_leads_to_the_question_that_is_open_and_to_no_other(portal: Portal) -> None:
    for closing, open_resolution in (((), 0), (ASKED, 1), ((*ASKED, NOTED, CONFIRMED), 0)):
        know(portal, *closing)
        with portal.browser() as browser:
            shown = browser.get(page(portal, "d", 0))
        found = [
            portal.links.read("c", one.rpartition("/")[2], portal.clock.now())
            for one in links_of(shown)
            if "/c/" in one
        ]
        assert [one.resolution for one in found if one] == ([open_resolution] if open_resolution else [])


@requirement("R2")
def test_a_word_added_on_the_tickets_page_is_a_reply(portal: Portal) -> None:
    know(portal)
    answer = press(portal, page(portal, "d", 0), message="Le portail sera fermé demain.\r\nSonnez au 2.")
    (taken,) = portal.door.taken
    assert (taken.kind, taken.ticket, taken.resolution) == ("reply", NUMBER, 0)
    assert taken.personal.text == "Le portail sera fermé demain.\nSonnez au 2."
    assert "Votre message est joint au dossier" in words_of(answer)


@pytest.mark.parametrize("words", ["", "   ", "x" * 20_001])
def test_an_empty_or_endless_word_is_sent_back(portal: Portal, words: str) -> None:
    know(portal)
    assert press(portal, page(portal, "d", 0), message=words).status_code == 422
    assert portal.door.taken == []


def test_a_page_shows_nobodys_name_address_or_words(portal: Portal) -> None:
    know(portal, *ASKED)
    with portal.browser() as browser:
        for purpose in ("d", "c", "s"):
            text = browser.get(page(portal, purpose)).text
            for secret in ("T-01", "batterie", "C-1001", "S-1001"):
                assert secret not in text


def test_every_page_forbids_scripts_and_what_is_not_ours_and_is_kept_nowhere(portal: Portal) -> None:
    know(portal, *ASKED)
    with portal.browser() as browser:
        for path in ("/", "/demande/alarme", page(portal, "d", 0), page(portal, "c"), page(portal, "s"), "/c/x"):
            answer = browser.get(path)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; ")
            assert "script" not in policy and "unsafe" not in policy
            # The empty form alone is kept, by the customer's own browser: who goes back finds what was typed.
            kept = "private, no-cache" if path.startswith("/demande") else "no-store"
            assert answer.headers["cache-control"] == kept
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "noindex" in answer.headers["x-robots-tag"]
            for marker in ("<script", "javascript:", "onclick", "style=", "http-equiv"):
                assert marker not in answer.text
            assert {link.split("/")[2] for link in links_of(answer) if link.startswith("http")} == {"portail.example"}
