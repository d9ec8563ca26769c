"""Limits: what is above is answered with a person's number, and never dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.web.limits import Limits, Share, callers_of
from tests.unit.portal.kit import PHONE, Portal, hidden, words_of
from tests.unit.portal.test_form_pages import FILLED


class Watch:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_share_is_used_up_and_comes_back_when_its_time_is_over() -> None:
    watch = Watch()
    limits, share = Limits(watch), Share("forms", 2, 60)
    assert [limits.allows(share, ("a", 1)) for _ in range(3)] == [True, True, False]
    watch.now = 59.999
    assert not limits.allows(share, ("a", 1))
    watch.now = 60
    assert limits.allows(share, ("a", 1))


def test_a_network_has_several_shares_and_what_is_refused_counts_for_nobody() -> None:
    limits, share = Limits(Watch()), Share("forms", 2, 60)
    for host in ("a", "b", "c"):
        assert limits.allows(share, (host, 1), ("net", 3))
        assert limits.allows(share, (host, 1), ("net", 3))
    assert not limits.allows(share, ("d", 1), ("net", 3))
    assert limits.allows(share, ("d", 1), ("other", 3))
    assert limits.allows(share, ("d", 1), ("other", 3))


@pytest.mark.parametrize(
    ("one", "other", "same_address", "same_network"),
    [
        ("192.0.2.1", "192.0.2.1", True, True),
        ("192.0.2.1", "192.0.2.9", False, True),
        ("192.0.2.1", "192.0.3.1", False, False),
        ("::ffff:192.0.2.1", "192.0.2.1", True, True),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", True, True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False, True),
        ("2001:db8:1:1::1", "2001:db8:2:1::1", False, False),
        ("", "testclient", False, False),
    ],
)
def test_an_address_and_its_network_are_told_apart(
    one: str, other: str, same_address: bool, same_network: bool
) -> None:
    a, b = callers_of(one, 10), callers_of(other, 10)
    assert (a[0] == b[0]) is same_address
    assert (a[-1] == b[-1]) is same_network


def from_(portal: Portal, host: str, **settings: Any) -> TestClient:
    return TestClient(portal.app, base_url="https://portail.example", client=(host, 1), **settings)


def test_too_many_forms_from_one_address_are_answered_with_the_number_and_everything_typed(portal: Portal) -> None:
    most = portal.site.settings.forms_an_hour
    answers = []
    with from_(portal, "192.0.2.7") as browser:
        for n in range(most + 1):
            nonce = hidden(browser.get("/demande/alarme"))
            fields = {**FILLED, "page": nonce, "email": f"c{n}@client.example"}
            answers.append(browser.post("/demande/alarme", data=fields))
    assert [answer.status_code for answer in answers] == [200] * most + [429]
    answer = answers[-1]
    assert f'href="tel:{PHONE}"' in answer.text
    assert "Dépôt de Lyon" in answer.text
    assert len(portal.door.taken) == most
    with from_(portal, "192.0.2.8") as browser:
        nonce = hidden(browser.get("/demande/alarme"))
        assert browser.post("/demande/alarme", data={**FILLED, "page": nonce}).status_code == 200


def test_nobodys_mailbox_is_filled_from_many_addresses(portal: Portal) -> None:
    most = portal.site.settings.mails_an_hour
    statuses = []
    for n in range(most + 1):
        with from_(portal, f"198.51.{n}.7") as browser:
            nonce = hidden(browser.get("/demande/alarme"))
            statuses.append(browser.post("/demande/alarme", data={**FILLED, "page": nonce}).status_code)
    assert statuses == [200] * most + [429]


def test_who_opens_pages_of_links_without_end_is_told_to_wait_or_to_call(portal: Portal) -> None:
    with from_(portal, "192.0.2.7") as browser:
        statuses = [browser.get("/c/x").status_code for _ in range(portal.site.settings.pages_a_minute + 1)]
        shown = browser.get("/c/x")
    assert statuses == [404] * portal.site.settings.pages_a_minute + [429]
    assert "Réessayez dans une minute" in words_of(shown)
    assert PHONE in shown.text
