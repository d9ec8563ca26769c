"""Every sample request of the repository, through the reader of its channel and out of the adapter's door."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.door import to_record
from adapters.email.read import read as read_email
from adapters.phone.read import read as read_phone
from adapters.portal.read import read as read_portal
from shared.events.requests import Request

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[3] / "samples"
READERS: dict[str, Callable[[bytes, datetime], Request]] = {
    "email": read_email,
    "phone": read_phone,
    "portal": read_portal,
}
FILES = sorted([*SAMPLES.glob("requests/*/*.eml"), *SAMPLES.glob("requests/*/*.json")])


def read(path: Path) -> Request:
    return READERS[path.parent.name](path.read_bytes(), AT)


def mail(slug: str) -> Request:
    (path,) = SAMPLES.glob(f"requests/email/*-{slug}.eml")
    return read(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_a_new_request_of_its_channel_and_comes_back_whole_from_its_record(path: Path) -> None:
    request = read(path)
    assert request.channel == path.parent.name
    assert request.received_at == AT
    assert not request.automatic
    assert len(request.personal.text) >= len("ça ne marche plus")
    assert "�" not in request.personal.text + request.personal.subject + request.personal.name
    key, value = to_record(request)
    assert key
    assert Request.model_validate_json(value) == request


def test_there_are_enough_samples_of_each_channel_and_no_two_say_the_same() -> None:
    by_channel = Counter(path.parent.name for path in FILES)
    assert by_channel["phone"] >= 50
    assert by_channel["email"] >= 45
    assert by_channel["portal"] >= 35
    texts = {read(path).personal.text for path in FILES}
    assert len(texts) == len(FILES) >= 120


def test_no_two_samples_have_the_same_idempotency_key() -> None:
    keys = [(request.channel, request.key) for request in map(read, FILES) if request.key]
    assert len(set(keys)) == len(keys)


def test_everybody_in_the_samples_is_fictitious() -> None:
    for path in [*FILES, SAMPLES / "registry.json"]:
        raw = re.sub(r"=\r?\n", "", path.read_bytes().decode("latin-1"))  # quoted-printable cuts addresses
        assert not [a for a in re.findall(r"[\w.+-]+@([\w-]+\.[\w.-]+)", raw) if not a.endswith(".example")], path
    for request in map(read, FILES):
        assert re.fullmatch(r"(\+3319900\d{4}|\+3363998\d{4})?", request.personal.phone)
        assert re.fullmatch(r"(.*\.example)?", request.personal.email)


def test_a_registry_names_each_known_customer_and_some_samples_come_from_unknown_ones() -> None:
    registry = json.loads((SAMPLES / "registry.json").read_text())
    contracts = registry["contracts"]
    sites = {contract["site"]: contract["customer"] for contract in contracts}
    addresses = [address for contract in contracts for address in contract["emails"] + contract["phones"]]
    assert len(set(addresses)) == len(addresses)
    known = 0
    for request in map(read, FILES):
        assert not request.customer or request.customer in sites.values()
        if "site" in request.form and request.customer:
            assert sites[request.form["site"]] == request.customer
        reached = (request.personal.email in addresses) or (request.personal.phone in addresses)
        known += bool(request.customer) or reached
    assert len(FILES) * 0.6 < known < len(FILES) * 0.9


def test_the_registry_has_what_the_demonstration_needs() -> None:
    registry = json.loads((SAMPLES / "registry.json").read_text())
    assert "fictives" in registry["notice"]
    assert len({contract["site"] for contract in registry["contracts"]}) == len(registry["contracts"]) >= 40
    assert {contract["tier"] for contract in registry["contracts"]} == {"premium", "standard", "none"}
    calendars = {contract["calendar"] for contract in registry["contracts"]}
    assert calendars == {"france", "alsace-moselle", "continuous"}
    depots = {depot["id"] for depot in registry["depots"]}
    assert {technician["depot"] for technician in registry["technicians"]} == depots
    assert {line["depot"] for line in registry["stock"]} == depots
    held = Counter({line["part"]: 0 for line in registry["stock"]})
    for line in registry["stock"]:
        held[line["part"]] += line["quantity"]
    assert len(held) == 12
    assert sorted(part for part, quantity in held.items() if quantity <= 3) == ["CM-400", "GSM-4G"]


@pytest.mark.parametrize(
    ("slug", "subject", "begins"),
    [
        ("sirene-sans-arret", "sirène qui ne s'arrête plus", "Bonjour, notre alarme sonne en continu depuis 5h15"),
        ("retroeclairage-clavier", "rétroéclairage", "Bonjour, l'écran du clavier n'est plus rétroéclairé"),
        ("pile-du-cellier", "au sujet de la petite lampe", "Bonjour mes enfants, c'est encore Mme Lescure. Le petit"),
        ("mise-en-demeure", "DERNIÈRE MISE EN DEMEURE", "Monsieur le Directeur, malgré trois relances"),
        ("petite-question", "petite question", "Bonjour Monsieur ou Madame,\nJe me permets de vous déranger"),
        ("sonnette-video", "caméra de sonnette", "Bonjour, la sonnette vidéo vibre mais"),
        ("sans-texte-piece-jointe", "", "La caméra de la réserve ne s'affiche plus"),
        ("bewegungsmelder-lager", "Bewegungsmelder Lager", "Guten Tag, der Bewegungsmelder 7"),
        ("alarma-no-se-conecta", "La alarma no se conecta", "Buenas tardes:\n\nDesde esta mañana"),
    ],
    ids=[
        "raw UTF-8 without a charset", "says UTF-8 and is Latin-1", "says ASCII and is Latin-1",
        "a letter cut between encoded words", "HTML with entities alone", "an empty plain part",
        "the text in an attachment", "German", "Spanish",
    ],
)  # fmt: skip
def test_a_mail_of_an_odd_make_is_read_as_it_was_meant(slug: str, subject: str, begins: str) -> None:
    request = mail(slug)
    assert request.personal.subject == subject
    assert request.personal.text.startswith(begins)


def test_the_euro_sign_of_a_latin_15_mail_survives() -> None:
    assert mail("mise-en-service-auto").personal.text.endswith("environ 40 000 €.)")


def test_words_after_a_picture_are_part_of_the_text() -> None:
    assert mail("plafond-effondre").personal.text.endswith("Photos jointes. Magasin bio\n\nEnvoyé de mon iPhone")


def test_what_a_customer_replied_to_is_cut_and_their_own_words_stay() -> None:
    avenant = mail("avenant-contrat-cadre").personal.text
    assert "ne plus rien recevoir de la centrale" in avenant
    assert "secret professionnel" in avenant
    assert "Vous trouverez ci-joint le projet d'avenant" not in avenant
    erratum = mail("boucle-parking-erratum").personal.text
    assert "c'est faux, mille excuses" in erratum
    assert "merci d'intervenir d'urgence" not in erratum


def test_lines_that_a_customer_quotes_to_sum_up_are_their_own_words() -> None:
    recap = mail("camera-7-relance").personal.text
    assert "> 22/04 – votre technicien vient" in recap
    assert "Je veux une date ferme." in recap


def test_the_mail_that_is_passed_on_is_the_request() -> None:
    assert "on a dû éjecter la zone RDC" in mail("transfert-zone-rdc").personal.text


def test_a_number_in_the_subject_makes_a_reply_and_a_foreign_number_does_not() -> None:
    answer = mail("compte-rendu-intervention")
    assert (answer.kind, answer.ticket) == ("reply", "25-129-369-S")
    assert "Votre centrale est en panne totale" not in answer.personal.text
    foreign = mail("revocations-badges")
    assert (foreign.kind, foreign.ticket) == ("request", "")


def test_a_mail_without_a_message_id_has_no_key() -> None:
    assert mail("ca-ne-marche-plus").key == ""
    assert mail("retroeclairage-clavier").key.endswith("@courrier.example")


def test_an_address_is_kept_in_lower_case() -> None:
    assert mail("fob-side-gate").personal.email == "r.whitcombe@mailbox.example"
