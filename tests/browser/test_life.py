"""A ticket's whole life in a real browser: from the form to the survey, on a telephone and a desk, scripts on and off.

Every page is looked at by axe-core where it is at hand (`SAV_TEST_AXE` names its file), and kept as a picture
(`SAV_TEST_PICTURES` names a folder).
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, HttpCredentials, Page, expect, sync_playwright

from shared.events.dispatch import DeclareResolved, RecordRemoteAction, TakeCharge
from tests.browser.whole import Served, ServedPortal, Whole, link_in
from tests.requirements import requirement
from tests.unit.phone.kit import PASSWORD, Phone
from tests.unit.portal.kit import know
from tests.unit.services.desk import lives

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PHONE_SCREEN, DESK_SCREEN = (360, 740), (1280, 900)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the pages are not tried in a browser (apt: chromium)"),
]


SUBMIT_ALL = """
for (const form of document.forms) {
  fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))}).catch(() => {});
  form.requestSubmit();
}
"""

expect.set_options(timeout=30_000)  # what takes a tenth of a second alone may take seconds on two busy cores


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedPortal]:
    with ServedPortal(Whole(tmp_path, MONDAY)) as portal:
        yield portal


class Visitor:
    """A customer with a browser: goes where links lead, looks, and keeps pictures."""

    def __init__(
        self,
        browser: Browser,
        served: Served,
        name: str,
        screen: tuple[int, int],
        *,
        scripts: bool,
        signed_in: HttpCredentials | None = None,
    ) -> None:
        self._served, self._name, self._pictures = served, name, 0
        width, height = screen
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale="fr-FR",
            http_credentials=signed_in,
        )
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.trouble: list[str] = []
        self.page.on("console", lambda message: self.trouble.append(message.text) if message.type == "error" else None)
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._ours)
        self._scripts, self._width = scripts, width

    def _failed(self, request: Any) -> None:
        # The second click of a double click breaks off the first one's request: that is what it is for.
        if request.failure != "net::ERR_ABORTED":
            self.trouble.append(f"{request.failure}: {request.url}")

    def _ours(self, request: Any) -> None:
        if not request.url.startswith(self._served.address):
            self.trouble.append(f"not ours: {request.url}")

    def look(self, what: str) -> None:
        """Keep a picture, and see that the page is one that anybody can use."""
        folder = os.environ.get("SAV_TEST_PICTURES")
        if folder:
            self._pictures += 1
            target = Path(folder) / f"{self._name}-{self._pictures:02d}-{what}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=target, full_page=True)
        if self._scripts:
            assert self.page.evaluate("document.documentElement.scrollWidth") <= self._width, f"{what} is too wide"
            assert serious(self.page) == [], what

    def read_for(self, seconds: float = 20) -> None:
        """Take the time that a person takes."""
        assert isinstance(self._served, ServedPortal)
        self._served.whole.clock.advance(timedelta(seconds=seconds))

    def open(self, address: str) -> None:
        self.page.goto(address)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def title(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)


def serious(page: Page) -> list[str]:
    """What axe-core finds on a page that keeps somebody from using it."""
    axe = os.environ.get("SAV_TEST_AXE")
    if not axe:
        warnings.warn(
            "axe-core is not at hand (SAV_TEST_AXE): accessibility is checked by hand-written tests", stacklevel=2
        )
        return []
    # Through the debugger, so that the page's own policy (no script at all) stays as it is.
    page.evaluate(Path(axe).read_text("utf-8") + ";0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical", "moderate")
    ]


def ticket_of(served: ServedPortal) -> tuple[str, str]:
    """The id and number of the only ticket."""
    (opened,) = served.whole.said("intake", "ticket-opened")
    return opened["subject"], opened["data"]["number"]


def solve(served: ServedPortal, ticket: str) -> None:
    """A technician takes the ticket and solves it from afar."""
    for command in (
        TakeCharge(by="T-01"),
        RecordRemoteAction(by="T-01", action="restart", outcome="worked", note="redémarrage"),
        DeclareResolved(by="T-01", how="remote", summary="redémarrage"),
    ):
        served.run(served.whole.do(ticket, command))


def fill_in(visitor: Visitor) -> None:
    """Fill in the form as a customer whose alarm is dead."""
    page = visitor.page
    page.get_by_label("L’alarme ne répond plus du tout").check()
    page.get_by_role("group", name="Une sirène sonne-t-elle").get_by_label("Non", exact=True).check()
    page.get_by_label("Non, une zone ou tout le site").check()
    page.get_by_label("Cela vient d’arriver").check()
    page.get_by_label("Où est-ce ?").fill("Boutique du port, rez-de-chaussée")
    page.get_by_label("Expliquez-nous").fill("Le clavier est éteint, rien ne répond.")
    page.get_by_label("Votre nom").fill("Mme Barrois")
    page.get_by_label("Adresse e-mail").fill("odette.barrois@client.example")
    page.get_by_label("Oui, tout de suite").check()


@requirement("R1", "R3", "R4", "R12", "R14")
@pytest.mark.parametrize(
    ("screen", "scripts"),
    [(PHONE_SCREEN, True), (DESK_SCREEN, False)],
    ids=["a telephone", "a desk, without scripts"],
)
def test_a_ticket_lives_from_the_form_to_the_survey(
    browser: Browser, served: ServedPortal, screen: tuple[int, int], scripts: bool
) -> None:
    whole = served.whole
    name = f"{screen[0]}{'' if scripts else '-sans-script'}"
    visitor = Visitor(browser, served, name, screen, scripts=scripts)
    page = visitor.page

    # A customer finds the form, forgets something, mends it and sends it twice.
    visitor.open(served.address)
    visitor.look("accueil")
    page.get_by_role("link", name="L’alarme ou la sirène").click()
    visitor.look("formulaire")
    visitor.press("Envoyer ma demande")
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.look("a-revoir")
    fill_in(visitor)
    page.get_by_label("Des photos ?").set_input_files({"name": "c.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    visitor.look("rempli")
    whole.refuses = True
    visitor.press("Envoyer ma demande")
    expect(page.get_by_role("alert")).to_contain_text("Nous n’avons pas pu enregistrer")
    expect(page.get_by_label("Expliquez-nous")).to_have_value("Le clavier est éteint, rien ne répond.")
    visitor.look("en-panne")
    whole.refuses = False
    page.get_by_role("button", name="Envoyer ma demande").dblclick()
    visitor.title("Votre demande est enregistrée")
    ticket, number = ticket_of(served)
    expect(page.get_by_text(number)).to_be_visible()
    expect(page.get_by_text("Un technicien prend votre demande en charge")).to_be_visible()
    visitor.look("enregistree")
    page.reload()
    page.go_back()
    expect(page.get_by_label("Expliquez-nous")).to_have_value("Le clavier est éteint, rien ne répond.")
    visitor.press("Envoyer ma demande")
    visitor.title("Votre demande est enregistrée")
    assert len(whole.said("intake", "ticket-opened")) == 1

    # The ticket's page, and a word more.
    page.get_by_role("link", name="Suivre mon dossier").click()
    visitor.title(number)
    visitor.look("dossier")
    visitor.read_for()
    page.get_by_label("Votre message").fill("Le volet est resté ouvert.")
    visitor.press("Envoyer")
    expect(page.get_by_role("status")).to_contain_text("joint au dossier")
    assert len(whole.said("intake", "customer-replied")) == 1

    # A technician solves it; the mail's link asks.
    served.run(whole.deliver("acknowledgement"))
    solve(served, ticket)
    letter = served.here(served.run(whole.deliver("confirmation-request")))
    visitor.open(link_in(letter, lambda link: link.endswith("/oui")))
    visitor.title("Le problème est-il résolu ?")
    visitor.look("question")

    # Confirmed, taken back within two minutes, and then: not solved.
    visitor.read_for()
    visitor.press("C’est résolu")
    visitor.title("Vous avez répondu : c’est résolu")
    visitor.look("repondu")
    visitor.read_for()
    visitor.press("Retirer ma réponse")
    visitor.title("Le problème est-il résolu ?")
    visitor.read_for()
    page.get_by_label("Voulez-vous ajouter un mot ?").fill("La sirène ne sonne toujours pas.")
    visitor.press("Ce n’est pas résolu")
    visitor.title("Vous avez répondu : ce n’est pas résolu")
    visitor.look("pas-resolu")
    served.run(whole.wait(timedelta(minutes=3)))
    page.reload()
    visitor.title("Le dossier est rouvert")
    visitor.look("rouvert")

    # Solved again; the old link says that it is about the past, the new one closes.
    solve(served, ticket)
    page.reload()
    visitor.title("Cette question n’est plus d’actualité")
    letter = served.here(served.run(whole.deliver("confirmation-request")))
    visitor.open(link_in(letter, lambda link: link.endswith("/non")))
    visitor.read_for()
    visitor.press("C’est résolu")
    served.run(whole.wait(timedelta(minutes=3)))
    page.reload()
    visitor.title("Le dossier est clos")
    visitor.look("clos")

    # A day later the survey, in one minute.
    served.run(whole.wait(timedelta(hours=25)))
    letter = served.here(served.run(whole.deliver("survey")))
    visitor.open(link_in(letter, lambda link: "/s/" in link))
    visitor.title("Votre avis en une minute")
    visitor.look("enquete")
    for question, score in (("Notre réactivité", "4"), ("La solution apportée", "5"), ("Nos explications", "3")):
        page.get_by_role("group", name=question).get_by_role("radio").nth(int(score) - 1).check(force=True)
    page.get_by_label("Un commentaire ?").fill("Très clair.")
    visitor.read_for()
    visitor.press("Envoyer mon avis")
    visitor.title("Merci de votre avis")
    visitor.look("merci")
    (answered,) = whole.said("survey", "survey-answered")
    assert answered["data"]["scores"] == {"responsiveness": 4, "quality": 5, "communication": 3}
    page.get_by_role("heading", level=1).wait_for()
    visitor.open(page.url.partition("?")[0])
    visitor.title("Merci de votre avis")

    visitor.open(f"{served.address}/c/rien")
    visitor.look("lien-invalide")
    refused = [one for one in visitor.trouble if "404" not in one and "422" not in one and "503" not in one]
    assert refused == []
    visitor.context.close()


@requirement("R12", "R13", "R14")
def test_a_scanner_with_a_browser_that_opens_every_link_and_runs_scripts_confirms_nothing(
    browser: Browser, served: ServedPortal
) -> None:
    whole = served.whole
    visitor = Visitor(browser, served, "robot", DESK_SCREEN, scripts=True)
    visitor.open(f"{served.address}/demande/alarme")
    fill_in(visitor)
    visitor.press("Envoyer ma demande")
    ticket, _ = ticket_of(served)
    served.run(whole.deliver("acknowledgement"))
    solve(served, ticket)
    letter = served.here(served.run(whole.deliver("confirmation-request")))
    before = len(whole.broker.records("sav.requests.portal"))

    # It opens each link, waits for all that runs, presses every button at once, and submits every form by script.
    for link in [word for word in letter.split() if word.startswith("http")]:
        visitor.open(link)
        visitor.page.wait_for_load_state("networkidle")
        buttons = visitor.page.locator("main button")
        for n in range(buttons.count()):
            visitor.open(link)
            visitor.page.locator("main button").nth(n).click()
            visitor.page.wait_for_load_state()
        visitor.open(link)
        visitor.page.evaluate(SUBMIT_ALL)
        visitor.page.wait_for_load_state("networkidle")

    assert len(whole.broker.records("sav.requests.portal")) == before
    assert whole.said("closure", "answer-noted") == []
    visitor.context.close()


@requirement("R1")
def test_the_form_can_be_filled_in_and_sent_with_the_keyboard_alone(browser: Browser, served: ServedPortal) -> None:
    visitor = Visitor(browser, served, "clavier", DESK_SCREEN, scripts=True)
    page = visitor.page
    visitor.open(served.address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    visitor.open(f"{served.address}/demande/conseil")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # straight to the content
    typed = {"f-message": "Comment ajouter un badge ?", "f-phone": "01 99 00 12 34"}
    for _ in range(30):
        page.keyboard.press("Tab")
        focus = json.loads(
            page.evaluate("JSON.stringify({id: document.activeElement.id, name: document.activeElement.tagName})")
        )
        if focus["id"] in ("f-symptom", "f-reach"):
            page.keyboard.press("Space")
        if focus["id"] in typed:
            page.keyboard.type(typed[focus["id"]])
        if focus["name"] == "BUTTON":
            break
    visitor.look("clavier")
    page.keyboard.press("Enter")
    visitor.title("Votre demande est enregistrée")
    (opened,) = served.whole.said("intake", "ticket-opened")
    assert opened["data"]["personal"]["data"]["text"] == "Comment ajouter un badge ?"
    visitor.context.close()


@requirement("R1", "R3")
def test_an_operator_opens_a_ticket_with_two_keys_after_the_note_and_says_that_it_was_read_aloud_with_one(
    browser: Browser,
) -> None:
    phone = Phone()
    know(phone.tickets, ("intake", [lives.OPENED, lives.ACK_ASKED]), ticket=phone.calls.ticket_id("sav:c-1"))
    signed_in: HttpCredentials = {"username": "A-01", "password": PASSWORD}
    with Served(phone.app) as served:
        visitor = Visitor(browser, served, "poste", DESK_SCREEN, scripts=True, signed_in=signed_in)
        keyboard = visitor.page.keyboard
        visitor.open(f"{served.address}/poste?appel=sav:c-1&numero=0199001005")
        visitor.title("Groupe Artemia")
        visitor.look("appel")
        expect(visitor.page.get_by_label("Ce que dit le client")).to_be_focused()
        keyboard.type("Alarme muette au siege.")
        keyboard.press("Tab")
        keyboard.press("Enter")
        visitor.title("À lire au client")
        expect(visitor.page.get_by_text(lives.NUMBER)).to_be_visible()
        visitor.look("a-lire")
        expect(visitor.page.get_by_role("button", name="Le numéro est annoncé")).to_be_focused()
        keyboard.press("Enter")
        expect(visitor.page.get_by_label("Ce que dit le client")).to_be_focused()
        visitor.context.close()
    assert [one.personal.text for one in phone.door.taken] == ["Alarme muette au siege."]
    assert [one.status for one in phone.door.reports] == ["accepted", "delivered"]


def picture() -> bytes:
    """A PNG of two by two points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    points = b"".join(b"\0" + b"\x12\x40\x6b" * 2 for _ in range(2))
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    packed = zlib.compress(points)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def second_of_silence() -> bytes:
    """A WAV file as telephone systems write it: 8 kHz, 8 bits."""
    samples = b"\x80" * 8_000
    head = struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, 8_000, 8_000, 1, 8, b"data", len(samples))
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(samples)) + b"WAVE" + head + samples


