"""Who wrote or called: which contract a request falls under, and that nobody is turned away (R2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.events.base import Tier
from shared.events.requests import Request, RequestPersonal
from shared.registry import ContractRecord, Registry
from tests.requirements import requirement
from tests.unit.services.harness import SECOND, paris

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def held(customer: str, site: str, tier: Tier = "standard", **other: object) -> ContractRecord:
    return ContractRecord.model_validate(
        {"customer": customer, "site": site, "tier": tier, "version": "2026-1", **other}
    )


BANK = held("C-1", "S-1", emails=("Accueil@Banque.example",), phones=("+33 1 99 00 10 01",))
STORE = held("C-1", "S-2", "premium", emails=("magasin@banque.example",), calendar="continuous")
TOWN = held("C-2", "S-3", "none", phones=("+33199001003",))
REGISTRY = Registry(version="2026-11-1", contracts=(BANK, STORE, TOWN))


def request(customer: str = "", email: str = "", phone: str = "", site: str = "", at: datetime = AT) -> Request:
    form = {"site": site} if site else {}
    personal = RequestPersonal(email=email, phone=phone)
    return Request(channel="email", received_at=at, customer=customer, form=form, personal=personal)


@requirement("R2")
@pytest.mark.parametrize(
    ("asked", "site"),
    [
        (request(email="accueil@banque.example"), "S-1"),
        (request(email="ACCUEIL@BANQUE.EXAMPLE"), "S-1"),
        (request(phone="01 99 00 10 01"), "S-1"),
        (request(phone="+33199001003"), "S-3"),
        (request(customer="C-2"), "S-3"),
        (request(customer="C-1", email="magasin@banque.example"), "S-2"),
        (request(customer="C-1"), "S-2"),  # nothing says which site: the better contract
        (request(customer="C-1", site="S-1"), "S-1"),
        (request(email="magasin@banque.example", site="S-1"), "S-2"),  # the form's site is not this contact's
        (request(customer="C-1", site="S-3"), "S-2"),  # another customer's site changes nothing
        (request(customer="C-1", email="accueil@banque.example", phone="0199001001"), "S-1"),
    ],
)
def test_a_contract_is_found_by_customer_address_number_and_site(asked: Request, site: str) -> None:
    assert REGISTRY.contract_of(asked).site == site


@requirement("R2")
@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request(customer="C-9"),
        request(email="inconnu@ailleurs.example"),
        request(phone="+33199009999"),
        request(site="S-1"),
    ],
)
def test_an_unknown_customer_has_no_contract_and_a_version_that_says_when_that_was(asked: Request) -> None:
    contract = REGISTRY.contract_of(asked)

    assert (contract.customer, contract.tier, contract.version) == ("", "none", "2026-11-1")
    assert Registry().contract_of(asked).version == "empty"


@requirement("R4")
def test_a_contract_comes_with_its_own_version_and_calendar() -> None:
    contract = REGISTRY.contract_of(request(email="magasin@banque.example"))

    assert (contract.customer, contract.tier, contract.calendar) == ("C-1", "premium", "continuous")
    assert contract.version == "2026-1"


@requirement("R4")
@pytest.mark.parametrize(
    ("at", "tier"),
    [
        (paris(2026, 1, 1) - SECOND, "none"),
        (paris(2026, 1, 1), "premium"),
        (paris(2026, 1, 1) + SECOND, "premium"),
        (paris(2027, 1, 1) - SECOND, "premium"),
        (paris(2027, 1, 1), "none"),
    ],
)
def test_a_contract_holds_from_its_first_day_to_the_end_of_its_last(at: datetime, tier: str) -> None:
    dated = held("C-1", "S-1", "premium", starts=date(2026, 1, 1), ends=date(2026, 12, 31))

    assert Registry(contracts=(dated,)).contract_of(request(customer="C-1", at=at)).tier == tier


def test_a_contract_that_ended_gives_way_to_the_one_that_followed_it() -> None:
    old = held("C-1", "S-1", "premium", ends=date(2026, 11, 22))
    new = held("C-1", "S-2", "standard", starts=date(2026, 11, 23))

    assert Registry(contracts=(old, new)).contract_of(request(customer="C-1")).tier == "standard"


@requirement("R3")
def test_a_customer_is_reached_as_they_wrote_and_otherwise_as_the_contract_says() -> None:
    assert REGISTRY.contact_of(request(customer="C-1", site="S-1")) == ("Accueil@Banque.example", "+33 1 99 00 10 01")
    assert REGISTRY.contact_of(request(phone="0199001001")) == ("Accueil@Banque.example", "0199001001")
    assert REGISTRY.contact_of(request(email="x@ailleurs.example")) == ("x@ailleurs.example", "")
