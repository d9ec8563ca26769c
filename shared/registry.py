"""Contracts, technicians and stock as the stages see them: one version, read whole before the first batch.

Pure. Records come from `sav.registry` (compacted); the last version whose end marker is there counts.
"""

from __future__ import annotations

from shared.events.base import Model, Tier
from shared.events.intake import Contract
from shared.events.requests import Request


class ContractRecord(Model):
    """A customer's contract at a site, and how the customer is recognised."""

    customer: str
    site: str
    tier: Tier
    calendar: str = "france"
    version: str
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class Technician(Model):
    """Someone who can be sent, with the depot that the parts come from."""

    id: str
    name: str
    depot: str


class StockRecord(Model):
    """What a depot holds of a part at first; later movements are commands."""

    part: str
    depot: str
    quantity: int
    label: str = ""


class Registry(Model):
    """One whole version of the registry."""

    version: str = "empty"
    contracts: tuple[ContractRecord, ...] = ()
    technicians: tuple[Technician, ...] = ()
    stock: tuple[StockRecord, ...] = ()

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
        email, phone = request.personal.email.casefold(), _digits(request.personal.phone)
        for one in self.contracts:
            known = (
                (request.customer and request.customer == one.customer)
                or (email and email in (known.casefold() for known in one.emails))
                or (phone and phone in (_digits(known) for known in one.phones))
            )
            if known:
                return one
        return None


_NATIONAL_DIGITS = 9
"""A French number without its 0 or +33."""


def _digits(phone: str) -> str:
    return "".join(one for one in phone if one.isdigit())[-_NATIONAL_DIGITS:]