@requirement("R1")
@pytest.mark.parametrize("screen", [PHONE_SCREEN, DESK_SCREEN], ids=["a telephone", "a desk"])
def test_an_operator_sees_a_customers_photo_and_hears_a_voicemail(browser: Browser, screen: tuple[int, int]) -> None:
    phone = Phone()
    pieces = tuple(phone.kept.put(one) for one in (picture(), second_of_silence(), b"<script>alert(1)</script>"))
    ticket = know(phone.tickets, ("intake", [lives.OPENED]), ticket="t-1")
    with_pieces = ticket.intake.model_copy(update={"pieces": pieces})
    phone.tickets.there["t-1"] = ticket.model_copy(update={"intake": with_pieces})
    signed_in: HttpCredentials = {"username": "A-01", "password": PASSWORD}
    with Served(phone.app) as served:
        visitor = Visitor(browser, served, f"pieces-{screen[0]}", screen, scripts=True, signed_in=signed_in)
        page = visitor.page
        visitor.open(f"{served.address}/poste?appel=sav:c-1&numero=0199001005")
        visitor.look("appel")
        page.get_by_role("link", name="Appels à passer").click()
        visitor.look("rappels")
        visitor.open(f"{served.address}/poste/pieces")
        visitor.look("quel-dossier")
        page.get_by_label("Numéro de dossier").fill(lives.NUMBER.lower())
        visitor.press("Voir les pièces")
        visitor.title(lives.NUMBER)
        expect(page.get_by_role("img")).to_have_js_property("naturalWidth", 2)
        page.locator("audio").evaluate("one => { one.preload = 'auto'; one.load(); }")
        expect(page.locator("audio")).to_have_js_property("duration", 1)
        visitor.look("pieces")
        with page.expect_download() as saved:
            page.get_by_role("link", name="Enregistrer le fichier").click()
        assert saved.value.suggested_filename.endswith(".bin")
        assert [one for one in visitor.trouble if "ERR_ABORTED" not in one] == []
        visitor.context.close()
