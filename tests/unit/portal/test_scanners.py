"""Mail scanners open every link, run what runs and press what needs no reading: nothing may come of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from starlette.testclient import TestClient

from services.notify import texts
from shared.events import closure
from tests.requirements import requirement
from tests.unit.portal.kit import Portal, hidden, links_of
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import NUMBER, at

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
ANSWERS: tuple[dict[str, str], ...] = (
    {},
    {"answer": "oui"},
    {"answer": "non"},
    {"answer": "retirer", "message": "x"},
    {"responsiveness": "5", "quality": "5", "communication": "5", "message": "x"},
)


def mails(portal: Portal) -> Iterator[str]:
    """Every letter of ours that carries a link, as it leaves."""
    head = texts.Letterhead("Mileo", "https://portail.example", NUMBER)
    now = portal.clock.now()
    for _, letter in (
        texts.confirmation_request(head, 1),
        texts.reminder(head, 1),
        texts.closing(head, "confirmed", 1),
        texts.survey(head, 1),
    ):
        yield portal.links.in_text(letter, head.portal, now)


def addresses(portal: Portal) -> list[str]:
    """Every address in them."""
    return sorted({word for mail in mails(portal) for word in mail.split() if word.startswith("https://")})


class Scanner:
    """Follows everything from a mail three pages deep, with every method, and presses at once what it finds."""

    def __init__(self, browser: TestClient) -> None:
        self._browser = browser
        self.seen: dict[str, httpx2.Response] = {}

    def scan(self, address: str, depth: int = 3) -> None:
        """Look at a page, then at all that it names."""
        if address in self.seen or not address.startswith("https://portail.example") or depth == 0:
            return
        for method in METHODS:
            self._browser.request(method, address)
        for fields in ANSWERS:
            self._browser.post(address, data=fields)
        self.seen[address] = page = self._browser.get(address)
        self._press(address, page)
        for link in links_of(page):
            self.scan(link, depth - 1)

    def _press(self, address: str, page: httpx2.Response) -> None:
        """What a script on its machine can do: send the form that is there, as soon as it is there."""
        if 'name="page"' not in page.text:
            return
        for fields in ANSWERS:
            self._browser.post(address, data={"page": hidden(page), **fields})


@requirement("R12", "R13", "R14")
@pytest.mark.parametrize(
    "closing",
    [
        (lives.CONFIRMATION_ASKED,),
        (
            lives.CONFIRMATION_ASKED,
            closure.AnswerNoted(resolution=1, answer="confirmed", received_at=at(), final_at=at(days=9)),
        ),
        lives.SILENT_CLOSING,
    ],
    ids=["asked", "answered", "closed"],
)
def test_a_scanner_that_follows_every_link_and_sends_every_form_at_once_confirms_nothing(
    portal: Portal, closing: tuple[object, ...]
) -> None:
    portal.know(("intake", [lives.OPENED]), ("dispatch", lives.HANDLED_ON_SITE), ("closure", closing))  # type: ignore[arg-type]
    portal.site.settings.pages_a_minute = 10_000  # the brakes alone would stop it, and are not what is tried here

    with portal.browser() as browser:
        scanner = Scanner(browser)
        for address in addresses(portal):
            scanner.scan(address)

    assert len(scanner.seen) > len(addresses(portal))
    assert {page.status_code for page in scanner.seen.values()} <= {200, 204, 404}
    assert portal.door.taken == []


@requirement("R12")
def test_a_scanner_that_replays_what_it_saw_on_another_page_confirms_nothing(portal: Portal) -> None:
    portal.know(
        ("intake", [lives.OPENED]), ("dispatch", lives.HANDLED_ON_SITE), ("closure", [lives.CONFIRMATION_ASKED])
    )
    now = portal.clock.now()
    paths = [portal.links.path("c", NUMBER, 1, now), portal.links.path("d", NUMBER, 0, now)]
    with portal.browser() as browser:
        nonces = {path: hidden(browser.get(path)) for path in paths}
        portal.clock.advance(at(minutes=5) - at())
        for path, other in zip(paths, reversed(paths), strict=True):
            browser.post(path, data={"page": nonces[other], "answer": "oui", "message": "x"})
    assert portal.door.taken == []
