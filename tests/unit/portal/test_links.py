"""Signed links: bound to purpose, ticket, resolution and time, through a rotation of keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from adapters.email.settings import MailSettings
from adapters.phone.settings import PhoneSettings
from adapters.phone.signature import signature
from adapters.web.links import LIFETIME, Link, Links
from adapters.web.nonces import OLDEST, YOUNGEST, Nonces
from adapters.web.settings import PortalSettings
from cli.web import phone as phone_commands
from services.notify import texts
from tests.requirements import requirement
from tests.unit.portal.kit import KEY
from tests.unit.services.desk.told import MONDAY

NUMBER = "26-666-273-Y"
LINKS = Links([KEY], "test")
SECOND = timedelta(seconds=1)


@requirement("R12")
def test_a_link_says_what_it_was_made_for() -> None:
    token = LINKS.token("c", NUMBER, 2, MONDAY)

    found = LINKS.read("c", token, MONDAY)

    assert found is not None
    assert (found.purpose, found.about, found.resolution) == ("c", NUMBER, 2)


@requirement("R12", "R14")
@pytest.mark.parametrize("purpose", ["d", "s", "r", "x", "", "cc"])
def test_a_link_opens_nothing_but_its_own_purpose(purpose: str) -> None:
    assert LINKS.read(purpose, LINKS.token("c", NUMBER, 1, MONDAY), MONDAY) is None


@requirement("R12")
def test_no_letter_of_a_link_can_be_changed_or_left_out() -> None:
    token = LINKS.token("c", NUMBER, 1, MONDAY)
    for at, letter in enumerate(token):
        for other in {"A", "B", "w", "8", "_", "."} - {letter}:
            assert LINKS.read("c", token[:at] + other + token[at + 1 :], MONDAY) is None
        assert LINKS.read("c", token[:at] + token[at + 1 :], MONDAY) is None
        assert LINKS.read("c", token[:at], MONDAY) is None


@pytest.mark.parametrize("token", ["", ".", "..", " ", "é", "\x00", "a" * 5_000, "W10.", ".W10"])
def test_what_is_no_link_at_all_is_none(token: str) -> None:
    assert LINKS.read("c", token, MONDAY) is None


@requirement("R12")
def test_a_link_of_another_environment_or_another_key_is_none() -> None:
    token = LINKS.token("c", NUMBER, 1, MONDAY)
    assert Links([KEY], "prod").read("c", token, MONDAY) is None
    assert Links(["x" * 40], "test").read("c", token, MONDAY) is None


@requirement("R12")
def test_a_link_ends_after_ninety_days_at_the_end_of_the_day_and_not_before() -> None:
    token = LINKS.token("c", NUMBER, 1, MONDAY)
    found = LINKS.read("c", token, MONDAY)
    assert found is not None
    assert MONDAY + LIFETIME <= found.expires_at < MONDAY + LIFETIME + timedelta(days=1)

    assert LINKS.read("c", token, found.expires_at - SECOND) is not None
    assert LINKS.read("c", token, found.expires_at) is None
    assert LINKS.read("c", token, found.expires_at + SECOND) is None


@requirement("R12")
def test_a_link_survives_a_rotation_and_the_newest_key_signs() -> None:
    old, new = KEY, "n" * 40
    given_before = LINKS.token("c", NUMBER, 1, MONDAY)
    rotated = Links([new, old], "test")

    assert rotated.read("c", given_before, MONDAY) is not None
    assert Links([new], "test").read("c", rotated.token("c", NUMBER, 1, MONDAY), MONDAY) is not None
    assert Links([new], "test").read("c", given_before, MONDAY) is None


@requirement("R12")
def test_a_page_that_was_open_during_a_rotation_is_still_believed_and_the_newest_key_signs() -> None:
    old, new = KEY, "n" * 40
    shown_before = Nonces([old], "test").new("/demande/alarme", MONDAY)
    rotated = Nonces([new, old], "test")

    assert rotated.read(shown_before, "/demande/alarme", MONDAY) is not None
    given = rotated.new("/demande/alarme", MONDAY)
    assert Nonces([new], "test").read(given, "/demande/alarme", MONDAY) is not None
    assert Nonces([old], "test").read(given, "/demande/alarme", MONDAY) is None


def test_the_newest_key_stands_first_in_every_list_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "o" * 40, "n" * 40
    for name in ("PORTAL", "PHONE", "MAIL"):
        monkeypatch.setenv(f"SAV_{name}_KEYS", f" {new} ,{old}")

    assert PortalSettings().all_keys == PhoneSettings().all_keys == MailSettings().keys == (new, old)
    signed = CliRunner().invoke(phone_commands, ["sign", "1795424400"], input="{}")
    assert signed.output.strip() == signature(new, "1795424400", b"{}")


def test_without_a_key_there_are_no_links() -> None:
    with pytest.raises(ValueError, match="SAV_PORTAL_KEYS"):
        Links([], "test")


@requirement("R12", "R14")
def test_every_page_that_a_letter_names_becomes_a_link_that_opens_it_and_is_the_same_at_every_attempt() -> None:
    head = texts.Letterhead("Mileo", "https://portail.example", NUMBER)
    for letter, purpose in (
        (texts.confirmation_request(head, 2)[1], "c"),
        (texts.reminder(head, 2)[1], "c"),
        (texts.closing(head, "silence", 2)[1], "c"),
        (texts.survey(head, 2)[1], "s"),
    ):
        signed = LINKS.in_text(letter, head.portal, MONDAY)
        assert signed == LINKS.in_text(letter, head.portal, MONDAY)
        named = [word.removeprefix(head.portal) for word in signed.split() if word.startswith(head.portal)]
        assert named
        for path in named:
            _, what, token, *_ = path.split("/")
            found = LINKS.read(what, token, MONDAY)
            assert isinstance(found, Link)
            assert (found.purpose, found.about, found.resolution) == (purpose, NUMBER, 2)


def test_what_a_letter_says_besides_its_links_stays_as_it_is() -> None:
    text = "Voir https://portail.example/c/26-666-273-Y et https://autre.example/c/26-666-273-Y/1. Dossier 26-666-273-Y"
    assert LINKS.in_text(text, "https://portail.example", MONDAY) == text


@requirement("R12")
def test_a_nonce_is_believed_from_two_seconds_after_its_page_was_shown_to_twelve_hours_after() -> None:
    nonces = Nonces([KEY], "test")
    text = nonces.new("/c/x", MONDAY)
    just_too_early = MONDAY + YOUNGEST - timedelta(milliseconds=1)
    for at, believed in ((just_too_early, False), (MONDAY + YOUNGEST, True), (MONDAY + OLDEST, True)):
        nonce = nonces.read(text, "/c/x", at)
        assert nonce is not None
        assert nonce.is_too_young(at) is not believed
    assert nonces.read(text, "/c/x", MONDAY + OLDEST + timedelta(milliseconds=1)) is None


@requirement("R12")
def test_a_nonce_is_of_one_page_and_no_two_are_the_same() -> None:
    nonces = Nonces([KEY], "test")
    text = nonces.new("/c/x", MONDAY)
    assert nonces.read(text, "/c/y", MONDAY) is None
    assert nonces.read(text[:-1], "/c/x", MONDAY) is None
    assert nonces.read("", "/c/x", MONDAY) is None
    first, second = nonces.read(text, "/c/x", MONDAY), nonces.read(nonces.new("/c/x", MONDAY), "/c/x", MONDAY)
    assert first is not None and second is not None
    assert first.name != second.name
