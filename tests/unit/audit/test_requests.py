"""R2: one accepted request, one ticket; nothing lost, nothing made up (I1, I2, I3)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from audit.gather import history_of
from audit.model import Record
from tests.unit.audit.lives import MINUTE, NUMBERS, all_lives, confirmed_life, opened, reply, taken
from tests.unit.audit.story import Doc, Story, paris, run

NINE = paris("2026-03-03 09:00")


def request_of(story: Story, channel: str = "email") -> Doc:
    (found,) = [
        document for topic, document in story.told
        if topic == f"sav.requests.{channel}" and isinstance(document, dict) and document["kind"] == "request"
    ]  # fmt: skip
    return found


def again(story: Story, **changed: Any) -> None:
    """The same request is on its topic once more, with something changed."""
    document = copy.deepcopy(request_of(story)) | changed
    story.told.append(("sav.requests.email", document))


def test_a_request_without_a_ticket_is_found() -> None:
    story = confirmed_life()
    story.request(NINE + MINUTE, key="m9", personal={"text": "Panne"})

    finding = story.look("one-ticket-per-request")

    assert finding.checked == 2
    assert [one.sentence for one in finding.violations] == [
        "1 demande(s) (m9 ; email, reçu à 2026-03-03T08:01:00+00:00) pour 0 dossier(s)"
    ]


def test_a_copy_of_a_request_needs_no_second_ticket() -> None:
    story = confirmed_life()
    again(story)

    assert story.broken("one-ticket-per-request") == []


def test_a_copy_that_the_adapter_dated_again_needs_no_second_ticket() -> None:
    story = confirmed_life()
    again(story, received_at="2026-03-03T08:05:00Z")

    assert story.broken("one-ticket-per-request") == []


def test_two_tickets_from_two_copies_are_found() -> None:
    story = confirmed_life()
    again(story)
    second = copy.deepcopy(story.find("intake.ticket-opened"))
    second |= {"id": "other", "subject": "t2"}
    story.told.append(("sav.intake", second))

    finding = story.look("one-ticket-per-request")

    assert [one.ticket for one in finding.violations] == ["t1, t2"]


def test_the_same_key_with_other_words_is_another_request() -> None:
    story = confirmed_life()
    again(story, personal={"text": "Tout autre chose"})

    assert "2 demande(s)" in story.broken("one-ticket-per-request")[0]


def test_two_requests_without_a_key_are_two() -> None:
    story = Story()
    opened(story, "t1", NINE, "email", NINE + MINUTE)
    request_of(story)["key"] = ""
    again(story)

    assert len(story.broken("one-ticket-per-request")) == 1


def test_a_request_among_the_dead_needs_no_ticket() -> None:
    story = confirmed_life()
    story.raw(
        "sav.requests.email", bad := json.dumps({"channel": "email", "received_at": "2031-01-01T00:00:00Z"}).encode()
    )
    story.raw("sav.intake.dead", bad)

    assert story.broken("one-ticket-per-request") == []


def test_a_request_among_the_dead_that_a_person_let_in_may_have_its_ticket() -> None:
    story = confirmed_life()
    again(story, key="m2", personal={"text": "Autre panne"})
    story.raw("sav.intake.dead", json.dumps(story.told[-1][1]).encode())
    second = copy.deepcopy(story.find("intake.ticket-opened"))
    second |= {"id": "other", "subject": "t2"}
    story.told.append(("sav.intake", second))

    assert story.broken("one-ticket-per-request") == []


def test_a_request_that_cannot_be_read_and_is_not_among_the_dead_is_found() -> None:
    story = confirmed_life()
    story.raw("sav.requests.email", b"{}")

    assert story.broken("unreadable-is-dead") == [
        "l’enregistrement en sav.requests.email/0@1 est illisible et n’est pas parmi les morts d’intake"
    ]


def test_a_request_that_became_a_ticket_and_a_reply_is_found() -> None:
    story = all_lives()
    story.find("intake.customer-replied", "t3", request="r-a-t3")["data"]["request"] = "r-m-t1"

    assert story.broken("one-place-per-request") == [
        "la demande r-m-t1 est ici intake.customer-replied, et intake.ticket-opened dans le dossier t1"
    ]


def test_a_ticket_from_nothing_is_found() -> None:
    story = confirmed_life()
    request_of(story)["received_at"] = "2026-03-03T07:59:59Z"

    assert story.broken("no-ticket-from-nothing") == [
        "aucune demande par email n’a été reçue à 2026-03-03T08:00:00+00:00"
    ]


def test_a_ticket_that_intake_never_opened_is_found() -> None:
    story = confirmed_life()
    taken(story, "t9", NINE, "tech-1")

    assert story.broken("no-ticket-from-nothing") == ["des services parlent de ce dossier, qu’intake n’a jamais ouvert"]


def test_a_call_for_a_person_about_an_unknown_ticket_makes_no_ticket() -> None:
    story = confirmed_life()
    story.say("dispatch.command-refused", NINE, "t9", command="c", by="tech-1", reason="ticket inconnu")

    assert story.broken("no-ticket-from-nothing") == []


def test_a_ticket_opened_twice_is_found() -> None:
    story = confirmed_life()
    story.say("intake.ticket-opened", NINE, **story.find("intake.ticket-opened")["data"])

    assert "ouvert 2 fois" in story.broken("no-ticket-from-nothing")


def test_tickets_whose_requests_have_expired_cannot_be_judged() -> None:
    story = all_lives()
    story.request(paris("2026-03-20 09:00"), key="later")
    # As if retention had taken all mails but the last.
    kept = [one for one in story.records() if one.topic != "sav.requests.email"]
    last = [one for one in story.records() if one.topic == "sav.requests.email"][-1]
    history = history_of([*kept, Record(last.topic, 0, 4711, None, last.value)])

    finding = run("no-ticket-from-nothing", history)

    assert (finding.checked, finding.pending, finding.violations) == (2, 2, [])


def test_words_that_are_not_the_customers_are_found() -> None:
    story = confirmed_life()
    story.find("intake.ticket-opened")["data"]["personal"]["data"]["text"] = "Autre chose"

    assert len(story.broken("words-kept")) == 1


def test_sealed_words_cannot_be_judged() -> None:
    story = confirmed_life()
    story.find("intake.ticket-opened")["data"]["personal"]["seal"] = "aes.v1"

    finding = story.look("words-kept")

    assert (finding.checked, finding.pending) == (0, 1)


def test_a_reply_that_reached_no_ticket_is_found() -> None:
    story = confirmed_life()
    story.request(NINE + MINUTE, kind="reply", key="lost", ticket=NUMBERS["t1"])

    finding = story.look("words-arrive")

    assert [one.ticket for one in finding.violations] == [NUMBERS["t1"]]


def test_a_reply_that_names_no_known_ticket_may_open_one() -> None:
    story = Story()
    opened(story, "t1", NINE, "email", NINE + MINUTE)
    request_of(story).update(kind="reply", ticket="99-999-999-Z")

    assert story.broken("words-arrive") == []
    assert story.broken("no-ticket-from-nothing") == []


@pytest.mark.parametrize(
    ("kind", "number"),
    [("reply", ""), ("request", NUMBERS["t1"]), ("reply", NUMBERS["t1"]), ("request", "26 000 001 e")],
)
def test_what_is_about_a_ticket_may_join_it(kind: str, number: str) -> None:
    story = confirmed_life()
    reply(story, NINE + MINUTE, "t1", "q")
    (asked,) = [one for _, one in story.told if isinstance(one, dict) and one.get("key") == "q"]
    asked.update(kind=kind, ticket=number)

    assert story.look("one-ticket-per-request").checked == 1
    for check in ("one-ticket-per-request", "words-arrive", "words-are-real"):
        assert story.broken(check) == []


def test_a_new_mail_that_quotes_a_number_may_be_a_reply() -> None:
    story = confirmed_life()
    reply(story, NINE + MINUTE, "t1", "q")
    (asked,) = [one for _, one in story.told if isinstance(one, dict) and one.get("key") == "q"]
    asked.update(kind="request", ticket="", personal={"subject": f"Re: [{NUMBERS['t1']}]"})

    for check in ("one-ticket-per-request", "words-arrive", "words-are-real"):
        assert story.broken(check) == []


def test_a_lost_click_is_found() -> None:
    story = confirmed_life()
    story.drop("intake.customer-confirmed")

    assert len(story.broken("words-arrive")) == 1


def test_a_click_that_nobody_made_is_found() -> None:
    story = confirmed_life()
    told = [one for one in story.told if not (isinstance(one[1], dict) and one[1].get("kind") == "confirmation")]
    story.told = told

    assert len(story.broken("words-are-real")) == 1


def test_a_click_about_another_resolution_is_found() -> None:
    story = confirmed_life()
    (clicked,) = [one for _, one in story.told if isinstance(one, dict) and one.get("kind") == "confirmation"]
    clicked["resolution"] = 2

    assert len(story.broken("words-are-real")) == 1


def test_a_click_of_another_tickets_link_is_found() -> None:
    story = all_lives()
    (clicked,) = [one for _, one in story.told if isinstance(one, dict) and one.get("key") == "c-t1"]
    clicked["ticket"] = NUMBERS["t2"]

    assert len(story.broken("words-are-real")) == 1


def test_a_reply_heard_a_second_later_than_the_channel_says_is_found() -> None:
    story = confirmed_life()
    reply(story, NINE + MINUTE, "t1", "x")
    story.find("intake.customer-replied")["data"]["received_at"] = "2026-03-03T08:01:01Z"

    assert story.broken("words-are-real") == [
        "intake.customer-replied par email à 2026-03-03T08:01:01+00:00, dont ce canal n’a pas trace"
    ]
