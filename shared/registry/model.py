"""One whole version of the registry, and the questions that the shells of the stages ask of it.

Built by `shared.registry.book` from the topic. It finds out who wrote or called; it promises and decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from shared.events.base import Instant, Model, Tier
from shared.events.intake import Contract
from shared.events.requests import Request

Role = Literal["technician", "dispatcher", "manager"]
COMPANY_ZONE = ZoneInfo("Europe/Paris")
"""Contracts begin and end on dates of the company that signs them."""


class ContractRecord(Model):
    """A customer's contract at a site, and how the customer is recognised."""

    customer: str
    site: str
    tier: Tier
    calendar: str = "france"
    version: str
    name: str = ""
    site_name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    starts: date | None = None
    ends: date | None = None
    """The last day, included; None: no end."""

    def holds_at(self, at: datetime) -> bool:
        """Tell whether it was in force on the day of an instant, in the company's zone."""
        day = at.astimezone(COMPANY_ZONE).date()
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


class Site(Model):
    """A place that is looked after; its calendar is one of the policy file's."""

    id: str
    name: str
    address: str = ""
    calendar: str


class Equipment(Model):
    """A device or a whole installation of a site."""

    id: str
    site: str
    kind: str
    label: str = ""
    zone: str = ""


class Depot(Model):
    """Where parts lie and technicians start from."""

    id: str
    name: str


class Person(Model):
    """Someone of the company."""

    id: str
    name: str
    role: Role
    depot: str = ""
    skills: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""


class Duty(Model):
    """Someone's turn on call (R1): from `starts` until `ends`, not included."""

    person: str
    rank: int = Field(ge=1)
    """1 is called first."""
    starts: Instant
    ends: Instant


class Staff(Model):
    """Who works here and who is on call: what calls and warnings need to know. Pure."""

    people: tuple[Person, ...] = ()
    duties: tuple[Duty, ...] = ()

    def on_call_at(self, at: datetime) -> tuple[Person, ...]:
        """Return who is called at an instant, in order: those on the rota, then the managers (R1).

        Who has no telephone is called by nobody, and is not in it.
        """
        known = {one.id: one for one in self.people}
        turns = sorted((one.rank, one.person) for one in self.duties if one.starts <= at < one.ends)
        order = [*(person for _, person in turns), *(one.id for one in self.of_role("manager"))]
        return tuple(known[name] for name in dict.fromkeys(order) if name in known and known[name].phone)

    def of_role(self, role: Role) -> tuple[Person, ...]:
        """Return everybody of a role."""
        return tuple(one for one in self.people if one.role == role)

    def person(self, name: str) -> Person | None:
        """Return someone by id."""
        return next((one for one in self.people if one.id == name), None)


class Technician(Model):
    """Someone who can be sent, with the depot that the parts come from."""

    id: str
    name: str
    depot: str
    skills: tuple[str, ...] = ()


class Part(Model):
    """A spare part of the catalogue."""

    id: str
    label: str


class StockRecord(Model):
    """What a depot holds of a part at first; later movements are commands."""

    part: str
    depot: str
    quantity: int
    label: str = ""


_RANK: dict[Tier, int] = {"premium": 0, "standard": 1, "none": 2}


class Registry(Model):
    """One whole version of the registry."""

    version: str = "empty"
    contracts: tuple[ContractRecord, ...] = ()
    sites: tuple[Site, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    depots: tuple[Depot, ...] = ()
    people: tuple[Person, ...] = ()
    duties: tuple[Duty, ...] = ()
    technicians: tuple[Technician, ...] = ()
    parts: tuple[Part, ...] = ()
    stock: tuple[StockRecord, ...] = ()

    @cached_property
    def staff(self) -> Staff:
        """Who works here and who is on call."""
        return Staff(people=self.people, duties=self.duties)

    def contract_of(self, request: Request) -> Contract:
        """Return the contract of who wrote or called; an unknown customer has none and still gets a ticket (R2)."""
        found = self._record_of(request)
        if found is None:
            return Contract(version=self.version)
        return Contract(
            customer=found.customer, site=found.site, tier=found.tier, calendar=found.calendar, version=found.version
        )

    def contact_of(self, request: Request) -> tuple[str, str]:
        """Return the e-mail address and the phone number by which who wrote or called can be reached (R3)."""
        personal, found = request.personal, self._record_of(request)
        email = personal.email or (found.emails[0] if found and found.emails else "")
        return email, personal.phone or (found.phones[0] if found and found.phones else "")

    def _record_of(self, request: Request) -> ContractRecord | None:
        """The site that the form names first, then whoever most of what is known points to, then the better tier."""
        marks = _marks(request.customer, (request.personal.email,), (request.personal.phone,))
        matches: dict[int, int] = defaultdict(int)
        for mark in marks:
            for number in self._known_by.get(mark, ()):
                if self.contracts[number].holds_at(request.received_at):
                    matches[number] += 1
        if not matches:
            return None
        site = request.form.get("site", "")

        def order(number: int) -> tuple[bool, int, int, int]:
            one = self.contracts[number]
            return one.site != site, -matches[number], _RANK[one.tier], number

        return self.contracts[min(matches, key=order)]

    @cached_property
    def _known_by(self) -> dict[tuple[str, str], tuple[int, ...]]:
        found: dict[tuple[str, str], tuple[int, ...]] = {}
        for number, one in enumerate(self.contracts):
            for mark in _marks(one.customer, one.emails, one.phones):
                found[mark] = (*found.get(mark, ()), number)
        return found


_NATIONAL_DIGITS = 9
"""A French number without its 0 or +33."""


def _marks(customer: str, emails: tuple[str, ...], phones: tuple[str, ...]) -> set[tuple[str, str]]:
    marks = {("customer", customer), *(("email", one.casefold()) for one in emails)}
    marks |= {("phone", digits_of(one)) for one in phones}
    return {mark for mark in marks if mark[1]}


def digits_of(phone: str) -> str:
    """Return what of a number is the same however it is written."""
    return "".join(one for one in phone if one.isdigit())[-_NATIONAL_DIGITS:]
