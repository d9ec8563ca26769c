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
        email, phone = request.personal.email.casefold(), _digits(request.personal.phone)
        for one in self.contracts:
            known = (
                (request.customer and request.customer == one.customer)
                or (email and email in (known.casefold() for known in one.emails))
                or (phone and phone in (_digits(known) for known in one.phones))
            )
            if known:
                return Contract(
                    customer=one.customer, site=one.site, tier=one.tier, calendar=one.calendar, version=one.version
                )
        return Contract(version=self.version)


_NATIONAL_DIGITS = 9
"""A French number without its 0 or +33."""


def _digits(phone: str) -> str:
    return "".join(one for one in phone if one.isdigit())[-_NATIONAL_DIGITS:]
